/* SPDX-License-Identifier: MIT
 *
 * Does the second of two sides fail more often? Exact, as trials are few and failures rarer.
 */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "statistics/statistics.h"

/* Where failures do not care about the side, those of a point fall on its trials as they may
 * (Fisher 1935): the logarithm of the chance that the second side has so many of them. */
struct spread_of_failures {
    size_t failures, of_base, of_other;
    size_t least, most; /* that the second side can have */
};

static struct spread_of_failures spread_of(struct stats_counts counts)
{
    struct spread_of_failures spread = {counts.base + counts.other, counts.of_base, counts.of_other,
                                        0, 0};
    spread.least = spread.failures > counts.of_base ? spread.failures - counts.of_base : 0;
    spread.most = spread.failures < counts.of_other ? spread.failures : counts.of_other;
    return spread;
}

/* Of `from`, `chosen` can be chosen in so many ways. lgamma_r, as lgamma writes a global. */
static double log_ways(size_t from, size_t chosen)
{
    int sign;
    return lgamma_r((double)from + 1, &sign) - lgamma_r((double)chosen + 1, &sign) -
           lgamma_r((double)(from - chosen) + 1, &sign);
}

static double chance(const struct spread_of_failures *spread, size_t other)
{
    return exp(log_ways(spread->of_other, other) +
               log_ways(spread->of_base, spread->failures - other) -
               log_ways(spread->of_base + spread->of_other, spread->failures));
}

static bool are_counts(struct stats_counts counts)
{
    return counts.base <= counts.of_base && counts.other <= counts.of_other;
}

/* `sums` has a chance for each number of failures up to `most`; take in those of one more point. */
static void take_in(double *sums, size_t most, const struct spread_of_failures *spread)
{
    double *chances = memory_new((spread->most + 1) * sizeof *chances);
    for (size_t other = spread->least; other <= spread->most; other++)
        chances[other] = chance(spread, other);
    for (size_t sum = most + spread->most + 1; sum-- > 0;) {
        double whole = 0;
        for (size_t other = spread->least; other <= spread->most && other <= sum; other++)
            if (sum - other <= most)
                whole += sums[sum - other] * chances[other];
        sums[sum] = whole;
    }
    free(chances);
}

double stats_counts_p(const struct stats_counts *counts, size_t count)
{
    size_t most = 0, seen = 0;
    for (size_t i = 0; i < count; i++) {
        if (!are_counts(counts[i]))
            return NAN;
        most += spread_of(counts[i]).most;
        seen += counts[i].other;
    }
    double *sums = memory_new((most + 1) * sizeof *sums);
    sums[0] = 1;
    most = 0;
    for (size_t i = 0; i < count; i++) {
        struct spread_of_failures spread = spread_of(counts[i]);
        if (spread.failures == 0)
            continue;
        take_in(sums, most, &spread);
        most += spread.most;
    }
    double p = 0;
    for (size_t sum = most + 1; sum-- > seen;)
        p += sums[sum];
    free(sums);
    return p < 1 ? p : 1;
}

double stats_counts_least_p(struct stats_counts counts)
{
    if (!are_counts(counts))
        return NAN;
    struct spread_of_failures spread = spread_of(counts);
    return chance(&spread, spread.most);
}
