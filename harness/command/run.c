/* SPDX-License-Identifier: MIT
 *
 * heapmark run: its options.
 */
#include "command/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "suite/run.h"

enum {
    KEY_HEAP = 256,
    KEY_PIN,
    KEY_BIND_MEMORY,
    KEY_DISPATCH,
    KEY_SEED,
    KEY_BASELINE,
    KEY_LABEL,
    KEY_TIME_LIMIT,
    KEY_MEMORY_LIMIT,
    KEY_MICRO_MIN_TIME,
    KEY_NO_WARM_UP,
    KEY_NO_STAMPS,
    KEY_DATABASE,
    KEY_JSON,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is compared:", 1},
    {"collectors", 'c', "[ALIAS=]NAME[/VARIANT][:OPTION=VALUE,...][,...]", 0,
     "Collectors: a name that `heapmark list collectors` shows, or the path of a plugin. May be "
     "repeated; an alias compares two builds or settings of one collector",
     0},
    {"workloads", 'w', "NAME[:PARAMETER=VALUE,...][,...]", 0,
     "Workloads that `heapmark list workloads` shows. May be repeated", 0},
    {"threads", 't', "N[,...]", 0, "Numbers of mutators, each on a thread of its own (1)", 0},
    {"heap", KEY_HEAP, "BYTES[,...]", 0,
     "Heap limits, the same for all collectors, such as 64MiB; a bare number is bytes, 0 is no "
     "limit (see below)",
     0},
    {"dispatch", KEY_DISPATCH, "HOW", 0,
     "How a workload reaches the collector: table, inline or both (inline, where a collector has "
     "it)",
     0},
    {NULL, 0, NULL, 0, "How it is measured:", 2},
    {"invocations", 'n', "N", 0,
     "Each point is tried so often, in new processes (" COMMAND_TEXT(
         SUITE_INVOCATIONS_STANDARD) ")",
     0},
    {"seed", KEY_SEED, "S", 0, "Seed of the workloads' data and of the order of trials (1)", 0},
    {"pin", KEY_PIN, "POLICY", 0,
     "Where threads go: compact, scatter, cores, numa or none (compact)", 0},
    {"bind-memory", KEY_BIND_MEMORY, "POLICY", 0,
     "Which NUMA nodes memory comes from: none, local, interleave or node:N (none)", 0},
    {"time-limit", KEY_TIME_LIMIT, "TIME", 0,
     "A trial that is not done by then is killed: a hang. Such as 90s or 5min (" COMMAND_TEXT(
         SUITE_TIME_LIMIT_STANDARD_S) "s)",
     0},
    {"memory-limit", KEY_MEMORY_LIMIT, "BYTES", 0,
     "A trial whose process outgrows it is killed; 0 is no limit (" COMMAND_TEXT(
         SUITE_MEMORY_LIMIT_PERCENT) "% of the RAM that the process may use)",
     0},
    {"micro-min-time", KEY_MICRO_MIN_TIME, "SECONDS", 0,
     "Micro workloads iterate for so long at least (0.2)", 0},
    {"no-warm-up", KEY_NO_WARM_UP, NULL, 0, "No untimed life before the timed one", 0},
    {"no-stamps", KEY_NO_STAMPS, NULL, 0, "Do not stamp the collectors' slow paths", 0},
    {NULL, 0, NULL, 0, "What becomes of it:", 3},
    {"db", KEY_DATABASE, "FILE", 0,
     "Database that the results go to (" COMMAND_STANDARD_DATABASE ")", 0},
    {"label", KEY_LABEL, "TEXT", 0, "Text to know the run by", 0},
    {"baseline", KEY_BASELINE, "LABEL", 0,
     "Collector that ratios refer to: its alias, or what was typed (the first of -c)", 0},
    {"json", KEY_JSON, NULL, 0,
     "Each trial on stdout as one JSON object a line, as soon as it is stored, and no table", 0},
    {"quiet", 'q', NULL, 0, "No line for each trial", 0},
    {0},
};

/* What argp leaves behind: names are looked up when all else is known to be right. */
struct parsing {
    struct run_options *given;
    struct text_list collectors;
    struct text_list workloads;
    struct error *error;
};

static bool parse_invocations(struct run_options *given, const char *argument, struct error *error)
{
    int64_t count;
    if (!units_parse_integer(argument, "number of invocations", 1, SUITE_INVOCATIONS_MOST, &count,
                             error))
        return false;
    given->request.invocations = (unsigned)count;
    return true;
}

static bool parse_time_limit(struct run_options *given, const char *argument, struct error *error)
{
    if (!units_parse_ns(argument, "time limit", &given->limits.time_ns, error))
        return false;
    return given->limits.time_ns > 0 ||
           error_user(error, "the time limit is %s, and must be above 0", argument);
}

