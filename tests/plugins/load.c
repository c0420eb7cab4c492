/* SPDX-License-Identifier: MIT
 *
 * The driver's loading: descriptor, variant, settings, and a heap with a host. The checks of
 * sizes are the few that keep a test from crashing; the harness's loader has them all.
 */
#include "drive.h"

#include <dlfcn.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- settings ---- */

static bool parse_integer(const struct hm_setting *row, const char *text, union hm_value *value)
{
    static const char *const units[] = {"", "KiB", "MiB", "GiB"};
    char *end = NULL;
    value->integer = strtoll(text, &end, 0);
    if (end == text)
        return false;
    for (int i = 0; i < 4; i++)
        if (strcmp(end, units[i]) == 0) {
            value->integer <<= 10 * i;
            return value->integer >= row->least.integer && value->integer <= row->most.integer;
        }
    return false;
}

static bool parse_boolean(const char *text, union hm_value *value)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1"};
    for (int i = 0; i < 6; i++)
        if (strcmp(text, words[i]) == 0) {
            value->integer = i % 2;
            return true;
        }
    return false;
}

static bool parse_choice(const struct hm_setting *row, const char *text, union hm_value *value)
{
    for (int i = 0; row->choices[i] != NULL; i++)
        if (strcmp(text, row->choices[i]) == 0) {
            value->integer = i;
            return true;
        }
    return false;
}

static bool parse(const struct hm_setting *row, const char *text, union hm_value *value)
{
    char *end = NULL;
    switch (row->type) {
    case HM_INTEGER:
    case HM_BYTES:
        return parse_integer(row, text, value);
    case HM_DECIMAL:
        value->decimal = strtod(text, &end);
        return *end == '\0' && value->decimal >= row->least.decimal &&
               value->decimal <= row->most.decimal;
    case HM_BOOLEAN:
        return parse_boolean(text, value);
    case HM_CHOICE:
        return parse_choice(row, text, value);
    }
    return false;
}

static bool is_row(const struct hm_setting *row, const char *pair)
{
    size_t length = strlen(row->name);
    return strncmp(row->name, pair, length) == 0 && pair[length] == '=';
}

bool drive_settings(const struct hm_setting *const *rows, const char *const *pairs,
                    union hm_value *values, const char *what, char *why)
{
    size_t count = 0;
    for (; rows != NULL && rows[count] != NULL && count < DRIVE_MOST_OPTIONS; count++)
        values[count] = rows[count]->standard;
    for (; pairs != NULL && *pairs != NULL; pairs++) {
        size_t i = 0;
        while (i < count && !is_row(rows[i], *pairs))
            i++;
        if (i == count || !parse(rows[i], *pairs + strlen(rows[i]->name) + 1, &values[i])) {
            snprintf(why, DRIVE_SENTENCE_BYTES, "'%s' is no %s, or its value is out of range",
                     *pairs, what);
            return false;
        }
    }
    return true;
}

/* ---- the plugin ---- */

static bool sizes_agree(const struct hm_plugin *plugin, char *why)
{
    if (plugin->abi == HM_ABI && plugin->size >= sizeof *plugin &&
        plugin->mutator_head_bytes == HM_MUTATOR_HEAD_BYTES &&
        plugin->ops_bytes == sizeof(struct hm_ops))
        return true;
    snprintf(why, DRIVE_SENTENCE_BYTES, "the plugin was compiled against another contract");
    return false;
}

static bool find_variant(struct drive_plugin *loaded, const char *name)
{
    const struct hm_variant *const *row = loaded->plugin->variants;
    while (*row != NULL && name != NULL && strcmp((*row)->name, name) != 0)
        row++;
    loaded->variant = *row;
    if (*row == NULL)
        snprintf(loaded->why, sizeof loaded->why, "the plugin has no variant '%s'", name);
    return *row != NULL;
}

