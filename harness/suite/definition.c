/* SPDX-License-Identifier: MIT
 *
 * What a run was begun with; see definition.h.
 */
#include "suite/definition.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/digest.h"
#include "store/utf8.h"
#include "suite/environment.h"

enum { FORM = 1 };

/* How the names of facts begin that are digests of files. */
static const char DIGEST[] = "SHA-256 of ";

static json_t *parse(const char *definition, struct error *error);

/* ---- facts ---- */

/* Bytes that are no UTF-8 read \xNN, here and in what this is compared with. */
static json_t *text_of(const char *chars)
{
    char *valid = utf8_copy(chars, strlen(chars));
    json_t *text = json_string(valid);
    free(valid);
    return text;
}

static void add_fact(json_t *facts, const char *name, const char *value)
{
    char *key = utf8_copy(name, strlen(name));
    json_object_set_new(facts, key, text_of(value != NULL ? value : ""));
    free(key);
}

static void add_format(json_t *facts, const char *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A fact whose name is made. */
static void add_format(json_t *facts, const char *value, const char *format, ...)
{
    struct text name = {0};
    va_list arguments;
    va_start(arguments, format);
    text_vformat(&name, format, arguments);
    va_end(arguments);
    add_fact(facts, text_chars(&name), value);
    text_free(&name);
}

static void add_number(json_t *facts, const char *name, uint64_t value, const char *unit)
{
    struct text text = {0};
    text_format(&text, "%" PRIu64 "%s", value, unit);
    add_fact(facts, name, text_chars(&text));
    text_free(&text);
}

static void add_program(json_t *facts)
{
    char digest[65] = "unknown";
    digest_file("/proc/self/exe", digest, NULL);
    add_fact(facts, "the version of heapmark", environment_heapmark_version());
    add_format(facts, digest, "%sthe program", DIGEST);
}

static void add_collectors(json_t *facts, const struct suite_entries *entries)
{
    struct text labels = {0};
    for (size_t i = 0; i < entries->collector_count; i++)
        text_format(&labels, "%s%s", i == 0 ? "" : ", ", entries->collectors[i].label);
    add_fact(facts, "the list of collectors", text_chars(&labels));
    text_free(&labels);
    for (size_t i = 0; i < entries->collector_count; i++) {
        const struct suite_collector *collector = &entries->collectors[i];
        add_format(facts, collector->info->path, "the file of %s", collector->label);
        add_format(facts, collector->info->sha256, "%s%s", DIGEST, collector->info->path);
        add_format(facts, collector->can->name, "the variant of %s", collector->label);
        add_format(facts, collector->options, "the options of %s", collector->label);
    }
}

static void add_workloads(json_t *facts, const struct suite_entries *entries)
{
    struct text labels = {0};
    for (size_t i = 0; i < entries->workload_count; i++)
        text_format(&labels, "%s%s(%s)", i == 0 ? "" : ", ", entries->workloads[i].kernel->name,
                    entries->workloads[i].parameters);
    add_fact(facts, "the list of workloads", text_chars(&labels));
    text_free(&labels);
    for (size_t i = 0; i < entries->workload_count; i++) {
        const struct hm_workload *kernel = entries->workloads[i].kernel;
        add_format(facts, kernel->revision, "the revision of the workload %s", kernel->name);
    }
}

static void add_matrix(json_t *facts, const struct suite_request *request)
{
    struct text text = {0};
    for (size_t i = 0; i < request->thread_count; i++)
        text_format(&text, "%s%" PRIu32, i == 0 ? "" : ", ", request->threads[i]);
    add_fact(facts, "the list of threads", text_chars(&text));
    text_free(&text);
    for (size_t i = 0; i < request->heap_count; i++) {
        text_append(&text, i == 0 ? "" : ", ");
        if (request->heaps[i].multiple > 0)
            text_format(&text, "%.9gx", request->heaps[i].multiple);
        else
            text_format(&text, "%" PRIu64 " bytes", request->heaps[i].bytes);
    }
    add_fact(facts, "the list of heaps", request->heap_count == 0 ? "standard" : text_chars(&text));
    text_free(&text);
    for (size_t i = 0; i < request->rate_count; i++)
        text_format(&text, "%s%" PRIu64 "/s", i == 0 ? "" : ", ", request->rates[i]);
    add_fact(facts, "the list of rates", request->rate_count == 0 ? "none" : text_chars(&text));
    text_free(&text);
    add_fact(facts, "the dispatch",
             !request->dispatch_table    ? "inline"
             : !request->dispatch_inline ? "table"
                                         : "both");
    add_number(facts, "the number of invocations", request->invocations, "");
}

static void add_common(json_t *facts, const struct suite_request *request)
{
    const struct trial_spec *common = &request->common;
    struct text memory = {0};
    char seconds[40];
    snprintf(seconds, sizeof seconds, "%.9g s", common->micro_min_time_s);
    topology_memory_append(&memory, &common->memory);
    add_number(facts, "the seed", common->seed, "");
    add_fact(facts, "the pinning", topology_policy_name(common->pin));
    add_fact(facts, "the memory policy", text_chars(&memory));
    add_fact(facts, "the least time of micro workloads", seconds);
    add_fact(facts, "the warm-up", common->warm_up ? "on" : "off");
    add_fact(facts, "the stamping of slow paths", common->stamps ? "on" : "off");
    add_fact(facts, "the counting of instructions", request->count_instructions ? "on" : "off");
    add_number(facts, "the time limit", request->limits.time_ns, " ns");
    add_number(facts, "the memory limit", request->limits.memory_bytes, " bytes");
    add_number(facts, "the machine's memory", request->limits.machine_bytes, " bytes");
    add_number(facts, "the outer load", request->limits.outer_bytes, " bytes");
    text_free(&memory);
}

/* ---- smallest heaps ---- */

/* What a smallest heap is called among the facts. */
static void append_smallest_name(struct text *name, const struct suite_request *request,
                                 size_t workload, size_t thread)
{
    text_format(name, "the smallest heap of %s(%s), %" PRIu32 " threads",
                request->entries.workloads[workload].kernel->name,
                request->entries.workloads[workload].parameters, request->threads[thread]);
}

/* Those that are known already: whoever goes on with the run takes them from here. */
static void add_smallest(json_t *facts, const struct suite_request *request)
{
    for (size_t w = 0; request->smallest_bytes != NULL && w < request->entries.workload_count;
         w++) {
        for (size_t t = 0; t < request->thread_count; t++) {
            struct text name = {0};
            append_smallest_name(&name, request, w, t);
            add_number(facts, text_chars(&name),
                       request->smallest_bytes[w * request->thread_count + t], " bytes");
            text_free(&name);
        }
    }
}

static bool read_smallest(const json_t *facts, const struct suite_request *request, size_t workload,
                          size_t thread, uint64_t *bytes)
{
    struct text name = {0};
    append_smallest_name(&name, request, workload, thread);
    char *key = utf8_copy(text_chars(&name), strlen(text_chars(&name)));
    const char *value = json_string_value(json_object_get(facts, key));
    *bytes = value != NULL ? strtoull(value, NULL, 10) : 0;
    free(key);
    text_free(&name);
    return *bytes > 0 && *bytes <= INT64_MAX;
}

bool suite_definition_smallest(const char *definition, struct suite_request *request,
                               struct error *error)
{
    json_t *json = parse(definition, error);
    if (json == NULL)
        return false;
    const json_t *facts = json_object_get(json, "facts");
    size_t count = request->entries.workload_count * request->thread_count;
    free(request->smallest_bytes);
    request->smallest_bytes = memory_new(count * sizeof *request->smallest_bytes);
    bool fine = true;
    for (size_t i = 0; fine && i < count; i++)
        fine = read_smallest(facts, request, i / request->thread_count, i % request->thread_count,
                             &request->smallest_bytes[i]);
    json_decref(json);
    return fine || error_user(error, "the smallest heaps that its heaps are multiples of are not "
                                     "stored with the run: begin another one without --resume");
}

static json_t *make_facts(const struct suite_request *request)
{
    json_t *facts = json_object();
    add_program(facts);
    add_fact(facts, "the suite", request->suite != NULL ? request->suite : "none");
    add_collectors(facts, &request->entries);
    add_workloads(facts, &request->entries);
    add_matrix(facts, request);
    add_common(facts, request);
    add_smallest(facts, request);
    add_fact(facts, "the baseline", request->baseline);
    add_fact(facts, "the label", request->label);
    return facts;
}

/* ---- settings ---- */

static void append_setting(json_t *array, const struct suite_setting *setting)
{
    json_t *json =
        json_pack("{s:s, s:o, s:b, s:b}", "key", setting->key, "value", text_of(setting->value),
                  "adds", setting->adds, "optional", setting->optional);
    if (setting->where != NULL)
        json_object_set_new(json, "where", text_of(setting->where));
    json_array_append_new(array, json);
}

static bool has_key(const struct suite_settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++)
        if (settings->items[i].key == key)
            return true;
    return false;
}

