/* SPDX-License-Identifier: MIT
 *
 * What one sample says: sums, moments, order statistics.
 */
#include "statistics/statistics.h"

#include <math.h>
#include <stdlib.h>

#include "statistics/sort.h"

double stats_total(const double *samples, size_t count)
{
    if (count > 0 && !stats_usable(samples, count))
        return NAN;
    double sum = 0, lost = 0;
    for (size_t i = 0; i < count; i++) {
        double next = sum + samples[i];
        if (fabs(sum) >= fabs(samples[i]))
            lost += (sum - next) + samples[i];
        else
            lost += (samples[i] - next) + sum;
        sum = next;
    }
    return isfinite(sum) ? sum + lost : sum;
}

double stats_min(const double *samples, size_t count)
{
    if (!stats_usable(samples, count))
        return NAN;
    double least = samples[0];
    for (size_t i = 1; i < count; i++)
        least = samples[i] < least ? samples[i] : least;
    return least;
}

double stats_max(const double *samples, size_t count)
{
    if (!stats_usable(samples, count))
        return NAN;
    double greatest = samples[0];
    for (size_t i = 1; i < count; i++)
        greatest = samples[i] > greatest ? samples[i] : greatest;
    return greatest;
}

double stats_mean(const double *samples, size_t count)
{
    return count > 0 ? stats_total(samples, count) / (double)count : NAN;
}

double stats_variance(const double *samples, size_t count)
{
    if (count < 2 || !stats_usable(samples, count))
        return NAN;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        double distance = samples[i] - mean;
        mean += distance / (double)(i + 1);
        squares += distance * (samples[i] - mean);
    }
    return squares / (double)(count - 1);
}

double stats_median(const double *samples, size_t count)
{
    if (!stats_usable(samples, count))
        return NAN;
    double *sorted = stats_sorted_copy(samples, count);
    double median = stats_median_sorted(sorted, count);
    free(sorted);
    return median;
}

/* The rank, from 1. `percent` is seldom a binary fraction: 99.9 * 1000 / 100 is not 999. */
static size_t nearest_rank(size_t count, double percent)
{
    double exact = percent * (double)count / 100;
    double whole = round(exact);
    double rank = fabs(exact - whole) <= 1e-12 * exact ? whole : ceil(exact);
    if (rank < 1)
        return 1;
    return rank < (double)count ? (size_t)rank : count;
}

double stats_percentile_sorted(const double *sorted, size_t count, double percent)
{
    if (count == 0 || !(percent >= 0 && percent <= 100))
        return NAN;
    return sorted[nearest_rank(count, percent) - 1];
}

double stats_percentile(const double *samples, size_t count, double percent)
{
    if (!stats_usable(samples, count))
        return NAN;
    double *sorted = stats_sorted_copy(samples, count);
    double percentile = stats_percentile_sorted(sorted, count, percent);
    free(sorted);
    return percentile;
}

/* Over logarithms: a product of many ratios would leave the range of a double. */
double stats_geometric_mean(const double *samples, size_t count)
{
    if (!(stats_min(samples, count) > 0))
        return NAN;
    double logarithms = 0;
    for (size_t i = 0; i < count; i++)
        logarithms += log(samples[i]);
    return exp(logarithms / (double)count);
}

static size_t count_outside(const double *samples, size_t count, double low, double high)
{
    size_t outside = 0;
    for (size_t i = 0; i < count; i++)
        outside += samples[i] < low || samples[i] > high;
    return outside;
}

bool stats_outliers(const double *samples, size_t count, size_t *outliers)
{
    *outliers = 0;
    if (count > 0 && !stats_usable(samples, count))
        return false;
    if (count < 4)
        return true;
    double *sorted = stats_sorted_copy(samples, count);
    double first = stats_percentile_sorted(sorted, count, 25);
    double third = stats_percentile_sorted(sorted, count, 75);
    double reach = 1.5 * (third - first);
    *outliers = count_outside(sorted, count, first - reach, third + reach);
    free(sorted);
    return true;
}
