/* SPDX-License-Identifier: MIT
 *
 * The list of suites; see suites.h.
 */
#include "command/suites.h"

#include <stdlib.h>
#include <string.h>

#include "command/columns.h"
#include "suite/read.h"

/* A suite that was found, read or not. */
struct found {
    char *path;
    struct suite_text suite;
    struct error error; /* ERROR_NONE where it was read */
};

static struct found find(const char *name)
{
    struct found found = {0};
    if (suite_find(name, &found.path, &found.error))
        suite_read(found.path, &found.suite, &found.error);
    return found;
}

static void found_free(struct found *found)
{
    free(found->path);
    suite_text_free(&found->suite);
}

static size_t count_settings(const struct found *found, const char *key)
{
    size_t count = 0;
    for (size_t i = 0; i < found->suite.settings.count; i++)
        count += strcmp(found->suite.settings.items[i].key, key) == 0;
    return count;
}

/* ---- for people ---- */

static void add_row(struct columns *columns, const char *name, const struct found *found)
{
    columns_add(columns, name);
    if (found->error.kind != ERROR_NONE) {
        columns_add(columns, "?");
        columns_add(columns, "?");
        columns_add(columns, found->error.text);
        return;
    }
    columns_format(columns, "%zu", count_settings(found, "collectors"));
    columns_format(columns, "%zu", count_settings(found, "workloads"));
    columns_add(columns, found->suite.summary != NULL ? found->suite.summary : "");
}

void suites_append(struct text *text)
{
    struct columns columns = {.layout = "lrrl"};
    static const char *const headings[] = {"suite", "collectors", "workloads", "what it is for"};
    struct text_list names = {0};
    suite_names(&names);
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(&columns, headings[i]);
    for (size_t i = 0; i < names.count; i++) {
        struct found found = find(names.items[i]);
        add_row(&columns, names.items[i], &found);
        found_free(&found);
    }
    if (names.count == 0)
        text_append(text, "no suite was found; HEAPMARK_SUITE_PATH may name folders with suites\n");
    else
        columns_append(text, &columns, 0);
    columns_free(&columns);
    text_list_free(&names);
}

/* ---- for programs ---- */

/* The values of one setting, in order; those of a plain setting are one text. */
static json_t *settings_json(const struct found *found)
{
    json_t *json = json_object();
    for (size_t i = 0; i < found->suite.settings.count; i++) {
        const struct suite_setting *setting = &found->suite.settings.items[i];
        json_t *values = json_object_get(json, setting->key);
        if (values == NULL) {
            values = json_array();
            json_object_set_new(json, setting->key, values);
        }
        json_array_append_new(values, json_string(setting->value));
    }
    return json;
}

json_t *suites_json(void)
{
    json_t *json = json_array();
    struct text_list names = {0};
    suite_names(&names);
    for (size_t i = 0; i < names.count; i++) {
        struct found found = find(names.items[i]);
        bool read = found.error.kind == ERROR_NONE;
        json_array_append_new(
            json, json_pack("{s:s, s:s?, s:s?, s:s?, s:o}", "name", names.items[i], "path",
                            found.path, "summary", found.suite.summary, "error",
                            read ? NULL : found.error.text, "settings", settings_json(&found)));
        found_free(&found);
    }
    text_list_free(&names);
    return json;
}
