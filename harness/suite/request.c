/* SPDX-License-Identifier: MIT
 *
 * What is asked of a run, by settings; see request.h.
 */
#include "suite/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "suite/environment.h"

enum { MOST_THREADS = 4096, MOST_MULTIPLE = 1000 };

uint64_t suite_standard_memory_limit(void)
{
    return environment_memory_bytes("") / 100 * SUITE_MEMORY_LIMIT_PERCENT;
}

void suite_request_initialise(struct suite_request *request)
{
    memset(request, 0, sizeof *request);
    trial_spec_initialise(&request->common);
    request->threads = memory_new(sizeof *request->threads);
    request->threads[0] = 1;
    request->thread_count = 1;
    request->dispatch_inline = true;
    request->invocations = SUITE_INVOCATIONS_STANDARD;
    request->limits.time_ns = UINT64_C(1000000000) * SUITE_TIME_LIMIT_STANDARD_S;
    request->limits.memory_bytes = suite_standard_memory_limit();
}

void suite_request_free(struct suite_request *request)
{
    suite_entries_free(&request->entries);
    trial_spec_free(&request->common);
    text_list_free(&request->twins);
    free(request->suite);
    free(request->label);
    free(request->baseline);
    free(request->threads);
    free(request->heaps);
    free(request->smallest_bytes);
    free(request->rates);
    memset(request, 0, sizeof *request);
}

static bool add_thread_count(struct suite_request *request, const char *piece, struct error *error)
{
    int64_t threads;
    if (!units_parse_integer(piece, "number of threads", 1, MOST_THREADS, &threads, error))
        return false;
    for (size_t i = 0; i < request->thread_count; i++)
        if (request->threads[i] == (uint32_t)threads)
            return error_user(error, "the number of threads %s is given twice; once is enough",
                              piece);
    request->threads[request->thread_count++] = (uint32_t)threads;
    return true;
}

static bool set_threads(struct suite_request *request, const char *text, struct error *error)
{
    struct text_list pieces = {0};
    text_split(&pieces, text, ',');
    request->threads = memory_resize(request->threads, pieces.count * sizeof *request->threads);
    request->thread_count = 0;
    bool fine = true;
    for (size_t i = 0; i < pieces.count && fine; i++)
        fine = add_thread_count(request, pieces.items[i], error);
    text_list_free(&pieces);
    return fine;
}

/* "1.5x" */
static bool is_multiple(const char *piece)
{
    size_t length = strlen(piece);
    return length > 1 && piece[length - 1] == 'x' && strchr("0123456789.", piece[0]) != NULL;
}

static bool parse_multiple(const char *piece, double *multiple, struct error *error)
{
    char *digits = memory_copy_text(piece);
    digits[strlen(digits) - 1] = '\0';
    bool fine = units_parse_decimal(digits, "heap as a multiple of the smallest", 1, MOST_MULTIPLE,
                                    multiple, error);
    free(digits);
    return fine;
}

static bool parse_heap(const char *piece, struct suite_heap *heap, struct error *error)
{
    *heap = (struct suite_heap){0};
    if (is_multiple(piece))
        return parse_multiple(piece, &heap->multiple, error);
    if (!units_parse_bytes(piece, "heap", &heap->bytes, error))
        return false;
    return heap->bytes <= INT64_MAX ||
           error_user(error, "the heap is %s, and must be below 8 EiB", piece);
}

static bool add_heap(struct suite_request *request, const char *piece, struct error *error)
{
    struct suite_heap heap;
    if (!parse_heap(piece, &heap, error))
        return false;
    for (size_t i = 0; i < request->heap_count; i++)
        if (request->heaps[i].bytes == heap.bytes &&
            !(request->heaps[i].multiple < heap.multiple) &&
            !(request->heaps[i].multiple > heap.multiple))
            return error_user(error, "the heap %s is given twice; once is enough", piece);
    request->heaps[request->heap_count++] = heap;
    return true;
}

