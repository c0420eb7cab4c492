/* SPDX-License-Identifier: MIT
 *
 * Ratios of two subjects that were measured apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "statistics/statistics.h"

static const double twos[] = {2, 2, 2, 2, 2, 2, 2};
static const double threes[] = {3, 3, 3, 3, 3, 3};
static const double spread[] = {10, 12, 11, 19, 13, 14, 10.5, 12.5};
static const double few[] = {4, 5, 8};

static void known_answers(void **state)
{
    (void)state;
    const struct stats_sides sides = {twos, 7, threes, 6};
    struct stats_interval interval = stats_apart_ratio_interval(sides, 1);
    assert_near(stats_apart_ratio(sides), 1.5);
    assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
    assert_near(interval.low, 1.5);
    assert_near(interval.high, 1.5);
    const struct stats_sides points[] = {{twos, 7, threes, 6}, {threes, 6, twos, 7}};
    assert_near(stats_apart_mean_ratio(points, 2), 1.0);
    assert_near(stats_apart_mean_ratio_interval(points, 2, 1).high, 1.0);
}

/* Paired by block this would be exactly 1. */
static void sides_are_drawn_on_their_own(void **state)
{
    (void)state;
    const struct stats_sides same = {spread, COUNT(spread), spread, COUNT(spread)};
    struct stats_interval interval = stats_apart_ratio_interval(same, 1);
    assert_near(stats_apart_ratio(same), 1.0);
    assert_true(interval.low < 0.95 && interval.high > 1.05);
    assert_true(interval.low > 10.0 / 19 && interval.high < 19.0 / 10);
    struct stats_interval again = stats_apart_ratio_interval(same, 1);
    assert_near(again.low, interval.low);
    assert_near(again.high, interval.high);
}

/* Points with the same samples do not move together either: the mean of many is narrower. */
static void points_are_drawn_on_their_own(void **state)
{
    (void)state;
    struct stats_sides points[16];
    for (size_t i = 0; i < COUNT(points); i++)
        points[i] = (struct stats_sides){spread, COUNT(spread), spread, COUNT(spread)};
    struct stats_interval one = stats_apart_ratio_interval(points[0], 1);
    struct stats_interval all = stats_apart_mean_ratio_interval(points, COUNT(points), 1);
    assert_true(log(all.high / all.low) < log(one.high / one.low) / 3);
}

static void few_samples_give_the_widest_range(void **state)
{
    (void)state;
    const struct stats_sides sides = {few, 3, spread, COUNT(spread)};
    struct stats_interval interval = stats_apart_ratio_interval(sides, 1);
    assert_int_equal(interval.kind, STATS_RANGE);
    assert_near(interval.low, 10.0 / 8);
    assert_near(interval.high, 19.0 / 4);
}

static void what_has_no_ratio_has_none(void **state)
{
    (void)state;
    static const double zero[] = {0, 1, 2};
    const struct stats_sides none = {few, 0, few, 3}, nought = {few, 3, zero, 3};
    const struct stats_sides points[] = {{twos, 7, threes, 6}, {few, 3, zero, 3}};
    assert_nan(stats_apart_ratio(none));
    assert_nan(stats_apart_ratio(nought));
    assert_int_equal(stats_apart_ratio_interval(none, 1).kind, STATS_NONE);
    assert_nan(stats_apart_mean_ratio(points, 2));
    assert_nan(stats_apart_mean_ratio(points, 0));
    assert_int_equal(stats_apart_mean_ratio_interval(points, 2, 1).kind, STATS_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(sides_are_drawn_on_their_own),
        cmocka_unit_test(points_are_drawn_on_their_own),
        cmocka_unit_test(few_samples_give_the_widest_range),
        cmocka_unit_test(what_has_no_ratio_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
