/* SPDX-License-Identifier: MIT
 *
 * Bootstrap intervals. A resample is how often each block was drawn. The samples are sorted
 * once, so the median of a resample is a walk along them, without sorting again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "statistics/sort.h"
#include "statistics/statistics.h"

static const struct stats_interval no_interval = {NAN, NAN, STATS_NONE};

/* ---- Drawing ---- */

static uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Below `bound`, each value equally likely: the few products that would favour one are
 * drawn again. */
static size_t random_below(uint64_t *state, size_t bound)
{
    uint64_t favoured = (0 - (uint64_t)bound) % bound;
    unsigned __int128 product;
    do {
        product = (unsigned __int128)next_random(state) * bound;
    } while ((uint64_t)product < favoured);
    return (size_t)(product >> 64);
}

/* Draw `count` blocks; copies[i] says how often block i came. Depends on nothing but seed,
 * resample and count: equally long workloads see the same blocks. */
static void draw_blocks(uint32_t *copies, size_t count, uint64_t seed, size_t resample)
{
    uint64_t state = seed;
    state = next_random(&state) + resample;
    state = next_random(&state) + count;
    memset(copies, 0, count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[random_below(&state, count)]++;
}

/* ---- Statistics of one resample ---- */

/* Samples in rising order, and the block from which each came. Owns both arrays. */
struct ranked {
    double *values;
    size_t *blocks;
    size_t count;
};

static struct ranked rank_samples(const double *samples, size_t count)
{
    struct ranked ranked = {memory_new(count * sizeof(double)), stats_identity(count), count};
    memcpy(ranked.values, samples, count * sizeof(double));
    stats_sort_order(ranked.values, ranked.blocks, count);
    return ranked;
}

static void free_ranked(struct ranked *ranked)
{
    free(ranked->values);
    free(ranked->blocks);
}

static double resampled_median(const struct ranked *ranked, const uint32_t *copies)
{
    size_t lower = (ranked->count - 1) / 2, upper = ranked->count / 2;
    size_t i = 0, passed = copies[ranked->blocks[0]];
    while (passed <= lower)
        passed += copies[ranked->blocks[++i]];
    double low = ranked->values[i];
    while (passed <= upper)
        passed += copies[ranked->blocks[++i]];
    return low + (ranked->values[i] - low) / 2;
}

/* Summed as distances from `mean`, so that a large mean costs no digits. */
static double resampled_mean(const double *samples, size_t count, const uint32_t *copies,
                             double mean)
{
    double distances = 0;
    for (size_t i = 0; i < count; i++)
        distances += copies[i] * (samples[i] - mean);
    return mean + distances / (double)count;
}

/* ---- Intervals ---- */

/* Of the statistic in all resamples, which are sorted here. */
static struct stats_interval percentile_interval(double *statistics)
{
    enum { TAIL = (STATS_RESAMPLES + 1) / 40 };
    stats_sort(statistics, STATS_RESAMPLES);
    return (struct stats_interval){statistics[TAIL - 1], statistics[STATS_RESAMPLES - TAIL],
                                   STATS_BOOTSTRAP_95};
}

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
    struct ranked ranked = rank_samples(samples, count);
    uint32_t *copies = memory_new(count * sizeof *copies);
    double *medians = memory_new(STATS_RESAMPLES * sizeof *medians);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        draw_blocks(copies, count, seed, i);
        medians[i] = resampled_median(&ranked, copies);
    }
    struct stats_interval interval = percentile_interval(medians);
    free(medians);
    free(copies);
    free_ranked(&ranked);
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
        draw_blocks(copies, count, seed, i);
        means[i] = resampled_mean(samples, count, copies, mean);
    }
    struct stats_interval interval = percentile_interval(means);
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
    struct ranked base = rank_samples(pairs.base, pairs.count);
    struct ranked other = rank_samples(pairs.other, pairs.count);
    uint32_t *copies = memory_new(pairs.count * sizeof *copies);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        draw_blocks(copies, pairs.count, seed, i);
        ratios[i] = resampled_median(&other, copies) / resampled_median(&base, copies);
    }
    free(copies);
    free_ranked(&other);
    free_ranked(&base);
}

struct stats_interval stats_ratio_interval(struct stats_pairs pairs, uint64_t seed)
{
    if (!has_ratio(pairs))
        return no_interval;
    if (pairs.count < STATS_BOOTSTRAP_LEAST)
        return ratio_range(pairs);
    double *ratios = memory_new(STATS_RESAMPLES * sizeof *ratios);
    resample_ratios(pairs, seed, ratios);
    struct stats_interval interval = percentile_interval(ratios);
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
    struct stats_interval interval = percentile_interval(logarithms);
    interval.low = exp(interval.low / (double)count);
    interval.high = exp(interval.high / (double)count);
    free(ratios);
    free(logarithms);
    return interval;
}
