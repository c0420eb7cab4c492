/* SPDX-License-Identifier: MIT
 *
 * A trial's specification and its form on a command line; see spec.h.
 */
#include "trial/spec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

enum { MOST_THREADS = 4096 };

void trial_spec_initialise(struct trial_spec *spec)
{
    memset(spec, 0, sizeof *spec);
    spec->label = memory_copy_text("");
    spec->plugin_path = memory_copy_text("");
    spec->variant = memory_copy_text("");
    spec->options = memory_copy_text("");
    spec->workload = memory_copy_text("");
    spec->parameters = memory_copy_text("");
    spec->recording = memory_copy_text("");
    spec->dispatch = TRIAL_DISPATCH_INLINE;
    spec->threads = 1;
    spec->pin = TOPOLOGY_COMPACT;
    spec->seed = 1;
    spec->micro_min_time_s = 0.2;
    spec->warm_up = true;
    spec->stamps = true;
}

void trial_spec_copy(struct trial_spec *to, const struct trial_spec *from)
{
    *to = *from;
    to->label = memory_copy_text(from->label);
    to->plugin_path = memory_copy_text(from->plugin_path);
    to->variant = memory_copy_text(from->variant);
    to->options = memory_copy_text(from->options);
    to->workload = memory_copy_text(from->workload);
    to->parameters = memory_copy_text(from->parameters);
    to->recording = memory_copy_text(from->recording);
}

void trial_spec_free(struct trial_spec *spec)
{
    free(spec->label);
    free(spec->plugin_path);
    free(spec->variant);
    free(spec->options);
    free(spec->workload);
    free(spec->parameters);
    free(spec->recording);
    memset(spec, 0, sizeof *spec);
}

static const char *dispatch_name(enum trial_dispatch dispatch)
{
    return dispatch == TRIAL_DISPATCH_INLINE ? "inline" : "table";
}

static void add_text(struct text_list *arguments, const char *name, const char *value)
{
    text_list_add(arguments, name);
    text_list_add(arguments, value);
}

static void add_text_if_any(struct text_list *arguments, const char *name, const char *value)
{
    if (*value != '\0')
        add_text(arguments, name, value);
}

static void add_number(struct text_list *arguments, const char *name, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    add_text(arguments, name, digits);
}

/* Only what differs from the standard: nearly all commands are without it. */
static void add_memory(struct text_list *arguments, const struct topology_memory *memory)
{
    if (memory->kind == TOPOLOGY_MEMORY_NONE)
        return;
    struct text text = {0};
    topology_memory_append(&text, memory);
    add_text(arguments, "--bind-memory", text_chars(&text));
    text_free(&text);
}

void trial_spec_append_arguments(struct text_list *arguments, const struct trial_spec *spec)
{
    add_text(arguments, "--plugin", spec->plugin_path);
    add_text_if_any(arguments, "--variant", spec->variant);
    add_text_if_any(arguments, "--options", spec->options);
    add_text_if_any(arguments, "--label", spec->label);
    add_text(arguments, "--workload", spec->workload);
    add_text_if_any(arguments, "--parameters", spec->parameters);
    add_number(arguments, "--threads", spec->threads);
    add_number(arguments, "--heap", spec->heap_bytes);
    add_text(arguments, "--dispatch", dispatch_name(spec->dispatch));
    add_text(arguments, "--pin", topology_policy_name(spec->pin));
    add_memory(arguments, &spec->memory);
    add_number(arguments, "--seed", spec->seed);
    char seconds[40];
    snprintf(seconds, sizeof seconds, "%.9g", spec->micro_min_time_s);
    add_text(arguments, "--micro-min-time", seconds);
    add_text_if_any(arguments, "--recording", spec->recording);
    if (!spec->warm_up)
        text_list_add(arguments, "--no-warm-up");
    if (!spec->stamps)
        text_list_add(arguments, "--no-stamps");
}

void trial_spec_append_command(struct text *text, const struct trial_spec *spec)
{
    struct text_list arguments = {0};
    trial_spec_append_arguments(&arguments, spec);
    text_append(text, "heapmark trial");
    for (size_t i = 0; i < arguments.count; i++) {
        text_append(text, " ");
        text_append_shell(text, arguments.items[i]);
    }
    text_list_free(&arguments);
}

static void replace(char **field, const char *value)
{
    free(*field);
    *field = memory_copy_text(value);
}

/* The fields that are texts; false when the name is none of theirs. */
static bool parse_text(struct trial_spec *spec, const char *name, const char *value)
{
    const struct {
        const char *name;
        char **field;
    } texts[] = {
        {"plugin", &spec->plugin_path},  {"variant", &spec->variant},
        {"options", &spec->options},     {"label", &spec->label},
        {"workload", &spec->workload},   {"parameters", &spec->parameters},
        {"recording", &spec->recording},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            replace(texts[i].field, value);
            return true;
        }
    }
    return false;
}

static bool parse_dispatch(struct trial_spec *spec, const char *value, struct error *error)
{
    static const char *const both[] = {"table", "inline", NULL};
    if (strcmp(value, "table") != 0 && strcmp(value, "inline") != 0)
        return error_choice(error, "the dispatch", value, both);
    spec->dispatch = value[0] == 't' ? TRIAL_DISPATCH_TABLE : TRIAL_DISPATCH_INLINE;
    return true;
}

static bool parse_seed(struct trial_spec *spec, const char *value, struct error *error)
{
    int64_t seed;
    if (!units_parse_integer(value, "seed", 0, INT64_MAX, &seed, error))
        return false;
    spec->seed = (uint64_t)seed;
    return true;
}

