/* SPDX-License-Identifier: MIT
 *
 * Metrics from events and stamps; see metrics.h.
 */
#include "measure/metrics.h"

#include <stdlib.h>

#include "base/text.h"
#include "statistics/statistics.h"

/* A growing array of intervals in time. */
struct intervals {
    struct stamp_interval *items;
    size_t count, capacity;
};

static void add_interval(struct intervals *intervals, uint64_t start_ns, uint64_t end_ns)
{
    if (intervals->count == intervals->capacity) {
        intervals->capacity = intervals->capacity == 0 ? 64 : 2 * intervals->capacity;
        intervals->items =
            memory_resize(intervals->items, intervals->capacity * sizeof *intervals->items);
    }
    intervals->items[intervals->count++] = (struct stamp_interval){start_ns, end_ns};
}

static int compare_starts(const void *a, const void *b)
{
    uint64_t left = ((const struct stamp_interval *)a)->start_ns;
    uint64_t right = ((const struct stamp_interval *)b)->start_ns;
    return left < right ? -1 : left > right;
}

static bool in_window(struct metrics_window window, uint64_t start_ns, uint64_t end_ns)
{
    return start_ns >= window.start_ns && end_ns <= window.end_ns && start_ns <= end_ns;
}

/* What one pass over a log collects. */
struct found {
    struct intervals pauses;   /* STOP_REQUESTED to RESUMED */
    struct intervals releases; /* RELEASE and SWEEP of a mutator, outside a stop */
    uint64_t collections;
    uint64_t longest_wait_ns; /* STOP_REQUESTED to STOPPED */
};

/* Where a log's reader is: in a stop, in a bracket. */
struct reader {
    uint64_t stop_ns;  /* 0: not in a stop */
    uint64_t begin_ns; /* 0: not in a bracket */
};

static void read_stop(struct found *found, struct reader *reader, const struct hm_event *event,
                      struct metrics_window window)
{
    if (event->kind == HM_EVENT_STOP_REQUESTED) {
        reader->stop_ns = event->time_ns;
    } else if (reader->stop_ns == 0) {
        return;
    } else if (event->kind == HM_EVENT_STOPPED) {
        uint64_t wait_ns = event->time_ns - reader->stop_ns;
        if (in_window(window, reader->stop_ns, event->time_ns) && wait_ns > found->longest_wait_ns)
            found->longest_wait_ns = wait_ns;
    } else if (event->kind == HM_EVENT_RESUMED) {
        if (in_window(window, reader->stop_ns, event->time_ns))
            add_interval(&found->pauses, reader->stop_ns, event->time_ns);
        reader->stop_ns = 0;
    }
}

static void read_bracket(struct found *found, struct reader *reader, const struct hm_event *event,
                         struct metrics_window window)
{
    bool begins = event->kind == HM_EVENT_RELEASE_BEGIN || event->kind == HM_EVENT_SWEEP_BEGIN;
    bool ends = event->kind == HM_EVENT_RELEASE_END || event->kind == HM_EVENT_SWEEP_END;
    if (begins) {
        reader->begin_ns = event->time_ns;
    } else if (ends && reader->begin_ns != 0) {
        if (reader->stop_ns == 0 && in_window(window, reader->begin_ns, event->time_ns))
            add_interval(&found->releases, reader->begin_ns, event->time_ns);
        reader->begin_ns = 0;
    }
}

static void read_log(struct found *found, const struct hm_log *log, struct metrics_window window)
{
    struct reader reader = {0};
    for (const struct log_chunk *chunk = log->first; chunk != NULL; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->count; i++) {
            const struct hm_event *event = &chunk->events[i];
            read_stop(found, &reader, event, window);
            if (log->kind == LOG_MUTATOR)
                read_bracket(found, &reader, event, window);
            if (event->kind == HM_EVENT_COLLECTION_END &&
                in_window(window, event->time_ns, event->time_ns))
                found->collections++;
        }
    }
}

static struct found read_book(const struct log_book *book, struct metrics_window window)
{
    struct found found = {0};
    for (const struct hm_log *log = book->first; log != NULL; log = log->next)
        read_log(&found, log, window);
    if (found.pauses.count > 0)
        qsort(found.pauses.items, found.pauses.count, sizeof *found.pauses.items, compare_starts);
    return found;
}

static void free_found(struct found *found)
{
    free(found->pauses.items);
    free(found->releases.items);
}

