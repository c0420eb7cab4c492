/* SPDX-License-Identifier: MIT
 *
 * Several runs on each side, of which each is one sample: Student's t for what differs between runs
 * of one build.
 */
#include <math.h>

#include "statistics/sort.h"
#include "statistics/statistics.h"

/* The finite series of Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3
 * and 26.7.4: the chance that |T| is at most t. Each term has the factor (k - 1) / k over the
 * one two before it, times the square of the cosine. */
static double student_within(double t, size_t freedom)
{
    double angle = atan2(t, sqrt((double)freedom));
    double cosine = cos(angle), sine = sin(angle);
    bool odd = freedom % 2 == 1;
    double term = odd ? cosine : 1, sum = 0;
    for (size_t k = odd ? 3 : 2; k <= freedom; k += 2) {
        sum += term;
        term *= cosine * cosine * (double)(k - 1) / (double)k;
    }
    return odd ? 2 / acos(-1) * (angle + sine * sum) : sine * sum;
}

double stats_student_p(double t, size_t freedom)
{
    if (freedom == 0 || isnan(t))
        return NAN;
    return fmin(1, fmax(0, 1 - student_within(fabs(t), freedom)));
}

/* By bisection, which cannot fail: the chance falls with t. */
double stats_student_quantile(double p, size_t freedom)
{
    enum { HALVINGS = 200 };
    double low = 0, high = 1;
    if (freedom == 0 || !(p > 0 && p < 1))
        return NAN;
    while (stats_student_p(high, freedom) > p)
        high *= 2;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = low + (high - low) / 2;
        *(stats_student_p(middle, freedom) > p ? &low : &high) = middle;
    }
    return high;
}

void stats_spread_add(struct stats_spread *spread, const double *logarithms, size_t count)
{
    if (count < 2 || !stats_usable(logarithms, count))
        return;
    spread->squares += stats_variance(logarithms, count) * (double)(count - 1);
    spread->freedom += count - 1;
}

double stats_spread_deviation(struct stats_spread spread)
{
    return spread.freedom == 0 ? NAN : sqrt(spread.squares / (double)spread.freedom);
}

static const struct stats_runs_answer no_answer = {NAN, {NAN, NAN, STATS_NONE}, NAN, {0, 0}};

struct stats_runs_answer stats_runs_compare(struct stats_runs runs)
{
    struct stats_runs_answer answer = no_answer;
    if (!stats_usable(runs.base, runs.base_count) || !stats_usable(runs.other, runs.other_count))
        return answer;
    double distance =
        stats_mean(runs.other, runs.other_count) - stats_mean(runs.base, runs.base_count);
    answer.ratio = exp(distance);
    answer.spread = runs.earlier;
    stats_spread_add(&answer.spread, runs.base, runs.base_count);
    stats_spread_add(&answer.spread, runs.other, runs.other_count);
    if (answer.spread.freedom == 0)
        return answer;
    double error = stats_spread_deviation(answer.spread) *
                   sqrt(1 / (double)runs.base_count + 1 / (double)runs.other_count);
    double reach = error * stats_student_quantile(0.05, answer.spread.freedom);
    answer.interval =
        (struct stats_interval){exp(distance - reach), exp(distance + reach), STATS_STUDENT_95};
    answer.p = error > 0 ? stats_student_p(distance / error, answer.spread.freedom)
                         : (distance == 0 ? 1 : 0);
    return answer;
}
