/* SPDX-License-Identifier: MIT
 *
 * heapmark list collectors|workloads|suites|runs
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command/catalogue.h"
#include "command/columns.h"
#include "command/command.h"
#include "command/suites.h"
#include "store/store.h"

enum { KEY_DATABASE = 256, KEY_JSON };

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0, "Write JSON, for other programs", 0},
    {"db", KEY_DATABASE, "FILE", 0,
     "Database whose runs are listed (" COMMAND_STANDARD_DATABASE ")", 0},
    {0},
};

struct list_options {
    const char *what;
    const char *database;
    bool json;
    struct error *error;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct list_options *given = state->input;
    switch (key) {
    case KEY_JSON:
        given->json = true;
        return 0;
    case KEY_DATABASE:
        given->database = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (given->what != NULL)
            return ARGP_ERR_UNKNOWN;
        given->what = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "collectors|workloads|suites|runs",
    .doc =
        "Show the collectors that can be found, with variants, capabilities and options; the "
        "workloads, with parameters; the suites; or the runs that a database holds.\v"
        "Collectors are looked for as NAME.so in the folders of HEAPMARK_PLUGIN_PATH "
        "(separated by ':'), then in ../lib/heapmark beside the folder of the program; suites as "
        "NAME.yaml in those of HEAPMARK_SUITE_PATH, then in ../share/heapmark/suites.",
};

static void append_json(struct text *text, json_t *json)
{
    char *chars = json_dumps(json, JSON_INDENT(2));
    CHECK(chars != NULL, "a list that cannot be written as JSON");
    text_format(text, "%s\n", chars);
    free(chars);
    json_decref(json);
}

/* ---- collectors and workloads ---- */

/* Those that are found, in the order of the names; `which` says whose each is. */
static size_t find_all(const struct text_list *names, struct catalogue_plugin *plugins,
                       struct plugin_probe *probes, size_t *which)
{
    size_t found = 0;
    for (size_t i = 0; i < names->count; i++) {
        char *path;
        plugins[i].name = names->items[i];
        if (!plugin_find(names->items[i], &path, &plugins[i].error)) {
            plugin_absent(names->items[i], &plugins[i].absent);
            continue;
        }
        probes[found].path = path;
        which[found++] = i;
    }
    return found;
}

static struct catalogue_plugin *probe_all(const struct text_list *names, bool identified)
{
    struct catalogue_plugin *plugins = memory_new((names->count + 1) * sizeof *plugins);
    struct plugin_probe *probes = memory_new((names->count + 1) * sizeof *probes);
    size_t *which = memory_new((names->count + 1) * sizeof *which);
    size_t found = find_all(names, plugins, probes, which);
    plugin_probe_all(probes, found, identified);
    for (size_t i = 0; i < found; i++) {
        struct catalogue_plugin *plugin = &plugins[which[i]];
        plugin->usable = probes[i].usable;
        plugin->info = probes[i].info;
        plugin->error = probes[i].error;
        free((char *)(uintptr_t)probes[i].path);
    }
    free(which);
    free(probes);
    return plugins;
}

static bool list_collectors(const struct list_options *given, struct text *text,
                            struct error *error)
{
    (void)error;
    struct text_list names = {0};
    plugin_names(&names);
    struct catalogue_plugin *plugins = probe_all(&names, given->json);
    if (given->json)
        append_json(text, catalogue_collectors_json(plugins, names.count));
    else
        catalogue_append_collectors(text, plugins, names.count);
    if (names.count == 0)
        command_say("no collector was found; HEAPMARK_PLUGIN_PATH may name folders with plugins");
    for (size_t i = 0; i < names.count; i++) {
        if (plugins[i].usable)
            plugin_info_free(&plugins[i].info);
        text_free(&plugins[i].absent);
    }
    free(plugins);
    text_list_free(&names);
    return true;
}

static bool list_workloads(const struct list_options *given, struct text *text, struct error *error)
{
    (void)error;
    if (given->json)
        append_json(text, catalogue_workloads_json(hm_workloads));
    else
        catalogue_append_workloads(text, hm_workloads);
    return true;
}

