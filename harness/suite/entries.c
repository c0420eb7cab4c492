/* SPDX-License-Identifier: MIT
 *
 * Collectors and workloads as named on the command line; see entries.h.
 */
#include "suite/entries.h"

#include <stdlib.h>
#include <string.h>

#include "suite/split.h"
#include "trial/spec.h"

static const struct hm_setting *const no_rows[] = {NULL};

/* An item that may still grow by the pieces that follow it. */
struct draft {
    struct split_item item;
    struct text label;
    struct text_list pairs;
    const struct hm_setting *const *rows;
    const struct hm_setting **own_rows; /* freed with the draft; NULL for a workload's */
};

static void draft_free(struct draft *draft)
{
    split_item_free(&draft->item);
    text_free(&draft->label);
    text_list_free(&draft->pairs);
    free(draft->own_rows);
    *draft = (struct draft){0};
}

static void draft_begin(struct draft *draft, const char *piece, struct split_item item)
{
    draft->item = item;
    text_append(&draft->label, *item.alias != '\0' ? item.alias : piece);
    if (*item.pair != '\0')
        text_list_add(&draft->pairs, item.pair);
}

static void draft_extend(struct draft *draft, const char *piece)
{
    text_list_add(&draft->pairs, piece);
    if (*draft->item.alias == '\0')
        text_format(&draft->label, ",%s", piece);
}

/* Parse the pairs and write all values out, which the caller frees; NULL with an error. */
static char *draft_settings(const struct draft *draft, const char *kind, struct error *error)
{
    struct text what = {0}, all = {0};
    char *settings = NULL;
    union hm_value *values = memory_new((setting_count(draft->rows) + 1) * sizeof *values);
    text_format(&what, "%s of %s", kind, draft->item.head);
    if (setting_parse_all(draft->rows, (const char *const *)draft->pairs.items, draft->pairs.count,
                          text_chars(&what), values, error)) {
        setting_append_all(&all, draft->rows, values);
        settings = memory_copy_text(text_chars(&all));
    }
    free(values);
    text_free(&what);
    text_free(&all);
    return settings;
}

/* ---- collectors ---- */

static const struct plugin_info *probe_once(struct suite_entries *entries, const char *path,
                                            struct error *error)
{
    for (size_t i = 0; i < entries->probed_count; i++)
        if (strcmp(entries->probed[i]->path, path) == 0)
            return entries->probed[i];
    struct plugin_info *info = memory_new(sizeof *info);
    if (!plugin_probe(path, info, error)) {
        free(info);
        return NULL;
    }
    entries->probed =
        memory_resize(entries->probed, (entries->probed_count + 1) * sizeof(struct plugin_info *));
    return entries->probed[entries->probed_count++] = info;
}

static bool find_and_probe(struct suite_entries *entries, const char *head,
                           const struct plugin_info **info, struct error *error)
{
    char *path;
    if (!plugin_find(head, &path, error))
        return false;
    *info = probe_once(entries, path, error);
    free(path);
    return *info != NULL;
}

bool suite_finds_collector(const char *piece, struct error *error)
{
    struct split_item item = split_collector(piece);
    char *path;
    bool found = plugin_find(item.head, &path, error);
    if (found)
        free(path);
    split_item_free(&item);
    return found;
}

/* `x=y` where x is an option; or where y names no collector, after an item that has options:
 * that is an option with a typing error, and is refused as such. */
static bool continues_collector(const struct draft *draft, const char *piece)
{
    size_t length = split_name_length(piece);
    if (length == 0)
        return false;
    return setting_exists(draft->rows, piece, length) ||
           (draft->item.has_pairs && !suite_finds_collector(piece, NULL));
}

static bool label_is_new(const struct suite_entries *entries, const char *label,
                         struct error *error)
{
    for (size_t i = 0; i < entries->collector_count; i++)
        if (strcmp(entries->collectors[i].label, label) == 0)
            return error_user(error,
                              "the collector '%s' is given twice; give one of them another name, "
                              "as in -c other=%s",
                              label, label);
    return true;
}

/* Takes over the texts. */
static void append_collector(struct suite_entries *entries, struct suite_collector collector)
{
    size_t count = entries->collector_count++;
    entries->collectors =
        memory_resize(entries->collectors, (count + 1) * sizeof *entries->collectors);
    entries->collectors[count] = collector;
}

static bool take_collector(struct suite_entries *entries, const struct draft *draft,
                           const struct plugin_info *info, struct error *error)
{
    const char *label = text_chars(&draft->label);
    const struct plugin_variant_info *can = plugin_info_variant(info, draft->item.variant, error);
    if (can == NULL)
        return false;
    char *options = draft_settings(draft, "option", error);
    if (options == NULL || !label_is_new(entries, label, error)) {
        free(options);
        return false;
    }
    append_collector(entries, (struct suite_collector){
                                  .label = memory_copy_text(label),
                                  .options = options,
                                  .info = info,
                                  .can = can,
                              });
    return true;
}

