/* SPDX-License-Identifier: MIT
 *
 * Resamples of the bootstrap, for the functions of statistics.h. A resample is how often each block
 * was drawn. The samples are sorted once, so the median of a resample is a walk along them, without
 * sorting again.
 */
#ifndef HEAPMARK_STATISTICS_RESAMPLE_H
#define HEAPMARK_STATISTICS_RESAMPLE_H

#include "statistics/statistics.h"

/* Samples in rising order, and the block from which each came. Owns both arrays. */
struct resample_ranked {
    double *values;
    size_t *blocks;
    size_t count;
};

struct resample_ranked resample_rank(const double *samples, size_t count);
void resample_free(struct resample_ranked *ranked);

/* Draw `count` blocks; copies[i] says how often block i came. Depends on nothing but seed,
 * resample and count: equally long workloads see the same blocks. */
void resample_draw(uint32_t *copies, size_t count, uint64_t seed, size_t resample);

double resample_median(const struct resample_ranked *ranked, const uint32_t *copies);

/* Summed as distances from `mean`, so that a large mean costs no digits. */
double resample_mean(const double *samples, size_t count, const uint32_t *copies, double mean);

/* The interval of a statistic in all STATS_RESAMPLES resamples, which are sorted here. */
struct stats_interval resample_interval(double *statistics);

#endif
