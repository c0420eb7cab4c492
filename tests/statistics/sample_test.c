/* SPDX-License-Identifier: MIT
 *
 * Statistics of one sample against answers worked out by hand or in exact arithmetic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "statistics/statistics.h"

static const double four[] = {1.5, 0.5, 2.0, 4.0};
static const double seven[] = {12.0, 10.5, 11.0, 19.0, 13.5, 10.0, 14.0};

static void known_answers(void **state)
{
    (void)state;
    assert_near(stats_total(seven, 7), 90.0);
    assert_near(stats_mean(seven, 7), 90.0 / 7);
    assert_near(stats_variance(seven, 7), 1214.5 / 6 - 90.0 * 90.0 / 42);
    assert_near(stats_median(seven, 7), 12.0);
    assert_near(stats_min(seven, 7), 10.0);
    assert_near(stats_max(seven, 7), 19.0);
    assert_near(stats_mean(four, 4), 2.0);
    assert_near(stats_median(four, 4), 1.75);
    assert_near(stats_variance(four, 4), 6.5 / 3);
    assert_near(stats_geometric_mean(four, 4), pow(6.0, 0.25));
}

static void samples_stay_as_they_were(void **state)
{
    (void)state;
    double samples[7];
    size_t outliers;
    memcpy(samples, seven, sizeof samples);
    stats_median(samples, 7);
    stats_percentile(samples, 7, 90);
    stats_outliers(samples, 7, &outliers);
    assert_memory_equal(samples, seven, sizeof samples);
}

static void negative_samples(void **state)
{
    (void)state;
    static const double samples[] = {-3.0, -1.0, -2.0};
    assert_near(stats_max(samples, 3), -1.0);
    assert_near(stats_min(samples, 3), -3.0);
    assert_near(stats_median(samples, 3), -2.0);
    assert_near(stats_total(samples, 3), -6.0);
}

/* The textbook formula, mean of squares less square of mean, gives nonsense here. */
static void large_mean_with_small_variance(void **state)
{
    (void)state;
    static const double samples[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    assert_near(stats_mean(samples, 4), 1e9 + 10);
    assert_near(stats_variance(samples, 4), 30.0);
    assert_near(stats_median(samples, 4), 1e9 + 10);
    static const double larger[] = {1e15, 1e15 + 1, 1e15 + 2};
    assert_near(stats_variance(larger, 3), 1.0);
    assert_true(stats_mean(larger, 3) == 1e15 + 1);
}

static void total_keeps_what_is_small(void **state)
{
    (void)state;
    static const double samples[] = {1.0, 1e100, 1.0, -1e100};
    assert_near(stats_total(samples, 4), 2.0);
    double tenths[1000];
    for (size_t i = 0; i < 1000; i++)
        tenths[i] = 0.1;
    assert_true(stats_total(tenths, 1000) == 100.0);
}

static void no_samples(void **state)
{
    (void)state;
    size_t outliers = 9;
    assert_true(stats_total(NULL, 0) == 0);
    assert_nan(stats_mean(NULL, 0));
    assert_nan(stats_variance(NULL, 0));
    assert_nan(stats_median(NULL, 0));
    assert_nan(stats_percentile(NULL, 0, 50));
    assert_nan(stats_percentile_sorted(NULL, 0, 50));
    assert_nan(stats_min(NULL, 0));
    assert_nan(stats_max(NULL, 0));
    assert_nan(stats_geometric_mean(NULL, 0));
    assert_true(stats_outliers(NULL, 0, &outliers));
    assert_int_equal(outliers, 0);
    stats_sort(NULL, 0);
}

static void one_sample(void **state)
{
    (void)state;
    static const double one[] = {2.5};
    assert_near(stats_total(one, 1), 2.5);
    assert_near(stats_mean(one, 1), 2.5);
    assert_nan(stats_variance(one, 1));
    assert_near(stats_median(one, 1), 2.5);
    assert_near(stats_percentile(one, 1, 0), 2.5);
    assert_near(stats_percentile(one, 1, 99.9), 2.5);
    assert_near(stats_geometric_mean(one, 1), 2.5);
}

static void equal_samples(void **state)
{
    (void)state;
    static const double equal[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    size_t outliers = 9;
    assert_true(stats_variance(equal, 6) == 0);
    assert_true(stats_median(equal, 6) == 0.1);
    assert_near(stats_mean(equal, 6), 0.1);
    assert_near(stats_geometric_mean(equal, 6), 0.1);
    assert_true(stats_outliers(equal, 6, &outliers));
    assert_int_equal(outliers, 0);
}

static void samples_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    static const double wrong[] = {NAN, INFINITY, -INFINITY};
    for (size_t kind = 0; kind < COUNT(wrong); kind++) {
        for (size_t place = 0; place < 7; place++) {
            double samples[7];
            size_t outliers;
            memcpy(samples, seven, sizeof samples);
            samples[place] = wrong[kind];
            assert_nan(stats_total(samples, 7));
            assert_nan(stats_mean(samples, 7));
            assert_nan(stats_variance(samples, 7));
            assert_nan(stats_median(samples, 7));
            assert_nan(stats_percentile(samples, 7, 50));
            assert_nan(stats_min(samples, 7));
            assert_nan(stats_max(samples, 7));
            assert_nan(stats_geometric_mean(samples, 7));
            assert_false(stats_outliers(samples, 7, &outliers));
        }
    }
}

static void geometric_mean_wants_positive_samples(void **state)
{
    (void)state;
    static const double zero[] = {1.0, 0.0, 2.0}, negative[] = {1.0, -1.0, 2.0};
    assert_nan(stats_geometric_mean(zero, 3));
    assert_nan(stats_geometric_mean(negative, 3));
    static const double huge[] = {1e300, 1e300, 1e-300, 1e-300};
    assert_near(stats_geometric_mean(huge, 4), 1.0);
}

static void percentiles_by_nearest_rank(void **state)
{
    (void)state;
    static const double five[] = {35, 20, 15, 50, 40};
    static const struct {
        double percent, wanted;
    } examples[] = {{0, 15},  {5, 15},  {20, 15},   {20.1, 20}, {30, 20}, {40, 20},
                    {50, 35}, {60, 35}, {60.5, 40}, {80, 40},   {81, 50}, {100, 50}};
    for (size_t i = 0; i < COUNT(examples); i++)
        assert_true(stats_percentile(five, 5, examples[i].percent) == examples[i].wanted);
    assert_nan(stats_percentile(five, 5, -0.1));
    assert_nan(stats_percentile(five, 5, 100.1));
    assert_nan(stats_percentile(five, 5, NAN));
}

/* In binary, 99.9 % of 1000 is a little more or less than 999. Sample i has rank i. */
static void percentile_ranks_are_those_of_decimal_arithmetic(void **state)
{
    (void)state;
    enum { MOST = 100000 };
    double *sorted = malloc(MOST * sizeof *sorted);
    assert_non_null(sorted);
    for (size_t i = 0; i < MOST; i++)
        sorted[i] = (double)(i + 1);
    for (size_t count = 1; count <= MOST; count += count < 3000 ? 1 : 997) {
        for (size_t thousandths = 100; thousandths < 100000; thousandths += 433) {
            size_t rank = (thousandths * count + 99999) / 100000;
            double percent = (double)thousandths / 1000;
            assert_true(stats_percentile_sorted(sorted, count, percent) == (double)rank);
        }
        size_t rank = (999 * count + 999) / 1000;
        assert_true(stats_percentile_sorted(sorted, count, 99.9) == (double)rank);
    }
    free(sorted);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void sort_agrees_with_qsort(void **state)
{
    (void)state;
    double ours[300], theirs[300];
    uint32_t random = 12345;
    for (size_t count = 0; count <= 300; count++) {
        for (size_t i = 0; i < count; i++) {
            random = random * 1664525u + 1013904223u;
            ours[i] = theirs[i] = (double)(random >> 24) - 128; /* many are equal */
        }
        stats_sort(ours, count);
        qsort(theirs, count, sizeof *theirs, compare);
        assert_memory_equal(ours, theirs, count * sizeof *ours);
    }
}

static void outliers_are_counted(void **state)
{
    (void)state;
    /* The quartiles are 10 and 13: the fences are 5.5 and 17.5, and what lies on them is inside. */
    double samples[] = {10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 17.5, 5.5};
    size_t outliers = 9;
    assert_true(stats_outliers(samples, 12, &outliers));
    assert_int_equal(outliers, 0);
    samples[10] = 17.6;
    assert_true(stats_outliers(samples, 12, &outliers));
    assert_int_equal(outliers, 1);
    samples[11] = -100;
    assert_true(stats_outliers(samples, 12, &outliers));
    assert_int_equal(outliers, 2);
    static const double few[] = {1, 1, 1000};
    assert_true(stats_outliers(few, 3, &outliers));
    assert_int_equal(outliers, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(samples_stay_as_they_were),
        cmocka_unit_test(negative_samples),
        cmocka_unit_test(large_mean_with_small_variance),
        cmocka_unit_test(total_keeps_what_is_small),
        cmocka_unit_test(no_samples),
        cmocka_unit_test(one_sample),
        cmocka_unit_test(equal_samples),
        cmocka_unit_test(samples_that_are_not_finite_are_refused),
        cmocka_unit_test(geometric_mean_wants_positive_samples),
        cmocka_unit_test(percentiles_by_nearest_rank),
        cmocka_unit_test(percentile_ranks_are_those_of_decimal_arithmetic),
        cmocka_unit_test(sort_agrees_with_qsort),
        cmocka_unit_test(outliers_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
