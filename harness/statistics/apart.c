/* SPDX-License-Identifier: MIT
 *
 * Two subjects that were measured apart: ratios with intervals, drawn on each side on its own.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "statistics/resample.h"
#include "statistics/sort.h"
#include "statistics/statistics.h"

static const struct stats_interval no_interval = {NAN, NAN, STATS_NONE};

static bool has_ratio(struct stats_sides sides)
{
    return stats_usable(sides.base, sides.base_count) &&
           stats_usable(sides.other, sides.other_count) &&
           stats_min(sides.base, sides.base_count) > 0 &&
           stats_min(sides.other, sides.other_count) > 0;
}

double stats_apart_ratio(struct stats_sides sides)
{
    if (!has_ratio(sides))
        return NAN;
    return stats_median(sides.other, sides.other_count) /
           stats_median(sides.base, sides.base_count);
}

static bool reaches_bootstrap(struct stats_sides sides)
{
    return sides.base_count >= STATS_BOOTSTRAP_LEAST && sides.other_count >= STATS_BOOTSTRAP_LEAST;
}

/* The widest that any choice of one sample a side can give. */
static struct stats_interval widest(struct stats_sides sides)
{
    return (struct stats_interval){
        stats_min(sides.other, sides.other_count) / stats_max(sides.base, sides.base_count),
        stats_max(sides.other, sides.other_count) / stats_min(sides.base, sides.base_count),
        STATS_RANGE};
}

/* The medians of one side in each resample. */
static void resample_side(const double *samples, size_t count, uint64_t seed, double *medians)
{
    struct resample_ranked ranked = resample_rank(samples, count);
    uint32_t *copies = memory_new(count * sizeof *copies);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        resample_draw(copies, count, seed, i);
        medians[i] = resample_median(&ranked, copies);
    }
    free(copies);
    resample_free(&ranked);
}

/* Add the logarithm of the ratio in each resample. Other seeds for the other side and for every
 * other point: nothing was measured together. */
static void add_resamples(struct stats_sides sides, uint64_t seed, double *logarithms)
{
    double *base = memory_new(STATS_RESAMPLES * sizeof *base);
    double *other = memory_new(STATS_RESAMPLES * sizeof *other);
    resample_side(sides.base, sides.base_count, 2 * seed, base);
    resample_side(sides.other, sides.other_count, 2 * seed + 1, other);
    for (size_t i = 0; i < STATS_RESAMPLES; i++)
        logarithms[i] += log(other[i] / base[i]);
    free(other);
    free(base);
}

static bool have_mean_ratio(const struct stats_sides *points, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has_ratio(points[i]))
            return false;
    return count > 0;
}

double stats_apart_mean_ratio(const struct stats_sides *points, size_t count)
{
    double logarithms = 0;
    if (!have_mean_ratio(points, count))
        return NAN;
    for (size_t i = 0; i < count; i++)
        logarithms += log(stats_apart_ratio(points[i]));
    return exp(logarithms / (double)count);
}

static struct stats_interval widest_mean(const struct stats_sides *points, size_t count)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        struct stats_interval one = widest(points[i]);
        low += log(one.low);
        high += log(one.high);
    }
    return (struct stats_interval){exp(low / (double)count), exp(high / (double)count),
                                   STATS_RANGE};
}

struct stats_interval stats_apart_mean_ratio_interval(const struct stats_sides *points,
                                                      size_t count, uint64_t seed)
{
    if (!have_mean_ratio(points, count))
        return no_interval;
    for (size_t i = 0; i < count; i++)
        if (!reaches_bootstrap(points[i]))
            return widest_mean(points, count);
    double *logarithms = memory_new(STATS_RESAMPLES * sizeof *logarithms);
    for (size_t i = 0; i < count; i++)
        add_resamples(points[i], seed * (count + 1) + i, logarithms);
    struct stats_interval interval = resample_interval(logarithms);
    interval.low = exp(interval.low / (double)count);
    interval.high = exp(interval.high / (double)count);
    free(logarithms);
    return interval;
}

struct stats_interval stats_apart_ratio_interval(struct stats_sides sides, uint64_t seed)
{
    return stats_apart_mean_ratio_interval(&sides, 1, seed);
}
