/* SPDX-License-Identifier: MIT
 *
 * What is asked, in order; see settings.h.
 */
#include "suite/settings.h"

#include <stdlib.h>
#include <string.h>

static const char COLLECTORS[] = "collectors";
static const char WORKLOADS[] = "workloads";

void suite_settings_add(struct suite_settings *settings, const struct suite_setting *setting)
{
    if (settings->count == settings->capacity) {
        settings->capacity = settings->capacity == 0 ? 16 : 2 * settings->capacity;
        settings->items =
            memory_resize(settings->items, settings->capacity * sizeof *settings->items);
    }
    struct suite_setting *added = &settings->items[settings->count++];
    *added = *setting;
    added->value = memory_copy_text(setting->value);
    added->where = setting->where != NULL ? memory_copy_text(setting->where) : NULL;
}

void suite_settings_free(struct suite_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->items[i].value);
        free(settings->items[i].where);
    }
    free(settings->items);
    *settings = (struct suite_settings){0};
}

const char *suite_setting_key(const char *key)
{
    if (strcmp(key, COLLECTORS) == 0)
        return COLLECTORS;
    if (strcmp(key, WORKLOADS) == 0)
        return WORKLOADS;
    for (size_t i = 0; i < suite_setting_kind_count; i++)
        if (strcmp(suite_setting_kinds[i].key, key) == 0)
            return suite_setting_kinds[i].key;
    return NULL;
}

static bool is_entry(const struct suite_setting *setting)
{
    return setting->key == COLLECTORS || setting->key == WORKLOADS;
}

/* Say where a mistake stands. */
static bool locate(const struct suite_setting *setting, struct error *error)
{
    if (setting->where == NULL || error == NULL)
        return false;
    struct error bare = *error;
    error_user(error, "%s: %s: %s", setting->where, setting->key, bare.text);
    error->kind = bare.kind;
    return false;
}

/* Where the list of this key begins for the last time. */
static size_t beginning_of(const struct suite_settings *settings, const char *key)
{
    size_t beginning = 0;
    for (size_t i = 0; i < settings->count; i++)
        if (settings->items[i].key == key && !settings->items[i].adds)
            beginning = i;
    return beginning;
}

static bool collectors_are_replaced(const struct suite_settings *settings)
{
    if (settings->count == 0)
        return false;
    const struct suite_setting *first = &settings->items[beginning_of(settings, COLLECTORS)];
    return first->key == COLLECTORS && first->where == NULL;
}

/* Does the setting speak of collectors of a suite that are not compared? */
static bool is_forgotten(const struct suite_setting *setting, bool replaced)
{
    return replaced && setting->where != NULL &&
           (strcmp(setting->key, "baseline") == 0 || strcmp(setting->key, "twins") == 0);
}

static bool apply_plain(const struct suite_settings *settings, struct suite_request *request,
                        struct error *error)
{
    bool replaced = collectors_are_replaced(settings);
    for (size_t i = 0; i < settings->count; i++) {
        const struct suite_setting *setting = &settings->items[i];
        if (!is_entry(setting) && !is_forgotten(setting, replaced) &&
            !suite_set(request, setting->key, setting->value, error))
            return locate(setting, error);
    }
    return true;
}

static bool is_there(const struct suite_setting *setting, void (*left_out)(const char *reason))
{
    struct error error = {0};
    if (!setting->optional || suite_finds_collector(setting->value, &error))
        return true;
    left_out(error.text);
    return false;
}

static bool apply_entries(const struct suite_settings *settings, struct suite_request *request,
                          const char *key, void (*left_out)(const char *reason),
                          struct error *error)
{
    for (size_t i = beginning_of(settings, key); i < settings->count; i++) {
        const struct suite_setting *setting = &settings->items[i];
        if (setting->key != key || !is_there(setting, left_out))
            continue;
        bool fine = key == COLLECTORS
                        ? suite_add_collectors(&request->entries, setting->value, error)
                        : suite_add_workloads(&request->entries, setting->value, error);
        if (!fine)
            return locate(setting, error);
    }
    return true;
}

bool suite_settings_apply(const struct suite_settings *settings, struct suite_request *request,
                          void (*left_out)(const char *reason), struct error *error)
{
    return apply_plain(settings, request, error) &&
           apply_entries(settings, request, WORKLOADS, left_out, error) &&
           apply_entries(settings, request, COLLECTORS, left_out, error) &&
           suite_settle(request, error);
}