static uint64_t total_ns(const struct intervals *intervals)
{
    uint64_t total = 0;
    for (size_t i = 0; i < intervals->count; i++)
        total += intervals->items[i].end_ns - intervals->items[i].start_ns;
    return total;
}

static uint64_t longest_ns(const struct intervals *intervals)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < intervals->count; i++) {
        uint64_t length = intervals->items[i].end_ns - intervals->items[i].start_ns;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void set_percentiles(struct trial_record *record, const struct intervals *pauses)
{
    double *lengths = memory_new(pauses->count * sizeof *lengths);
    for (size_t i = 0; i < pauses->count; i++)
        lengths[i] = (double)(pauses->items[i].end_ns - pauses->items[i].start_ns);
    stats_sort(lengths, pauses->count);
    static const struct {
        enum trial_field field;
        double percent;
    } rows[] = {
        {TRIAL_PAUSE_P50_NS, 50},
        {TRIAL_PAUSE_P90_NS, 90},
        {TRIAL_PAUSE_P99_NS, 99},
        {TRIAL_PAUSE_P999_NS, 99.9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        record_set_real(record, rows[i].field,
                        stats_percentile_sorted(lengths, pauses->count, rows[i].percent));
    free(lengths);
}

static void set_pauses(struct trial_record *record, const struct intervals *pauses,
                       struct metrics_window window)
{
    record_set_count(record, TRIAL_PAUSE_COUNT, pauses->count);
    record_set_count(record, TRIAL_PAUSE_TOTAL_NS, total_ns(pauses));
    record_set_count(record, TRIAL_PAUSE_MAX_NS, longest_ns(pauses));
    if (pauses->count > 0)
        set_percentiles(record, pauses);
    for (size_t i = 0; i < pauses->count; i++)
        record_add_pause(record, (int64_t)(pauses->items[i].start_ns - window.start_ns),
                         (int64_t)(pauses->items[i].end_ns - pauses->items[i].start_ns));
}

void metrics_from_events(struct trial_record *record, const struct log_book *book,
                         struct metrics_window window)
{
    struct found found = read_book(book, window);
    set_pauses(record, &found.pauses, window);
    record_set_count(record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS, found.longest_wait_ns);
    record_set_count(record, TRIAL_COLLECTIONS, found.collections);
    record_set_count(record, TRIAL_RELEASE_COUNT, found.releases.count);
    record_set_count(record, TRIAL_RELEASE_TOTAL_NS, total_ns(&found.releases));
    record_set_count(record, TRIAL_RELEASE_MAX_NS, longest_ns(&found.releases));
    free_found(&found);
}

uint64_t metrics_bracketed_ns(const struct log_book *book, struct metrics_window window)
{
    struct found found = read_book(book, window);
    uint64_t bracketed = total_ns(&found.releases);
    free_found(&found);
    return bracketed;
}

/* Pauses of the record are sorted by start; they may touch but do not matter if they overlap, as
 * one thread stops the world at a time. */
static uint64_t overlap_ns(const struct trial_record *record, struct metrics_window window,
                           struct stamp_interval interval)
{
    uint64_t overlap = 0;
    for (size_t i = 0; i < record->pauses.count; i++) {
        uint64_t start_ns = window.start_ns + (uint64_t)record->pauses.start_ns[i];
        uint64_t end_ns = start_ns + (uint64_t)record->pauses.duration_ns[i];
        if (start_ns >= interval.end_ns)
            break;
        uint64_t from = start_ns > interval.start_ns ? start_ns : interval.start_ns;
        uint64_t to = end_ns < interval.end_ns ? end_ns : interval.end_ns;
        overlap += to > from ? to - from : 0;
    }
    return overlap;
}

void metrics_from_stamps(struct trial_record *record, const struct stamps *const *stamps,
                         size_t count, struct metrics_window window)
{
    uint64_t stalls = 0, total = 0, longest = 0;
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < stamps[k]->count; i++) {
            struct stamp_interval interval = stamps[k]->intervals[i];
            if (!in_window(window, interval.start_ns, interval.end_ns))
                continue;
            uint64_t length =
                interval.end_ns - interval.start_ns - overlap_ns(record, window, interval);
            if (length < STAMP_THRESHOLD_NS)
                continue;
            stalls++;
            total += length;
            longest = length > longest ? length : longest;
        }
    }
    record_set_count(record, TRIAL_STALL_COUNT, stalls);
    record_set_count(record, TRIAL_STALL_TOTAL_NS, total);
    record_set_count(record, TRIAL_STALL_MAX_NS, longest);
}
