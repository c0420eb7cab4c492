/* SPDX-License-Identifier: MIT
 *
 * Heapsort, of values alone or with an order that follows them. Not qsort: that may
 * allocate, and calls a comparison for each step.
 */
#include "statistics/sort.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "statistics/statistics.h"

bool stats_usable(const double *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(samples[i]))
            return false;
    return count > 0;
}

static void swap(double *values, size_t *order, size_t i, size_t j)
{
    double value = values[i];
    values[i] = values[j];
    values[j] = value;
    if (order == NULL)
        return;
    size_t place = order[i];
    order[i] = order[j];
    order[j] = place;
}

/* Restore the heap (no child above its parent) under `root`, the only one out of place. */
static void sift(double *values, size_t *order, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && values[child + 1] > values[child])
            child++;
        if (values[root] >= values[child])
            return;
        swap(values, order, root, child);
        root = child;
    }
}

void stats_sort_order(double *values, size_t *order, size_t count)
{
    for (size_t root = count / 2; root > 0; root--)
        sift(values, order, root - 1, count);
    for (size_t last = count; last > 1; last--) {
        swap(values, order, 0, last - 1);
        sift(values, order, 0, last - 1);
    }
}

void stats_sort(double *samples, size_t count)
{
    stats_sort_order(samples, NULL, count);
}

double *stats_sorted_copy(const double *samples, size_t count)
{
    double *sorted = memory_new(count * sizeof *sorted);
    if (count > 0)
        memcpy(sorted, samples, count * sizeof *sorted);
    stats_sort(sorted, count);
    return sorted;
}

size_t *stats_identity(size_t count)
{
    size_t *order = memory_new(count * sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    return order;
}

double stats_median_sorted(const double *sorted, size_t count)
{
    double low = sorted[(count - 1) / 2];
    return low + (sorted[count / 2] - low) / 2;
}
