/* SPDX-License-Identifier: MIT
 *
 * heapmark minheap: the smallest heap in which each collector completes each workload.
 */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/command.h"
#include "store/json.h"
#include "suite/plan.h"
#include "suite/smallest.h"

enum { KEY_DISPATCH = 256, KEY_SEED, KEY_TIME_LIMIT, KEY_TRIES, KEY_PRECISION, KEY_JSON };
enum { MOST_TRIES = 100, MOST_TIMES_START = 64 };

static const struct argp_option options[] = {
    {"collectors", 'c', "[ALIAS=]NAME[/VARIANT][:OPTION=VALUE,...][,...]", 0,
     "Collectors, as `heapmark run` takes them", 0},
    {"workloads", 'w', "NAME[:PARAMETER=VALUE,...][,...]", 0,
     "Workloads, as `heapmark run` takes them", 0},
    {"threads", 't', "N[,...]", 0, "Numbers of mutators (1)", 0},
    {"dispatch", KEY_DISPATCH, "HOW", 0, "table, inline or both (inline)", 0},
    {"seed", KEY_SEED, "S", 0, "Seed of the workloads' data (1)", 0},
    {"time-limit", KEY_TIME_LIMIT, "TIME", 0,
     "A heap in which a trial takes longer is too small (" COMMAND_TEXT(
         SUITE_TIME_LIMIT_STANDARD_S) "s)",
     0},
    {"tries", KEY_TRIES, "N", 0, "Trials that have to complete in a heap (2)", 0},
    {"precision", KEY_PRECISION, "PERCENT", 0, "How near the answer comes (2)", 0},
    {"json", KEY_JSON, NULL, 0, "Write what was found as JSON, an object a line", 0},
    {"quiet", 'q', NULL, 0, "No line for each trial", 0},
    {0},
};

