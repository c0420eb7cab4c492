/* SPDX-License-Identifier: MIT
 *
 * Curves of mutator utilization: of the mutator that fared worst, of each, and of all together.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "measure/metrics.h"
#include "measure/stamps.h"
#include "statistics/utilization.h"

/* Windows of 1, 2 and 5 of each decade, from 100 microseconds on. */
enum { FIRST_WINDOW_NS = 100000, MOST_WINDOWS = 64 };

struct windows {
    uint64_t ns[MOST_WINDOWS];
    size_t count;
};

static void choose_windows(struct windows *windows, uint64_t length_ns)
{
    static const uint64_t factors[] = {1, 2, 5};
    for (uint64_t decade = FIRST_WINDOW_NS; decade <= length_ns; decade *= 10)
        for (size_t i = 0;
             i < 3 && decade * factors[i] <= length_ns && windows->count < MOST_WINDOWS; i++)
            windows->ns[windows->count++] = decade * factors[i];
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

/* ---- the mutators ---- */

struct mutators {
    struct utilization *of;
    size_t count;
};

/* Owns its stops. */
static struct utilization lived_through(const struct told *told, const struct told_log *log)
{
    struct intervals kept = {0};
    gather(&kept, told, log);
    struct utilization_stop *stops = memory_new((kept.count + 1) * sizeof *stops);
    for (size_t i = 0; i < kept.count; i++)
        stops[i] = (struct utilization_stop){kept.items[i].start_ns - told->window.start_ns,
                                             kept.items[i].end_ns - told->window.start_ns};
    uint64_t length_ns = told->window.end_ns - told->window.start_ns;
    struct utilization of = {stops, utilization_merge(stops, kept.count, length_ns), length_ns};
    intervals_free(&kept);
    return of;
}

/* The log of a mutator with the least number from `least` on. NULL: there is none. */
static const struct told_log *next_mutator(const struct told *told, uint32_t least)
{
    const struct told_log *next = NULL;
    for (size_t i = 0; i < told->log_count; i++) {
        const struct hm_log *log = told->logs[i].log;
        if (log->kind == LOG_MUTATOR && log->number >= least &&
            (next == NULL || log->number < next->log->number))
            next = &told->logs[i];
    }
    return next;
}

/* In the order in which they attached; where nobody did, one that only pauses stop. */
static struct mutators find_mutators(const struct told *told)
{
    struct mutators mutators = {memory_new((told->log_count + 1) * sizeof *mutators.of), 0};
    const struct told_log *log = next_mutator(told, 0);
    for (; log != NULL; log = next_mutator(told, log->log->number + 1))
        mutators.of[mutators.count++] = lived_through(told, log);
    if (mutators.count == 0)
        mutators.of[mutators.count++] = lived_through(told, NULL);
    return mutators;
}

static void free_mutators(struct mutators *mutators)
{
    for (size_t i = 0; i < mutators->count; i++)
        free((struct utilization_stop *)(uintptr_t)mutators->of[i].stops);
    free(mutators->of);
}

/* ---- the curves ---- */

static void add_curves(struct trial_record *record, const struct windows *windows,
                       enum trial_curve minimum_name, const double *minimum,
                       enum trial_curve bounded_name, const double *bounded)
{
    for (size_t i = 0; i < windows->count; i++) {
        record_add_point(record, minimum_name, (double)windows->ns[i], minimum[i]);
        record_add_point(record, bounded_name, (double)windows->ns[i], bounded[i]);
    }
}

static void tell_mutators(struct trial_record *record, const struct windows *windows,
                          const struct mutators *mutators)
{
    double minimum[MOST_WINDOWS], bounded[MOST_WINDOWS];
    double worst_minimum[MOST_WINDOWS], worst_bounded[MOST_WINDOWS];
    for (size_t i = 0; i < windows->count; i++)
        worst_minimum[i] = worst_bounded[i] = 1;
    for (size_t m = 0; m < mutators->count; m++) {
        utilization_curves(mutators->of[m], windows->ns, windows->count, minimum, bounded);
        for (size_t i = 0; i < windows->count; i++) {
            worst_minimum[i] = fmin(worst_minimum[i], minimum[i]);
            worst_bounded[i] = fmin(worst_bounded[i], bounded[i]);
        }
        if (mutators->count > 1)
            add_curves(record, windows, CURVE_MMU_EACH, minimum, CURVE_BMU_EACH, bounded);
    }
    add_curves(record, windows, CURVE_MMU, worst_minimum, CURVE_BMU, worst_bounded);
    if (mutators->count < 2)
        return;
    utilization_together(mutators->of, mutators->count, windows->ns, windows->count, minimum,
                         bounded);
    add_curves(record, windows, CURVE_MMU_ALL, minimum, CURVE_BMU_ALL, bounded);
}

void metrics_utilization(struct trial_record *record, const struct told *told)
{
    struct windows windows = {0};
    if (!told_is_sound(told) || told->window.end_ns <= told->window.start_ns)
        return;
    choose_windows(&windows, told->window.end_ns - told->window.start_ns);
    struct mutators mutators = find_mutators(told);
    tell_mutators(record, &windows, &mutators);
    free_mutators(&mutators);
}
