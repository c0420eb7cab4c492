/* SPDX-License-Identifier: MIT
 *
 * heapmark minheap: the smallest heap in which each collector completes each workload.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/command.h"
#include "store/json.h"
#include "suite/smallest_heap.h"

enum {
    KEY_DISPATCH = 256,
    KEY_SEED,
    KEY_TIME_LIMIT,
    KEY_TRIES,
    KEY_PRECISION,
    KEY_DATABASE,
    KEY_ANEW,
    KEY_JSON
};
enum { MOST_TRIES = 100 };

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
    {"tries", KEY_TRIES, "N", 0,
     "Trials that have to complete in a heap (" COMMAND_TEXT(SMALLEST_TRIES_STANDARD) ")", 0},
    {"precision", KEY_PRECISION, "PERCENT", 0,
     "How near the answer comes (" COMMAND_TEXT(SMALLEST_PRECISION_PERCENT_STANDARD) ")", 0},
    {"db", KEY_DATABASE, "FILE", 0,
     "Database that answers are kept in, so that nobody searches for them again "
     "(" COMMAND_STANDARD_DATABASE ")",
     0},
    {"anew", KEY_ANEW, NULL, 0, "Search even for what is known", 0},
    {"json", KEY_JSON, NULL, 0, "Write what was found as JSON, an object a line", 0},
    {"quiet", 'q', NULL, 0, "No line for each trial", 0},
    {0},
};

struct minheap_options {
    struct suite_request request;
    int64_t tries;
    double precision;
    const char *database;
    bool anew, json, quiet;
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
    case KEY_DATABASE:
        given->database = argument;
        break;
    case KEY_ANEW:
        given->anew = true;
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
           "limit has none; what it held is given instead. What was found is kept, and "
           "used by runs in multiples of it, too.",
};

/* ---- one point ---- */

static volatile _Atomic int interrupted;

static void interrupt(int number)
{
    interrupted = number;
}

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

/* ---- what is said ---- */

static void add_answer(struct columns *columns, const char *label,
                       const struct store_smallest *answer)
{
    char heap[UNITS_TEXT_BYTES] = "-";
    if (answer->heap_bytes > 0)
        units_format_bytes((uint64_t)answer->heap_bytes, heap);
    columns_add(columns, label);
    columns_add(columns, heap);
    if (answer->heap_bytes > 0 && answer->live_bytes > 0)
        columns_format(columns, "%.2f", (double)answer->heap_bytes / (double)answer->live_bytes);
    else
        columns_add(columns, "-");
    columns_format(columns, "%" PRId64, answer->trials);
    columns_add(columns, answer->cause != NULL  ? answer->cause
                         : !answer->takes_limit ? "takes no limit: what it held"
                         : answer->trials == 0  ? "known already"
                                                : "");
}

static void append_row(struct text *text, const struct suite_plan *plan, size_t row,
                       const struct store_smallest *answers)
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
                        const struct suite_point *point, const struct store_smallest *answer)
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
             answer->heap_bytes > 0 ? json_of_integer(answer->heap_bytes) : json_null());
    json_add(json, "live_bytes",
             answer->live_bytes > 0 ? json_of_integer(answer->live_bytes) : json_null());
    json_add(json, "takes_limit", answer->takes_limit ? json_true() : json_false());
    json_add(json, "trials", json_of_integer(answer->trials));
    json_add(json, "cause", answer->cause != NULL ? json_of_text(answer->cause) : json_null());
    char *chars = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    text_format(text, "%s\n", chars);
    free(chars);
}

/* ---- all points ---- */

static bool find_all(const struct minheap_options *given, const struct smallest_quest *quest,
                     struct store_smallest *answers, struct error *error)
{
    const struct suite_plan *plan = quest->plan;
    bool fine = true;
    for (size_t i = 0; fine && i < plan->point_count && interrupted == 0; i++) {
        struct text text = {0};
        fine = smallest_heap_find(quest, &plan->points[i], &answers[i], error);
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

static bool search(const struct minheap_options *given, const struct suite_plan *plan,
                   struct store *store, struct error *error)
{
    struct smallest_quest quest = {.plan = plan,
                                   .store = store,
                                   .anew = given->anew,
                                   .tries = (unsigned)given->tries,
                                   .precision = given->precision / 100,
                                   .interrupted = &interrupted,
                                   .tried = say_trial,
                                   .user = (void *)(uintptr_t)given};
    struct store_smallest *answers = memory_new((plan->point_count + 1) * sizeof *answers);
    bool fine = find_all(given, &quest, answers, error);
    for (size_t i = 0; i < plan->point_count; i++)
        free(answers[i].cause);
    free(answers);
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
    bool fine = command_make_standard_folder(given->database, error);
    struct store *store = fine ? store_open(given->database, STORE_WRITE, error) : NULL;
    fine = store != NULL && search(given, &plan, store, error);
    store_close(store);
    suite_plan_free(&plan);
    return fine;
}

int command_minheap(int argc, char **argv)
{
    struct error error = {0};
    struct minheap_options given = {.tries = SMALLEST_TRIES_STANDARD,
                                    .precision = SMALLEST_PRECISION_PERCENT_STANDARD,
                                    .database = COMMAND_STANDARD_DATABASE,
                                    .error = &error};
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
