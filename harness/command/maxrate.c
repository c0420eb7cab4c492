/* SPDX-License-Identifier: MIT
 *
 * heapmark maxrate: the highest rate at which requests keep within a bound, for each collector.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "command/maxrate.h"
#include "suite/environment.h"
#include "suite/run.h"

#define MAXRATE_BOUND_STANDARD_MS 10
#define MAXRATE_PERCENTILE_STANDARD 99
#define MAXRATE_TRIES_STANDARD 3
#define MAXRATE_PRECISION_STANDARD 5

enum {
    KEY_DISPATCH = 256,
    KEY_HEAP,
    KEY_SEED,
    KEY_PIN,
    KEY_TIME_LIMIT,
    KEY_BOUND,
    KEY_PERCENTILE,
    KEY_TRIES,
    KEY_PRECISION,
    KEY_DATABASE,
    KEY_LABEL,
    KEY_JSON
};
enum { MOST_TRIES = 99 };

static const struct argp_option options[] = {
    {"collectors", 'c', "[ALIAS=]NAME[/VARIANT][:OPTION=VALUE,...][,...]", 0,
     "Collectors, as `heapmark run` takes them", 0},
    {"workloads", 'w', "NAME[:PARAMETER=VALUE,...][,...]", 0,
     "Workloads whose requests are due at a rate; the search begins at their rate (server)", 0},
    {"threads", 't', "N[,...]", 0, "Numbers of mutators, which share the rate (1)", 0},
    {"heap", KEY_HEAP, "BYTES[,...]", 0, "Heap limits (as `heapmark run` has them)", 0},
    {"dispatch", KEY_DISPATCH, "HOW", 0, "table, inline or both (inline)", 0},
    {"seed", KEY_SEED, "S", 0,
     "Seed of the workloads' data and of due times; each try of a rate has another made from it "
     "(1)",
     0},
    {"pin", KEY_PIN, "POLICY", 0, "Where threads go, as in `heapmark run` (compact)", 0},
    {"time-limit", KEY_TIME_LIMIT, "TIME", 0,
     "A rate at which a trial takes longer is too high (" COMMAND_TEXT(
         SUITE_TIME_LIMIT_STANDARD_S) "s)",
     0},
    {"bound", KEY_BOUND, "TIME", 0,
     "What requests may take; at most a tenth of the time that they come for (" COMMAND_TEXT(
         MAXRATE_BOUND_STANDARD_MS) "ms)",
     0},
    {"percentile", KEY_PERCENTILE, "P", 0,
     "So many percent of the requests of a trial have to keep it (" COMMAND_TEXT(
         MAXRATE_PERCENTILE_STANDARD) ")",
     0},
    {"tries", KEY_TRIES, "N", 0,
     "Trials of a rate, of which most have to keep it (" COMMAND_TEXT(MAXRATE_TRIES_STANDARD) ")",
     0},
    {"precision", KEY_PRECISION, "PERCENT", 0,
     "How near the answer comes (" COMMAND_TEXT(MAXRATE_PRECISION_STANDARD) ")", 0},
    {"db", KEY_DATABASE, "FILE", 0,
     "Database that the trials go to, as a run (" COMMAND_STANDARD_DATABASE ")", 0},
    {"label", KEY_LABEL, "TEXT", 0, "Text to know the run by", 0},
    {"json", KEY_JSON, NULL, 0, "Write what was found as JSON, an object a line", 0},
    {"quiet", 'q', NULL, 0, "No line for each trial", 0},
    {0},
};

/* Options whose values a request takes as they are. */
static const struct {
    int option;
    const char *key;
} settings[] = {
    {'t', "threads"},     {KEY_HEAP, "heap"}, {KEY_DISPATCH, "dispatch"},
    {KEY_SEED, "seed"},   {KEY_PIN, "pin"},   {KEY_TIME_LIMIT, "time-limit"},
    {KEY_LABEL, "label"},
};

static error_t parse_setting(struct maxrate_options *given, int key, const char *argument)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (settings[i].option == key)
            return suite_set(&given->request, settings[i].key, argument, given->error) ? 0 : EINVAL;
    return ARGP_ERR_UNKNOWN;
}

