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

static double remainder_of(const struct trial_record *record, enum overhead_cost cost)
{
    double value = total_of(record, cost) - explicit_of(record, cost);
    return value > 0 ? value : (double)NAN;
}

/* Of the trials of a cell that tell it, in order of block. Owns both arrays. */
struct costs {
    double *values;
    int64_t *blocks;
    size_t count;
};

static struct costs costs_of(const struct summary_cell *cell, enum overhead_cost cost,
                             double (*of)(const struct trial_record *, enum overhead_cost))
{
    struct costs costs = {memory_new((cell->completed_count + 1) * sizeof *costs.values),
                          memory_new((cell->completed_count + 1) * sizeof *costs.blocks), 0};
    for (size_t i = 0; i < cell->completed_count; i++) {
        double value = of(cell->completed[i], cost);
        if (!isfinite(value))
            continue;
        costs.blocks[costs.count] = record_integer(cell->completed[i], TRIAL_BLOCK, 0);
        costs.values[costs.count++] = value;
    }
    return costs;
}

static void costs_free(const struct costs *costs)
{
    free(costs->values);
    free(costs->blocks);
}

static double middle_of(const struct summary_cell *cell, enum overhead_cost cost,
                        double (*of)(const struct trial_record *, enum overhead_cost))
{
    struct costs costs = costs_of(cell, cost, of);
    double median = costs.count > 0 ? stats_median(costs.values, costs.count) : (double)NAN;
    costs_free(&costs);
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
    struct overhead_floor floor = {NAN, 0, NULL};
    for (size_t p = 0; p < summary->point_count; p++) {
        if (!is_like(&summary->points[p], &summary->points[point]))
            continue;
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, p, c);
            double remainder = middle_of(cell, cost, remainder_of);
            if (isfinite(remainder) && !(remainder >= floor.cost))
                floor = (struct overhead_floor){remainder, c, cell};
        }
    }
    return floor;
}

/* ---- intervals ---- */

/* A total beside its floor, trial by trial. */
struct beside {
    struct costs floor, total;
};

static bool have_same_blocks(const struct beside *beside)
{
    const struct costs *floor = &beside->floor, *total = &beside->total;
    return floor->count == total->count &&
           memcmp(floor->blocks, total->blocks, total->count * sizeof *total->blocks) == 0;
}

static struct stats_interval paired_interval(const struct beside *points, size_t count)
{
    struct stats_pairs *pairs = memory_new((count + 1) * sizeof *pairs);
    for (size_t i = 0; i < count; i++)
        pairs[i] = (struct stats_pairs){points[i].floor.values, points[i].total.values,
                                        points[i].total.count};
    struct stats_interval interval = stats_mean_ratio_interval(pairs, count, SUMMARY_SEED);
    free(pairs);
    return interval;
}

static struct stats_interval apart_interval(const struct beside *points, size_t count)
{
    struct stats_sides *sides = memory_new((count + 1) * sizeof *sides);
    for (size_t i = 0; i < count; i++)
        sides[i] = (struct stats_sides){points[i].floor.values, points[i].floor.count,
                                        points[i].total.values, points[i].total.count};
    struct stats_interval interval = stats_apart_mean_ratio_interval(sides, count, SUMMARY_SEED);
    free(sides);
    return interval;
}

/* Of the geometric mean over these points. Frees what they hold. */
static struct stats_interval interval_over(struct beside *points, size_t count)
{
    bool paired = true;
    for (size_t i = 0; i < count; i++)
        paired = paired && have_same_blocks(&points[i]);
    struct stats_interval interval =
        paired ? paired_interval(points, count) : apart_interval(points, count);
    for (size_t i = 0; i < count; i++) {
        costs_free(&points[i].floor);
        costs_free(&points[i].total);
    }
    return interval;
}

static struct beside beside_of(const struct summary_cell *cell, const struct overhead_floor *floor,
                               enum overhead_cost cost)
{
    return (struct beside){costs_of(floor->cell, cost, remainder_of),
                           costs_of(cell, cost, total_of)};
}

double overhead_of(const struct summary_cell *cell, const struct overhead_floor *floor,
                   enum overhead_cost cost, struct stats_interval *interval)
{
    double overhead = middle_of(cell, cost, total_of) / floor->cost;
    if (interval == NULL)
        return overhead;
    *interval = (struct stats_interval){NAN, NAN, STATS_NONE};
    if (isfinite(overhead)) {
        struct beside beside = beside_of(cell, floor, cost);
        *interval = interval_over(&beside, 1);
    }
    return overhead;
}

double overhead_mean(const struct summary *summary, const size_t *points,
                     const struct overhead_floor *floors, size_t count, size_t collector,
                     enum overhead_cost cost, size_t *over, struct stats_interval *interval)
{
    struct beside *known = memory_new((count + 1) * sizeof *known);
    double logarithms = 0;
    *over = 0;
    for (size_t i = 0; i < count; i++) {
        const struct summary_cell *cell = summary_cell(summary, points[i], collector);
        double overhead = overhead_of(cell, &floors[i], cost, NULL);
        if (!isfinite(overhead) || overhead <= 0)
            continue;
        logarithms += log(overhead);
        if (interval != NULL)
            known[*over] = beside_of(cell, &floors[i], cost);
        ++*over;
    }
    if (interval != NULL)
        *interval = interval_over(known, *over);
    free(known);
    return *over == 0 ? (double)NAN : exp(logarithms / (double)*over);
}

/* ---- over which points ---- */

static bool is_known_at(const struct summary *summary, size_t point, size_t collector,
                        enum overhead_cost cost, const struct overhead_floor *floor)
{
    return isfinite(overhead_of(summary_cell(summary, point, collector), floor, cost, NULL));
}

struct overhead_common overhead_common(const struct summary *summary, const size_t *points,
                                       size_t count, enum overhead_cost cost,
                                       const struct overhead_floor *floors)
{
    struct overhead_common common = {memory_new((count + 1) * sizeof *common.points),
                                     memory_new((count + 1) * sizeof *common.floors), 0};
    bool *takes_part = memory_new((summary->collector_count + 1) * sizeof *takes_part);
    for (size_t c = 0; c < summary->collector_count; c++)
        for (size_t i = 0; i < count; i++)
            takes_part[c] = takes_part[c] || is_known_at(summary, points[i], c, cost, &floors[i]);
    for (size_t i = 0; i < count; i++) {
        bool all = true;
        for (size_t c = 0; c < summary->collector_count; c++)
            all = all && (!takes_part[c] || is_known_at(summary, points[i], c, cost, &floors[i]));
        common.points[common.count] = points[i];
        common.floors[common.count] = floors[i];
        common.count += all;
    }
    free(takes_part);
    if (common.count > 0)
        return common;
    common.count = count;
    for (size_t i = 0; i < common.count; i++) {
        common.points[i] = points[i];
        common.floors[i] = floors[i];
    }
    return common;
}

void overhead_common_free(struct overhead_common *common)
{
    free(common->points);
    free(common->floors);
}
