/* SPDX-License-Identifier: MIT
 *
 * Mann and Whitney's rank test, and Holm's correction for many tests at once.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "statistics/sort.h"
#include "statistics/statistics.h"

/* U, and the sum of t^3 - t over groups of t equal samples. */
struct ranks {
    double u;
    double ties;
};

static size_t count_equal(const double *sorted, size_t count, double value)
{
    size_t equal = 0;
    while (equal < count && sorted[equal] == value)
        equal++;
    return equal;
}

/* Merge the two sorted samples, group by group of equal values. */
static struct ranks merge_ranks(const double *a, size_t a_count, const double *b, size_t b_count)
{
    struct ranks ranks = {0, 0};
    size_t i = 0, j = 0;
    while (i < a_count) {
        double value = j < b_count && b[j] < a[i] ? b[j] : a[i];
        size_t in_a = count_equal(a + i, a_count - i, value);
        size_t in_b = count_equal(b + j, b_count - j, value);
        double tied = (double)(in_a + in_b);
        ranks.u += (double)in_a * ((double)j + (double)in_b / 2);
        ranks.ties += tied * tied * tied - tied;
        i += in_a;
        j += in_b;
    }
    while (j < b_count) {
        size_t in_b = count_equal(b + j, b_count - j, b[j]);
        double tied = (double)in_b;
        ranks.ties += tied * tied * tied - tied;
        j += in_b;
    }
    return ranks;
}

/* Orders of n and m samples by their U: ways[u] is the coefficient of q^u in the Gaussian
 * binomial coefficient, the product over i of (1 - q^(m + i)) / (1 - q^i). All values are
 * whole and at most the number of orders, which 64 bits hold for STATS_EXACT_MOST. */
static void count_orders(int64_t *ways, size_t n, size_t m)
{
    size_t most = n * m;
    memset(ways, 0, (most + 1) * sizeof *ways);
    ways[0] = 1;
    for (size_t i = 1; i <= n; i++) {
        for (size_t u = most; u >= m + i; u--)
            ways[u] -= ways[u - m - i];
        for (size_t u = i; u <= most; u++)
            ways[u] += ways[u - i];
    }
}

static double exact_p(double u, size_t n, size_t m)
{
    int64_t ways[STATS_EXACT_MOST * STATS_EXACT_MOST + 1];
    count_orders(ways, n, m);
    size_t most = n * m;
    size_t least = (size_t)u < most - (size_t)u ? (size_t)u : most - (size_t)u;
    int64_t all = 0, tail = 0;
    for (size_t i = 0; i <= most; i++) {
        all += ways[i];
        tail += i <= least ? ways[i] : 0;
    }
    return fmin(1, 2 * (double)tail / (double)all);
}

static double normal_p(struct ranks ranks, double n, double m)
{
    double all = n + m;
    double variance = n * m / 12 * (all + 1 - ranks.ties / (all * (all - 1)));
    double distance = fabs(ranks.u - n * m / 2) - 0.5;
    if (!(variance > 0) || distance <= 0)
        return 1;
    return erfc(distance / sqrt(2 * variance));
}

struct stats_rank_test stats_rank_test(const double *a, size_t a_count, const double *b,
                                       size_t b_count)
{
    if (!stats_usable(a, a_count) || !stats_usable(b, b_count))
        return (struct stats_rank_test){NAN, NAN, false};
    double *sorted_a = stats_sorted_copy(a, a_count);
    double *sorted_b = stats_sorted_copy(b, b_count);
    struct ranks ranks = merge_ranks(sorted_a, a_count, sorted_b, b_count);
    free(sorted_b);
    free(sorted_a);
    bool few = a_count <= STATS_EXACT_MOST && b_count <= STATS_EXACT_MOST;
    bool exact = few && ranks.ties == 0;
    double p = exact ? exact_p(ranks.u, a_count, b_count)
                     : normal_p(ranks, (double)a_count, (double)b_count);
    return (struct stats_rank_test){ranks.u, p, exact};
}

static bool are_probabilities(const double *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(p[i] >= 0 && p[i] <= 1))
            return false;
    return true;
}

void stats_adjust(const double *p, double *adjusted, size_t count)
{
    bool usable = are_probabilities(p, count);
    double *sorted = memory_new(count * sizeof *sorted);
    size_t *order = stats_identity(count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = p[i];
    stats_sort_order(sorted, order, usable ? count : 0);
    double reached = usable ? 0 : NAN;
    for (size_t i = 0; i < count; i++) {
        double wanted = fmin(1, (double)(count - i) * sorted[i]);
        reached = usable && wanted > reached ? wanted : reached;
        adjusted[order[i]] = reached;
    }
    free(order);
    free(sorted);
}
