/* SPDX-License-Identifier: MIT
 *
 * Lower-bound overhead; see overhead.h.
 */
#include "report/overhead.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double total_of(const struct trial_record *record, enum overhead_cost cost)
{
    if (summary_is_instrument(record))
        return NAN;
    if (cost == OVERHEAD_WALL)
        return summary_time_ns(record, false);
    if (cost == OVERHEAD_INSTRUCTIONS)
        return record_real(record, TRIAL_COUNTED_INSTRUCTIONS, NAN);
    return record_real(record, TRIAL_MUTATOR_CPU_NS, NAN) +
           record_real(record, TRIAL_COLLECTOR_CPU_NS, NAN) +
           record_real(record, TRIAL_OTHER_THREADS_CPU_NS, 0);
}

/* What the collector spent in plain sight. Releases and sweeps run beside other mutators, so that
 * of several threads they are no share of the wall time. */
static double explicit_of(const struct trial_record *record, enum overhead_cost cost)
{
    if (cost == OVERHEAD_CPU)
        return record_real(record, TRIAL_COLLECTOR_CPU_NS, NAN);
    if (cost == OVERHEAD_INSTRUCTIONS)
        return record_real(record, TRIAL_COUNTED_COLLECTOR_INSTRUCTIONS, NAN);
    double paused = record_real(record, TRIAL_PAUSE_TOTAL_NS, NAN);
    if (record_integer(record, TRIAL_THREADS, 0) == 1)
        paused += record_real(record, TRIAL_RELEASE_TOTAL_NS, 0);
    return paused;
}

/* The median over the trials of a cell that tell both. */
static double remainder_of(const struct summary_cell *cell, enum overhead_cost cost)
{
    double *values = memory_new((cell->completed_count + 1) * sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < cell->completed_count; i++) {
        double value = total_of(cell->completed[i], cost) - explicit_of(cell->completed[i], cost);
        if (isfinite(value) && value > 0)
            values[count++] = value;
    }
    double median = count > 0 ? stats_median(values, count) : (double)NAN;
    free(values);
    return median;
}

static bool is_like(const struct summary_point *a, const struct summary_point *b)
{
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0 && a->threads == b->threads;
}

struct overhead_floor overhead_floor(const struct summary *summary, size_t point,
                                     enum overhead_cost cost)
{
    struct overhead_floor floor = {NAN, 0};
    for (size_t p = 0; p < summary->point_count; p++) {
        if (!is_like(&summary->points[p], &summary->points[point]))
            continue;
        for (size_t c = 0; c < summary->collector_count; c++) {
            double remainder = remainder_of(summary_cell(summary, p, c), cost);
            if (isfinite(remainder) && !(remainder >= floor.cost))
                floor = (struct overhead_floor){remainder, c};
        }
    }
    return floor;
}

double overhead_of(const struct summary_cell *cell, double floor, enum overhead_cost cost,
                   struct stats_interval *interval)
{
    double *values = memory_new((cell->completed_count + 1) * sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < cell->completed_count; i++) {
        double value = total_of(cell->completed[i], cost) / floor;
        if (isfinite(value))
            values[count++] = value;
    }
    double median = count > 0 ? stats_median(values, count) : (double)NAN;
    *interval = count > 0 ? (struct stats_interval){stats_min(values, count),
                                                    stats_max(values, count), STATS_RANGE}
                          : (struct stats_interval){NAN, NAN, STATS_NONE};
    free(values);
    return median;
}

double overhead_mean(const struct summary *summary, const size_t *points, const double *floors,
                     size_t count, size_t collector, enum overhead_cost cost, size_t *over)
{
    double logarithms = 0;
    *over = 0;
    for (size_t i = 0; i < count; i++) {
        struct stats_interval interval;
        double overhead =
            overhead_of(summary_cell(summary, points[i], collector), floors[i], cost, &interval);
        if (isfinite(overhead) && overhead > 0) {
            logarithms += log(overhead);
            ++*over;
        }
    }
    return *over == 0 ? (double)NAN : exp(logarithms / (double)*over);
}
