/* SPDX-License-Identifier: MIT
 *
 * Inside the statistics: sorted copies, and samples that can be refused.
 */
#ifndef HEAPMARK_STATISTICS_SORT_H
#define HEAPMARK_STATISTICS_SORT_H

#include <stdbool.h>
#include <stddef.h>

/* At least one sample, and all finite. */
bool stats_usable(const double *samples, size_t count);

/* A sorted copy, which the caller frees. */
double *stats_sorted_copy(const double *samples, size_t count);

/* Sort values upwards and move order[] (unless NULL) with them. */
void stats_sort_order(double *values, size_t *order, size_t count);

/* The numbers 0 to count - 1, which the caller frees. */
size_t *stats_identity(size_t count);

/* The middle of sorted samples; count must be above 0. */
double stats_median_sorted(const double *sorted, size_t count);

#endif
