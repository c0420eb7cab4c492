/* SPDX-License-Identifier: MIT
 *
 * Is a difference beyond the spread? Student's t of logarithms, which unlike ranks has small
 * chances to give after few trials.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "statistics/sort.h"
#include "statistics/statistics.h"

/* Where nothing varies, any difference is beyond the spread. */
static double p_of(double distance, double variance, size_t freedom)
{
    if (!(variance > 0))
        return distance == 0 ? 1 : 0;
    return stats_student_p(distance / sqrt(variance), freedom);
}

static bool are_above_0(const double *samples, size_t count)
{
    return count >= 2 && stats_min(samples, count) > 0;
}

double stats_pairs_p(struct stats_pairs pairs)
{
    if (!are_above_0(pairs.base, pairs.count) || !are_above_0(pairs.other, pairs.count))
        return NAN;
    double *logarithms = memory_new(pairs.count * sizeof *logarithms);
    for (size_t i = 0; i < pairs.count; i++)
        logarithms[i] = log(pairs.other[i] / pairs.base[i]);
    double variance = stats_variance(logarithms, pairs.count) / (double)pairs.count;
    double p = p_of(stats_mean(logarithms, pairs.count), variance, pairs.count - 1);
    free(logarithms);
    return p;
}

/* The mean of the logarithms, and the variance of that mean. */
static void take_side(const double *samples, size_t count, double *mean, double *variance)
{
    double *logarithms = memory_new(count * sizeof *logarithms);
    for (size_t i = 0; i < count; i++)
        logarithms[i] = log(samples[i]);
    *mean = stats_mean(logarithms, count);
    *variance = stats_variance(logarithms, count) / (double)count;
    free(logarithms);
}

double stats_apart_p(struct stats_sides sides)
{
    double base, other, base_variance, other_variance;
    if (!are_above_0(sides.base, sides.base_count) || !are_above_0(sides.other, sides.other_count))
        return NAN;
    take_side(sides.base, sides.base_count, &base, &base_variance);
    take_side(sides.other, sides.other_count, &other, &other_variance);
    size_t least = sides.base_count < sides.other_count ? sides.base_count : sides.other_count;
    return p_of(other - base, base_variance + other_variance, least - 1);
}

void stats_judge(const double *ranks, const double *spread, double *p, size_t count)
{
    stats_adjust(spread, p, count);
    for (size_t i = 0; i < count; i++)
        p[i] = isnan(ranks[i]) ? p[i] : fmax(p[i], ranks[i]);
}
