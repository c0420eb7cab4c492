/* SPDX-License-Identifier: MIT
 *
 * Metrics from events and stamps; see metrics.h.
 */
#include "measure/metrics.h"

#include <stdlib.h>

#include "base/text.h"
#include "measure/told.h"
#include "statistics/statistics.h"

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
    struct told found = told_read_book(book, window);
    set_pauses(record, &found.pauses, window);
    record_set_count(record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS, found.longest_wait_ns);
    record_set_count(record, TRIAL_COLLECTIONS, found.collections);
    record_set_count(record, TRIAL_RELEASE_COUNT, found.releases.count);
    record_set_count(record, TRIAL_RELEASE_TOTAL_NS, total_ns(&found.releases));
    record_set_count(record, TRIAL_RELEASE_MAX_NS, longest_ns(&found.releases));
    told_free(&found);
}

uint64_t metrics_bracketed_ns(const struct log_book *book, struct metrics_window window)
{
    struct told found = told_read_book(book, window);
    uint64_t bracketed = total_ns(&found.releases);
    told_free(&found);
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
            if (!told_in_window(window, interval.start_ns, interval.end_ns))
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
