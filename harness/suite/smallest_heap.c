/* SPDX-License-Identifier: MIT
 *
 * Smallest heaps, looked up or searched for; see smallest_heap.h.
 */
#include "suite/smallest_heap.h"

#include <stdlib.h>

static bool any_takes_limit(const struct suite_entries *entries)
{
    for (size_t i = 0; i < entries->collector_count; i++)
        if (entries->collectors[i].can->capabilities.heap_limit)
            return true;
    return false;
}

bool smallest_heap_plan(const struct suite_request *request, struct suite_request *copy,
                        struct suite_plan *plan, struct error *error)
{
    *copy = *request;
    copy->heaps = NULL;
    copy->heap_count = 0;
    copy->smallest_bytes = NULL;
    copy->dispatch_table = !request->dispatch_inline;
    copy->invocations = 1;
    copy->limits.machine_bytes = copy->limits.outer_bytes = 0; /* it is of the collector alone */
    copy->rates = NULL; /* what lives does not depend on them */
    copy->rate_count = 0;
    /* So that it does not depend on what decides nothing. */
    copy->limits.machine_bytes = 0;
    copy->limits.outer_bytes = 0;
    copy->common.warm_up = true;
    copy->common.stamps = true;
    if (!any_takes_limit(&request->entries))
        return error_user(error, "none of the collectors takes a heap limit, so there is no "
                                 "smallest heap for --heap to be a multiple of: leave --heap out, "
                                 "or compare with one that takes a limit");
    return suite_make_plan(copy, plan, error);
}

/* ---- one point ---- */

static const struct suite_collector *collector_of(const struct smallest_quest *quest,
                                                  const struct suite_point *point)
{
    return &quest->plan->request->entries.collectors[point->collector];
}

static struct store_smallest_key key_of(const struct smallest_quest *quest,
                                        const struct suite_point *point)
{
    const struct suite_row *row = &quest->plan->rows[point->row];
    const struct suite_workload *workload = &quest->plan->request->entries.workloads[row->workload];
    const struct suite_collector *collector = collector_of(quest, point);
    return (struct store_smallest_key){
        .plugin_sha256 = collector->info->sha256,
        .collector = collector->info->name,
        .variant = collector->can->name,
        .options = collector->options,
        .workload = workload->kernel->name,
        .parameters = workload->parameters,
        .revision = workload->kernel->revision,
        .dispatch = row->dispatch == TRIAL_DISPATCH_INLINE ? "inline" : "table",
        .threads = row->threads,
        .seed = (int64_t)point->spec.seed,
        .time_limit_ns = (int64_t)quest->plan->request->limits.time_ns,
        .tries = quest->tries,
        .precision = quest->precision,
    };
}

/* *known is whether nothing need be searched for. */
static bool look_up(const struct smallest_quest *quest, const struct suite_point *point,
                    bool *known, struct store_smallest *found, struct error *error)
{
    *known = point->unsupported != NULL;
    *found = (struct store_smallest){.heap_bytes = -1, .live_bytes = -1, .takes_limit = true};
    if (*known)
        found->cause = memory_copy_text(point->unsupported);
    if (*known || quest->anew || quest->store == NULL)
        return true;
    struct store_smallest_key key = key_of(quest, point);
    return store_find_smallest(quest->store, &key, known, found, error);
}

static void take_cause(struct store_smallest *found, const struct smallest_trials *trials,
                       bool stopped)
{
    const char *cause = record_text(&trials->last, TRIAL_CAUSE, "its cause is unknown");
    struct text text = {0};
    if (stopped)
        text_format(&text, "%s: %s", record_text(&trials->last, TRIAL_OUTCOME, "unknown"), cause);
    else
        text_format(&text, "not in %d times the heap that it began with: %s",
                    SMALLEST_MOST_TIMES_START, cause);
    found->cause = memory_copy_text(text_chars(&text));
    text_free(&text);
}

/* What it holds when nothing limits it. False where there is nothing to keep. */
static bool measure_footprint(struct store_smallest *found, struct smallest_trials *trials)
{
    found->takes_limit = false;
    if (smallest_try(trials, 0) != SMALLEST_ENOUGH) {
        take_cause(found, trials, true);
        return false;
    }
    found->heap_bytes = record_integer(&trials->last, TRIAL_HELD_PEAK_BYTES, -1);
    if (found->heap_bytes < 0)
        found->heap_bytes = record_integer(&trials->last, TRIAL_FOOTPRINT_PEAK_BYTES, 0);
    return true;
}

static bool search(struct store_smallest *found, struct smallest_trials *trials,
                   const struct hm_capabilities *can, double precision)
{
    struct smallest_range range = {
        .least_bytes = can->least_heap_bytes + trials->spec->threads * can->least_mutator_bytes,
        .start_bytes = trials->spec->heap_bytes,
        .most_bytes = SMALLEST_MOST_TIMES_START * trials->spec->heap_bytes,
        .precision = precision,
    };
    struct smallest_found answer = smallest_search(&range, smallest_try, trials);
    if (!answer.stopped && answer.enough_bytes > 0)
        found->heap_bytes = (int64_t)answer.enough_bytes;
    else
        take_cause(found, trials, answer.stopped);
    return !answer.stopped;
}

