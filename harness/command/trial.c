/* SPDX-License-Identifier: MIT
 *
 * heapmark trial: exactly one trial, in this process.
 */
#include "trial/trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/command.h"
#include "suite/plan.h"

/* Options that are the spec's own have the key of this and their place among spec_options. */
enum { KEY_SPEC = 512, KEY_JSON = 256, KEY_RESULT_FD, KEY_STATE_FD };

/* Their names are those of trial_spec_parse_argument. */
enum {
    SPEC_THREADS,
    SPEC_HEAP,
    SPEC_DISPATCH,
    SPEC_PIN,
    SPEC_BIND_MEMORY,
    SPEC_SEED,
    SPEC_MICRO_MIN_TIME,
    SPEC_NO_WARM_UP,
    SPEC_NO_STAMPS,
    SPEC_RECORDING,
    SPEC_PLUGIN,
    SPEC_VARIANT,
    SPEC_OPTIONS,
    SPEC_LABEL,
    SPEC_WORKLOAD,
    SPEC_PARAMETERS,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is run, as in `heapmark run`:", 1},
    {"collectors", 'c', "[ALIAS=]NAME[/VARIANT][:OPTION=VALUE,...]", 0, "The collector", 0},
    {"workloads", 'w', "NAME[:PARAMETER=VALUE,...]", 0, "The workload", 0},
    {"threads", KEY_SPEC + SPEC_THREADS, "N", 0, "Mutators, each on a thread of its own (1)", 0},
    {NULL, 't', "N", OPTION_ALIAS, NULL, 0},
    {"heap", KEY_SPEC + SPEC_HEAP, "BYTES", 0,
     "Heap limit; 0 is none (with -c as in `heapmark run`, else none)", 0},
    {"dispatch", KEY_SPEC + SPEC_DISPATCH, "HOW", 0, "table or inline (inline)", 0},
    {"pin", KEY_SPEC + SPEC_PIN, "POLICY", 0, "compact, scatter, cores, numa or none (compact)", 0},
    {"bind-memory", KEY_SPEC + SPEC_BIND_MEMORY, "POLICY", 0,
     "none, local, interleave or node:N (none)", 0},
    {"seed", KEY_SPEC + SPEC_SEED, "S", 0, "Seed of the workload's data (1)", 0},
    {"micro-min-time", KEY_SPEC + SPEC_MICRO_MIN_TIME, "SECONDS", 0,
     "A micro workload iterates for so long at least (0.2)", 0},
    {"no-warm-up", KEY_SPEC + SPEC_NO_WARM_UP, NULL, 0, "No untimed life before the timed one", 0},
    {"no-stamps", KEY_SPEC + SPEC_NO_STAMPS, NULL, 0, "Do not stamp the collector's slow paths", 0},
    {"recording", KEY_SPEC + SPEC_RECORDING, "FILE", 0,
     "The recording of when objects die, for a collector that writes one (oracle) or frees by one "
     "(explicit)",
     0},
    {NULL, 0, NULL, 0, "The same in parts, as a stored command has it:", 2},
    {"plugin", KEY_SPEC + SPEC_PLUGIN, "FILE", 0, "The collector's file", 0},
    {"variant", KEY_SPEC + SPEC_VARIANT, "NAME", 0, "Its variant (its first)", 0},
    {"options", KEY_SPEC + SPEC_OPTIONS, "NAME=VALUE,...", 0, "Its options", 0},
    {"label", KEY_SPEC + SPEC_LABEL, "TEXT", 0, "What it is called in the result", 0},
    {"workload", KEY_SPEC + SPEC_WORKLOAD, "NAME", 0, "The workload", 0},
    {"parameters", KEY_SPEC + SPEC_PARAMETERS, "NAME=VALUE,...", 0, "Its parameters", 0},
    {NULL, 0, NULL, 0, "What is printed:", 3},
    {"json", KEY_JSON, NULL, 0, "The result as one JSON object", 0},
    {"result-fd", KEY_RESULT_FD, "N", OPTION_HIDDEN, NULL, 0},
    {"state-fd", KEY_STATE_FD, "N", OPTION_HIDDEN, NULL, 0},
    {0},
};

