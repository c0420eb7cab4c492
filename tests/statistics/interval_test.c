/* SPDX-License-Identifier: MIT
 *
 * Bootstrap intervals against the exact bootstrap distribution: all resamples enumerated,
 * with their weights, by a program of its own in another language. A drawn percentile must
 * lie between the exact percentiles 0.6 points below and above it, which is four standard
 * errors at STATS_RESAMPLES resamples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "statistics/statistics.h"

static const double seven[] = {12.0, 10.5, 11.0, 19.0, 13.5, 10.0, 14.0};
static const double eight[] = {3.0, 1.0, 4.0, 1.5, 9.0, 2.5, 6.0, 5.0};

/* Two workloads in seven blocks: the noise of a block hits base and other alike. */
static const double base_1[] = {100, 104, 98, 150, 101, 97, 103};
static const double other_1[] = {121, 122, 120, 181, 119, 118, 127};
static const double base_2[] = {10, 11, 12.5, 9.5, 10.5, 13, 9};
static const double other_2[] = {9, 9.5, 10, 8, 9.9, 10.4, 8.5};

enum { SEEDS = 20 };

static void assert_interval(struct stats_interval interval, enum stats_interval_kind kind,
                            double low, double high)
{
    assert_int_equal(interval.kind, kind);
    assert_near(interval.low, low);
    assert_near(interval.high, high);
}

static void assert_no_interval(struct stats_interval interval)
{
    assert_int_equal(interval.kind, STATS_NONE);
    assert_nan(interval.low);
    assert_nan(interval.high);
}

static void assert_between(double value, double low, double high)
{
    if (!(value >= low * (1 - 1e-12) && value <= high * (1 + 1e-12)))
        fail_msg("%.17g is not within %.17g and %.17g", value, low, high);
}

static void median_of_an_odd_number(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        assert_interval(stats_median_interval(seven, 7, seed), STATS_BOOTSTRAP_95, 10.5, 14.0);
}

/* The k-th of 21 is the median of a resample with a probability that the binomial
 * distribution gives: 2.5 % and 97.5 % fall to the 7th and the 15th. */
static void median_of_twenty_one(void **state)
{
    (void)state;
    double samples[21];
    for (size_t i = 0; i < 21; i++)
        samples[i] = (double)(i * 8 % 21 + 1);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        assert_interval(stats_median_interval(samples, 21, seed), STATS_BOOTSTRAP_95, 7.0, 15.0);
}

static void median_of_an_even_number(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct stats_interval interval = stats_median_interval(eight, 8, seed);
        assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
        assert_between(interval.low, 1.5, 2.0);
        assert_near(interval.high, 6.0);
    }
}

static void mean_of_seven(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct stats_interval interval = stats_mean_interval(seven, 7, seed);
        assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
        assert_between(interval.low, 10.928571428571429, 11.071428571428571);
        assert_between(interval.high, 15.071428571428571, 15.357142857142858);
    }
}

/* Shifting the samples by a large number shifts the interval, and loses nothing of it. */
static void mean_is_as_exact_for_large_samples(void **state)
{
    (void)state;
    double shifted[7];
    for (size_t i = 0; i < 7; i++)
        shifted[i] = seven[i] + 0x1p40;
    struct stats_interval small = stats_mean_interval(seven, 7, 1);
    struct stats_interval large = stats_mean_interval(shifted, 7, 1);
    assert_close(large.low - 0x1p40, small.low, 1e-4);
    assert_close(large.high - 0x1p40, small.high, 1e-4);
}

/* Drawn unpaired, the same samples would give 0.72 to 1.04. */
static void ratio_is_paired_by_block(void **state)
{
    (void)state;
    struct stats_pairs pairs = {base_2, other_2, 7};
    assert_near(stats_ratio(pairs), 9.5 / 10.5);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        assert_interval(stats_ratio_interval(pairs, seed), STATS_BOOTSTRAP_95, 0.8,
                        0.9428571428571428);
}

/* Where every other is twice its base, no noise is left in the ratio. */
static void proportional_pairs_have_no_interval_to_speak_of(void **state)
{
    (void)state;
    double doubled[7];
    for (size_t i = 0; i < 7; i++)
        doubled[i] = 2 * base_1[i];
    struct stats_pairs pairs = {base_1, doubled, 7};
    assert_near(stats_ratio(pairs), 2.0);
    assert_interval(stats_ratio_interval(pairs, 3), STATS_BOOTSTRAP_95, 2.0, 2.0);
}