/* The standard limit depends on the machine's memory: it is kept as if it had been given. */
static json_t *make_settings(const struct suite_request *request,
                             const struct suite_settings *settings)
{
    json_t *array = json_array();
    const char *limit = suite_setting_key("memory-limit");
    if (!has_key(settings, limit)) {
        char digits[24];
        snprintf(digits, sizeof digits, "%" PRIu64, request->limits.memory_bytes);
        append_setting(array, &(struct suite_setting){.key = limit, .value = digits});
    }
    for (size_t i = 0; i < settings->count; i++)
        append_setting(array, &settings->items[i]);
    return array;
}

char *suite_definition_make(const struct suite_request *request,
                            const struct suite_settings *settings)
{
    json_t *json = json_object();
    json_object_set_new(json, "form", json_integer(FORM));
    if (request->suite != NULL)
        json_object_set_new(json, "suite", text_of(request->suite));
    json_object_set_new(json, "settings", make_settings(request, settings));
    json_object_set_new(json, "facts", make_facts(request));
    char *text = json_dumps(json, JSON_INDENT(1));
    CHECK(text != NULL, "a definition that cannot be written as JSON");
    json_decref(json);
    return text;
}

/* ---- reading ---- */

static json_t *parse(const char *definition, struct error *error)
{
    json_t *json = json_loads(definition, 0, NULL);
    if (json_integer_value(json_object_get(json, "form")) == FORM &&
        json_is_array(json_object_get(json, "settings")) &&
        json_is_object(json_object_get(json, "facts")))
        return json;
    json_decref(json);
    error_user(error, "what the run was begun with is not stored in a form that this Heapmark "
                      "reads: begin another run without --resume");
    return NULL;
}