static bool set_heaps(struct suite_request *request, const char *text, struct error *error)
{
    struct text_list pieces = {0};
    text_split(&pieces, text, ',');
    request->heaps = memory_resize(request->heaps, pieces.count * sizeof *request->heaps);
    request->heap_count = 0;
    bool fine = true;
    for (size_t i = 0; i < pieces.count && fine; i++)
        fine = add_heap(request, pieces.items[i], error);
    text_list_free(&pieces);
    return fine;
}

bool suite_asks_multiples(const struct suite_request *request)
{
    for (size_t i = 0; i < request->heap_count; i++)
        if (request->heaps[i].multiple > 0)
            return true;
    return false;
}

static bool add_rate(struct suite_request *request, const char *piece, struct error *error)
{
    int64_t rate;
    if (!units_parse_integer(piece, "rate of requests a second", 1, INT32_MAX, &rate, error))
        return false;
    for (size_t i = 0; i < request->rate_count; i++)
        if (request->rates[i] == (uint64_t)rate)
            return error_user(error, "the rate %s is given twice; once is enough", piece);
    request->rates[request->rate_count++] = (uint64_t)rate;
    return true;
}

static bool set_rates(struct suite_request *request, const char *text, struct error *error)
{
    struct text_list pieces = {0};
    text_split(&pieces, text, ',');
    request->rates = memory_resize(request->rates, pieces.count * sizeof *request->rates);
    request->rate_count = 0;
    bool fine = true;
    for (size_t i = 0; i < pieces.count && fine; i++)
        fine = add_rate(request, pieces.items[i], error);
    text_list_free(&pieces);
    return fine;
}

static bool set_dispatch(struct suite_request *request, const char *text, struct error *error)
{
    static const char *const all[] = {"table", "inline", "both", NULL};
    bool both = strcmp(text, "both") == 0;
    if (!both && strcmp(text, "table") != 0 && strcmp(text, "inline") != 0)
        return error_choice(error, "the dispatch", text, all);
    request->dispatch_table = both || *text == 't';
    request->dispatch_inline = both || *text == 'i';
    return true;
}

static bool set_invocations(struct suite_request *request, const char *value, struct error *error)
{
    int64_t count;
    if (!units_parse_integer(value, "number of invocations", 1, SUITE_INVOCATIONS_MOST, &count,
                             error))
        return false;
    request->invocations = (unsigned)count;
    return true;
}

static bool set_time_limit(struct suite_request *request, const char *value, struct error *error)
{
    if (!units_parse_ns(value, "time limit", &request->limits.time_ns, error))
        return false;
    return request->limits.time_ns > 0 ||
           error_user(error, "the time limit is %s, and must be above 0", value);
}

static bool set_memory_limit(struct suite_request *request, const char *value, struct error *error)
{
    return units_parse_bytes(value, "memory limit", &request->limits.memory_bytes, error);
}

static bool set_machine_memory(struct suite_request *request, const char *value,
                               struct error *error)
{
    return units_parse_bytes(value, "machine's memory", &request->limits.machine_bytes, error);
}

static bool set_outer_load(struct suite_request *request, const char *value, struct error *error)
{
    return units_parse_bytes(value, "outer load", &request->limits.outer_bytes, error);
}

/* ---- what is handed on to every trial ---- */

static bool set_seed(struct suite_request *request, const char *value, struct error *error)
{
    return trial_spec_parse_argument(&request->common, "seed", value, error);
}

static bool set_pin(struct suite_request *request, const char *value, struct error *error)
{
    return trial_spec_parse_argument(&request->common, "pin", value, error);
}

static bool set_bind_memory(struct suite_request *request, const char *value, struct error *error)
{
    return trial_spec_parse_argument(&request->common, "bind-memory", value, error);
}

static bool set_micro_min_time(struct suite_request *request, const char *value,
                               struct error *error)
{
    return trial_spec_parse_argument(&request->common, "micro-min-time", value, error);
}