static bool find_out(const struct smallest_quest *quest, const struct suite_point *point,
                     struct store_smallest *found, struct error *error)
{
    const struct hm_capabilities *can = &collector_of(quest, point)->can->capabilities;
    struct trial_spec spec;
    struct trial_attention attention = {.interrupted = quest->interrupted};
    struct smallest_trials trials = {.spec = &spec,
                                     .limits = &quest->plan->request->limits,
                                     .attention = &attention,
                                     .tries = quest->tries,
                                     .tried = quest->tried,
                                     .user = quest->user};
    trial_spec_copy(&spec, &point->spec);
    bool keeps = can->heap_limit ? search(found, &trials, can, quest->precision)
                                 : measure_footprint(found, &trials);
    found->live_bytes = record_integer(&trials.last, TRIAL_LIVE_BYTES_NOMINAL, -1);
    found->trials = trials.trials;
    record_free(&trials.last);
    trial_spec_free(&spec);
    if (trials.error.kind != ERROR_NONE) {
        *error = trials.error;
        return false;
    }
    struct store_smallest_key key = key_of(quest, point);
    return !keeps || quest->store == NULL || store_keep_smallest(quest->store, &key, found, error);
}

bool smallest_heap_find(const struct smallest_quest *quest, const struct suite_point *point,
                        struct store_smallest *found, struct error *error)
{
    bool known;
    if (!look_up(quest, point, &known, found, error))
        return false;
    if (known) {
        found->trials = 0;
        return true;
    }
    if (quest->begins != NULL)
        quest->begins(quest->user, point);
    if (!find_out(quest, point, found, error))
        return false;
    if (quest->ended != NULL)
        quest->ended(quest->user, point, found);
    return true;
}

/* ---- all points ---- */

static bool is_limited(const struct smallest_quest *quest, const struct suite_point *point)
{
    return collector_of(quest, point)->can->capabilities.heap_limit;
}

static void take_least(struct suite_request *request, const struct suite_point *point,
                       const struct store_smallest *found)
{
    uint64_t *least = &request->smallest_bytes[point->row];
    if (found->heap_bytes > 0 && (*least == 0 || (uint64_t)found->heap_bytes < *least))
        *least = (uint64_t)found->heap_bytes;
}

static void begin(const struct smallest_quest *quest, struct suite_request *request)
{
    const struct suite_plan *plan = quest->plan;
    CHECK(plan->row_count == request->entries.workload_count * request->thread_count,
          "%zu rows of smallest heaps", plan->row_count);
    free(request->smallest_bytes);
    request->smallest_bytes = memory_new(plan->row_count * sizeof *request->smallest_bytes);
}

static bool row_has_none(const struct smallest_quest *quest, size_t row, struct error *error)
{
    const struct suite_row *of = &quest->plan->rows[row];
    return error_user(error,
                      "no collector of the run completes %s with %u thread%s in any heap up to %d "
                      "times the standard one, so there is nothing to be a multiple of: leave the "
                      "workload out, or give heaps in bytes",
                      quest->plan->request->entries.workloads[of->workload].label, of->threads,
                      of->threads == 1 ? "" : "s", SMALLEST_MOST_TIMES_START);
}

bool smallest_heap_settle(const struct smallest_quest *quest, struct suite_request *request,
                          struct error *error)
{
    bool fine = true;
    begin(quest, request);
    for (size_t i = 0; fine && i < quest->plan->point_count; i++) {
        const struct suite_point *point = &quest->plan->points[i];
        struct store_smallest found = {0};
        if (!is_limited(quest, point))
            continue;
        fine = smallest_heap_find(quest, point, &found, error);
        if (fine)
            take_least(request, point, &found);
        free(found.cause);
        fine = fine && *quest->interrupted == 0;
    }
    for (size_t row = 0; fine && row < quest->plan->row_count; row++)
        fine = request->smallest_bytes[row] > 0 || row_has_none(quest, row, error);
    return fine;
}

bool smallest_heap_foresee(const struct smallest_quest *quest, struct suite_request *request,
                           struct error *error)
{
    bool fine = true;
    begin(quest, request);
    bool *pending = memory_new(quest->plan->row_count * sizeof *pending);
    for (size_t i = 0; fine && i < quest->plan->point_count; i++) {
        const struct suite_point *point = &quest->plan->points[i];
        struct store_smallest found = {0};
        bool known = true;
        if (!is_limited(quest, point))
            continue;
        fine = look_up(quest, point, &known, &found, error);
        if (fine && known)
            take_least(request, point, &found);
        else if (fine)
            quest->missing(quest->user, point);
        pending[point->row] = pending[point->row] || !known;
        free(found.cause);
    }
    for (size_t row = 0; row < quest->plan->row_count; row++)
        if (pending[row])
            request->smallest_bytes[row] = 0;
    free(pending);
    return fine;
}
