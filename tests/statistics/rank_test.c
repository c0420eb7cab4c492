/* SPDX-License-Identifier: MIT
 *
 * The rank test against p by enumeration of all orders and against the normal distribution
 * of another program; Holm's correction against hand-worked tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "statistics/statistics.h"

static void exact_without_ties(void **state)
{
    (void)state;
    static const struct {
        double a[6], b[6];
        size_t a_count, b_count;
        double u, p;
    } examples[] = {
        {{1, 2, 3}, {4, 5, 6}, 3, 3, 0, 2.0 / 20},
        {{6, 4, 5}, {2, 1, 3}, 3, 3, 9, 2.0 / 20},
        {{19, 22, 16, 29, 24}, {20, 11, 17, 12}, 5, 4, 17, 14.0 / 126},
        {{20, 11, 17, 12}, {19, 22, 16, 29, 24}, 4, 5, 3, 14.0 / 126},
        {{1.5, 9, 3, 7}, {2, 8, 4, 6, 5}, 4, 5, 10, 1},
        {{5}, {1, 2}, 1, 2, 2, 2.0 / 3},
        {{1}, {2}, 1, 1, 0, 1},
        {{3.1, 4.5, 6.2, 8.8, 9.9, 12}, {1, 2, 4, 5, 6, 7}, 6, 6, 28, 122.0 / 924},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct stats_rank_test test =
            stats_rank_test(examples[i].a, examples[i].a_count, examples[i].b, examples[i].b_count);
        assert_true(test.exact);
        assert_true(test.u == examples[i].u);
        assert_near(test.p, examples[i].p);
    }
}

/* The longest exact test, apart by all: both orders of 40 over 20, 137846528820 in number. */
static void exact_at_the_limit(void **state)
{
    (void)state;
    double a[21], b[21];
    for (size_t i = 0; i < 21; i++) {
        a[i] = (double)i;
        b[i] = (double)(100 - i);
    }
    struct stats_rank_test test = stats_rank_test(a, STATS_EXACT_MOST, b, STATS_EXACT_MOST);
    assert_true(test.exact);
    assert_near(test.p, 2.0 / 137846528820.0);
    assert_false(stats_rank_test(a, STATS_EXACT_MOST + 1, b, 5).exact);
    assert_false(stats_rank_test(a, 5, b, STATS_EXACT_MOST + 1).exact);
}

static void normal_with_ties(void **state)
{
    (void)state;
    static const double a[] = {1, 2, 2, 3, 4}, b[] = {2, 3, 3, 5, 6, 7};
    struct stats_rank_test test = stats_rank_test(a, 5, b, 6);
    assert_false(test.exact);
    assert_true(test.u == 6);
    assert_close(test.p, 0.11390314458853068, 1e-9);
    static const double c[] = {2, 2, 2, 4}, d[] = {4, 4, 9, 9, 9};
    test = stats_rank_test(c, 4, d, 5);
    assert_false(test.exact);
    assert_true(test.u == 1);
    assert_close(test.p, 0.028185802147907446, 1e-9);
}

static void normal_of_many(void **state)
{
    (void)state;
    double a[25], b[22];
    for (size_t i = 0; i < 25; i++)
        a[i] = (double)(i * 7 % 25 + 1);
    for (size_t i = 0; i < 22; i++)
        b[i] = (double)(i * 5 % 22 + 1) + 7.5;
    struct stats_rank_test test = stats_rank_test(a, 25, b, 22);
    assert_false(test.exact);
    assert_true(test.u == 153);
    assert_close(test.p, 0.009586761541013678, 1e-9);
}

/* Counted by the recurrence over the greatest sample: 489204 of 17383860 orders. */
static void exact_between(void **state)
{
    (void)state;
    double a[12], b[15];
    for (size_t i = 0; i < 15; i++) {
        if (i < 12)
            a[i] = 2 * (double)i;
        b[i] = 2 * (double)i + 5;
    }
    struct stats_rank_test test = stats_rank_test(a, 12, b, 15);
    assert_true(test.exact);
    assert_true(test.u == 45);
    assert_near(test.p, 489204.0 / 17383860.0);
}

