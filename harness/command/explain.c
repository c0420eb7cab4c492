/* SPDX-License-Identifier: MIT
 *
 * heapmark explain NAME: what a workload, a collector, a chart or a column of the results is.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/catalogue.h"
#include "command/columns.h"
#include "command/command.h"
#include "command/topics.h"
#include "command/wrap.h"
#include "store/record.h"
#include "trial/spec.h"

enum { INDENT_PLACES = 4 };

struct explain_options {
    struct text name; /* words of a chart's name may stand apart */
    struct error *error;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct explain_options *given = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    text_format(&given->name, "%s%s", given->name.length > 0 ? " " : "", argument);
    return 0;
}

/* No options, rather than an empty list of them: of that glibc's help leaks what malloc(0) gives.
 */
static const struct argp argp = {
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Explain a workload: what it does and what it loads, its parameters and objects, and "
           "what must not be concluded from it; a collector: its algorithm, variants and options; "
           "a chart of the report: how to read it; or a column of the results: what it measures, "
           "and in which unit.",
};

/* ---- paragraphs ---- */

static void append_wrapped(struct text *text, const char *words)
{
    wrap_append(text, words, INDENT_PLACES);
}

static void append_paragraph(struct text *text, const char *heading, const char *words)
{
    text_format(text, "\n%s\n", heading);
    append_wrapped(text, words);
}

/* ---- workloads ---- */

static void append_shapes(struct text *text, const struct hm_workload *workload)
{
    struct columns columns = {.layout = "lrrl"};
    static const char *const headings[] = {"object", "slots", "bytes", "one more for each n"};
    if (workload->shapes == NULL || workload->shapes[0] == NULL)
        return;
    text_append(text, "\nObjects\n");
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t i = 0; workload->shapes[i] != NULL; i++) {
        const struct hm_shape *shape = workload->shapes[i];
        columns_add(&columns, shape->name);
        columns_format(&columns, "%" PRIu32, shape->slots);
        columns_format(&columns, "%" PRIu32, shape->bytes);
        columns_add(&columns, shape->vary == HM_VARY_SLOTS   ? "slot"
                              : shape->vary == HM_VARY_BYTES ? "byte"
                                                             : "");
    }
    columns_append(text, &columns, INDENT_PLACES);
    columns_free(&columns);
}

/* What it needs with standard parameters and one thread. */
static void append_sizes(struct text *text, const struct hm_workload *workload)
{
    struct trial_spec spec;
    struct hm_plan plan;
    char live[UNITS_TEXT_BYTES], made[UNITS_TEXT_BYTES];
    struct text words = {0};
    trial_spec_initialise(&spec);
    if (trial_spec_plan(&spec, workload, &plan, NULL)) {
        units_format_bytes(workload->live_bytes != NULL ? workload->live_bytes(&plan) : 0, live);
        units_format_bytes(workload->garbage_bytes != NULL ? workload->garbage_bytes(&plan) : 0,
                           made);
        text_format(&words,
                    "At the most %s are alive, and %s are made in all%s (nominal bytes, one "
                    "thread, standard parameters).",
                    live, made, workload->micro ? " for an operation" : "");
        append_paragraph(text, "Memory", text_chars(&words));
        free((void *)plan.parameters);
    }
    text_free(&words);
    trial_spec_free(&spec);
}

static const char *load_words(const struct hm_workload *workload)
{
    if (workload->schedule == NULL)
        return "Fixed work, done as fast as it goes: its trials tell time, and no latency of "
               "anybody "
               "who waits.";
    return "On a schedule that the harness keeps, whatever the collector does: its trials tell how "
           "late what was due was done, or what of it was lost, and their time says nothing.";
}