struct trial_options {
    struct trial_spec spec;
    const char *collector; /* of -c */
    const char *workload;  /* of -w */
    bool in_parts;         /* --plugin and its like */
    bool heap_given;
    bool json;
    int64_t result_fd; /* -1: not supervised */
    int64_t state_fd;
    struct error *error;
};

static const char *name_of(int key)
{
    for (const struct argp_option *row = options;; row++)
        if (row->key == key)
            return row->name;
}

static bool take_once(const char **field, const char *argument, const char *what,
                      struct error *error)
{
    if (*field != NULL)
        return error_user(error, "a trial runs one %s; `heapmark run` compares several", what);
    *field = argument;
    return true;
}

static error_t parse_spec(struct trial_options *given, int key, const char *argument)
{
    given->in_parts = given->in_parts || key >= KEY_SPEC + SPEC_PLUGIN;
    given->heap_given = given->heap_given || key == KEY_SPEC + SPEC_HEAP;
    return trial_spec_parse_argument(&given->spec, name_of(key), argument, given->error) ? 0
                                                                                         : EINVAL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    enum { MOST_DESCRIPTOR = 1 << 20 };
    struct trial_options *given = state->input;
    bool fine = true;
    switch (key) {
    case 'c':
        fine = take_once(&given->collector, argument, "collector", given->error);
        break;
    case 'w':
        fine = take_once(&given->workload, argument, "workload", given->error);
        break;
    case KEY_JSON:
        given->json = true;
        break;
    case KEY_RESULT_FD:
        fine = units_parse_integer(argument, "descriptor", 0, MOST_DESCRIPTOR, &given->result_fd,
                                   given->error);
        break;
    case KEY_STATE_FD:
        fine = units_parse_integer(argument, "descriptor", 0, MOST_DESCRIPTOR, &given->state_fd,
                                   given->error);
        break;
    case 't':
        return parse_spec(given, KEY_SPEC + SPEC_THREADS, argument);
    default:
        if (key >= KEY_SPEC && key <= KEY_SPEC + SPEC_PARAMETERS)
            return parse_spec(given, key, argument);
        return ARGP_ERR_UNKNOWN;
    }
    return fine ? 0 : EINVAL;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Run exactly one trial in this process, in the foreground, and print its result: for "
           "gdb, perf and valgrind. Nothing is stored.\v"
           "The command that `heapmark run` stores with each trial is of the second form.\n\n"
           "Exit status: 0 completed (out of memory is a result), 1 wrong answer, 2 the user's "
           "mistake, 3 the system's failure; a crash is this process's own.",
};

/* ---- from -c and -w to a spec ---- */

static bool only_one(const struct suite_entries *entries, struct error *error)
{
    if (entries->collector_count > 1 || entries->workload_count > 1)
        return error_user(error, "a trial runs one collector on one workload; `heapmark run` "
                                 "compares several");
    return true;
}

static bool look_up(struct trial_options *given, struct suite_request *request, struct error *error)
{
    struct trial_spec *common = &request->common;
    struct suite_plan plan;
    trial_spec_free(common);
    trial_spec_copy(common, &given->spec);
    request->threads[0] = given->spec.threads;
    request->dispatch_table = given->spec.dispatch == TRIAL_DISPATCH_TABLE;
    request->dispatch_inline = !request->dispatch_table;
    request->invocations = 1;
    if (given->heap_given) {
        request->heaps = memory_new(sizeof *request->heaps);
        request->heaps[0] = (struct suite_heap){.bytes = given->spec.heap_bytes};
        request->heap_count = 1;
    }
    if (!suite_add_workloads(&request->entries, given->workload, error) ||
        !suite_add_collectors(&request->entries, given->collector, error) ||
        !only_one(&request->entries, error) || !suite_make_plan(request, &plan, error))
        return false;
    command_warn_exposed(&request->entries);
    trial_spec_free(&given->spec);
    trial_spec_copy(&given->spec, &plan.points[0].spec);
    suite_plan_free(&plan);
    return true;
}