static bool list_suites(const struct list_options *given, struct text *text, struct error *error)
{
    (void)error;
    if (given->json)
        append_json(text, suites_json());
    else
        suites_append(text);
    return true;
}

/* ---- runs ---- */

static void add_run(struct columns *columns, const struct store_run *run)
{
    columns_format(columns, "%" PRId64, run->id);
    columns_add(columns, run->started_utc);
    columns_add(columns, run->status);
    columns_format(columns, "%" PRId64, run->trials);
    if (run->trials_planned >= 0)
        columns_format(columns, "%" PRId64, run->trials_planned);
    else
        columns_add(columns, "?");
    columns_format(columns, "%" PRId64, run->trials_bad);
    columns_add(columns, run->label != NULL ? run->label : "");
    columns_add(columns, run->command != NULL ? run->command : "");
}

static void append_runs(struct text *text, const struct store_run_list *list)
{
    struct columns columns = {.layout = "rllrrrll"};
    static const char *const headings[] = {"run",     "started", "status", "trials",
                                           "planned", "not ok",  "label",  "command"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t i = 0; i < list->count; i++)
        add_run(&columns, &list->runs[i]);
    columns_append(text, &columns, 0);
    columns_free(&columns);
}

static json_t *known_integer(int64_t value)
{
    return value < 0 ? json_null() : json_integer(value);
}

static json_t *run_json(const struct store_run *run)
{
    return json_pack("{s:I, s:s?, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:s?, s:s?, s:s?, s:I, "
                     "s:I}",
                     "id", (json_int_t)run->id, "label", run->label, "command", run->command,
                     "suite", run->suite, "baseline", run->baseline, "heapmark_version",
                     run->heapmark_version, "seed", known_integer(run->seed), "invocations",
                     known_integer(run->invocations), "trials_planned",
                     known_integer(run->trials_planned), "status", run->status, "started_utc",
                     run->started_utc, "finished_utc", run->finished_utc, "trials",
                     (json_int_t)run->trials, "trials_bad", (json_int_t)run->trials_bad);
}

static bool list_runs(const struct list_options *given, struct text *text, struct error *error)
{
    struct store_run_list list = {0};
    struct store *store = store_open(given->database, STORE_READ, error);
    bool fine = store != NULL && store_list_runs(store, &list, error);
    if (fine && given->json) {
        json_t *json = json_array();
        for (size_t i = 0; i < list.count; i++)
            json_array_append_new(json, run_json(&list.runs[i]));
        append_json(text, json);
    } else if (fine && list.count == 0) {
        text_format(text, "%s holds no run\n", given->database);
    } else if (fine) {
        append_runs(text, &list);
    }
    store_run_list_free(&list);
    store_close(store);
    return fine;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    bool (*list)(const struct list_options *given, struct text *text, struct error *error);
} lists[] = {
    {"collectors", list_collectors},
    {"workloads", list_workloads},
    {"suites", list_suites},
    {"runs", list_runs},
};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

static bool refuse(const char *what, struct error *error)
{
    const char *names[LIST_COUNT];
    for (size_t i = 0; i < LIST_COUNT; i++)
        names[i] = lists[i].name;
    const char *nearest = what != NULL ? text_nearest(what, names, LIST_COUNT) : NULL;
    if (nearest != NULL)
        return error_user(error, "there is no list of '%s'; did you mean '%s'?", what, nearest);
    return error_user(error, "heapmark list shows collectors, workloads, suites or runs%s%s",
                      what != NULL ? ", not " : ": say which", what != NULL ? what : "");
}

static bool list(const struct list_options *given, struct error *error)
{
    struct text text = {0};
    for (size_t i = 0; i < LIST_COUNT; i++) {
        if (given->what == NULL || strcmp(given->what, lists[i].name) != 0)
            continue;
        bool fine = lists[i].list(given, &text, error) && command_print(&text, error);
        text_free(&text);
        return fine;
    }
    return refuse(given->what, error);
}

int command_list(int argc, char **argv)
{
    struct error error = {0};
    struct list_options given = {.database = COMMAND_STANDARD_DATABASE, .error = &error};
    if (!command_parse(&argp, argc, argv, &given, &error) || !list(&given, &error))
        return command_fail(&error);
    return COMMAND_COMPLETED;
}