static void sides_may_be_exchanged(void **state)
{
    (void)state;
    static const double a[] = {1, 2, 2, 3, 4}, b[] = {2, 3, 3, 5, 6, 7};
    struct stats_rank_test one = stats_rank_test(a, 5, b, 6);
    struct stats_rank_test other = stats_rank_test(b, 6, a, 5);
    assert_true(one.u + other.u == 30);
    assert_near(one.p, other.p);
}

static void equal_samples_are_not_told_apart(void **state)
{
    (void)state;
    static const double equal[] = {3, 3, 3, 3, 3, 3};
    struct stats_rank_test test = stats_rank_test(equal, 6, equal, 4);
    assert_true(test.u == 12);
    assert_true(test.p == 1);
    test = stats_rank_test(equal, 1, equal, 1);
    assert_true(test.u == 0.5);
    assert_true(test.p == 1);
}

static void no_samples_and_nan_are_refused(void **state)
{
    (void)state;
    static const double right[] = {1, 2, 3}, wrong[] = {1, NAN, 3};
    const struct stats_rank_test tests[] = {
        stats_rank_test(NULL, 0, right, 3),  stats_rank_test(right, 3, NULL, 0),
        stats_rank_test(NULL, 0, NULL, 0),   stats_rank_test(wrong, 3, right, 3),
        stats_rank_test(right, 3, wrong, 3),
    };
    for (size_t i = 0; i < COUNT(tests); i++) {
        assert_nan(tests[i].u);
        assert_nan(tests[i].p);
        assert_false(tests[i].exact);
    }
}

static void assert_adjusted(const double *p, const double *wanted, size_t count)
{
    double adjusted[8];
    stats_adjust(p, adjusted, count);
    for (size_t i = 0; i < count; i++)
        assert_near(adjusted[i], wanted[i]);
}

static void many_tests_are_corrected_for(void **state)
{
    (void)state;
    assert_adjusted((const double[]){0.01, 0.04, 0.03, 0.005},
                    (const double[]){0.03, 0.06, 0.06, 0.02}, 4);
    assert_adjusted((const double[]){0.02, 0.5, 0.02}, (const double[]){0.06, 0.5, 0.06}, 3);
    assert_adjusted((const double[]){0.6, 0.7, 0.0}, (const double[]){1, 1, 0}, 3);
    assert_adjusted((const double[]){0.04}, (const double[]){0.04}, 1);
}

static void correction_in_place(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, 0.03, 0.005};
    stats_adjust(p, p, 4);
    assert_near(p[0], 0.03);
    assert_near(p[1], 0.06);
    assert_near(p[2], 0.06);
    assert_near(p[3], 0.02);
    stats_adjust(NULL, NULL, 0);
}

static void what_is_no_probability_is_refused(void **state)
{
    (void)state;
    static const double wrong[] = {NAN, -0.1, 1.1};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        double p[] = {0.01, wrong[i], 0.5};
        stats_adjust(p, p, 3);
        assert_nan(p[0]);
        assert_nan(p[1]);
        assert_nan(p[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_without_ties),
        cmocka_unit_test(exact_at_the_limit),
        cmocka_unit_test(normal_with_ties),
        cmocka_unit_test(normal_of_many),
        cmocka_unit_test(exact_between),
        cmocka_unit_test(sides_may_be_exchanged),
        cmocka_unit_test(equal_samples_are_not_told_apart),
        cmocka_unit_test(no_samples_and_nan_are_refused),
        cmocka_unit_test(many_tests_are_corrected_for),
        cmocka_unit_test(correction_in_place),
        cmocka_unit_test(what_is_no_probability_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