/* Options that change the plan; ARGP_ERR_UNKNOWN where the key is none of theirs. */
static error_t parse_request(int key, char *argument, struct parsing *parsing)
{
    struct suite_request *request = &parsing->given->request;
    struct trial_spec *common = &request->common;
    struct error *error = parsing->error;
    bool fine = true;
    switch (key) {
    case 't':
        fine = suite_set_threads(request, argument, error);
        break;
    case KEY_HEAP:
        fine = suite_set_heaps(request, argument, error);
        break;
    case KEY_DISPATCH:
        fine = suite_set_dispatch(request, argument, error);
        break;
    case 'n':
        fine = parse_invocations(parsing->given, argument, error);
        break;
    case KEY_SEED:
        fine = trial_spec_parse_argument(common, "seed", argument, error);
        break;
    case KEY_PIN:
        fine = trial_spec_parse_argument(common, "pin", argument, error);
        break;
    case KEY_BIND_MEMORY:
        fine = trial_spec_parse_argument(common, "bind-memory", argument, error);
        break;
    case KEY_MICRO_MIN_TIME:
        fine = trial_spec_parse_argument(common, "micro-min-time", argument, error);
        break;
    case KEY_NO_WARM_UP:
        common->warm_up = false;
        break;
    case KEY_NO_STAMPS:
        common->stamps = false;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    struct run_options *given = parsing->given;
    switch (key) {
    case 'c':
        text_list_add(&parsing->collectors, argument);
        return 0;
    case 'w':
        text_list_add(&parsing->workloads, argument);
        return 0;
    case KEY_TIME_LIMIT:
        return parse_time_limit(given, argument, parsing->error) ? 0 : EINVAL;
    case KEY_MEMORY_LIMIT:
        return units_parse_bytes(argument, "memory limit", &given->limits.memory_bytes,
                                 parsing->error)
                   ? 0
                   : EINVAL;
    case KEY_DATABASE:
        given->database = argument;
        return 0;
    case KEY_LABEL:
        given->label = argument;
        return 0;
    case KEY_BASELINE:
        given->baseline = argument;
        return 0;
    case KEY_JSON:
        given->json = true;
        return 0;
    case 'q':
        given->quiet = true;
        return 0;
    default:
        return parse_request(key, argument, parsing);
    }
}

static const struct
    argp
        argp =
            {
                .options = options,
                .parser = parse,
                .doc = "Compare collectors on workloads: each point (collector, workload, threads, "
                       "heap, "
                       "dispatch) is tried several times, each time in a process of its own, in "
                       "random order. "
                       "Every result is stored the moment it is there; at the end a table is "
                       "printed.\v"
                       "Without --heap, the heap of a point is " COMMAND_TEXT(
                           SUITE_HEAP_MULTIPLE) " times the bytes that the workload keeps alive "
                                                "over all threads, "
                                                "but at least " COMMAND_TEXT(SUITE_HEAP_LEAST_MIB) " MiB and " COMMAND_TEXT(
                                                    SUITE_HEAP_LEAST_PER_THREAD_MIB) " MiB for "
                                                                                     "each thread, "
                                                                                     "and at least "
                                                                                     "the largest "
                                                                                     "minimum that "
                                                                                     "one of the "
                                                                                     "collectors "
                                                                                     "declares, "
                                                                                     "rounded up "
                                                                                     "to"
                                                                                     " " COMMAND_TEXT(
                                                                                         SUITE_HEAP_ROUNDING_KIB) " KiB; all collectors get the same bytes.\n\n"
                                                                                                                  "After a comma, x=y is an option of the collector before if that has an option x, else "
                                                                                                                  "another collector with the alias x. A path of a plugin contains '/' or ends in .so, and "
                                                                                                                  "may have /VARIANT behind it.\n\n"
                                                                                                                  "Exit status: 0 completed (out of memory is a result), 1 a trial crashed, hung or answered "
                                                                                                                  "wrongly, 2 the user's mistake, 3 the system's failure, 130 interrupted.",
};

static bool look_up(struct parsing *parsing, struct error *error)
{
    struct suite_entries *entries = &parsing->given->request.entries;
    for (size_t i = 0; i < parsing->workloads.count; i++)
        if (!suite_add_workloads(entries, parsing->workloads.items[i], error))
            return false;
    for (size_t i = 0; i < parsing->collectors.count; i++)
        if (!suite_add_collectors(entries, parsing->collectors.items[i], error))
            return false;
    return true;
}

static bool settle_baseline(struct run_options *given, struct error *error)
{
    const struct suite_entries *entries = &given->request.entries;
    const char **labels = memory_new(entries->collector_count * sizeof *labels);
    bool found = given->baseline == NULL;
    for (size_t i = 0; i < entries->collector_count; i++) {
        labels[i] = entries->collectors[i].label;
        found = found || strcmp(labels[i], given->baseline) == 0;
    }
    if (given->baseline == NULL) {
        given->baseline = labels[0];
    } else if (!found) {
        const char *nearest = text_nearest(given->baseline, labels, entries->collector_count);
        error_user(error, "the baseline '%s' is no collector of this run; %s '%s'?",
                   given->baseline, nearest != NULL ? "did you mean" : "should it be",
                   nearest != NULL ? nearest : labels[0]);
    }
    free(labels);
    return found;
}

static int run(struct parsing *parsing, struct error *error)
{
    struct suite_plan plan = {0};
    if (!look_up(parsing, error) || !suite_make_plan(&parsing->given->request, &plan, error))
        return command_fail(error);
    int status = settle_baseline(parsing->given, error) ? run_carry_out(parsing->given, &plan)
                                                        : command_fail(error);
    suite_plan_free(&plan);
    return status;
}

int command_run(int argc, char **argv)
{
    struct error error = {0};
    char *line = command_line(argc, argv);
    struct run_options given = {
        .database = COMMAND_STANDARD_DATABASE,
        .command = line,
        .limits = {.time_ns = UINT64_C(1000000000) * SUITE_TIME_LIMIT_STANDARD_S,
                   .memory_bytes = suite_standard_memory_limit()},
    };
    struct parsing parsing = {.given = &given, .error = &error};
    suite_request_initialise(&given.request);
    int status = command_parse(&argp, argc, argv, &parsing, &error) ? run(&parsing, &error)
                                                                    : command_fail(&error);
    suite_request_free(&given.request);
    text_list_free(&parsing.collectors);
    text_list_free(&parsing.workloads);
    free(line);
    return status;
}
