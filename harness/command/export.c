/* SPDX-License-Identifier: MIT
 *
 * heapmark export: results for other programs.
 */
#include "store/export.h"

#include <string.h>

#include "base/units.h"
#include "command/command.h"
#include "command/export_run.h"
#include "command/output.h"
#include "command/stored_events.h"
#include "command/timeline.h"

enum { KEY_FORMAT = 256, KEY_DATABASE, KEY_RUN, KEY_OUT, KEY_EVENTS, KEY_TIMELINE, KEY_SUMMARY };

static const struct argp_option options[] = {
    {"format", KEY_FORMAT, "json|csv|markdown|gbench", 0,
     "json: one object with \"runs\", \"environment\" and \"trials\" (the standard); csv: a line "
     "a trial, without pauses; markdown: a table of one run, for a pull request; gbench: one run "
     "as "
     "Google Benchmark's JSON, for its compare.py and what else reads that",
     0},
    {"run", KEY_RUN, "ID", 0, "The run: its number, latest (the standard) or all", 0},
    {"summary", KEY_SUMMARY, NULL, 0,
     "Instead of its trials what the run comes to, a row for each collector at each point, as json "
     "or csv: median, mean, outliers, interval, ratio, verdict, lower-bound overheads",
     0},
    {"events", KEY_EVENTS, "TRIAL", 0,
     "The raw events of one trial, by its id, as JSON lines; docs/events.md describes them", 0},
    {"timeline", KEY_TIMELINE, "TRIAL", 0,
     "One trial, by its id, as a time line for Perfetto (ui.perfetto.dev) and chrome://tracing; "
     "docs/timeline.md tells what it shows",
     0},
    {"db", KEY_DATABASE, "FILE", 0, "Database to read (" COMMAND_STANDARD_DATABASE ")", 0},
    {"out", KEY_OUT, "FILE", 0, "File to write (standard output)", 0},
    {0},
};

typedef bool export_writer(struct store *store, int64_t run_id, FILE *file, struct error *error);

struct export_options {
    const struct export_format *format;
    bool summary;
    int64_t run;
    bool run_or_format_given;
    /* Of one trial; NULL: not asked for. */
    bool (*write_trial)(struct store *store, int64_t trial_id, FILE *file, struct error *error);
    int64_t trial;
    const char *database;
    const char *out;
    struct error *error;
};

static const struct export_format {
    const char *name;
    export_writer *write, *write_summary; /* the latter may be NULL */
} formats[] = {
    {"json", export_json, export_summary_json},
    {"csv", export_csv, export_summary_csv},
    {"markdown", export_markdown, NULL},
    {"gbench", export_gbench, NULL},
};

static bool parse_format(struct export_options *given, const char *format)
{
    static const char *const all[] = {"json", "csv", "markdown", "gbench", NULL};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, format) != 0)
            continue;
        given->format = &formats[i];
        return true;
    }
    return error_choice(given->error, "the format", format, all);
}

static bool parse_trial(struct export_options *given, int key, const char *argument)
{
    if (given->write_trial != NULL)
        return error_user(given->error, "there can be only one of --events and --timeline");
    given->write_trial = key == KEY_EVENTS ? export_events : export_timeline;
    return units_parse_integer(argument, "trial", 1, INT64_MAX, &given->trial, NULL) ||
           error_user(given->error,
                      "the trial is '%s', and must be an id, as `heapmark export` shows them",
                      argument);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct export_options *given = state->input;
    switch (key) {
    case KEY_FORMAT:
        given->run_or_format_given = true;
        return parse_format(given, argument) ? 0 : EINVAL;
    case KEY_EVENTS:
    case KEY_TIMELINE:
        return parse_trial(given, key, argument) ? 0 : EINVAL;
    case KEY_SUMMARY:
        given->summary = given->run_or_format_given = true;
        return 0;
    case KEY_RUN:
        given->run_or_format_given = true;
        return command_parse_run(argument, true, &given->run, given->error) ? 0 : EINVAL;
    case KEY_DATABASE:
        given->database = argument;
        return 0;
    case KEY_OUT:
        given->out = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Write the results of a run for other programs. Columns are those of docs/database.md.",
};

static bool write_out(const struct export_options *given, struct store *store, struct error *error)
{
    struct output output;
    int64_t run = given->run;
    if (given->write_trial == NULL && run != STORE_ALL_RUNS &&
        !store_find_run(store, run, &run, error))
        return false;
    bool lines = given->write_trial == export_events;
    if (!(lines ? output_open_lines : output_open)(&output, given->out, error))
        return false;
    export_writer *write_run = given->summary ? given->format->write_summary : given->format->write;
    bool fine = given->write_trial != NULL
                    ? given->write_trial(store, given->trial, output.file, error)
                    : write_run(store, run, output.file, error);
    if (fine)
        return output_commit(&output, error);
    output_abandon(&output);
    return false;
}

int command_export(int argc, char **argv)
{
    struct error error = {0};
    struct export_options given = {
        .format = &formats[0],
        .run = STORE_LATEST_RUN,
        .database = COMMAND_STANDARD_DATABASE,
        .error = &error,
    };
    if (!command_parse(&argp, argc, argv, &given, &error))
        return command_fail(&error);
    if (given.write_trial != NULL && given.run_or_format_given) {
        error_user(&error, "--%s TRIAL stands alone: a trial is of one run, and has one form",
                   given.write_trial == export_events ? "events" : "timeline");
        return command_fail(&error);
    }
    if (given.summary && given.format->write_summary == NULL) {
        error_user(&error,
                   "--summary is written as json or csv, and not as %s: that shows the "
                   "summary anyway",
                   given.format->name);
        return command_fail(&error);
    }
    struct store *store = store_open(given.database, STORE_READ, &error);
    if (store == NULL)
        return command_fail(&error);
    bool fine = write_out(&given, store, &error);
    store_close(store);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
