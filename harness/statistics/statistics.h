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
    STATS_STUDENT_95,   /* 95 % interval by Student's t over runs */
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

/* ---- Several runs, each of which is one sample ---- */

/* What runs of one build differ by has nothing to do with how often a run repeats itself: the
 * machine drifts between runs, and every trial of a run has the same of it. So runs are the
 * samples here, as the logarithm of whatever they are judged by.
 *
 * Student's t with one spread for both sides ("Student", Biometrika 1908; Fisher 1925), as the
 * same machine drifts in the same way, whichever build is measured on it: with two to five runs
 * a side it keeps its 5 % where a bootstrap over runs is wrong in up to 17 %, it can take in
 * runs that are on neither side, and it has an answer for one run a side if there are such.
 * docs/decisions/0120 has the simulation. */

/* The chance that |T| of Student's t is above |t|. NAN without degrees of freedom. */
double stats_student_p(double t, size_t freedom);

/* The t for which that chance is p, in 0 .. 1 exclusive; else NAN. */
double stats_student_quantile(double p, size_t freedom);

/* Squared distances of runs from the mean of their own group, over all groups. */
struct stats_spread {
    double squares;
    size_t freedom; /* runs less groups */
};

/* Take in one more group. Fewer than 2 runs tell nothing, nor does one with a run that is not
 * finite. */
void stats_spread_add(struct stats_spread *spread, const double *logarithms, size_t count);

/* The standard deviation between runs of one group; NAN where it is unknown. */
double stats_spread_deviation(struct stats_spread spread);

/* A logarithm for each run. `earlier` is the spread of runs that are on neither side. */
struct stats_runs {
    const double *base;
    size_t base_count;
    const double *other;
    size_t other_count;
    struct stats_spread earlier;
};

struct stats_runs_answer {
    double ratio;                   /* of geometric means over runs; NAN without runs */
    struct stats_interval interval; /* of it; STATS_NONE where the spread is unknown */
    double p;                       /* two-sided, that it is 1; NAN likewise */
    struct stats_spread spread;     /* of all runs that told of it */
};

struct stats_runs_answer stats_runs_compare(struct stats_runs runs);

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

/* Is a difference beyond the spread? Student's t of logarithms: its p falls with the difference as
 * far as one likes, where that of ranks stops at 2 in 924 with 6 samples a side, which no table of
 * 24 comparisons lets pass. docs/decisions/0132 has the simulation behind the choice of each.
 * Two-sided. NAN under 2 samples, and unless all are above 0. Scratch: the samples. */

/* Of the ratios within blocks ("Student", Biometrika 1908): what a block does to both is in none of
 * them. */
double stats_pairs_p(struct stats_pairs pairs);

/* Of two sides that were measured apart, without the assumption that they spread alike (Welch,
 * Biometrika 1947), with the degrees of freedom of the lesser side, as those that are estimated let
 * too much pass far out (Hsu 1938; Scheffe 1970). */
double stats_apart_p(struct stats_sides sides);

/* The p of a verdict on each of `count` comparisons: the greater of the p of ranks, as it is (NAN:
 * none), and that of the spread, corrected for all (stats_adjust). `p` may be `spread`. */
void stats_judge(const double *ranks, const double *spread, double *p, size_t count);

/* How many of a point's trials failed, on each of two sides. */
struct stats_counts {
    size_t base, of_base, other, of_other;
};

/* Fisher's exact test (The Design of Experiments, 1935, section 11), one-sided: the chance that the
 * second side has as many failures as it has, or more, where failures fall on the trials of a point
 * without regard for the side. Over several points it is of their sum, each with its own share of
 * failures (Gart, Biometrika 1970), exactly. 1 without failures; NAN where more failed than were
 * tried. Scratch: a double for each failure. */
double stats_counts_p(const struct stats_counts *counts, size_t count);

/* The least p that any outcome with so many failures and trials can have: where that is not under
 * 0.05 no correction need count the test, which can never find anything (Tarone, Biometrics 1990).
 */
double stats_counts_least_p(struct stats_counts counts);

/* Correct p for `count` tests made at once, by Holm's step-down procedure (Scandinavian
 * Journal of Statistics, 1979): an adjusted p under alpha keeps the chance of any false
 * finding under alpha, whatever the tests' dependence. `adjusted` may be `p`. All are
 * NAN where a p is not in 0..1. Scratch: 16 bytes a test. */
void stats_adjust(const double *p, double *adjusted, size_t count);

#endif