static void append_workload(struct text *text, const struct hm_workload *workload)
{
    text_format(text, "%s: a %s workload\n", workload->name, workload->micro ? "micro" : "whole");
    append_wrapped(text, workload->summary);
    append_paragraph(text, "What it loads", workload->stresses);
    append_paragraph(text, "What must not be concluded", workload->warning);
    append_paragraph(text, "Threads",
                     workload->sharing == HM_EACH
                         ? "Each thread does the work: with T threads, T times as much is done."
                         : "The threads share the work out: with more threads, each does less.");
    append_paragraph(text, "Load", load_words(workload));
    append_paragraph(text, "Answer",
                     workload->expected != NULL
                         ? "Known beforehand, computed without a heap; each trial checks it."
                         : "Not known beforehand: those of all collectors are compared.");
    append_sizes(text, workload);
    append_shapes(text, workload);
    if (workload->parameters != NULL && workload->parameters[0] != NULL) {
        text_append(text, "\nParameters\n");
        catalogue_append_settings(text, "parameter", workload->parameters);
    }
    if (workload->source != NULL)
        append_paragraph(text, "Source", workload->source);
}

static bool explain_workload(const char *name, struct text *text)
{
    for (size_t i = 0; hm_workloads[i] != NULL; i++) {
        if (strcmp(hm_workloads[i]->name, name) != 0)
            continue;
        append_workload(text, hm_workloads[i]);
        return true;
    }
    return false;
}

/* ---- columns of the results ---- */

static bool explain_column(const char *name, struct text *text)
{
    static const char *const kinds[] = {
        [VALUE_INTEGER] = "whole number", [VALUE_REAL] = "decimal number", [VALUE_TEXT] = "text"};
    enum trial_field field = record_find_field(name);
    if (field == TRIAL_FIELD_COUNT)
        return false;
    const struct record_field *row = &record_fields[field];
    text_format(text, "%s: a column of the results (%s%s%s)\n", row->column, kinds[row->kind],
                *row->unit != '\0' ? ", in " : "", row->unit);
    append_wrapped(text, row->sentence);
    return true;
}

/* ---- collectors ---- */

static bool explain_collector(const char *name, struct text *text, struct error *error)
{
    char *path;
    struct catalogue_plugin plugin = {.name = name};
    if (!plugin_find(name, &path, NULL)) {
        bool absent = plugin_absent(name, &plugin.absent);
        if (absent)
            catalogue_append_collectors(text, &plugin, 1);
        text_free(&plugin.absent);
        return absent;
    }
    plugin.usable = plugin_probe(path, &plugin.info, error);
    if (plugin.usable) {
        catalogue_append_collectors(text, &plugin, 1);
        plugin_info_free(&plugin.info);
    }
    free(path);
    return true;
}

/* ---- the command ---- */

static void refuse(const char *name, struct error *error)
{
    struct text_list names = {0};
    plugin_names(&names);
    for (size_t i = 0; hm_workloads[i] != NULL; i++)
        text_list_add(&names, hm_workloads[i]->name);
    for (size_t i = 0; i < TRIAL_FIELD_COUNT; i++)
        text_list_add(&names, record_fields[i].column);
    chart_names(&names);
    const char *nearest = text_nearest(name, (const char *const *)names.items, names.count);
    if (nearest != NULL)
        error_user(error, "there is nothing called '%s' to explain; did you mean '%s'?", name,
                   nearest);
    else
        error_user(
            error,
            "there is nothing called '%s' to explain; it should be a workload, a collector "
            "(`heapmark list` shows both), a chart (`heapmark help reading-the-report`) or a "
            "column of the results (`heapmark help database`)",
            name);
    text_list_free(&names);
}

static bool explain(const char *name, struct text *text, struct error *error)
{
    if (*name == '\0')
        return error_user(error, "heapmark explain needs a name: that of a workload, a collector, "
                                 "a chart or a column of the results");
    if (explain_workload(name, text) || explain_column(name, text) || chart_explain(text, name) ||
        explain_collector(name, text, error))
        return error->kind == ERROR_NONE;
    refuse(name, error);
    return false;
}

int command_explain(int argc, char **argv)
{
    struct error error = {0};
    struct text text = {0};
    struct explain_options given = {.error = &error};
    bool fine = command_parse(&argp, argc, argv, &given, &error) &&
                explain(text_chars(&given.name), &text, &error) && command_print(&text, &error);
    text_free(&text);
    text_free(&given.name);
    return fine ? COMMAND_COMPLETED : command_fail(&error);
}
