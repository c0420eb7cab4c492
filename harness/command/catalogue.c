/* SPDX-License-Identifier: MIT
 *
 * Collectors and workloads for people; see catalogue.h.
 */
#include "command/catalogue.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"
#include "command/columns.h"

/* What a plugin says of itself is shown, not obeyed. */
static void append_line(struct text *text, const char *before, const char *chars)
{
    text_append(text, before);
    text_append_terminal(text, chars);
    text_append(text, "\n");
}

void catalogue_append_settings(struct text *text, const char *heading,
                               const struct hm_setting *const *rows)
{
    if (rows == NULL || rows[0] == NULL)
        return;
    struct columns columns = {.layout = "llll"};
    const char *const headings[] = {heading, "standard", "range", "meaning"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t i = 0; rows[i] != NULL; i++) {
        struct text standard = {0}, range = {0};
        setting_append_value(&standard, rows[i], rows[i]->standard);
        setting_append_range(&range, rows[i]);
        columns_add(&columns, rows[i]->name);
        columns_add(&columns, text_chars(&standard));
        columns_add(&columns, text_chars(&range));
        columns_add(&columns, rows[i]->help);
        text_free(&standard);
        text_free(&range);
    }
    columns_append(text, &columns, 4);
    columns_free(&columns);
}

/* ---- collectors ---- */

static void append_word(struct text *text, const char *word)
{
    text_format(text, "%s%s", text->length > 0 ? ", " : "", word);
}

static void append_bytes(struct text *text, const char *before, uint64_t bytes, const char *after)
{
    char chars[UNITS_TEXT_BYTES];
    units_format_bytes(bytes, chars);
    text_format(text, "%s%s%s%s", text->length > 0 ? ", " : "", before, chars, after);
}

static void describe_capabilities(struct text *text, const struct hm_capabilities *can)
{
#define APPEND_CAPABILITY(field, words)                                                            \
    if (can->field)                                                                                \
        append_word(text, words);
    CATALOGUE_CAPABILITIES(APPEND_CAPABILITY)
#undef APPEND_CAPABILITY
    if (can->most_mutators != 0)
        text_format(text, "%sat most %" PRIu32 " mutator%s", text->length > 0 ? ", " : "",
                    can->most_mutators, can->most_mutators == 1 ? "" : "s");
    if (can->least_heap_bytes != 0)
        append_bytes(text, "least heap ", can->least_heap_bytes, "");
    if (can->least_mutator_bytes != 0)
        append_bytes(text, "and ", can->least_mutator_bytes, " for each mutator");
}

static void append_variant(struct text *text, const struct plugin_variant_info *variant)
{
    struct text can = {0};
    describe_capabilities(&can, &variant->capabilities);
    text_append(text, "    /");
    text_append_terminal(text, variant->name);
    append_line(text, "  ", variant->summary);
    append_line(text, "      can: ", can.length > 0 ? can.chars : "nothing optional");
    text_free(&can);
}

static void append_collector(struct text *text, const struct plugin_info *info)
{
    const struct hm_setting **rows = plugin_info_rows(info);
    text_append_terminal(text, info->name);
    append_line(text, " ", info->version);
    append_line(text, "    ", info->summary);
    if (*info->source != '\0')
        append_line(text, "    after: ", info->source);
    append_line(text, "    file:  ", info->path);
    for (size_t i = 0; i < info->variant_count; i++)
        append_variant(text, &info->variants[i]);
    catalogue_append_settings(text, "option", rows);
    free(rows);
}

void catalogue_append_collectors(struct text *text, const struct catalogue_plugin *plugins,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text_append(text, "\n");
        if (plugins[i].usable) {
            append_collector(text, &plugins[i].info);
        } else {
            text_append_terminal(text, plugins[i].name);
            if (plugins[i].absent.length > 0)
                append_line(text, "\n    absent: ", plugins[i].absent.chars);
            else
                append_line(text, "\n    cannot be used: ", plugins[i].error.text);
        }
    }
}

/* ---- workloads ---- */

static void append_needs(struct text *text, uint32_t needs)
{
    if (needs == 0)
        return;
    const char *before = "    needs: ";
#define APPEND_NEED(need, word)                                                                    \
    if (needs & (need)) {                                                                          \
        text_format(text, "%s%s", before, word);                                                   \
        before = ", ";                                                                             \
    }
    CATALOGUE_NEEDS(APPEND_NEED)
#undef APPEND_NEED
    text_append(text, "\n");
}

static void append_workload(struct text *text, const struct hm_workload *workload)
{
    text_format(text, "%s (%s", workload->name, workload->micro ? "micro" : "whole");
    text_append(text, workload->sharing == HM_EACH ? "; each thread does the work"
                                                   : "; the threads share the work");
    if (workload->most_threads != 0)
        text_format(text, "; at most %" PRIu32 " thread%s", workload->most_threads,
                    workload->most_threads == 1 ? "" : "s");
    text_append(text, ")\n");
    append_line(text, "    ", workload->summary);
    append_line(text, "    loads: ", workload->stresses);
    append_line(text, "    beware: ", workload->warning);
    if (workload->source != NULL)
        append_line(text, "    after: ", workload->source);
    append_needs(text, workload->needs);
    catalogue_append_settings(text, "parameter", workload->parameters);
}

void catalogue_append_workloads(struct text *text, const struct hm_workload *const *workloads)
{
    for (size_t i = 0; workloads[i] != NULL; i++) {
        if (i > 0)
            text_append(text, "\n");
        append_workload(text, workloads[i]);
    }
}
