/* SPDX-License-Identifier: MIT
 *
 * Statistics over arrays of double: pure functions, no input or output, no state.
 *
 * Answers that do not exist. Where there is no sample, or a sample is nan or infinite, or
 * a value is outside what a function allows, the answer is NAN (of an interval: both ends
 * NAN, kind STATS_NONE). No sample is ever dropped.
 * Memory. Arguments are read only, except in stats_sort. A function that says "scratch"
 * allocates what it says with base/text.h's memory_new and frees it before it returns;
 * the others allocate nothing.
 * Threads. All may be called from any thread at the same time.
 * Seeds. The same samples and seed draw the same blocks on every machine, and give the
 * same interval there but for the last digits of log and exp.
 */
#ifndef HEAPMARK_STATISTICS_STATISTICS_H
#define HEAPMARK_STATISTICS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Samples from which on an interval is a bootstrap interval; below, it is the range. */
enum { STATS_BOOTSTRAP_LEAST = 6 };

/* Resamples of each bootstrap: the ends of the interval are then the 250th and the 9750th
 * of them, without interpolation (Davison and Hinkley, Bootstrap Methods and their
 * Application, 1997, section 5.2: (R + 1) times 0.025 is whole). */
enum { STATS_RESAMPLES = 9999 };

/* ---- One sample ---- */

/* Sort upwards, in place (heapsort: Williams 1964; no recursion, never quadratic).
 * The samples must hold no nan. */
void stats_sort(double *samples, size_t count);

/* The sum, compensated (Neumaier 1974); 0 for no samples. */
double stats_total(const double *samples, size_t count);

double stats_min(const double *samples, size_t count);
double stats_max(const double *samples, size_t count);

/* The arithmetic mean, from the compensated sum. */
double stats_mean(const double *samples, size_t count);

/* The variance of the population, estimated with count - 1 in the denominator (Welford
 * 1962: no cancellation where the mean is large). NAN for fewer than 2 samples. */
double stats_variance(const double *samples, size_t count);

/* The middle sample, or the mean of the two in the middle. Scratch: count doubles. */
double stats_median(const double *samples, size_t count);

/* The exact percentile by nearest rank: the least sample that at least `percent` % of the
 * samples do not exceed, hence the one of rank ceil(percent / 100 * count), from 1 (the
 * inverse of the empirical distribution, type 1 in Hyndman and Fan 1996; no
 * interpolation: the answer is always one of the samples). 0 gives the least, 100 the
 * greatest. NAN for a percent outside 0..100. A product within 1e-12 of a whole rank is
 * that rank, so that 99.9 % of 1000 is rank 999. Scratch: count doubles. */
double stats_percentile(const double *samples, size_t count, double percent);

/* The same of samples that are sorted already; allocates nothing, for millions of pauses
 * of which many percentiles are wanted. A sorted array is not searched for nan. */
double stats_percentile_sorted(const double *sorted, size_t count, double percent);

/* The geometric mean; NAN unless all samples are above 0. For ratios to one baseline, of
 * which it is the only mean that does not depend on the baseline (Fleming and Wallace,
 * CACM 1986). */
double stats_geometric_mean(const double *samples, size_t count);

/* How many samples lie outside Tukey's inner fences, 1.5 interquartile ranges beyond the
 * quartiles by nearest rank (Tukey, Exploratory Data Analysis, 1977). To be told beside
 * the result, never to be dropped. False where the samples are not all finite; none in
 * fewer than 4 samples. Scratch: count doubles. */
bool stats_outliers(const double *samples, size_t count, size_t *outliers);

/* ---- Intervals ---- */

enum stats_interval_kind {
    STATS_NONE,         /* there is no answer; both ends are NAN */
    STATS_BOOTSTRAP_95, /* 95 % interval by percentile bootstrap */
    STATS_RANGE,        /* least to greatest: too few samples for an interval */
};

struct stats_interval {
    double low;
    double high;
    enum stats_interval_kind kind;
};

/* The bootstrap here draws whole blocks with replacement and takes the 2.5 % and 97.5 %
 * percentiles of the statistic over STATS_RESAMPLES resamples (percentile bootstrap:
 * Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). It is a
 * little narrow for few samples, most of all for the mean. The generator is splitmix64
 * (Steele, Lea and Flood 2014), bounded without bias (Lemire 2019).
 * Scratch of each: STATS_RESAMPLES doubles (for stats_mean_ratio_interval twice as many), and
 * 20 bytes a sample of each array (of one workload at a time). */