bool drive_load(struct drive_plugin *loaded, const char *spec, const char *const *overrides)
{
    char path[4096];
    memset(loaded, 0, sizeof *loaded);
    const char *slash = strstr(spec, ".so/");
    int length = slash != NULL ? (int)(slash - spec) + 3 : (int)strlen(spec);
    snprintf(path, sizeof path, "%.*s", length, spec);
    loaded->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (loaded->handle == NULL) {
        snprintf(loaded->why, sizeof loaded->why, "%s", dlerror());
        return false;
    }
    loaded->plugin = dlsym(loaded->handle, HM_PLUGIN_SYMBOL);
    if (loaded->plugin == NULL)
        snprintf(loaded->why, sizeof loaded->why, "it exports no " HM_PLUGIN_SYMBOL);
    else if (sizes_agree(loaded->plugin, loaded->why) &&
             find_variant(loaded, slash != NULL ? slash + 4 : NULL) &&
             drive_settings(loaded->plugin->options, overrides, loaded->options, "option",
                            loaded->why))
        return true;
    drive_unload(loaded);
    return false;
}

void drive_unload(struct drive_plugin *loaded)
{
    dlclose(loaded->handle);
    loaded->handle = NULL;
}

/* ---- the host ---- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct hm_log *begin_thread(const struct hm_host *host, const char *name)
{
    (void)host;
    (void)name;
    struct hm_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        abort();
    return log;
}

static void end_thread(struct hm_log *log)
{
    free(log);
}

/* The kind that an end belongs to, or none. */
static uint32_t begin_of(uint32_t kind)
{
    switch (kind) {
    case HM_EVENT_RESUMED:
        return HM_EVENT_STOP_REQUESTED;
    case HM_EVENT_COLLECTION_END:
    case HM_EVENT_MARK_END:
    case HM_EVENT_SWEEP_END:
    case HM_EVENT_COPY_END:
    case HM_EVENT_CYCLES_END:
    case HM_EVENT_RELEASE_END:
    case HM_EVENT_CONCURRENT_END:
    case HM_EVENT_STALL_END:
    case HM_EVENT_WORKER_END:
        return kind - 1;
    default:
        return HM_EVENT_NONE;
    }
}

static void event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value)
{
    (void)value;
    if (log == NULL)
        return;
    uint32_t index = (uint32_t)kind < 32 ? (uint32_t)kind : 0;
    uint32_t begin = begin_of(index);
    log->counts[index]++;
    log->open[index]++;
    log->disorders += time_ns < log->last_ns;
    log->last_ns = time_ns;
    if (kind == HM_EVENT_STOP_REQUESTED)
        log->asked_ns = now_ns();
    log->late_stops += kind == HM_EVENT_RESUMED && log->asked_ns > time_ns;
    if (begin == HM_EVENT_NONE)
        return;
    log->open[index] = 0;
    log->disorders += log->open[begin] == 0;
    log->open[begin] -= log->open[begin] != 0;
}

static void note(const struct hm_host *host, const char *sentence)
{
    struct drive_host *own = (struct drive_host *)(uintptr_t)host;
    snprintf(own->note, sizeof own->note, "%s", sentence);
}

static __attribute__((noreturn)) void fail(const struct hm_host *host, const char *sentence)
{
    const struct drive_host *own = (const struct drive_host *)(const void *)host;
    if (own->fail != NULL)
        own->fail(own->user, sentence);
    fprintf(stderr, "drive: %s\n", sentence);
    _exit(DRIVE_WRONG);
}

bool drive_open(struct drive_heap *opened, const struct drive_plugin *loaded)
{
    opened->host.host = (struct hm_host){
        .size = sizeof opened->host.host,
        .now_ns = now_ns,
        .begin_thread = begin_thread,
        .end_thread = end_thread,
        .event = event,
        .note = note,
        .fail = fail,
    };
    opened->request.size = sizeof opened->request;
    opened->request.abi = HM_ABI;
    opened->request.options = loaded->options;
    opened->request.variant = loaded->variant;
    opened->request.host = &opened->host.host;
    opened->heap = loaded->variant->heap_ops->open(&opened->request, &opened->refusal);
    return opened->heap != NULL;
}
