/* SPDX-License-Identifier: MIT
 *
 * Student's t, and runs as samples: answers that are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "statistics/statistics.h"

/* Tables of Student's t have three decimals: Fisher and Yates, 1938, table III. */
static void the_quantiles_are_those_of_the_tables(void **state)
{
    (void)state;
    static const struct {
        double p;
        size_t freedom;
        double t;
    } table[] = {{0.05, 1, 12.706}, {0.05, 2, 4.303},   {0.05, 3, 3.182},  {0.05, 4, 2.776},
                 {0.05, 5, 2.571},  {0.05, 10, 2.228},  {0.05, 30, 2.042}, {0.05, 120, 1.980},
                 {0.01, 1, 63.657}, {0.01, 8, 3.355},   {0.5, 1, 1.000},   {0.5, 2, 0.816},
                 {0.001, 4, 8.610}, {0.001, 13, 4.221}, {0.9, 7, 0.130}};
    for (size_t i = 0; i < COUNT(table); i++) {
        double t = stats_student_quantile(table[i].p, table[i].freedom);
        if (!(fabs(t - table[i].t) <= 0.0005001))
            fail_msg("t of p %g and %zu is %.6f, not %.3f", table[i].p, table[i].freedom, t,
                     table[i].t);
        assert_close(stats_student_p(t, table[i].freedom), table[i].p, 1e-9);
        assert_near(stats_student_p(-t, table[i].freedom), stats_student_p(t, table[i].freedom));
    }
}

/* With one degree it is Cauchy's, with two it has a closed form. */
static void p_is_exact(void **state)
{
    (void)state;
    for (double t = 0.125; t < 40; t *= 2) {
        assert_close(stats_student_p(t, 1), 1 - 2 / acos(-1) * atan(t), 1e-9);
        assert_close(stats_student_p(t, 2), 1 - t / sqrt(2 + t * t), 1e-9);
    }
    assert_near(stats_student_p(0, 3), 1.0);
    assert_true(stats_student_p(INFINITY, 3) < 1e-12);
}

static void what_is_not_there_is_not_told(void **state)
{
    (void)state;
    assert_nan(stats_student_p(1, 0));
    assert_nan(stats_student_p(NAN, 3));
    assert_nan(stats_student_quantile(0, 3));
    assert_nan(stats_student_quantile(1, 3));
    assert_nan(stats_student_quantile(0.05, 0));
    assert_nan(stats_spread_deviation((struct stats_spread){0, 0}));
    const double one[] = {1}, bad[] = {1, NAN, 2};
    struct stats_spread spread = {0, 0};
    stats_spread_add(&spread, one, 1);
    stats_spread_add(&spread, bad, 3);
    assert_int_equal(spread.freedom, 0);
    struct stats_runs_answer answer =
        stats_runs_compare((struct stats_runs){one, 1, one, 1, {0, 0}});
    assert_near(answer.ratio, 1.0);
    assert_int_equal(answer.interval.kind, STATS_NONE);
    assert_nan(answer.p);
    assert_nan(stats_runs_compare((struct stats_runs){one, 1, one, 0, {0, 0}}).ratio);
    assert_nan(stats_runs_compare((struct stats_runs){bad, 3, one, 1, {0, 0}}).ratio);
}

/* By hand: means 2 and 5, squares 2 and 2, so the variance is 4 / 4 and the error sqrt(2 / 3);
 * t of 4 degrees is 2.7764451. */
static void three_against_three(void **state)
{
    (void)state;
    const double base[] = {1, 2, 3}, other[] = {4, 5, 6};
    struct stats_runs_answer answer =
        stats_runs_compare((struct stats_runs){base, 3, other, 3, {0, 0}});
    double reach = 2.7764451051977987 * sqrt(2.0 / 3);
    assert_near(answer.ratio, exp(3));
    assert_int_equal(answer.interval.kind, STATS_STUDENT_95);
    assert_close(answer.interval.low, exp(3 - reach), 1e-9);
    assert_close(answer.interval.high, exp(3 + reach), 1e-9);
    assert_int_equal(answer.spread.freedom, 4);
    assert_near(stats_spread_deviation(answer.spread), 1.0);
    assert_close(answer.p, stats_student_p(3 / sqrt(2.0 / 3), 4), 1e-12);
}

/* One run a side and two earlier groups: squares 2 of 3 runs and 0.5 of 2, hence 2.5 over 3
 * degrees, t 3.1824463; both runs have the error of one. */
static void one_against_one_by_earlier_runs(void **state)
{
    (void)state;
    const double three[] = {0, 1, 2}, two[] = {7, 8}, base[] = {0}, other[] = {1};
    struct stats_runs runs = {base, 1, other, 1, {0, 0}};
    stats_spread_add(&runs.earlier, three, 3);
    stats_spread_add(&runs.earlier, two, 2);
    struct stats_runs_answer answer = stats_runs_compare(runs);
    double reach = 3.1824463052842638 * sqrt(2.5 / 3 * 2);
    assert_int_equal(answer.spread.freedom, 3);
    assert_close(answer.interval.low, exp(1 - reach), 1e-9);
    assert_close(answer.interval.high, exp(1 + reach), 1e-9);
}

static void what_does_not_vary_is_told_apart_or_equal(void **state)
{
    (void)state;
    const double base[] = {1, 1}, other[] = {2, 2};
    struct stats_runs_answer apart =
        stats_runs_compare((struct stats_runs){base, 2, other, 2, {0, 0}});
    struct stats_runs_answer equal =
        stats_runs_compare((struct stats_runs){base, 2, base, 2, {0, 0}});
    assert_near(apart.p, 0.0);
    assert_near(apart.interval.low, exp(1));
    assert_near(equal.p, 1.0);
    assert_near(equal.interval.high, 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_quantiles_are_those_of_the_tables),
        cmocka_unit_test(p_is_exact),
        cmocka_unit_test(what_is_not_there_is_not_told),
        cmocka_unit_test(three_against_three),
        cmocka_unit_test(one_against_one_by_earlier_runs),
        cmocka_unit_test(what_does_not_vary_is_told_apart_or_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
