/* SPDX-License-Identifier: MIT
 *
 * heapmark run: its options.
 *
 * Whatever a suite file can say too is only noted here, and applied when all is known, so that the
 * command line overrides the suite wherever its name stands among the options.
 */
#include "command/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "command/resume.h"
#include "suite/definition.h"
#include "suite/read.h"
#include "suite/run.h"
#include "trial/scarcity.h"

enum {
    KEY_HEAP = 256,
    KEY_PIN,
    KEY_BIND_MEMORY,
    KEY_DISPATCH,
    KEY_SEED,
    KEY_BASELINE,
    KEY_TWINS,
    KEY_LABEL,
    KEY_RATE,
    KEY_TIME_LIMIT,
    KEY_MEMORY_LIMIT,
    KEY_MACHINE_MEMORY,
    KEY_OUTER_LOAD,
    KEY_MICRO_MIN_TIME,
    KEY_NO_WARM_UP,
    KEY_NO_STAMPS,
    KEY_INSTRUCTIONS,
    KEY_DATABASE,
    KEY_JSON,
    KEY_DRY_RUN,
    KEY_VERBOSE,
    KEY_YES,
    KEY_RESUME,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is compared:", 1},
    {"collectors", 'c', "[ALIAS=]NAME[/VARIANT][:OPTION=VALUE,...][,...]", 0,
     "Collectors: a name that `heapmark list collectors` shows, or the path of a plugin. May be "
     "repeated; an alias compares two builds or settings of one collector. With a suite they stand "
     "in the place of its collectors; a list that begins with + adds to them",
     0},
    {"workloads", 'w', "NAME[:PARAMETER=VALUE,...][,...]", 0,
     "Workloads that `heapmark list workloads` shows. May be repeated; + as for collectors", 0},
    {"threads", 't', "N[,...]", 0, "Numbers of mutators, each on a thread of its own (1)", 0},
    {"heap", KEY_HEAP, "BYTES|Nx[,...]", 0,
     "Heap limits, the same for all collectors, such as 64MiB; a bare number is bytes, 0 is no "
     "limit; 1.5x is a multiple of the smallest heap in which any of them completes the workload, "
     "which is searched for where it is not known (see below)",
     0},
    {"dispatch", KEY_DISPATCH, "HOW", 0,
     "How a workload reaches the collector: table, inline or both (inline, where a collector has "
     "it)",
     0},
    {"rate", KEY_RATE, "N[,...]", 0,
     "Requests that are due a second in workloads that have such, over all mutators (see "
     "`heapmark explain server`); several make a chart",
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
    {"machine-memory", KEY_MACHINE_MEMORY, "BYTES", 0,
     "Each trial is in a control group with so much memory, as on a small machine, and the kernel "
     "kills what needs more: an outcome of its own. 0 is no such group (0)",
     0},
    {"outer-load", KEY_OUTER_LOAD, "BYTES", 0,
     "Beside each trial another process holds so much memory, and never gives any back (0)", 0},
    {"micro-min-time", KEY_MICRO_MIN_TIME, "SECONDS", 0,
     "Micro workloads iterate for so long at least (0.2)", 0},
    {"no-warm-up", KEY_NO_WARM_UP, NULL, 0, "No untimed life before the timed one", 0},
    {"no-stamps", KEY_NO_STAMPS, NULL, 0, "Do not stamp the collectors' slow paths", 0},
    {"instructions", KEY_INSTRUCTIONS, NULL, 0,
     "Also count the instructions of each point, by repeating its first trial twice under "
     "valgrind's callgrind: 50 to 100 times as slow",
     0},
    {NULL, 0, NULL, 0, "What becomes of it:", 3},
    {"db", KEY_DATABASE, "FILE", 0,
     "Database that the results go to (" COMMAND_STANDARD_DATABASE ")", 0},
    {"label", KEY_LABEL, "TEXT", 0, "Text to know the run by", 0},
    {"baseline", KEY_BASELINE, "LABEL", 0,
     "Collector that ratios refer to: its alias, or what was typed (the first of -c)", 0},
    {"resume", KEY_RESUME, "RUN", OPTION_ARG_OPTIONAL,
     "Go on with a run that was interrupted, failed or killed: this one, or the latest. Nothing "
     "else "
     "need be said; what is said again must be as it was",
     0},
    {"json", KEY_JSON, NULL, 0,
     "Each trial on stdout as one JSON object a line, as soon as it is stored, and no table", 0},
    {"twins", KEY_TWINS, "LABEL[,...]", 0,
     "Collectors that are entered twice, or all: what differs between twins is noise", 0},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Show the trials and the time expected, and run none", 0},
    {"yes", KEY_YES, NULL, 0, "Run even more than " COMMAND_TEXT(RUN_TRIALS_UNASKED) " trials", 0},
    {"verbose", KEY_VERBOSE, NULL, 0,
     "Say for each trial what Heapmark took itself: from the start of its process to the first "
     "call "
     "of the workload, and from its end to the database",
     0},
    {"quiet", 'q', NULL, 0, "No line for each trial", 0},
    {0},
};

/* What argp leaves behind. */
struct parsing {
    struct run_options *given;
    const char *suite; /* a name or a path; NULL: none */
    struct suite_settings settings;
    bool names_collectors, names_workloads; /* already, so that more is added */
    struct error *error;
};

/* Options whose values settings take as they are. */
static const struct {
    int option;
    const char *key;
    const char *value; /* of an option that has none */
} settings[] = {
    {'t', "threads", NULL},
    {'n', "invocations", NULL},
    {KEY_HEAP, "heap", NULL},
    {KEY_PIN, "pin", NULL},
    {KEY_BIND_MEMORY, "bind-memory", NULL},
    {KEY_DISPATCH, "dispatch", NULL},
    {KEY_SEED, "seed", NULL},
    {KEY_BASELINE, "baseline", NULL},
    {KEY_TWINS, "twins", NULL},
    {KEY_LABEL, "label", NULL},
    {KEY_RATE, "rate", NULL},
    {KEY_TIME_LIMIT, "time-limit", NULL},
    {KEY_MEMORY_LIMIT, "memory-limit", NULL},
    {KEY_MACHINE_MEMORY, "machine-memory", NULL},
    {KEY_OUTER_LOAD, "outer-load", NULL},
    {KEY_MICRO_MIN_TIME, "micro-min-time", NULL},
    {KEY_NO_WARM_UP, "warm-up", "false"},
    {KEY_NO_STAMPS, "stamps", "false"},
    {KEY_INSTRUCTIONS, "instructions", "true"},
};

/* -c and -w: the first one begins the list anew, unless it says that it adds. */
static void note_entries(struct parsing *parsing, const char *key, bool *named, const char *list)
{
    bool adds = *list == '+';
    struct suite_setting setting = {
        .key = suite_setting_key(key),
        .value = (char *)list + adds,
        .adds = adds || *named,
    };
    *named = true;
    suite_settings_add(&parsing->settings, &setting);
}

static error_t note_setting(struct parsing *parsing, int key, char *argument)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].option != key)
            continue;
        struct suite_setting setting = {
            .key = suite_setting_key(settings[i].key),
            .value = argument != NULL ? argument : (char *)settings[i].value,
        };
        suite_settings_add(&parsing->settings, &setting);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static error_t take_suite(struct parsing *parsing, const char *suite)
{
    if (parsing->suite != NULL) {
        error_user(parsing->error,
                   "a run has one suite, and '%s' would be a second; collectors "
                   "and workloads are named by -c and -w",
                   suite);
        return EINVAL;
    }
    parsing->suite = suite;
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    struct run_options *given = parsing->given;
    switch (key) {
    case ARGP_KEY_ARG:
        return take_suite(parsing, argument);
    case 'c':
        note_entries(parsing, "collectors", &parsing->names_collectors, argument);
        return 0;
    case 'w':
        note_entries(parsing, "workloads", &parsing->names_workloads, argument);
        return 0;
    case KEY_DATABASE:
        given->database = argument;
        return 0;
    case KEY_DRY_RUN:
        given->dry_run = true;
        return 0;
    case KEY_RESUME:
        given->resume = true;
        return argument == NULL ||
                       command_parse_run(argument, false, &given->run_id, parsing->error)
                   ? 0
                   : EINVAL;
    case KEY_VERBOSE:
        given->verbose = true;
        return 0;
    case KEY_YES:
        given->yes = true;
        return 0;
    case KEY_JSON:
        given->json = true;
        return 0;
    case 'q':
        given->quiet = true;
        return 0;
    default:
        return note_setting(parsing, key, argument);
    }
}