static bool set_flag(bool *flag, const char *what, const char *value, struct error *error)
{
    *flag = strcmp(value, "true") == 0;
    return *flag || strcmp(value, "false") == 0 ||
           error_user(error, "the %s is '%s', and must be true or false", what, value);
}

static bool set_warm_up(struct suite_request *request, const char *value, struct error *error)
{
    return set_flag(&request->common.warm_up, "warm-up", value, error);
}

static bool set_stamps(struct suite_request *request, const char *value, struct error *error)
{
    return set_flag(&request->common.stamps, "setting stamps", value, error);
}

static bool set_instructions(struct suite_request *request, const char *value, struct error *error)
{
    return set_flag(&request->count_instructions, "setting instructions", value, error) &&
           (!request->count_instructions || trial_can_count(error));
}

/* ---- names ---- */

static bool set_text(char **text, const char *value)
{
    free(*text);
    *text = memory_copy_text(value);
    return true;
}

static bool set_label(struct suite_request *request, const char *value, struct error *error)
{
    (void)error;
    return set_text(&request->label, value);
}

static bool set_baseline(struct suite_request *request, const char *value, struct error *error)
{
    (void)error;
    return set_text(&request->baseline, value);
}

static bool set_twins(struct suite_request *request, const char *value, struct error *error)
{
    (void)error;
    text_list_free(&request->twins);
    text_split(&request->twins, value, ',');
    return true;
}

/* In the order of their keys. */
const struct suite_setting_kind suite_setting_kinds[] = {
    {"baseline", SUITE_ONE, set_baseline},
    {"bind-memory", SUITE_ONE, set_bind_memory},
    {"dispatch", SUITE_ONE, set_dispatch},
    {"heap", SUITE_LIST, set_heaps},
    {"instructions", SUITE_ONE, set_instructions},
    {"invocations", SUITE_ONE, set_invocations},
    {"label", SUITE_ONE, set_label},
    {"machine-memory", SUITE_ONE, set_machine_memory},
    {"memory-limit", SUITE_ONE, set_memory_limit},
    {"micro-min-time", SUITE_ONE, set_micro_min_time},
    {"outer-load", SUITE_ONE, set_outer_load},
    {"pin", SUITE_ONE, set_pin},
    {"rate", SUITE_LIST, set_rates},
    {"seed", SUITE_ONE, set_seed},
    {"stamps", SUITE_ONE, set_stamps},
    {"threads", SUITE_LIST, set_threads},
    {"time-limit", SUITE_ONE, set_time_limit},
    {"twins", SUITE_LIST, set_twins},
    {"warm-up", SUITE_ONE, set_warm_up},
};
const size_t suite_setting_kind_count = sizeof suite_setting_kinds / sizeof *suite_setting_kinds;

bool suite_set(struct suite_request *request, const char *key, const char *value,
               struct error *error)
{
    for (size_t i = 0; i < suite_setting_kind_count; i++)
        if (strcmp(suite_setting_kinds[i].key, key) == 0)
            return suite_setting_kinds[i].set(request, value, error);
    CHECK(false, "a request has no setting %s", key);
    return false;
}

/* ---- when all is set ---- */

static bool has_label(const struct suite_entries *entries, const char *label)
{
    for (size_t i = 0; i < entries->collector_count; i++)
        if (strcmp(entries->collectors[i].label, label) == 0)
            return true;
    return false;
}

static bool check_label(const struct suite_entries *entries, const char *what, const char *label,
                        struct error *error)
{
    if (has_label(entries, label))
        return true;
    const char **labels = memory_new((entries->collector_count + 1) * sizeof *labels);
    for (size_t i = 0; i < entries->collector_count; i++)
        labels[i] = entries->collectors[i].label;
    const char *nearest = text_nearest(label, labels, entries->collector_count);
    error_user(error, "the %s '%s' is no collector of this run; %s '%s'?", what, label,
               nearest != NULL ? "did you mean" : "should it be",
               nearest != NULL ? nearest : labels[0]);
    free(labels);
    return false;
}

