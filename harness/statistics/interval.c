/* SPDX-License-Identifier: MIT
 *
 * Bootstrap intervals, of one subject and of two that were measured in the same blocks.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "statistics/resample.h"
#include "statistics/sort.h"
#include "statistics/statistics.h"

static const struct stats_interval no_interval = {NAN, NAN, STATS_NONE};

/* ---- Intervals ---- */

static struct stats_interval range(const double *samples, size_t count)
{
    return (struct stats_interval){stats_min(samples, count), stats_max(samples, count),
                                   STATS_RANGE};
}

struct stats_interval stats_median_interval(const double *samples, size_t count, uint64_t seed)
{
    if (!stats_usable(samples, count))
        return no_interval;
    if (count < STATS_BOOTSTRAP_LEAST)
        return range(samples, count);
    struct resample_ranked ranked = resample_rank(samples, count);
    uint32_t *copies = memory_new(count * sizeof *copies);
    double *medians = memory_new(STATS_RESAMPLES * sizeof *medians);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        resample_draw(copies, count, seed, i);
        medians[i] = resample_median(&ranked, copies);
    }
    struct stats_interval interval = resample_interval(medians);
    free(medians);
    free(copies);
    resample_free(&ranked);
    return interval;
}

struct stats_interval stats_mean_interval(const double *samples, size_t count, uint64_t seed)
{
    if (!stats_usable(samples, count))
        return no_interval;
    if (count < STATS_BOOTSTRAP_LEAST)
        return range(samples, count);
    double mean = stats_mean(samples, count);
    uint32_t *copies = memory_new(count * sizeof *copies);
    double *means = memory_new(STATS_RESAMPLES * sizeof *means);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        resample_draw(copies, count, seed, i);
        means[i] = resample_mean(samples, count, copies, mean);
    }
    struct stats_interval interval = resample_interval(means);
    free(means);
    free(copies);
    return interval;
}

/* ---- Ratios ---- */

static bool has_ratio(struct stats_pairs pairs)
{
    return stats_min(pairs.base, pairs.count) > 0 && stats_min(pairs.other, pairs.count) >= 0;
}

double stats_ratio(struct stats_pairs pairs)
{
    if (!has_ratio(pairs))
        return NAN;
    return stats_median(pairs.other, pairs.count) / stats_median(pairs.base, pairs.count);
}

/* It holds stats_ratio: where other[i] <= r * base[i] in every block, the medians obey too. */
static struct stats_interval ratio_range(struct stats_pairs pairs)
{
    struct stats_interval interval = {INFINITY, 0, STATS_RANGE};
    for (size_t i = 0; i < pairs.count; i++) {
        double ratio = pairs.other[i] / pairs.base[i];
        interval.low = ratio < interval.low ? ratio : interval.low;
        interval.high = ratio > interval.high ? ratio : interval.high;
    }
    return interval;
}

/* The ratio of medians in each resample. */
static void resample_ratios(struct stats_pairs pairs, uint64_t seed, double *ratios)
{
    struct resample_ranked base = resample_rank(pairs.base, pairs.count);
    struct resample_ranked other = resample_rank(pairs.other, pairs.count);
    uint32_t *copies = memory_new(pairs.count * sizeof *copies);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        resample_draw(copies, pairs.count, seed, i);
        ratios[i] = resample_median(&other, copies) / resample_median(&base, copies);
    }
    free(copies);
    resample_free(&other);
    resample_free(&base);
}

struct stats_interval stats_ratio_interval(struct stats_pairs pairs, uint64_t seed)
{
    if (!has_ratio(pairs))
        return no_interval;
    if (pairs.count < STATS_BOOTSTRAP_LEAST)
        return ratio_range(pairs);
    double *ratios = memory_new(STATS_RESAMPLES * sizeof *ratios);
    resample_ratios(pairs, seed, ratios);
    struct stats_interval interval = resample_interval(ratios);
    free(ratios);
    return interval;
}

static bool have_mean_ratio(const struct stats_pairs *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has_ratio(workloads[i]) || !(stats_min(workloads[i].other, workloads[i].count) > 0))
            return false;
    return count > 0;
}

double stats_mean_ratio(const struct stats_pairs *workloads, size_t count)
{
    if (!have_mean_ratio(workloads, count))
        return NAN;
    double logarithms = 0;
    for (size_t i = 0; i < count; i++)
        logarithms += log(stats_ratio(workloads[i]));
    return exp(logarithms / (double)count);
}

static struct stats_interval mean_ratio_range(const struct stats_pairs *workloads, size_t count)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        struct stats_interval one = ratio_range(workloads[i]);
        low += log(one.low);
        high += log(one.high);
    }
    return (struct stats_interval){exp(low / (double)count), exp(high / (double)count),
                                   STATS_RANGE};
}

static bool all_reach_bootstrap(const struct stats_pairs *workloads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (workloads[i].count < STATS_BOOTSTRAP_LEAST)
            return false;
    return true;
}

struct stats_interval stats_mean_ratio_interval(const struct stats_pairs *workloads, size_t count,
                                                uint64_t seed)
{
    if (!have_mean_ratio(workloads, count))
        return no_interval;
    if (!all_reach_bootstrap(workloads, count))
        return mean_ratio_range(workloads, count);
    double *logarithms = memory_new(STATS_RESAMPLES * sizeof *logarithms);
    double *ratios = memory_new(STATS_RESAMPLES * sizeof *ratios);
    for (size_t i = 0; i < count; i++) {
        resample_ratios(workloads[i], seed, ratios);
        for (size_t j = 0; j < STATS_RESAMPLES; j++)
            logarithms[j] += log(ratios[j]);
    }
    struct stats_interval interval = resample_interval(logarithms);
    interval.low = exp(interval.low / (double)count);
    interval.high = exp(interval.high / (double)count);
    free(ratios);
    free(logarithms);
    return interval;
}