/* clang-format off */
#define BEFORE_OPTIONS                                                                              \
    "Compare collectors on workloads: those of a suite (a name that `heapmark list suites` shows, " \
    "or the path of a .yaml file), those named here, or both. Each point (collector, workload, "    \
    "threads, heap, dispatch) is tried several times, each time in a process of its own, in "       \
    "random order. Every result is stored the moment it is there; at the end a table is printed."
#define AFTER_OPTIONS                                                                               \
    "Without --heap, the heap of a point is " COMMAND_TEXT(SUITE_HEAP_MULTIPLE) " times the bytes " \
    "that the workload keeps alive over all threads, but at least "                                 \
    COMMAND_TEXT(SUITE_HEAP_LEAST_MIB) " MiB and " COMMAND_TEXT(SUITE_HEAP_LEAST_PER_THREAD_MIB)    \
    " MiB for each thread, and at least the largest minimum that one of the collectors declares, "  \
    "rounded up to " COMMAND_TEXT(SUITE_HEAP_ROUNDING_KIB) " KiB; all collectors get the same "     \
    "bytes.\n\n"                                                                                    \
    "After a comma, x=y is an option of the collector before if that has an option x, else "        \
    "another collector with the alias x. A path of a plugin contains '/' or ends in .so, and may "  \
    "have /VARIANT behind it.\n\n"                                                                  \
    "Exit status: 0 completed (out of memory is a result), 1 a trial crashed, hung or answered "    \
    "wrongly, 2 the user's mistake, 3 the system's failure, 130 interrupted."