static bool parse_threads(struct trial_spec *spec, const char *value, struct error *error)
{
    int64_t threads;
    if (!units_parse_integer(value, "number of threads", 1, MOST_THREADS, &threads, error))
        return false;
    spec->threads = (uint32_t)threads;
    return true;
}

bool trial_spec_parse_argument(struct trial_spec *spec, const char *name, const char *value,
                               struct error *error)
{
    if (strcmp(name, "no-warm-up") == 0) {
        spec->warm_up = false;
        return true;
    }
    if (strcmp(name, "no-stamps") == 0) {
        spec->stamps = false;
        return true;
    }
    if (value == NULL)
        return error_user(error, "the option --%s needs a value", name);
    if (parse_text(spec, name, value))
        return true;
    if (strcmp(name, "dispatch") == 0)
        return parse_dispatch(spec, value, error);
    if (strcmp(name, "threads") == 0)
        return parse_threads(spec, value, error);
    if (strcmp(name, "heap") == 0)
        return units_parse_bytes(value, "heap", &spec->heap_bytes, error);
    if (strcmp(name, "pin") == 0)
        return topology_policy_parse(value, &spec->pin, error);
    if (strcmp(name, "bind-memory") == 0)
        return topology_memory_parse(value, &spec->memory, error);
    if (strcmp(name, "seed") == 0)
        return parse_seed(spec, value, error);
    if (strcmp(name, "micro-min-time") == 0)
        return units_parse_decimal(value, "least time of a micro workload", 1e-6, 3600,
                                   &spec->micro_min_time_s, error);
    return error_user(error, "a trial has no option --%s", name);
}

const struct hm_workload *trial_find_workload(const char *name, struct error *error)
{
    size_t count = 0;
    for (; hm_workloads[count] != NULL; count++)
        if (strcmp(hm_workloads[count]->name, name) == 0)
            return hm_workloads[count];
    const char **names = memory_new(count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = hm_workloads[i]->name;
    const char *nearest = text_nearest(name, names, count);
    if (nearest != NULL)
        error_user(error, "there is no workload '%s'; did you mean '%s'?", name, nearest);
    else
        error_user(error,
                   "there is no workload '%s'; `heapmark list workloads` shows what there is",
                   name);
    free(names);
    return NULL;
}

static bool parse_parameters(const struct trial_spec *spec, const struct hm_workload *workload,
                             union hm_value *values, struct error *error)
{
    struct text_list pairs = {0};
    struct text what = {0};
    text_format(&what, "parameter of %s", workload->name);
    if (*spec->parameters != '\0')
        text_split(&pairs, spec->parameters, ',');
    bool fine = setting_parse_all(workload->parameters, (const char *const *)pairs.items,
                                  pairs.count, text_chars(&what), values, error);
    text_list_free(&pairs);
    text_free(&what);
    return fine;
}

bool trial_spec_plan(const struct trial_spec *spec, const struct hm_workload *workload,
                     struct hm_plan *plan, struct error *error)
{
    union hm_value *values = memory_new((setting_count(workload->parameters) + 1) * sizeof *values);
    plan->parameters = values;
    plan->threads = spec->threads;
    plan->seed = spec->seed;
    struct hm_refusal refusal = {0};
    bool fine = parse_parameters(spec, workload, values, error);
    if (fine && workload->most_threads != 0 && spec->threads > workload->most_threads)
        fine = error_user(error, "the workload %s runs with at most %u threads, not with %u",
                          workload->name, workload->most_threads, spec->threads);
    if (fine && workload->accepts != NULL && !workload->accepts(plan, &refusal))
        fine = error_user(error, "the workload %s cannot run so: %s", workload->name,
                          refusal.sentence);
    if (!fine) {
        free(values);
        plan->parameters = NULL;
    }
    return fine;
}

void trial_spec_append_work(struct text *text, const struct trial_spec *spec,
                            const struct hm_workload *workload, const struct hm_plan *plan)
{
    text_format(text, "%s(", workload->name);
    setting_append_all(text, workload->parameters, plan->parameters);
    text_format(text, ") %s, %" PRIu32 " threads, seed %" PRIu64 ", %s warm-up", workload->revision,
                spec->threads, spec->seed, spec->warm_up ? "with" : "without");
}

void trial_spec_describe(const struct trial_spec *spec, struct trial_record *record)
{
    struct text command = {0};
    trial_spec_append_command(&command, spec);
    record_set_text(record, TRIAL_COMMAND, text_chars(&command));
    text_free(&command);
    record_set_text(record, TRIAL_COLLECTOR_LABEL, spec->label);
    record_set_text(record, TRIAL_PLUGIN_PATH, spec->plugin_path);
    if (*spec->variant != '\0')
        record_set_text(record, TRIAL_VARIANT, spec->variant);
    record_set_text(record, TRIAL_COLLECTOR_OPTIONS, spec->options);
    record_set_text(record, TRIAL_WORKLOAD, spec->workload);
    record_set_text(record, TRIAL_WORKLOAD_PARAMETERS, spec->parameters);
    record_set_text(record, TRIAL_DISPATCH, dispatch_name(spec->dispatch));
    record_set_integer(record, TRIAL_THREADS, spec->threads);
    if (spec->heap_bytes != 0)
        record_set_count(record, TRIAL_HEAP_BYTES, spec->heap_bytes);
    record_set_text(record, TRIAL_PIN_POLICY, topology_policy_name(spec->pin));
    record_set_count(record, TRIAL_SEED, spec->seed);
}
