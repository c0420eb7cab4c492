/* SPDX-License-Identifier: MIT
 *
 * heapmark report: a run as one page.
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "command/command.h"
#include "command/compare.h"

enum {
    KEY_DATABASE = 256,
    KEY_RUN,
    KEY_OUT,
    KEY_BASELINE,
    KEY_COMPARE,
    KEY_CHARTS,
    KEY_FORMAT,
    KEY_HEAP_MAP
};

#define STANDARD_REPORT "results/report.html"

static const struct argp_option options[] = {
    {"db", KEY_DATABASE, "FILE", 0, "Database to read (" COMMAND_STANDARD_DATABASE ")", 0},
    {"out", KEY_OUT, "FILE.html", 0, "Page to write (" STANDARD_REPORT ")", 0},
    {"run", KEY_RUN, "ID", 0, "The run: its number, or latest (the standard)", 0},
    {"baseline", KEY_BASELINE, "LABEL", 0, "The collector that ratios refer to (that of the run)",
     0},
    {"compare", KEY_COMPARE, "BASE", 0,
     "Also show what became better or worse since this run: its number, its label, the first "
     "digits "
     "of its commit, or FILE.db:RUN",
     0},
    {"charts", KEY_CHARTS, "DIR", 0,
     "Write each chart as a picture into this folder, and no page unless --out is given", 0},
    {"format", KEY_FORMAT, "svg|png|pdf", 0, "What the pictures are (svg)", 0},
    {"heap-map", KEY_HEAP_MAP, "FILE.svg", 0,
     "Show this picture, which heap-map --svg drew, in the page; may be said more than once", 0},
    {0},
};

struct report_options {
    int64_t run;
    const char *database;
    const char *out; /* NULL: not said */
    const char *baseline;
    const char *compare; /* NULL: with nothing */
    const char *charts;  /* NULL: no pictures */
    const char *format;  /* NULL: not said */
    enum gnuplot_format pictures;
    struct text_list heap_maps; /* paths */
    const struct text *maps;    /* what these files hold */
    struct error *error;
};

static bool check(struct report_options *given)
{
    if (given->format == NULL)
        return true;
    if (given->charts == NULL)
        return error_user(given->error, "--format is that of pictures, which --charts DIR asks "
                                        "for; the page is HTML");
    for (size_t i = 0; i < GNUPLOT_FORMAT_COUNT; i++) {
        given->pictures = (enum gnuplot_format)i;
        if (strcmp(given->format, gnuplot_format_words[i]) == 0)
            return true;
    }
    return error_choice(given->error, "--format", given->format, gnuplot_format_words);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct report_options *given = state->input;
    switch (key) {
    case KEY_RUN:
        return command_parse_run(argument, false, &given->run, given->error) ? 0 : EINVAL;
    case KEY_DATABASE:
        given->database = argument;
        return 0;
    case KEY_OUT:
        given->out = argument;
        return 0;
    case KEY_BASELINE:
        given->baseline = argument;
        return 0;
    case KEY_COMPARE:
        given->compare = argument;
        return 0;
    case KEY_CHARTS:
        given->charts = argument;
        return 0;
    case KEY_HEAP_MAP:
        text_list_add(&given->heap_maps, argument);
        return 0;
    case KEY_FORMAT:
        given->format = argument;
        return 0;
    case ARGP_KEY_END:
        return check(given) ? 0 : EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc =
        "Write a run as one self-contained HTML page with charts, or the charts as pictures. How "
        "to read them is in docs/reading-the-report.md.",
};

/* ---- pictures of heaps ---- */

enum { MOST_MAP_BYTES = 1 << 20 };

static bool read_heap_map(const char *path, struct text *svg, struct error *error)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return error_user(error, "cannot read the heap map '%s': %m", path);
    if (!S_ISREG(found.st_mode) || found.st_size > MOST_MAP_BYTES)
        return error_user(error, "cannot show '%s': a heap map is a file of at most %d MiB", path,
                          MOST_MAP_BYTES >> 20);
    if (!files_read(svg, "", path))
        return error_user(error, "cannot read the heap map '%s': %m", path);
    return report_is_heap_map(svg) ||
           error_user(error, "'%s' is no picture of a heap; heapmark heap-map --svg FILE draws one",
                      path);
}

static bool read_heap_maps(const struct text_list *paths, struct text *maps, struct error *error)
{
    for (size_t i = 0; i < paths->count; i++)
        if (!read_heap_map(paths->items[i], &maps[i], error))
            return false;
    return true;
}

/* ---- the page ---- */