/* False where it is no setting of this program. */
static bool read_setting(const json_t *json, struct suite_setting *setting)
{
    const char *key = json_string_value(json_object_get(json, "key"));
    *setting = (struct suite_setting){
        .key = key != NULL ? suite_setting_key(key) : NULL,
        .value = (char *)json_string_value(json_object_get(json, "value")),
        .where = (char *)json_string_value(json_object_get(json, "where")),
        .adds = json_is_true(json_object_get(json, "adds")),
        .optional = json_is_true(json_object_get(json, "optional")),
    };
    return setting->key != NULL && setting->value != NULL;
}

bool suite_definition_settings(const char *definition, bool again,
                               const struct suite_settings *given, struct suite_settings *settings,
                               char **suite, struct error *error)
{
    json_t *json = parse(definition, error);
    if (json == NULL)
        return false;
    const json_t *array = json_object_get(json, "settings");
    const char *name = json_string_value(json_object_get(json, "suite"));
    bool fine = true;
    for (size_t i = 0; fine && i < json_array_size(array); i++) {
        struct suite_setting setting;
        fine = read_setting(json_array_get(array, i), &setting) ||
               error_user(error, "the run was begun with a setting that this Heapmark does not "
                                 "know: begin another run without --resume");
        bool of_suite = fine && setting.where != NULL;
        if (fine && (of_suite ? !again : !has_key(given, setting.key)))
            suite_settings_add(settings, &setting);
    }
    *suite = fine && name != NULL ? memory_copy_text(name) : NULL;
    json_decref(json);
    return fine;
}

static bool say_difference(const char *name, const char *was, const char *is, struct error *error)
{
    static const char *const REST = "with that it would be another run: begin one without --resume";
    if (strncmp(name, DIGEST, strlen(DIGEST)) == 0)
        return error_user(error, "%s has changed since: its SHA-256 was %s, and is %s; %s",
                          name + strlen(DIGEST), was, is, REST);
    return error_user(error, "%s was '%s', and is '%s'; %s", name, was, is, REST);
}

/* The lists of collectors and workloads come before what is said of their members, so the first
 * difference is never that of a fact which only one side has. */
bool suite_definition_agrees(const char *stored, const char *now, struct error *error)
{
    json_t *before = parse(stored, error);
    json_t *after = before != NULL ? parse(now, error) : NULL;
    bool fine = after != NULL;
    const char *name;
    json_t *value;
    json_t *facts = json_object_get(after, "facts");
    json_object_foreach(facts, name, value)
    {
        const char *was =
            json_string_value(json_object_get(json_object_get(before, "facts"), name));
        if (was != NULL && strcmp(was, json_string_value(value)) == 0)
            continue;
        fine = say_difference(name, was != NULL ? was : "unknown", json_string_value(value), error);
        break;
    }
    json_decref(before);
    json_decref(after);
    return fine;
}