static bool parse_bound(struct maxrate_options *given, const char *argument)
{
    return units_parse_ns(argument, "bound", &given->bound_ns, given->error) &&
           (given->bound_ns > 0 || error_user(given->error, "the bound must be above 0"));
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct maxrate_options *given = state->input;
    bool fine = true;
    switch (key) {
    case 'c':
        fine = suite_add_collectors(&given->request.entries, argument, given->error);
        break;
    case 'w':
        fine = suite_add_workloads(&given->request.entries, argument, given->error);
        break;
    case KEY_BOUND:
        fine = parse_bound(given, argument);
        break;
    case KEY_PERCENTILE:
        fine =
            units_parse_decimal(argument, "percentile", 1, 100, &given->percentile, given->error);
        break;
    case KEY_TRIES:
        fine = units_parse_integer(argument, "number of tries", 1, MOST_TRIES, &given->tries,
                                   given->error);
        break;
    case KEY_PRECISION:
        fine = units_parse_decimal(argument, "precision in percent", 0.1, 100, &given->precision,
                                   given->error);
        break;
    case KEY_DATABASE:
        given->database = argument;
        break;
    case KEY_JSON:
        given->json = true;
        break;
    case 'q':
        given->quiet = true;
        break;
    default:
        return parse_setting(given, key, argument);
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Find, for each collector, the highest rate of requests that keeps them within a bound, "
           "by bisection over open-loop trials. The trials are stored as a run: its report draws "
           "the percentile against the rate, and its environment says what was found.",
};

static volatile _Atomic int interrupted;

static void interrupt(int number)
{
    interrupted = number;
}

/* ---- one point ---- */

/* The run under way, and the point that is looked at. */
struct quest {
    const struct maxrate_options *given;
    const struct suite_plan *plan;
    struct store *store;
    int64_t run_id;
    size_t stored; /* trials of the run */
    const struct suite_point *point;
    unsigned trials; /* of the point */
    char *cause;     /* of the trial that ended its search; owned */
    struct error error;
};

static void say_trial(const struct quest *quest, uint64_t rate, const struct trial_record *record,
                      enum critical_answer answer)
{
    char p99[UNITS_TEXT_BYTES];
    if (quest->given->quiet)
        return;
    units_format_ns(record_real(record, TRIAL_LATENCY_P99_NS, 0), p99);
    if (record_is_known(record, TRIAL_LATENCY_P99_NS))
        command_say("%s, %s at %" PRIu64 "/s: p99 %s, %s", quest->point->spec.label,
                    quest->point->spec.workload, rate, p99,
                    answer == CRITICAL_KEPT ? "kept" : "over it");
    else
        command_say("%s, %s at %" PRIu64 "/s: %s", quest->point->spec.label,
                    quest->point->spec.workload, rate,
                    record_text(record, TRIAL_OUTCOME, "no outcome"));
}

static void keep_cause(struct quest *quest, const struct trial_record *record)
{
    struct text text = {0};
    text_format(&text, "%s: %s", record_text(record, TRIAL_OUTCOME, "no outcome"),
                record_text(record, TRIAL_CAUSE, "its cause is unknown"));
    free(quest->cause);
    quest->cause = memory_copy_text(text_chars(&text));
    text_free(&text);
}

/* One trial, from its start to the database. */
static enum critical_answer try_once(struct quest *quest, const struct trial_spec *spec,
                                     uint64_t rate, uint32_t block)
{
    const struct maxrate_options *given = quest->given;
    const struct trial_attention attention = {.interrupted = &interrupted};
    struct trial_record record = {0};
    bool fine = trial_supervise(spec, &given->request.limits, &attention, &record, &quest->error);
    enum critical_answer answer =
        fine ? critical_judge(&record, given->percentile, given->bound_ns) : CRITICAL_STOP;
    if (fine) {
        critical_tell(&record, given->percentile, given->bound_ns);
        suite_identify(given->request.entries.collectors[quest->point->collector].info,
                       quest->stored++, block, &record);
        fine = store_add_trial(quest->store, quest->run_id, &record, &quest->error);
        say_trial(quest, rate, &record, answer);
    }
    if (answer == CRITICAL_STOP)
        keep_cause(quest, &record);
    quest->trials++;
    record_free(&record);
    return fine ? answer : CRITICAL_STOP;
}

/* As many tries as decide what most of them say. */
static enum critical_answer probe(void *user, uint64_t rate)
{
    struct quest *quest = user;
    int64_t tries = quest->given->tries, counts[2] = {0};
    enum critical_answer answer = CRITICAL_KEPT;
    struct trial_spec spec;
    trial_spec_copy(&spec, &quest->point->spec);
    free(spec.parameters);
    spec.parameters = suite_parameters_at(quest->point->spec.parameters, rate);
    for (uint32_t block = 0; counts[0] <= tries / 2 && counts[1] < (tries + 1) / 2; block++) {
        spec.seed = critical_seed(quest->point->spec.seed, block);
        answer = try_once(quest, &spec, rate, block);
        if (answer == CRITICAL_STOP)
            break;
        counts[answer == CRITICAL_BROKEN]++;
    }
    trial_spec_free(&spec);
    return answer == CRITICAL_STOP ? answer
           : counts[0] > tries / 2 ? CRITICAL_KEPT
                                   : CRITICAL_BROKEN;
}

static void find(struct quest *quest, const struct suite_point *point,
                 struct maxrate_answer *answer)
{
    quest->point = point;
    quest->trials = 0;
    quest->cause = NULL;
    if (point->unsupported != NULL) {
        answer->cause = memory_copy_text(point->unsupported);
        return;
    }
    struct critical_range range = critical_range_of(&point->spec, quest->given->precision / 100);
    answer->found = critical_search(&range, probe, quest);
    answer->trials = quest->trials;
    answer->cause = quest->cause;
}

/* ---- all points ---- */

/* The verdict goes to the run's environment, beside its trials. */
static bool store_verdict(const struct quest *quest, const struct maxrate_answer *answer,
                          struct error *error)
{
    struct store_environment environment = {0};
    struct text key = {0}, verdict = {0};
    const struct suite_row *row = &quest->plan->rows[quest->point->row];
    text_format(&key, "critical_rate: %s, ", quest->point->spec.label);
    suite_append_row(&key, quest->plan->request, row);
    maxrate_append_verdict(&verdict, quest->given, answer);
    store_environment_add(&environment, text_chars(&key), text_chars(&verdict));
    bool fine = store_add_environment(quest->store, quest->run_id, &environment, error);
    store_environment_free(&environment);
    text_free(&key);
    text_free(&verdict);
    return fine;
}

static bool find_all(struct quest *quest, struct maxrate_answer *answers, struct error *error)
{
    const struct suite_plan *plan = quest->plan;
    size_t collectors = plan->request->entries.collector_count;
    bool fine = true;
    for (size_t i = 0; fine && i < plan->point_count && interrupted == 0; i++) {
        struct text text = {0};
        find(quest, &plan->points[i], &answers[i]);
        if (quest->error.kind != ERROR_NONE)
            *error = quest->error;
        fine = quest->error.kind == ERROR_NONE && store_verdict(quest, &answers[i], error);
        if (fine && quest->given->json)
            maxrate_append_json(&text, quest->given, &plan->points[i].spec, quest->run_id,
                                &answers[i]);
        else if (fine && (i + 1) % collectors == 0)
            maxrate_append_row(&text, quest->given, plan, plan->points[i].row, answers);
        fine = fine && command_print(&text, error);
        text_free(&text);
    }
    return fine;
}

static bool begin_run(struct quest *quest, struct error *error)
{
    const struct suite_request *request = &quest->given->request;
    struct store_run_start start = {
        .label = request->label,
        .command = quest->given->command,
        .baseline = request->baseline,
        .heapmark_version = environment_heapmark_version(),
        .seed = (int64_t)request->common.seed,
        .invocations = quest->given->tries,
        .trials_planned = -1,
    };
    struct store_environment environment = {0};
    if (!store_begin_run(quest->store, &start, &quest->run_id, error))
        return false;
    environment_capture(&environment, "");
    store_environment_add(&environment, "command", quest->given->command);
    bool fine = store_add_environment(quest->store, quest->run_id, &environment, error);
    store_environment_free(&environment);
    if (fine && !quest->given->quiet)
        command_say("run %" PRId64 " in %s", quest->run_id, quest->given->database);
    return fine;
}

static bool search(struct quest *quest, struct error *error)
{
    struct maxrate_answer *answers = memory_new((quest->plan->point_count + 1) * sizeof *answers);
    bool fine = begin_run(quest, error);
    if (fine) {
        fine = find_all(quest, answers, error);
        fine = store_finish_run(quest->store, quest->run_id,
                                !fine              ? STORE_RUN_FAILED
                                : interrupted != 0 ? STORE_RUN_INTERRUPTED
                                                   : STORE_RUN_COMPLETED,
                                fine ? error : NULL) &&
               fine;
    }
    for (size_t i = 0; i < quest->plan->point_count; i++)
        free(answers[i].cause);
    free(answers);
    return fine;
}

/* Without -w it is `server`; every workload must have a rate. */
static bool settle(struct maxrate_options *given, struct error *error)
{
    struct suite_entries *entries = &given->request.entries;
    if (entries->workload_count == 0 && !suite_add_workloads(entries, "server", error))
        return false;
    for (size_t i = 0; i < entries->workload_count; i++)
        if (!suite_takes_rate(entries->workloads[i].kernel))
            return error_user(error,
                              "the workload %s has no requests that are due at a rate; `server` "
                              "has",
                              entries->workloads[i].kernel->name);
    return suite_settle(&given->request, error);
}

/* A bound that is not far below the time that requests come for would let any rate pass. */
static bool check_bound(const struct maxrate_options *given, const struct suite_plan *plan,
                        struct error *error)
{
    char bound[UNITS_TEXT_BYTES], length[UNITS_TEXT_BYTES], most[UNITS_TEXT_BYTES];
    for (size_t i = 0; i < plan->point_count; i++) {
        double length_ns = critical_length_ns(&plan->points[i].spec);
        double most_ns = CRITICAL_BOUND_SHARE * length_ns;
        if ((double)given->bound_ns <= most_ns)
            continue;
        units_format_ns((double)given->bound_ns, bound);
        units_format_ns(length_ns, length);
        units_format_ns(most_ns, most);
        return error_user(error,
                          "a bound of %s tells nothing of requests that come for %s (%s): give one "
                          "of at most %s, a tenth of it, or have them come for longer "
                          "(duration_ms=)",
                          bound, length, plan->points[i].spec.workload, most);
    }
    return true;
}

static bool carry_out(struct maxrate_options *given, struct error *error)
{
    struct suite_plan plan;
    if (!settle(given, error) || !suite_make_plan(&given->request, &plan, error))
        return false;
    command_warn_exposed(&given->request.entries);
    struct quest quest = {.given = given, .plan = &plan};
    bool fine =
        check_bound(given, &plan, error) && command_make_standard_folder(given->database, error);
    quest.store = fine ? store_open(given->database, STORE_WRITE, error) : NULL;
    fine = quest.store != NULL && search(&quest, error);
    store_close(quest.store);
    suite_plan_free(&plan);
    return fine;
}

int command_maxrate(int argc, char **argv)
{
    struct error error = {0};
    char *line = command_line(argc, argv);
    struct maxrate_options given = {
        .bound_ns = UINT64_C(1000000) * MAXRATE_BOUND_STANDARD_MS,
        .percentile = MAXRATE_PERCENTILE_STANDARD,
        .precision = MAXRATE_PRECISION_STANDARD,
        .tries = MAXRATE_TRIES_STANDARD,
        .database = COMMAND_STANDARD_DATABASE,
        .command = line,
        .error = &error,
    };
    suite_request_initialise(&given.request);
    given.request.invocations = 1;
    bool fine = command_parse(&argp, argc, argv, &given, &error);
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    fine = fine && carry_out(&given, &error);
    suite_request_free(&given.request);
    free(line);
    return !fine              ? command_fail(&error)
           : interrupted != 0 ? COMMAND_INTERRUPTED
                              : COMMAND_COMPLETED;
}
