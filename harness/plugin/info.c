/* SPDX-License-Identifier: MIT
 *
 * A descriptor to JSON and back; see info.h. Numbers are kept exactly: capabilities go as one
 * hexadecimal text of the struct, which both ends know as they are one program.
 */
#include "plugin/info.h"

#include <stdlib.h>
#include <string.h>

/* An older plugin's struct is shorter; what it does not have is zero. */
static struct hm_capabilities whole_capabilities(const struct hm_capabilities *from)
{
    struct hm_capabilities whole = {0};
    memcpy(&whole, from, from->size < sizeof whole ? from->size : sizeof whole);
    whole.size = sizeof whole;
    return whole;
}

static json_t *bytes_to_json(const void *bytes, size_t count)
{
    char *text = memory_new(2 * count + 1);
    for (size_t i = 0; i < count; i++)
        snprintf(text + 2 * i, 3, "%02x", ((const unsigned char *)bytes)[i]);
    json_t *json = json_string(text);
    free(text);
    return json;
}

static bool bytes_from_json(void *bytes, size_t count, const json_t *json)
{
    const char *text = json_string_value(json);
    if (text == NULL || strlen(text) != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        ((unsigned char *)bytes)[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return true;
}

/* A text of the plugin that is not UTF-8 is shown, not trusted. */
static json_t *text_to_json(const char *chars)
{
    json_t *json = json_string(chars == NULL ? "" : chars);
    if (json != NULL)
        return json;
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    json = json_string(text_chars(&shown));
    text_free(&shown);
    return json;
}

static json_t *variant_to_json(const struct hm_variant *variant)
{
    struct hm_capabilities can = whole_capabilities(variant->capabilities);
    return json_pack("{s:o, s:o, s:o}", "name", text_to_json(variant->name), "summary",
                     text_to_json(variant->summary), "capabilities",
                     bytes_to_json(&can, sizeof can));
}

static json_t *setting_to_json(const struct hm_setting *row)
{
    json_t *choices = json_array();
    if (row->type == HM_CHOICE)
        for (size_t i = 0; row->choices[i] != NULL; i++)
            json_array_append_new(choices, text_to_json(row->choices[i]));
    return json_pack("{s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "name", text_to_json(row->name), "help",
                     text_to_json(row->help), "type", (int)row->type, "least",
                     bytes_to_json(&row->least, sizeof row->least), "most",
                     bytes_to_json(&row->most, sizeof row->most), "standard",
                     bytes_to_json(&row->standard, sizeof row->standard), "choices", choices);
}

json_t *info_to_json(const struct hm_plugin *descriptor)
{
    json_t *variants = json_array();
    for (size_t i = 0; descriptor->variants[i] != NULL; i++)
        json_array_append_new(variants, variant_to_json(descriptor->variants[i]));
    json_t *options = json_array();
    for (size_t i = 0; descriptor->options[i] != NULL; i++)
        json_array_append_new(options, setting_to_json(descriptor->options[i]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", text_to_json(descriptor->name),
                     "version", text_to_json(descriptor->version), "summary",
                     text_to_json(descriptor->summary), "source", text_to_json(descriptor->source),
                     "build", text_to_json(descriptor->build), "variants", variants, "options",
                     options);
}

static char *copy_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return memory_copy_text(text == NULL ? "" : text);
}

static bool variant_from_json(struct plugin_variant_info *variant, const json_t *json)
{
    variant->name = copy_text(json, "name");
    variant->summary = copy_text(json, "summary");
    return bytes_from_json(&variant->capabilities, sizeof variant->capabilities,
                           json_object_get(json, "capabilities"));
}

static bool setting_from_json(struct plugin_setting *setting, const json_t *json)
{
    setting->name = copy_text(json, "name");
    setting->help = copy_text(json, "help");
    setting->type = (enum hm_type)json_integer_value(json_object_get(json, "type"));
    const json_t *choices = json_object_get(json, "choices");
    setting->choices = memory_new((json_array_size(choices) + 1) * sizeof *setting->choices);
    for (size_t i = 0; i < json_array_size(choices); i++)
        setting->choices[i] = memory_copy_text(json_string_value(json_array_get(choices, i)));
    return bytes_from_json(&setting->least, sizeof setting->least,
                           json_object_get(json, "least")) &&
           bytes_from_json(&setting->most, sizeof setting->most, json_object_get(json, "most")) &&
           bytes_from_json(&setting->standard, sizeof setting->standard,
                           json_object_get(json, "standard"));
}

bool info_from_json(struct plugin_info *info, const json_t *json)
{
    const json_t *variants = json_object_get(json, "variants");
    const json_t *options = json_object_get(json, "options");
    if (json_array_size(variants) == 0 || !json_is_array(options))
        return false;
    info->name = copy_text(json, "name");
    info->version = copy_text(json, "version");
    info->summary = copy_text(json, "summary");
    info->source = copy_text(json, "source");
    info->build = copy_text(json, "build");
    info->variants = memory_new(json_array_size(variants) * sizeof *info->variants);
    info->options = memory_new((json_array_size(options) + 1) * sizeof *info->options);
    bool fine = true;
    while (fine && info->variant_count < json_array_size(variants)) {
        size_t i = info->variant_count++;
        fine = variant_from_json(&info->variants[i], json_array_get(variants, i));
    }
    while (fine && info->option_count < json_array_size(options)) {
        size_t i = info->option_count++;
        fine = setting_from_json(&info->options[i], json_array_get(options, i));
    }
    return fine;
}

static void free_setting(struct plugin_setting *setting)
{
    free(setting->name);
    free(setting->help);
    for (size_t i = 0; setting->choices != NULL && setting->choices[i] != NULL; i++)
        free(setting->choices[i]);
    free(setting->choices);
}

void plugin_info_free(struct plugin_info *info)
{
    for (size_t i = 0; i < info->variant_count; i++) {
        free(info->variants[i].name);
        free(info->variants[i].summary);
    }
    for (size_t i = 0; i < info->option_count; i++)
        free_setting(&info->options[i]);
    free(info->variants);
    free(info->options);
    free(info->path);
    free(info->name);
    free(info->version);
    free(info->summary);
    free(info->source);
    free(info->build);
    memset(info, 0, sizeof *info);
}

const struct plugin_variant_info *plugin_info_variant(const struct plugin_info *info,
                                                      const char *name, struct error *error)
{
    if (name == NULL || *name == '\0')
        return &info->variants[0];
    const char **names = memory_new(info->variant_count * sizeof *names);
    const struct plugin_variant_info *found = NULL;
    for (size_t i = 0; i < info->variant_count; i++) {
        names[i] = info->variants[i].name;
        if (strcmp(names[i], name) == 0)
            found = &info->variants[i];
    }
    if (found == NULL) {
        const char *nearest = text_nearest(name, names, info->variant_count);
        error_user(error, "the collector %s has no variant '%s'; did you mean '%s'?", info->name,
                   name, nearest != NULL ? nearest : names[0]);
    }
    free(names);
    return found;
}

const struct hm_setting **plugin_info_rows(const struct plugin_info *info)
{
    /* The rows themselves follow the array of pointers in one piece of memory. */
    size_t pointers = (info->option_count + 1) * sizeof(const struct hm_setting *);
    const struct hm_setting **rows =
        memory_new(pointers + info->option_count * sizeof(struct hm_setting));
    struct hm_setting *row = (struct hm_setting *)(void *)((char *)rows + pointers);
    for (size_t i = 0; i < info->option_count; i++, row++) {
        const struct plugin_setting *option = &info->options[i];
        row->name = option->name;
        row->help = option->help;
        row->type = option->type;
        row->least = option->least;
        row->most = option->most;
        row->standard = option->standard;
        row->choices = (const char *const *)option->choices;
        rows[i] = row;
    }
    return rows;
}