static bool enter_twins(struct suite_request *request, struct error *error)
{
    struct suite_entries *entries = &request->entries;
    size_t single = entries->collector_count;
    for (size_t i = 0; i < request->twins.count; i++) {
        const char *label = request->twins.items[i];
        if (strcmp(label, "all") == 0 && !has_label(entries, label)) {
            for (size_t other = 0; other < single; other++)
                if (!suite_add_twin(entries, other, error))
                    return false;
            continue;
        }
        if (!check_label(entries, "twin", label, error))
            return false;
        size_t found = 0;
        while (strcmp(entries->collectors[found].label, label) != 0)
            found++;
        if (!suite_add_twin(entries, found, error))
            return false;
    }
    return true;
}

bool suite_takes_rate(const struct hm_workload *workload)
{
    if (workload->schedule == NULL)
        return false;
    for (size_t i = 0; workload->parameters[i] != NULL; i++)
        if (strcmp(workload->parameters[i]->name, "rate") == 0)
            return true;
    return false;
}

/* A rate that no workload takes, or that one has already, is a mistake. */
static bool settle_rates(const struct suite_request *request, struct error *error)
{
    size_t takers = 0;
    for (size_t i = 0; request->rate_count > 0 && i < request->entries.workload_count; i++) {
        const struct suite_workload *workload = &request->entries.workloads[i];
        if (!suite_takes_rate(workload->kernel))
            continue;
        takers++;
        if (strstr(workload->label, ":rate=") != NULL || strstr(workload->label, ",rate=") != NULL)
            return error_user(error,
                              "the rate is given twice, by --rate and as a parameter of %s; once "
                              "is enough",
                              workload->label);
    }
    return request->rate_count == 0 || takers > 0 ||
           error_user(error,
                      "no workload of this run has requests that are due at a rate; `server` "
                      "does (-w server)");
}

/* A load that fills the machine would be killed in the trial's place. */
static bool settle_scarcity(const struct suite_request *request, struct error *error)
{
    const struct trial_limits *limits = &request->limits;
    return limits->machine_bytes == 0 || limits->outer_bytes < limits->machine_bytes ||
           error_user(error, "the outer load must be less than the machine's memory, in which it "
                             "has to be beside the trial");
}

static bool is_instrument(const struct suite_collector *collector)
{
    return plugin_is_instrument(&collector->can->capabilities);
}

/* The first collector whose times mean something, as the others' are held against its; else the
 * first. */
static const struct suite_collector *standard_baseline(const struct suite_entries *entries)
{
    for (size_t i = 0; i < entries->collector_count; i++)
        if (!is_instrument(&entries->collectors[i]))
            return &entries->collectors[i];
    return &entries->collectors[0];
}

/* Of instruments alone one must do, as a run names a baseline. */
static bool check_baseline(const struct suite_request *request, struct error *error)
{
    const struct suite_entries *entries = &request->entries;
    const struct suite_collector *fair = standard_baseline(entries);
    for (size_t i = 0; i < entries->collector_count && !is_instrument(fair); i++)
        if (strcmp(entries->collectors[i].label, request->baseline) == 0 &&
            is_instrument(&entries->collectors[i]))
            return error_user(error,
                              "%s checks or records the workload, so its times mean nothing: name "
                              "another collector as the baseline, such as %s",
                              request->baseline, fair->label);
    return check_label(entries, "baseline", request->baseline, error);
}

bool suite_settle(struct suite_request *request, struct error *error)
{
    struct suite_entries *entries = &request->entries;
    if (entries->collector_count == 0)
        return error_user(error, "no collector is named; -c NAME names one, and `heapmark list "
                                 "collectors` shows what there is");
    if (entries->workload_count == 0)
        return error_user(error, "no workload is named; -w NAME names one, and `heapmark list "
                                 "workloads` shows what there is");
    if (request->baseline == NULL)
        request->baseline = memory_copy_text(standard_baseline(entries)->label);
    return settle_rates(request, error) && settle_scarcity(request, error) &&
           enter_twins(request, error) && check_baseline(request, error);
}