/* What was written goes to standard output, a path a line. */
static bool write_charts(const struct report_options *given, const struct report_request *request,
                         struct error *error)
{
    struct text_list paths = {0};
    struct text lines = {0};
    bool fine = report_write_charts(request, given->charts, given->pictures, &paths, error);
    for (size_t i = 0; i < paths.count; i++) {
        text_append_terminal(&lines, paths.items[i]);
        text_append(&lines, "\n");
    }
    fine = fine && command_print(&lines, error);
    text_list_free(&paths);
    text_free(&lines);
    return fine;
}

static bool write_all(const struct report_options *given, const struct report_request *request,
                      struct error *error)
{
    return (request->out_path == NULL || report_write(request, error)) &&
           (given->charts == NULL || write_charts(given, request, error));
}

/* The run of the report as a side, whose trials stay the caller's. */
static bool take_side(const struct report_options *given, struct store *store,
                      const struct report_request *request, struct compare_side *side,
                      struct error *error)
{
    struct compare_run run = {.id = request->run->id};
    if (!compare_machine(store, run.id, &run.machine, error))
        return false;
    run.file = memory_copy_text(given->database);
    run.trials.trials = (struct store_trial *)request->trials;
    run.trials.count = request->trial_count;
    compare_add_run(side, run);
    side->runs[0].trials = (struct store_trial_list){0};
    return true;
}

static bool compare_sides(struct versus *versus, const struct compare_side sides[3],
                          struct error *error)
{
    struct versus_input input = {compare_runs(&sides[0]), compare_runs(&sides[1]),
                                 compare_runs(&sides[2]), false, VERSUS_STANDARD_DRIFT};
    return versus_make(versus, &input, error);
}

/* With the earlier run, if one is asked for. */
static bool write_beside(const struct report_options *given, struct store *store,
                         struct report_request *request, struct error *error)
{
    struct compare_side sides[3] = {0};
    struct versus versus = {0};
    bool fine = true;
    if (given->compare != NULL && request->run != NULL) {
        fine = compare_load(&sides[0], given->compare, given->database, error) &&
               take_side(given, store, request, &sides[1], error) &&
               compare_check_sides(&sides[0], &sides[1], error) &&
               compare_load_earlier(&sides[2], &sides[0], &sides[1], error) &&
               compare_sides(&versus, sides, error);
        request->versus = &versus;
        request->versus_name = sides[0].name;
    }
    fine = fine && write_all(given, request, error);
    versus_free(&versus);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        compare_free(&sides[i]);
    return fine;
}

static bool write_page(const struct report_options *given, struct store *store, struct error *error)
{
    struct store_run_list runs = {0};
    struct store_trial_list trials = {0};
    struct store_environment environment = {0};
    int64_t run = given->run;
    bool fine = store_find_run(store, run, &run, error) &&
                store_load_runs(store, run, &runs, error) &&
                store_load_trials(store, run, &trials, error) &&
                store_load_environment(store, run, &environment, error);
    if (fine) {
        struct report_request request = {
            .trials = trials.trials,
            .trial_count = trials.count,
            .run = runs.count > 0 ? &runs.runs[0] : NULL,
            .environment = &environment,
            .baseline = given->baseline,
            .heap_maps = given->maps,
            .heap_map_count = given->heap_maps.count,
            .out_path = given->out != NULL      ? given->out
                        : given->charts == NULL ? STANDARD_REPORT
                                                : NULL,
        };
        fine = write_beside(given, store, &request, error);
    }
    store_run_list_free(&runs);
    store_trial_list_free(&trials);
    store_environment_free(&environment);
    return fine;
}

/* Mistakes in pictures are told before the database is opened. */
static bool write_report(struct report_options *given, struct error *error)
{
    size_t count = given->heap_maps.count;
    struct text *maps = memory_new((count + 1) * sizeof *maps);
    given->maps = maps;
    struct store *store = NULL;
    bool fine = read_heap_maps(&given->heap_maps, maps, error) &&
                (store = store_open(given->database, STORE_READ, error)) != NULL &&
                write_page(given, store, error);
    if (store != NULL)
        store_close(store);
    for (size_t i = 0; i < count; i++)
        text_free(&maps[i]);
    free(maps);
    return fine;
}

int command_report(int argc, char **argv)
{
    struct error error = {0};
    struct report_options given = {
        .run = STORE_LATEST_RUN,
        .database = COMMAND_STANDARD_DATABASE,
        .error = &error,
    };
    bool fine = command_parse(&argp, argc, argv, &given, &error) && write_report(&given, &error);
    text_list_free(&given.heap_maps);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