bool suite_add_twin(struct suite_entries *entries, size_t collector, struct error *error)
{
    struct suite_collector twin = entries->collectors[collector];
    struct text label = {0};
    text_format(&label, "%s-twin", twin.label);
    bool fine = label_is_new(entries, text_chars(&label), error);
    if (fine) {
        twin.label = memory_copy_text(text_chars(&label));
        twin.options = memory_copy_text(twin.options);
        append_collector(entries, twin);
    }
    text_free(&label);
    return fine;
}

/* Take the item that begins at pieces[*next], and the pieces that are options of it. */
static bool add_collector(struct suite_entries *entries, const struct text_list *pieces,
                          size_t *next, struct error *error)
{
    struct draft draft = {0};
    const struct plugin_info *info;
    draft_begin(&draft, pieces->items[*next], split_collector(pieces->items[*next]));
    ++*next;
    bool fine = find_and_probe(entries, draft.item.head, &info, error);
    if (fine) {
        draft.rows = draft.own_rows = plugin_info_rows(info);
        while (*next < pieces->count && continues_collector(&draft, pieces->items[*next]))
            draft_extend(&draft, pieces->items[(*next)++]);
        fine = take_collector(entries, &draft, info, error);
    }
    draft_free(&draft);
    return fine;
}

/* ---- workloads ---- */

static bool workload_is_new(const struct suite_entries *entries, const char *label,
                            const struct hm_workload *kernel, const char *parameters,
                            struct error *error)
{
    for (size_t i = 0; i < entries->workload_count; i++)
        if (entries->workloads[i].kernel == kernel &&
            strcmp(entries->workloads[i].parameters, parameters) == 0)
            return error_user(error,
                              "the workload '%s' is given twice with the same parameters; leave "
                              "one of them out",
                              label);
    return true;
}

static bool take_workload(struct suite_entries *entries, const struct draft *draft,
                          const struct hm_workload *kernel, struct error *error)
{
    const char *label = text_chars(&draft->label);
    char *parameters = draft_settings(draft, "parameter", error);
    if (parameters == NULL || !workload_is_new(entries, label, kernel, parameters, error)) {
        free(parameters);
        return false;
    }
    size_t count = entries->workload_count++;
    entries->workloads =
        memory_resize(entries->workloads, (count + 1) * sizeof *entries->workloads);
    entries->workloads[count] = (struct suite_workload){
        .label = memory_copy_text(label),
        .parameters = parameters,
        .kernel = kernel,
    };
    return true;
}

static bool add_workload(struct suite_entries *entries, const struct text_list *pieces,
                         size_t *next, struct error *error)
{
    struct draft draft = {0};
    draft_begin(&draft, pieces->items[*next], split_workload(pieces->items[*next]));
    ++*next;
    const struct hm_workload *kernel = trial_find_workload(draft.item.head, error);
    bool fine = kernel != NULL;
    if (fine) {
        draft.rows = kernel->parameters != NULL ? kernel->parameters : no_rows;
        /* A workload has no alias, so whatever has a '=' is meant as a parameter. */
        while (*next < pieces->count && split_name_length(pieces->items[*next]) > 0)
            draft_extend(&draft, pieces->items[(*next)++]);
        fine = take_workload(entries, &draft, kernel, error);
    }
    draft_free(&draft);
    return fine;
}

/* ---- both ---- */

static bool add_all(struct suite_entries *entries, const char *text, const char *option,
                    bool (*add)(struct suite_entries *entries, const struct text_list *pieces,
                                size_t *next, struct error *error),
                    struct error *error)
{
    struct text_list pieces = {0};
    text_split(&pieces, text, ',');
    bool fine = true;
    for (size_t next = 0; fine && next < pieces.count;) {
        if (*pieces.items[next] == '\0')
            fine = error_user(error, "a name is missing in '%s %s'", option, text);
        else
            fine = add(entries, &pieces, &next, error);
    }
    text_list_free(&pieces);
    return fine;
}

bool suite_add_collectors(struct suite_entries *entries, const char *text, struct error *error)
{
    return add_all(entries, text, "-c", add_collector, error);
}

bool suite_add_workloads(struct suite_entries *entries, const char *text, struct error *error)
{
    return add_all(entries, text, "-w", add_workload, error);
}

void suite_entries_free(struct suite_entries *entries)
{
    for (size_t i = 0; i < entries->collector_count; i++) {
        free(entries->collectors[i].label);
        free(entries->collectors[i].options);
    }
    for (size_t i = 0; i < entries->workload_count; i++) {
        free(entries->workloads[i].label);
        free(entries->workloads[i].parameters);
    }
    for (size_t i = 0; i < entries->probed_count; i++) {
        plugin_info_free(entries->probed[i]);
        free(entries->probed[i]);
    }
    free(entries->collectors);
    free(entries->workloads);
    free(entries->probed);
    *entries = (struct suite_entries){0};
}
