/* SPDX-License-Identifier: MIT
 *
 * Collectors and workloads as JSON; see catalogue.h.
 */
#include <stdlib.h>

#include "command/catalogue.h"

static const char *type_name(enum hm_type type)
{
    static const char *const names[] = {
        [HM_INTEGER] = "integer", [HM_BYTES] = "bytes",   [HM_DECIMAL] = "decimal",
        [HM_BOOLEAN] = "boolean", [HM_CHOICE] = "choice",
    };
    return (size_t)type < sizeof names / sizeof *names ? names[type] : "unknown";
}

static json_t *value_json(const struct hm_setting *row, union hm_value value)
{
    switch (row->type) {
    case HM_DECIMAL:
        return json_real(value.decimal);
    case HM_BOOLEAN:
        return json_boolean(value.integer != 0);
    case HM_CHOICE:
        return json_string(row->choices[value.integer]);
    case HM_INTEGER:
    case HM_BYTES:
        break;
    }
    return json_integer(value.integer);
}

static json_t *row_json(const struct hm_setting *row)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:o}", "name", row->name, "help", row->help, "type",
                             type_name(row->type), "standard", value_json(row, row->standard));
    if (row->type == HM_CHOICE) {
        json_t *choices = json_array();
        for (size_t i = 0; row->choices[i] != NULL; i++)
            json_array_append_new(choices, json_string(row->choices[i]));
        json_object_set_new(json, "choices", choices);
    } else if (row->type != HM_BOOLEAN) {
        json_object_set_new(json, "least", value_json(row, row->least));
        json_object_set_new(json, "most", value_json(row, row->most));
    }
    return json;
}

static json_t *rows_json(const struct hm_setting *const *rows)
{
    json_t *json = json_array();
    for (size_t i = 0; rows != NULL && rows[i] != NULL; i++)
        json_array_append_new(json, row_json(rows[i]));
    return json;
}

static json_t *variant_json(const struct plugin_variant_info *variant)
{
    const struct hm_capabilities *can = &variant->capabilities;
    json_t *json = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "most_mutators",
        (json_int_t)can->most_mutators, "complete_after", (json_int_t)can->complete_after,
        "most_slots", (json_int_t)can->most_slots, "most_bytes", (json_int_t)can->most_bytes,
        "least_heap_bytes", (json_int_t)can->least_heap_bytes, "least_mutator_bytes",
        (json_int_t)can->least_mutator_bytes, "granule_bytes", (json_int_t)can->granule_bytes,
        "held_factor", (json_int_t)can->held_factor, "held_beside_bytes",
        (json_int_t)can->held_beside_bytes);
#define SET_CAPABILITY(field, words) json_object_set_new(json, #field, json_boolean(can->field));
    CATALOGUE_CAPABILITIES(SET_CAPABILITY)
#undef SET_CAPABILITY
    return json_pack("{s:s, s:s, s:o}", "name", variant->name, "summary", variant->summary,
                     "capabilities", json);
}

static json_t *collector_json(const struct plugin_info *info)
{
    json_t *variants = json_array();
    const struct hm_setting **rows = plugin_info_rows(info);
    for (size_t i = 0; i < info->variant_count; i++)
        json_array_append_new(variants, variant_json(&info->variants[i]));
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "name", info->name,
                  "version", info->version, "summary", info->summary, "source", info->source,
                  "build", info->build, "path", info->path, "sha256", info->sha256, "build_id",
                  info->build_id, "variants", variants, "options", rows_json(rows));
    free(rows);
    return json;
}

/* One that cannot run: why, and for one that the build left out that reason alone as well. */
static json_t *unusable_json(const struct catalogue_plugin *plugin)
{
    return json_pack("{s:s, s:s, s:s*}", "name", plugin->name, "error", plugin->error.text,
                     "absent", plugin->absent.length > 0 ? plugin->absent.chars : NULL);
}

json_t *catalogue_collectors_json(const struct catalogue_plugin *plugins, size_t count)
{
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(json, plugins[i].usable ? collector_json(&plugins[i].info)
                                                      : unusable_json(&plugins[i]));
    return json;
}

static json_t *needs_json(uint32_t needs)
{
    json_t *json = json_array();
#define ADD_NEED(need, word)                                                                       \
    if (needs & (need))                                                                            \
        json_array_append_new(json, json_string(word));
    CATALOGUE_NEEDS(ADD_NEED)
#undef ADD_NEED
    return json;
}

static json_t *workload_json(const struct hm_workload *workload)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:b, s:s, s:s, s:I, s:o, s:o}", "name",
                     workload->name, "revision", workload->revision, "summary", workload->summary,
                     "stresses", workload->stresses, "warning", workload->warning, "source",
                     workload->source, "micro", (int)workload->micro, "sharing",
                     workload->sharing == HM_EACH ? "each" : "shared", "load",
                     workload->schedule == NULL ? "work" : "schedule", "most_threads",
                     (json_int_t)workload->most_threads, "needs", needs_json(workload->needs),
                     "parameters", rows_json(workload->parameters));
}

json_t *catalogue_workloads_json(const struct hm_workload *const *workloads)
{
    json_t *json = json_array();
    for (size_t i = 0; workloads[i] != NULL; i++)
        json_array_append_new(json, workload_json(workloads[i]));
    return json;
}