struct minheap_options {
    struct suite_request request;
    int64_t tries;
    double precision;
    bool json, quiet;
    struct error *error;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct minheap_options *given = state->input;
    bool fine = true;
    switch (key) {
    case 'c':
        fine = suite_add_collectors(&given->request.entries, argument, given->error);
        break;
    case 'w':
        fine = suite_add_workloads(&given->request.entries, argument, given->error);
        break;
    case 't':
        fine = suite_set(&given->request, "threads", argument, given->error);
        break;
    case KEY_DISPATCH:
        fine = suite_set(&given->request, "dispatch", argument, given->error);
        break;
    case KEY_SEED:
        fine = suite_set(&given->request, "seed", argument, given->error);
        break;
    case KEY_TIME_LIMIT:
        fine = suite_set(&given->request, "time-limit", argument, given->error);
        break;
    case KEY_TRIES:
        fine = units_parse_integer(argument, "number of tries", 1, MOST_TRIES, &given->tries,
                                   given->error);
        break;
    case KEY_PRECISION:
        fine = units_parse_decimal(argument, "precision in percent", 0.01, 100, &given->precision,
                                   given->error);
        break;
    case KEY_JSON:
        given->json = true;
        break;
    case 'q':
        given->quiet = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Find the smallest heap in which each collector completes each workload, by bisection "
           "over trials: a multiple of it is the same room for all. A collector that takes no "
           "limit has none; what it held is given instead.",
};

/* ---- one point ---- */

static _Atomic int interrupted;

static void interrupt(int number)
{
    interrupted = number;
}

struct answer {
    uint64_t heap_bytes; /* 0: none */
    uint64_t live_bytes; /* that the workload keeps alive; 0: it does not say */
    bool is_footprint;   /* of a collector that takes no limit */
    unsigned trials;
    char *cause; /* why there is none; owned */
};

static void say_trial(void *user, uint64_t heap_bytes, const struct trial_record *record)
{
    const struct minheap_options *given = user;
    char heap[UNITS_TEXT_BYTES];
    units_format_bytes(heap_bytes, heap);
    if (!given->quiet)
        command_say("%s, %s, heap %s: %s", record_text(record, TRIAL_COLLECTOR_LABEL, ""),
                    record_text(record, TRIAL_WORKLOAD, ""), heap,
                    record_text(record, TRIAL_OUTCOME, "unknown"));
}

static void take_cause(struct answer *answer, const struct smallest_trials *trials, bool stopped)
{
    const char *cause = record_text(&trials->last, TRIAL_CAUSE, "its cause is unknown");
    struct text text = {0};
    if (stopped)
        text_format(&text, "%s: %s", record_text(&trials->last, TRIAL_OUTCOME, "unknown"), cause);
    else
        text_format(&text, "not in %d times the heap that it began with: %s", MOST_TIMES_START,
                    cause);
    answer->cause = memory_copy_text(text_chars(&text));
    text_free(&text);
}

/* What it holds when nothing limits it. */
static void measure_footprint(struct answer *answer, struct smallest_trials *trials)
{
    answer->is_footprint = true;
    if (smallest_try(trials, 0) != SMALLEST_ENOUGH) {
        take_cause(answer, trials, true);
        return;
    }
    int64_t held = record_integer(&trials->last, TRIAL_HELD_PEAK_BYTES, -1);
    if (held < 0)
        held = record_integer(&trials->last, TRIAL_FOOTPRINT_PEAK_BYTES, 0);
    answer->heap_bytes = (uint64_t)held;
}

static void search(struct answer *answer, struct smallest_trials *trials,
                   const struct hm_capabilities *can, double precision)
{
    struct smallest_range range = {
        .least_bytes = can->least_heap_bytes + trials->spec->threads * can->least_mutator_bytes,
        .start_bytes = trials->spec->heap_bytes,
        .most_bytes = MOST_TIMES_START * trials->spec->heap_bytes,
        .precision = precision,
    };
    struct smallest_found found = smallest_search(&range, smallest_try, trials);
    answer->heap_bytes = found.stopped ? 0 : found.enough_bytes;
    if (answer->heap_bytes == 0)
        take_cause(answer, trials, found.stopped);
}

static bool find(const struct minheap_options *given, const struct suite_point *point,
                 struct answer *answer, struct error *error)
{
    const struct hm_capabilities *can =
        &given->request.entries.collectors[point->collector].can->capabilities;
    struct trial_spec spec;
    struct trial_attention attention = {.interrupted = &interrupted};
    struct smallest_trials trials = {.spec = &spec,
                                     .limits = &given->request.limits,
                                     .attention = &attention,
                                     .tries = (unsigned)given->tries,
                                     .tried = say_trial,
                                     .user = (void *)(uintptr_t)given};
    *answer = (struct answer){0};
    if (point->unsupported != NULL) {
        answer->cause = memory_copy_text(point->unsupported);
        return true;
    }
    trial_spec_copy(&spec, &point->spec);
    if (can->heap_limit)
        search(answer, &trials, can, given->precision / 100);
    else
        measure_footprint(answer, &trials);
    int64_t live = record_integer(&trials.last, TRIAL_LIVE_BYTES_NOMINAL, 0);
    answer->live_bytes = live > 0 ? (uint64_t)live : 0;
    answer->trials = trials.trials;
    record_free(&trials.last);
    trial_spec_free(&spec);
    if (trials.error.kind != ERROR_NONE)
        *error = trials.error;
    return trials.error.kind == ERROR_NONE;
}

/* ---- what is said ---- */

static void add_answer(struct columns *columns, const char *label, const struct answer *answer)
{
    char heap[UNITS_TEXT_BYTES] = "-";
    if (answer->heap_bytes > 0)
        units_format_bytes(answer->heap_bytes, heap);
    columns_add(columns, label);
    columns_add(columns, heap);
    if (answer->heap_bytes > 0 && answer->live_bytes > 0)
        columns_format(columns, "%.2f", (double)answer->heap_bytes / (double)answer->live_bytes);
    else
        columns_add(columns, "-");
    columns_format(columns, "%u", answer->trials);
    columns_add(columns, answer->cause != NULL  ? answer->cause
                         : answer->is_footprint ? "takes no limit: what it held"
                                                : "");
}

static void append_row(struct text *text, const struct suite_plan *plan, size_t row,
                       const struct answer *answers)
{
    static const char *const headings[] = {"collector", "smallest heap", "over live", "trials", ""};
    const struct suite_entries *entries = &plan->request->entries;
    struct columns columns = {.layout = "lrrrl"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t c = 0; c < entries->collector_count; c++)
        add_answer(&columns, entries->collectors[c].label,
                   &answers[row * entries->collector_count + c]);
    struct text name = {0};
    text_append_terminal(&name, entries->workloads[plan->rows[row].workload].label);
    text_format(text, "%s: %u thread%s, %s\n", text_chars(&name), plan->rows[row].threads,
                plan->rows[row].threads == 1 ? "" : "s",
                plan->rows[row].dispatch == TRIAL_DISPATCH_INLINE ? "inline" : "table");
    text_free(&name);
    columns_append(text, &columns, 2);
    text_append(text, "\n");
    columns_free(&columns);
}

static void append_json(struct text *text, const struct suite_plan *plan,
                        const struct suite_point *point, const struct answer *answer)
{
    const struct suite_entries *entries = &plan->request->entries;
    const struct suite_row *row = &plan->rows[point->row];
    json_t *json = json_new_object();
    json_add(json, "collector", json_of_text(entries->collectors[point->collector].label));
    json_add(json, "workload", json_of_text(entries->workloads[row->workload].label));
    json_add(json, "threads", json_of_integer(row->threads));
    json_add(json, "dispatch",
             json_of_text(row->dispatch == TRIAL_DISPATCH_INLINE ? "inline" : "table"));
    json_add(json, "heap_bytes",
             answer->heap_bytes > 0 ? json_of_integer((int64_t)answer->heap_bytes) : json_null());
    json_add(json, "live_bytes",
             answer->live_bytes > 0 ? json_of_integer((int64_t)answer->live_bytes) : json_null());
    json_add(json, "takes_limit", answer->is_footprint ? json_false() : json_true());
    json_add(json, "trials", json_of_integer(answer->trials));
    json_add(json, "cause", answer->cause != NULL ? json_of_text(answer->cause) : json_null());
    char *chars = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    text_format(text, "%s\n", chars);
    free(chars);
}

/* ---- all points ---- */

static bool find_all(const struct minheap_options *given, const struct suite_plan *plan,
                     struct answer *answers, struct error *error)
{
    bool fine = true;
    for (size_t i = 0; fine && i < plan->point_count && interrupted == 0; i++) {
        struct text text = {0};
        fine = find(given, &plan->points[i], &answers[i], error);
        bool ends_row = (i + 1) % given->request.entries.collector_count == 0;
        if (fine && given->json)
            append_json(&text, plan, &plan->points[i], &answers[i]);
        else if (fine && ends_row)
            append_row(&text, plan, plan->points[i].row, answers);
        fine = fine && command_print(&text, error);
        text_free(&text);
    }
    return fine;
}

static bool carry_out(const struct minheap_options *given, struct error *error)
{
    struct suite_plan plan;
    if (given->request.entries.collector_count == 0 || given->request.entries.workload_count == 0)
        return error_user(error, "name collectors and workloads: -c NAME -w NAME");
    if (!suite_make_plan(&given->request, &plan, error))
        return false;
    command_warn_exposed(&given->request.entries);
    struct answer *answers = memory_new((plan.point_count + 1) * sizeof *answers);
    bool fine = find_all(given, &plan, answers, error);
    for (size_t i = 0; i < plan.point_count; i++)
        free(answers[i].cause);
    free(answers);
    suite_plan_free(&plan);
    return fine;
}

int command_minheap(int argc, char **argv)
{
    struct error error = {0};
    struct minheap_options given = {.tries = 2, .precision = 2, .error = &error};
    suite_request_initialise(&given.request);
    given.request.invocations = 1;
    bool fine = command_parse(&argp, argc, argv, &given, &error);
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    fine = fine && carry_out(&given, &error);
    suite_request_free(&given.request);
    return !fine              ? command_fail(&error)
           : interrupted != 0 ? COMMAND_INTERRUPTED
                              : COMMAND_COMPLETED;
}