/* Drawn apart, the workloads would give 0.973 to 1.071 and more. */
static void mean_ratio_draws_equal_workloads_together(void **state)
{
    (void)state;
    const struct stats_pairs workloads[] = {{base_1, other_1, 7}, {base_2, other_2, 7}};
    assert_near(stats_mean_ratio(workloads, 2), 1.0411160732512412);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct stats_interval interval = stats_mean_ratio_interval(workloads, 2, seed);
        assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
        assert_between(interval.low, 0.9865069063562909, 0.989743318610787);
        assert_near(interval.high, 1.063686312513502);
    }
}

static void mean_ratio_draws_unequal_workloads_apart(void **state)
{
    (void)state;
    const struct stats_pairs workloads[] = {{base_1, other_1, 7}, {base_2, other_2, 6}};
    assert_near(stats_mean_ratio(workloads, 2), 1.0397133808626888);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct stats_interval interval = stats_mean_ratio_interval(workloads, 2, seed);
        assert_int_equal(interval.kind, STATS_BOOTSTRAP_95);
        assert_between(interval.low, 0.9734335188054604, 0.9749333564428649);
        assert_between(interval.high, 1.066196419353043, 1.0681091437007468);
    }
}

static void mean_ratio_of_one_workload_is_its_ratio(void **state)
{
    (void)state;
    const struct stats_pairs pairs = {base_1, other_1, 7};
    struct stats_interval one = stats_ratio_interval(pairs, 5);
    assert_near(stats_mean_ratio(&pairs, 1), stats_ratio(pairs));
    assert_interval(stats_mean_ratio_interval(&pairs, 1, 5), STATS_BOOTSTRAP_95, one.low, one.high);
}

static void few_samples_show_their_range(void **state)
{
    (void)state;
    for (size_t count = 1; count < STATS_BOOTSTRAP_LEAST; count++) {
        double low = stats_min(seven, count), high = stats_max(seven, count);
        assert_interval(stats_median_interval(seven, count, 1), STATS_RANGE, low, high);
        assert_interval(stats_mean_interval(seven, count, 1), STATS_RANGE, low, high);
    }
    assert_int_equal(stats_median_interval(seven, 6, 1).kind, STATS_BOOTSTRAP_95);
    assert_int_equal(stats_mean_interval(seven, 6, 1).kind, STATS_BOOTSTRAP_95);
}

static void few_blocks_show_the_range_of_ratios(void **state)
{
    (void)state;
    const struct stats_pairs workloads[] = {{base_1, other_1, 5}, {base_2, other_2, 5}};
    assert_interval(stats_ratio_interval(workloads[1], 1), STATS_RANGE, 10 / 12.5, 9.9 / 10.5);
    assert_interval(stats_mean_ratio_interval(workloads, 2, 1), STATS_RANGE, 0.9687422456265333,
                    1.0744854351908721);
    const struct stats_pairs mixed[] = {{base_1, other_1, 7}, {base_2, other_2, 5}};
    assert_int_equal(stats_mean_ratio_interval(mixed, 2, 1).kind, STATS_RANGE);
    const struct stats_pairs single = {base_1, other_1, 1};
    assert_interval(stats_ratio_interval(single, 1), STATS_RANGE, 1.21, 1.21);
}

