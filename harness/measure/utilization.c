/* SPDX-License-Identifier: MIT
 *
 * Curves of mutator utilization, of the mutator that fared worst.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "measure/metrics.h"
#include "measure/stamps.h"
#include "statistics/utilization.h"

/* Windows of 1, 2 and 5 of each decade, from 100 microseconds on. */
enum { FIRST_WINDOW_NS = 100000, MOST_WINDOWS = 64 };

/* Both curves, at their least so far. */
struct worst {
    uint64_t windows[MOST_WINDOWS];
    double minimum[MOST_WINDOWS], bounded[MOST_WINDOWS];
    size_t count;
};

static void choose_windows(struct worst *worst, uint64_t length_ns)
{
    static const uint64_t factors[] = {1, 2, 5};
    for (uint64_t decade = FIRST_WINDOW_NS; decade <= length_ns; decade *= 10)
        for (size_t i = 0; i < 3 && decade * factors[i] <= length_ns && worst->count < MOST_WINDOWS;
             i++)
            worst->windows[worst->count++] = decade * factors[i];
    for (size_t i = 0; i < worst->count; i++)
        worst->minimum[i] = worst->bounded[i] = 1;
}

/* When one mutator was kept from its work: by pauses, which stop all, by work of its own that
 * events tell of, and by slow paths, whose end is cut by what the thread waited for a processor. */
static void gather(struct intervals *stops, const struct told *told, const struct told_log *log)
{
    intervals_add_all(stops, &told->pauses);
    if (log == NULL)
        return;
    intervals_add_all(stops, &log->kept);
    for (size_t i = 0; i < log->felt_count; i++) {
        const struct felt *felt = &log->felt[i];
        uint64_t end_ns = felt->interval.end_ns - felt->waited_ns;
        if (end_ns - felt->interval.start_ns >= STAMP_THRESHOLD_NS)
            intervals_add(stops, felt->interval.start_ns, end_ns);
    }
}

static void add_mutator(struct worst *worst, const struct told *told, const struct told_log *log)
{
    struct intervals kept = {0};
    gather(&kept, told, log);
    struct utilization_stop *stops = memory_new((kept.count + 1) * sizeof *stops);
    for (size_t i = 0; i < kept.count; i++)
        stops[i] = (struct utilization_stop){kept.items[i].start_ns - told->window.start_ns,
                                             kept.items[i].end_ns - told->window.start_ns};
    uint64_t length_ns = told->window.end_ns - told->window.start_ns;
    struct utilization of = {stops, utilization_merge(stops, kept.count, length_ns), length_ns};
    double *minimum = memory_new(2 * MOST_WINDOWS * sizeof *minimum);
    double *bounded = minimum + MOST_WINDOWS;
    utilization_curves(of, worst->windows, worst->count, minimum, bounded);
    for (size_t i = 0; i < worst->count; i++) {
        worst->minimum[i] = fmin(worst->minimum[i], minimum[i]);
        worst->bounded[i] = fmin(worst->bounded[i], bounded[i]);
    }
    free(minimum);
    free(stops);
    intervals_free(&kept);
}

void metrics_utilization(struct trial_record *record, const struct told *told)
{
    struct worst worst = {0};
    if (!told_is_sound(told) || told->window.end_ns <= told->window.start_ns)
        return;
    choose_windows(&worst, told->window.end_ns - told->window.start_ns);
    add_mutator(&worst, told, NULL);
    for (size_t i = 0; i < told->log_count; i++)
        if (told->logs[i].kept.count > 0 || told->logs[i].felt_count > 0)
            add_mutator(&worst, told, &told->logs[i]);
    for (size_t i = 0; i < worst.count; i++) {
        record_add_point(record, CURVE_MMU, (double)worst.windows[i], worst.minimum[i]);
        record_add_point(record, CURVE_BMU, (double)worst.windows[i], worst.bounded[i]);
    }
}