/* clang-format on */

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[SUITE]",
    .doc = BEFORE_OPTIONS "\v" AFTER_OPTIONS,
};

static void say_left_out(const char *reason)
{
    command_say("left out: %s", reason);
}

/* The suite's settings, with those of the command line behind them. */
static bool read_suite(const struct parsing *parsing, struct suite_text *suite, struct error *error)
{
    char *path;
    if (parsing->suite == NULL)
        return true;
    if (!suite_find(parsing->suite, &path, error))
        return false;
    parsing->given->request.suite = suite_name_of(path);
    bool fine = suite_read(path, suite, error);
    free(path);
    return fine;
}

/* Of the run that is gone on with, what the command line does not say again. */
static bool take_stored(const struct parsing *parsing, const char *stored,
                        struct suite_settings *taken, struct error *error)
{
    char *suite;
    bool again = parsing->suite != NULL;
    if (!suite_definition_settings(stored, again, &parsing->settings, taken, &suite, error))
        return false;
    if (again)
        free(suite);
    else
        parsing->given->request.suite = suite;
    return true;
}

bool run_is_agreed(const struct run_options *given, const struct suite_plan *plan,
                   struct error *error)
{
    return given->yes || given->dry_run || plan->trial_count <= RUN_TRIALS_UNASKED ||
           error_user(error,
                      "that makes %zu trials, more than " COMMAND_TEXT(
                          RUN_TRIALS_UNASKED) ": look at it with --dry-run, or say --yes",
                      plan->trial_count);
}

/* What heaps are multiples of: a run that is gone on with keeps what it had. */
static bool settle_multiples(struct run_options *given, const char *stored, struct error *error)
{
    if (!suite_asks_multiples(&given->request))
        return true;
    return given->resume ? suite_definition_smallest(stored, &given->request, error)
                         : run_settle_multiples(given, error);
}

/* The settings of the suite, the run that is gone on with, and the command line, in that order;
 * what they come to must be what that run was begun with. */
static bool apply(const struct parsing *parsing, struct error *error)
{
    struct run_options *given = parsing->given;
    struct suite_text suite = {0};
    char *stored = NULL;
    bool fine = read_suite(parsing, &suite, error) &&
                (!given->resume || resume_look_up(given, &stored, error)) &&
                (!given->resume || take_stored(parsing, stored, &suite.settings, error));
    for (size_t i = 0; i < parsing->settings.count; i++)
        suite_settings_add(&suite.settings, &parsing->settings.items[i]);
    fine = fine && suite_settings_apply(&suite.settings, &given->request, say_left_out, error) &&
           (given->resume || settle_multiples(given, NULL, error));
    if (fine)
        given->definition = suite_definition_make(&given->request, &suite.settings);
    fine = fine && (!given->resume || (resume_agrees(given, stored, error) &&
                                       settle_multiples(given, stored, error)));
    suite_text_free(&suite);
    free(stored);
    return fine;
}

/* With a place for control groups, where trials are to be in some. */
static int carry_out(struct run_options *given, const struct suite_plan *plan, struct error *error)
{
    struct scarcity_place place = {0};
    bool grouped = given->request.limits.machine_bytes != 0;
    if (grouped && !scarcity_place_open(&place, "", error))
        return command_fail(error);
    given->request.limits.place = &place;
    int status = run_carry_out(given, plan);
    given->request.limits.place = NULL;
    scarcity_place_close(&place);
    return status;
}

static int run(const struct parsing *parsing, struct error *error)
{
    struct run_options *given = parsing->given;
    struct suite_plan plan = {0};
    int status = COMMAND_COMPLETED;
    if (!apply(parsing, error) || !suite_make_plan(&given->request, &plan, error) ||
        !run_is_agreed(given, &plan, error) || !run_make_recordings(given, &plan, error))
        status = given->interrupted && error->kind == ERROR_NONE ? COMMAND_INTERRUPTED
                                                                 : command_fail(error);
    else
        command_warn_exposed(&given->request.entries);
    if (status == COMMAND_COMPLETED)
        status = given->dry_run ? run_show_plan(given, &plan) : carry_out(given, &plan, error);
    suite_plan_free(&plan);
    return status;
}

int command_run(int argc, char **argv)
{
    struct error error = {0};
    char *line = command_line(argc, argv);
    struct run_options given = {.database = COMMAND_STANDARD_DATABASE, .command = line};
    struct parsing parsing = {.given = &given, .error = &error};
    suite_request_initialise(&given.request);
    int status = command_parse(&argp, argc, argv, &parsing, &error) ? run(&parsing, &error)
                                                                    : command_fail(&error);
    suite_request_free(&given.request);
    suite_settings_free(&parsing.settings);
    text_free(&given.to_search);
    free(given.definition);
    free(line);
    return status;
}