static void equal_samples_have_an_interval_of_no_width(void **state)
{
    (void)state;
    static const double equal[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    assert_interval(stats_median_interval(equal, 7, 1), STATS_BOOTSTRAP_95, 0.1, 0.1);
    assert_interval(stats_mean_interval(equal, 7, 1), STATS_BOOTSTRAP_95, 0.1, 0.1);
    struct stats_pairs pairs = {equal, equal, 7};
    assert_interval(stats_ratio_interval(pairs, 1), STATS_BOOTSTRAP_95, 1.0, 1.0);
}

static void nothing_comes_of_nothing(void **state)
{
    (void)state;
    const struct stats_pairs none = {NULL, NULL, 0};
    const struct stats_pairs mixed[] = {{base_1, other_1, 7}, {NULL, NULL, 0}};
    assert_no_interval(stats_median_interval(NULL, 0, 1));
    assert_no_interval(stats_mean_interval(NULL, 0, 1));
    assert_nan(stats_ratio(none));
    assert_no_interval(stats_ratio_interval(none, 1));
    assert_nan(stats_mean_ratio(NULL, 0));
    assert_no_interval(stats_mean_ratio_interval(NULL, 0, 1));
    assert_nan(stats_mean_ratio(mixed, 2));
    assert_no_interval(stats_mean_ratio_interval(mixed, 2, 1));
}

static void nan_is_refused(void **state)
{
    (void)state;
    static const double wrong[] = {1, 2, 3, NAN, 5, 6, 7};
    for (size_t count = 4; count <= 7; count++) {
        struct stats_pairs below = {wrong, other_1, count}, above = {base_1, wrong, count};
        assert_no_interval(stats_median_interval(wrong, count, 1));
        assert_no_interval(stats_mean_interval(wrong, count, 1));
        assert_nan(stats_ratio(below));
        assert_nan(stats_ratio(above));
        assert_no_interval(stats_ratio_interval(below, 1));
        assert_no_interval(stats_ratio_interval(above, 1));
        assert_nan(stats_mean_ratio(&above, 1));
        assert_no_interval(stats_mean_ratio_interval(&below, 1, 1));
    }
}

/* No pause at all is a fair result of one collector, but no baseline, and has no logarithm. */
static void zero_may_be_compared_but_not_compared_to(void **state)
{
    (void)state;
    static const double zero[] = {1, 2, 3, 0, 5, 6, 7}, negative[] = {1, 2, 3, -1, 5, 6, 7};
    struct stats_pairs other = {base_1, zero, 7}, base = {zero, other_1, 7};
    assert_near(stats_ratio(other), 3.0 / 101);
    assert_int_equal(stats_ratio_interval(other, 1).kind, STATS_BOOTSTRAP_95);
    assert_nan(stats_ratio(base));
    assert_no_interval(stats_ratio_interval(base, 1));
    assert_nan(stats_mean_ratio(&other, 1));
    assert_no_interval(stats_mean_ratio_interval(&other, 1, 1));
    assert_no_interval(stats_ratio_interval((struct stats_pairs){base_1, negative, 7}, 1));
}

/* Many values, so that two seeds do not end at the same ones by chance. */
static void seed_decides(void **state)
{
    (void)state;
    double samples[50];
    for (size_t i = 0; i < 50; i++)
        samples[i] = sqrt((double)(i * 37 % 50 + 1));
    struct stats_interval first = stats_mean_interval(samples, 50, 1);
    assert_interval(stats_mean_interval(samples, 50, 1), STATS_BOOTSTRAP_95, first.low, first.high);
    assert_true(stats_mean_interval(samples, 50, 2).low != first.low);
    /* Far from small, the interval is the normal one. */
    double error = sqrt(stats_variance(samples, 50) / 50) * 1.96;
    assert_close(first.low, stats_mean(samples, 50) - error, 0.01);
    assert_close(first.high, stats_mean(samples, 50) + error, 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_an_odd_number),
        cmocka_unit_test(median_of_twenty_one),
        cmocka_unit_test(median_of_an_even_number),
        cmocka_unit_test(mean_of_seven),
        cmocka_unit_test(mean_is_as_exact_for_large_samples),
        cmocka_unit_test(ratio_is_paired_by_block),
        cmocka_unit_test(proportional_pairs_have_no_interval_to_speak_of),
        cmocka_unit_test(mean_ratio_draws_equal_workloads_together),
        cmocka_unit_test(mean_ratio_draws_unequal_workloads_apart),
        cmocka_unit_test(mean_ratio_of_one_workload_is_its_ratio),
        cmocka_unit_test(few_samples_show_their_range),
        cmocka_unit_test(few_blocks_show_the_range_of_ratios),
        cmocka_unit_test(equal_samples_have_an_interval_of_no_width),
        cmocka_unit_test(nothing_comes_of_nothing),
        cmocka_unit_test(nan_is_refused),
        cmocka_unit_test(zero_may_be_compared_but_not_compared_to),
        cmocka_unit_test(seed_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