/* Of the median. Under STATS_BOOTSTRAP_LEAST samples: their range. */
struct stats_interval stats_median_interval(const double *samples, size_t count, uint64_t seed);

/* Of the mean. Under STATS_BOOTSTRAP_LEAST samples: their range. */
struct stats_interval stats_mean_interval(const double *samples, size_t count, uint64_t seed);

/* Two subjects measured in the same blocks: base[i] and other[i] come from block i. */
struct stats_pairs {
    const double *base;
    const double *other;
    size_t count;
};

/* median(other) / median(base). NAN unless every base is above 0 and every other is at
 * least 0. Scratch: count doubles. */
double stats_ratio(struct stats_pairs pairs);

/* Of stats_ratio, with blocks drawn whole, so that what slows a block slows both of its
 * members (Kalibera and Jones, Rigorous Benchmarking in Reasonable Time, 2013, for ratios
 * with intervals). Under STATS_BOOTSTRAP_LEAST blocks: the range of other[i] / base[i],
 * which holds stats_ratio. */
struct stats_interval stats_ratio_interval(struct stats_pairs pairs, uint64_t seed);

/* The geometric mean of stats_ratio over workloads, one struct stats_pairs for each, all
 * to the same baseline. NAN unless every base and other is above 0.
 * Scratch: as many doubles as the longest workload has blocks. */
double stats_mean_ratio(const struct stats_pairs *workloads, size_t count);

/* Of stats_mean_ratio. The workloads are given, only blocks are drawn: the same blocks for
 * all workloads that have as many (block i of the one is then block i of the other), so
 * that noise that hits a whole block is not averaged away over workloads; a workload with
 * another number of blocks is drawn apart. Where any workload has under
 * STATS_BOOTSTRAP_LEAST blocks: the geometric means of the workloads' least and of their
 * greatest other[i] / base[i]. */
struct stats_interval stats_mean_ratio_interval(const struct stats_pairs *workloads, size_t count,
                                                uint64_t seed);

/* ---- Two subjects that were measured apart ---- */

/* Samples of two runs, which have no blocks in common: how many there are may differ. */
struct stats_sides {
    const double *base;
    size_t base_count;
    const double *other;
    size_t other_count;
};

/* median(other) / median(base). NAN unless all samples are above 0. */
double stats_apart_ratio(struct stats_sides sides);

/* Of stats_apart_ratio, each side drawn on its own. With under STATS_BOOTSTRAP_LEAST samples on
 * either side: from the least other over the greatest base to the greatest over the least.
 * It knows of no change of the machine between the two. */
struct stats_interval stats_apart_ratio_interval(struct stats_sides sides, uint64_t seed);

/* The geometric mean of stats_apart_ratio over points, and its interval, likewise. */
double stats_apart_mean_ratio(const struct stats_sides *points, size_t count);
struct stats_interval stats_apart_mean_ratio_interval(const struct stats_sides *points,
                                                      size_t count, uint64_t seed);

/* ---- Tests ---- */

/* Samples up to which, on each side, a rank test without ties is exact. */
enum { STATS_EXACT_MOST = 20 };

struct stats_rank_test {
    double u; /* pairs in which a's sample is the greater; a tie counts one half */
    double p; /* two-sided */
    bool exact;
};

/* Mann and Whitney's test whether one of a and b tends to be greater (Annals of
 * Mathematical Statistics, 1947). Without ties and with at most STATS_EXACT_MOST samples
 * on each side, p is exact: twice the tail of U over all orders, at most 1. Otherwise it
 * is the normal approximation with continuity and tie correction (Lehmann,
 * Nonparametrics, 1975, section 1.4), which is rough for ties among few samples.
 * All samples equal: p = 1. With 3 on each side, p is never below 0.1.
 * Scratch: a double for each sample. */
struct stats_rank_test stats_rank_test(const double *a, size_t a_count, const double *b,
                                       size_t b_count);

/* Correct p for `count` tests made at once, by Holm's step-down procedure (Scandinavian
 * Journal of Statistics, 1979): an adjusted p under alpha keeps the chance of any false
 * finding under alpha, whatever the tests' dependence. `adjusted` may be `p`. All are
 * NAN where a p is not in 0..1. Scratch: 16 bytes a test. */
void stats_adjust(const double *p, double *adjusted, size_t count);

#endif
