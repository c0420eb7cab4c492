/* SPDX-License-Identifier: MIT
 *
 * Metrics from events and stamps; see metrics.h.
 */
#include "measure/metrics.h"

#include <stdlib.h>

#include "base/text.h"
#include "measure/stamps.h"
#include "statistics/statistics.h"

/* ---- events ---- */

/* Exact, by nearest rank; of none there is none. */
static void set_percentiles(struct trial_record *record, const struct intervals *intervals,
                            const enum trial_field fields[4])
{
    static const double percents[4] = {50, 90, 99, 99.9};
    double *lengths = memory_new((intervals->count + 1) * sizeof *lengths);
    for (size_t i = 0; i < intervals->count; i++)
        lengths[i] = (double)(intervals->items[i].end_ns - intervals->items[i].start_ns);
    stats_sort(lengths, intervals->count);
    for (size_t i = 0; i < 4; i++)
        record_set_real(record, fields[i],
                        stats_percentile_sorted(lengths, intervals->count, percents[i]));
    free(lengths);
}

static void set_pauses(struct trial_record *record, const struct told *told)
{
    const struct intervals *pauses = &told->pauses;
    record_set_count(record, TRIAL_PAUSE_COUNT, pauses->count);
    record_set_count(record, TRIAL_PAUSE_TOTAL_NS, intervals_total_ns(pauses));
    record_set_count(record, TRIAL_PAUSE_MAX_NS, intervals_longest_ns(pauses));
    static const enum trial_field percentiles[4] = {TRIAL_PAUSE_P50_NS, TRIAL_PAUSE_P90_NS,
                                                    TRIAL_PAUSE_P99_NS, TRIAL_PAUSE_P999_NS};
    set_percentiles(record, pauses, percentiles);
    for (size_t i = 0; i < pauses->count; i++)
        record_add_pause(record, (int64_t)(pauses->items[i].start_ns - told->window.start_ns),
                         (int64_t)(pauses->items[i].end_ns - pauses->items[i].start_ns));
}

/* Who stops the world and never tells when it stood is not said to have waited for nothing. */
static void set_waits(struct trial_record *record, const struct told *told)
{
    static const enum trial_field percentiles[4] = {
        TRIAL_TIME_TO_SAFEPOINT_P50_NS, TRIAL_TIME_TO_SAFEPOINT_P90_NS,
        TRIAL_TIME_TO_SAFEPOINT_P99_NS, TRIAL_TIME_TO_SAFEPOINT_P999_NS};
    set_percentiles(record, &told->waits, percentiles);
    if (told->waits.count > 0 || told->pauses.count == 0)
        record_set_count(record, TRIAL_TIME_TO_SAFEPOINT_MAX_NS,
                         intervals_longest_ns(&told->waits));
}

static void set_releases(struct trial_record *record, const struct told *told)
{
    uint64_t count = 0, total_ns = 0, longest_ns = 0;
    for (size_t i = 0; i < told->log_count; i++) {
        const struct intervals *releases = &told->logs[i].releases;
        uint64_t longest_of_log_ns = intervals_longest_ns(releases);
        count += releases->count;
        total_ns += intervals_total_ns(releases);
        longest_ns = longest_of_log_ns > longest_ns ? longest_of_log_ns : longest_ns;
    }
    record_set_count(record, TRIAL_RELEASE_COUNT, count);
    record_set_count(record, TRIAL_RELEASE_TOTAL_NS, total_ns);
    record_set_count(record, TRIAL_RELEASE_MAX_NS, longest_ns);
}

void metrics_from_events(struct trial_record *record, const struct told *told)
{
    if (!told_is_sound(told))
        return;
    set_pauses(record, told);
    set_releases(record, told);
    set_waits(record, told);
    record_set_count(record, TRIAL_COLLECTIONS, told->collections);
    if (told->faults[TOLD_NEGATIVE].count == 0)
        record_set_count(record, TRIAL_RECLAIMED_BYTES, told->reclaimed);
}

/* ---- stamps ---- */

struct stalls {
    uint64_t count, total_ns, longest_ns;
};

static void add_stall(struct stalls *stalls, uint64_t length_ns)
{
    if (length_ns < STAMP_THRESHOLD_NS)
        return;
    stalls->count++;
    stalls->total_ns += length_ns;
    stalls->longest_ns = length_ns > stalls->longest_ns ? length_ns : stalls->longest_ns;
}

/* The stalls of one mutator. `pauses` is melted. */
static void read_stalls(const struct told_log *log, const struct intervals *pauses,
                        struct stalls *stalls, struct stalls *unreported)
{
    struct intervals explained = {0};
    intervals_add_all(&explained, pauses);
    intervals_add_all(&explained, &log->brackets);
    intervals_melt(&explained);
    for (size_t i = 0; i < log->felt_count; i++) {
        const struct felt *felt = &log->felt[i];
        uint64_t length_ns = felt->interval.end_ns - felt->interval.start_ns;
        uint64_t left_ns = length_ns - intervals_cover_ns(&explained, felt->interval);
        add_stall(stalls, length_ns - intervals_cover_ns(pauses, felt->interval));
        add_stall(unreported, left_ns > felt->waited_ns ? left_ns - felt->waited_ns : 0);
    }
    intervals_free(&explained);
}

static void set_stalls(struct trial_record *record, const struct stalls *stalls,
                       enum trial_field count, enum trial_field total, enum trial_field longest)
{
    record_set_count(record, count, stalls->count);
    record_set_count(record, total, stalls->total_ns);
    record_set_count(record, longest, stalls->longest_ns);
}

void metrics_from_stamps(struct trial_record *record, const struct told *told)
{
    struct stalls stalls = {0}, unreported = {0};
    bool stamped = false, controlled = true;
    struct intervals pauses = {0};
    if (!told_is_sound(told))
        return;
    intervals_add_all(&pauses, &told->pauses);
    intervals_melt(&pauses);
    for (size_t i = 0; i < told->log_count; i++) {
        const struct told_log *log = &told->logs[i];
        if (!log->log->stamped)
            continue;
        stamped = true;
        controlled = controlled && log->log->controlled;
        read_stalls(log, &pauses, &stalls, &unreported);
    }
    intervals_free(&pauses);
    if (stamped)
        set_stalls(record, &stalls, TRIAL_STALL_COUNT, TRIAL_STALL_TOTAL_NS, TRIAL_STALL_MAX_NS);
    if (stamped && controlled)
        set_stalls(record, &unreported, TRIAL_UNREPORTED_STALL_COUNT,
                   TRIAL_UNREPORTED_STALL_TOTAL_NS, TRIAL_UNREPORTED_STALL_MAX_NS);
}