static bool settle_spec(struct trial_options *given, struct error *error)
{
    bool named = given->collector != NULL || given->workload != NULL;
    if (named && given->in_parts)
        return error_user(error, "-c and -w stand for --plugin, --workload and their like: give "
                                 "one or the other");
    if (named && (given->collector == NULL || given->workload == NULL))
        return error_user(error, "a trial needs a collector and a workload: -c NAME -w NAME");
    if (!named)
        return (*given->spec.plugin_path != '\0' && *given->spec.workload != '\0') ||
               error_user(error, "a trial needs a collector and a workload: -c NAME -w NAME");
    struct suite_request request;
    suite_request_initialise(&request);
    bool fine = look_up(given, &request, error);
    suite_request_free(&request);
    return fine;
}

/* ---- what is printed ---- */

static void add_value(struct columns *columns, const struct value *value,
                      const struct record_field *field)
{
    const char *gap = *field->unit != '\0' ? " " : "";
    columns_add(columns, field->column);
    if (value->kind == VALUE_INTEGER)
        columns_format(columns, "%" PRId64 "%s%s", value->integer, gap, field->unit);
    else if (value->kind == VALUE_REAL)
        columns_format(columns, "%.6g%s%s", value->real, gap, field->unit);
    else
        columns_add(columns, value->text);
}

static void append_record(struct text *text, const struct trial_record *record)
{
    struct columns columns = {.layout = "ll"};
    columns_add(&columns, "field");
    columns_add(&columns, "value");
    for (size_t i = 0; i < TRIAL_FIELD_COUNT; i++)
        if (record->values[i].kind != VALUE_UNKNOWN)
            add_value(&columns, &record->values[i], &record_fields[i]);
    columns_append(text, &columns, 0);
    columns_free(&columns);
}

static void append_json(struct text *text, const struct trial_record *record)
{
    json_t *json = record_to_json(record);
    char *chars = json_dumps(json, JSON_INDENT(2));
    CHECK(chars != NULL, "a record that cannot be written as JSON");
    text_format(text, "%s\n", chars);
    free(chars);
    json_decref(json);
}

/* What has been told so far. */
struct telling {
    struct trial_record record;
    bool json;
    struct error error; /* of printing */
};

/* Print with the record that holds the outcome, which is the last one: a collector that fails
 * the trial ends the process right after it. */
static void gather(void *user, const struct trial_record *record)
{
    struct telling *telling = user;
    struct text text = {0};
    record_merge(&telling->record, record);
    if (!record_is_known(record, TRIAL_OUTCOME))
        return;
    if (telling->json)
        append_json(&text, &telling->record);
    else
        append_record(&text, &telling->record);
    command_print(&text, &telling->error);
    text_free(&text);
}

static int run(const struct trial_options *given, struct error *error)
{
    struct telling telling = {.json = given->json};
    int status = trial_execute(&given->spec, NULL, gather, &telling, error);
    record_free(&telling.record);
    if (error->kind == ERROR_NONE)
        *error = telling.error;
    return error->kind != ERROR_NONE ? command_fail(error) : status;
}

int command_trial(int argc, char **argv)
{
    struct error error = {0};
    struct trial_options given = {.result_fd = -1, .state_fd = -1, .error = &error};
    int status;
    trial_spec_initialise(&given.spec);
    if (!command_parse(&argp, argc, argv, &given, &error))
        status = command_fail(&error);
    else if (given.result_fd >= 0)
        status = trial_serve(&given.spec, (int)given.result_fd, (int)given.state_fd);
    else
        status = settle_spec(&given, &error) ? run(&given, &error) : command_fail(&error);
    trial_spec_free(&given.spec);
    return status;
}
