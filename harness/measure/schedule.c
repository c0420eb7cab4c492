/* SPDX-License-Identifier: MIT
 *
 * Schedules of requests; see schedule.h.
 */
#include "measure/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "statistics/statistics.h"

/* ---- when they are due ---- */

double schedule_gap_ns(double rate, double random)
{
    return -log(random) / rate * 1e9;
}

static void draw(struct schedule *schedule, double rate, uint64_t seed)
{
    struct random random = {.state = seed};
    double at_ns = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        /* 53 bits, and never 0. */
        double share = (double)((random_next(&random) >> 11) + 1) * 0x1p-53;
        at_ns += schedule_gap_ns(rate, share);
        schedule->due_ns[i] = (uint64_t)at_ns;
    }
}

void schedule_make(struct schedule *schedule, const struct hm_schedule *of, uint32_t threads,
                   uint32_t index, uint64_t seed)
{
    *schedule = (struct schedule){.lapses = of->lapses,
                                  .count = (size_t)hm_requests_of(of, threads, index)};
    schedule->due_ns = memory_new((schedule->count + 1) * sizeof *schedule->due_ns);
    schedule->end_ns = memory_new((schedule->count + 1) * sizeof *schedule->end_ns);
    /* So that no page is new to the process in the timed part. */
    memset(schedule->end_ns, 0xff, (schedule->count + 1) * sizeof *schedule->end_ns);
    if (of->arrivals == HM_POISSON)
        draw(schedule, of->rate / threads, seed);
    else
        for (size_t i = 0; i < schedule->count; i++)
            schedule->due_ns[i] =
                (uint64_t)llround((double)(i * threads + index) * (1e9 / of->rate));
}

void schedule_free(struct schedule *schedule)
{
    free(schedule->due_ns);
    free(schedule->end_ns);
    *schedule = (struct schedule){0};
}

/* ---- what becomes of them ---- */

void schedule_begin(struct schedule *schedule, bool at_once, uint64_t origin_ns)
{
    schedule->at_once = at_once;
    schedule->origin_ns = origin_ns;
    schedule->next = schedule->current = 0;
    schedule->missed = 0;
}

bool schedule_advance(struct schedule *schedule, uint64_t now_ns)
{
    while (schedule->lapses && !schedule->at_once && schedule->next + 1 < schedule->count &&
           schedule->origin_ns + schedule->due_ns[schedule->next + 1] <= now_ns) {
        schedule->next++;
        schedule->missed++;
    }
    return schedule->next < schedule->count;
}

uint64_t schedule_due_ns(const struct schedule *schedule)
{
    return schedule->at_once ? 0 : schedule->origin_ns + schedule->due_ns[schedule->next];
}

uint64_t schedule_take(struct schedule *schedule)
{
    schedule->current = schedule->next++;
    return schedule->current;
}

void schedule_end(struct schedule *schedule, uint64_t now_ns)
{
    schedule->end_ns[schedule->current] = now_ns;
}

/* ---- what is told ---- */

static void tell_offered(struct trial_record *record, const struct hm_schedule *of,
                         const struct schedule *schedules, size_t count)
{
    uint64_t missed = 0;
    for (size_t i = 0; i < count; i++)
        missed += schedules[i].missed;
    record_set_count(record, TRIAL_OFFERED_BYTES, of->requests * of->offered_bytes);
    record_set_count(record, TRIAL_DEFICIT_BYTES, missed * of->offered_bytes);
    if (of->requests > 0)
        record_set_real(record, TRIAL_DEFICIT_SHARE, (double)missed / (double)of->requests);
}

static void set_percentiles(struct trial_record *record, const double *sorted, size_t count)
{
    static const struct {
        enum trial_field field;
        double percent;
    } rows[] = {
        {TRIAL_LATENCY_P50_NS, 50},
        {TRIAL_LATENCY_P90_NS, 90},
        {TRIAL_LATENCY_P99_NS, 99},
        {TRIAL_LATENCY_P999_NS, 99.9},
    };
    record_set_count(record, TRIAL_REQUEST_COUNT, count);
    if (count == 0)
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        record_set_real(record, rows[i].field,
                        stats_percentile_sorted(sorted, count, rows[i].percent));
    record_set_count(record, TRIAL_LATENCY_MAX_NS, (uint64_t)sorted[count - 1]);
}

/* The thread whose next request is due first; SIZE_MAX when all are done with. */
static size_t first_due(const struct schedule *schedules, const size_t *at, size_t count)
{
    size_t first = SIZE_MAX;
    uint64_t least_ns = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        if (at[i] == schedules[i].count)
            continue;
        uint64_t due_ns = schedules[i].origin_ns + schedules[i].due_ns[at[i]];
        if (due_ns < least_ns) {
            least_ns = due_ns;
            first = i;
        }
    }
    return first;
}

/* In the order in which they were due. */
static void add_requests(struct trial_record *record, const struct schedule *schedules,
                         size_t count, uint64_t start_ns)
{
    size_t *at = memory_new((count + 1) * sizeof *at);
    for (size_t i; (i = first_due(schedules, at, count)) != SIZE_MAX; at[i]++) {
        uint64_t due_ns = schedules[i].origin_ns + schedules[i].due_ns[at[i]];
        record_add_request(record, (int64_t)(due_ns - start_ns),
                           (int64_t)(schedules[i].end_ns[at[i]] - due_ns));
    }
    free(at);
}

void schedule_tell(struct trial_record *record, const struct hm_schedule *of,
                   const struct schedule *schedules, size_t count, uint64_t start_ns)
{
    if (of->lapses) {
        tell_offered(record, of, schedules, count);
        return;
    }
    add_requests(record, schedules, count, start_ns);
    const struct request_list *requests = &record->requests;
    double *latencies = memory_new((requests->count + 1) * sizeof *latencies);
    for (size_t i = 0; i < requests->count; i++)
        latencies[i] = (double)requests->latency_ns[i];
    stats_sort(latencies, requests->count);
    set_percentiles(record, latencies, requests->count);
    free(latencies);
}
