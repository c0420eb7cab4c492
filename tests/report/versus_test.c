/* SPDX-License-Identifier: MIT
 *
 * One run against another, from records made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "report/versus.h"

enum { MOST = 128 };

static struct store_trial base[MOST], other[MOST];
static size_t base_count, other_count;
static struct versus versus;
static struct error error;

static struct trial_record *add(struct store_trial *trials, size_t *count, const char *collector,
                                const char *workload, int64_t wall_ns)
{
    struct trial_record *record = &trials[(*count)++].record;
    record_set_text(record, TRIAL_COLLECTOR_LABEL, collector);
    record_set_text(record, TRIAL_WORKLOAD, workload);
    record_set_text(record, TRIAL_DISPATCH, "inline");
    record_set_integer(record, TRIAL_THREADS, 1);
    record_set_integer(record, TRIAL_WALL_NS, wall_ns);
    record_set_outcome(record, OUTCOME_OK);
    return record;
}

/* `trials` on each side, about 1000 ns and about `other_ns`. */
static void add_pair(const char *collector, const char *workload, int trials, int64_t other_ns)
{
    for (int i = 0; i < trials; i++) {
        add(base, &base_count, collector, workload, 1000 + i % 5);
        add(other, &other_count, collector, workload, other_ns + i % 5);
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&versus, 0, sizeof versus);
    memset(&error, 0, sizeof error);
    base_count = other_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    versus_free(&versus);
    for (size_t i = 0; i < MOST; i++) {
        record_free(&base[i].record);
        record_free(&other[i].record);
    }
    return 0;
}

static bool make(void)
{
    return versus_make(&versus, base, base_count, other, other_count, &error);
}

static const struct versus_point *find(const char *collector, const char *workload)
{
    for (size_t i = 0; i < versus.count; i++)
        if (strcmp(versus.points[i].collector, collector) == 0 &&
            strcmp(versus.points[i].workload, workload) == 0)
            return &versus.points[i];
    fail_msg("no point of %s on %s", collector, workload);
    return NULL;
}

static void points_are_told_apart(void **state)
{
    (void)state;
    add_pair("a", "churn", 10, 1000);
    add_pair("a", "lru", 10, 2000);
    add_pair("b", "churn", 10, 500);
    assert_true(make());
    assert_int_equal(versus.count, 3);
    assert_int_equal(find("a", "churn")->verdict, VERSUS_ALIKE);
    assert_int_equal(find("a", "lru")->verdict, VERSUS_WORSE);
    assert_int_equal(find("b", "churn")->verdict, VERSUS_BETTER);
    assert_true(fabs(find("a", "lru")->ratio - 2002.0 / 1002) < 1e-12);
    assert_true(fabs(versus.ratio - cbrt(2002.0 / 1002 * (502.0 / 1002))) < 1e-12);
    assert_int_equal(versus.compared, 3);
    assert_int_equal(versus.least_trials, 10);
    assert_false(versus_is_worse(&versus, 0.05, false));
    assert_true(versus_is_worse(&versus, 0.05, true));
    assert_false(versus_is_worse(&versus, 1.5, true));
}

/* The same on every point: worse by the mean, and by no point alone for a limit above it. */
static void the_mean_is_judged(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1100);
    add_pair("a", "lru", 6, 1100);
    assert_true(make());
    assert_true(versus.interval.low > 1.05 && versus.interval.high < 1.15);
    assert_true(versus_is_worse(&versus, 0.05, false));
    assert_false(versus_is_worse(&versus, 0.2, false));
}

static void few_trials_tell_nothing(void **state)
{
    (void)state;
    add_pair("a", "churn", 5, 9000);
    assert_true(make());
    assert_int_equal(versus.points[0].verdict, VERSUS_TOO_FEW);
    assert_int_equal(versus.points[0].interval.kind, STATS_RANGE);
    assert_int_equal(versus.interval.kind, STATS_RANGE);
    assert_false(versus_is_worse(&versus, 0.05, true));
}

static void failures_are_worse(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add(base, &base_count, "a", "grow", 10);
    struct trial_record *failed = add(other, &other_count, "a", "grow", 10);
    record_set_outcome(failed, OUTCOME_CRASH);
    record_set_outcome(add(base, &base_count, "a", "set", 10), OUTCOME_HANG);
    add(other, &other_count, "a", "set", 10);
    assert_true(make());
    assert_int_equal(find("a", "grow")->verdict, VERSUS_FAILS);
    assert_ptr_equal(find("a", "grow")->failure, failed);
    assert_int_equal(find("a", "set")->verdict, VERSUS_MENDED);
    assert_int_equal(versus.compared, 1);
    assert_true(versus_is_worse(&versus, 10, false));
}

/* What only one run has is counted and left out, an interrupted trial too. */
static void only_what_both_have_is_compared(void **state)
{
    (void)state;
    add_pair("a", "churn", 6, 1000);
    add(base, &base_count, "b", "churn", 10);
    add(other, &other_count, "a", "lru", 10);
    record_set_integer(add(other, &other_count, "a", "churn", 10), TRIAL_HEAP_BYTES, 4096);
    record_set_outcome(add(other, &other_count, "a", "churn", 1), OUTCOME_INTERRUPTED);
    assert_true(make());
    assert_int_equal(versus.count, 1);
    assert_int_equal(versus.points[0].other_count, 6);
    assert_int_equal(versus.base_only, 1);
    assert_int_equal(versus.other_only, 2);
}

static void nothing_in_common_is_the_users_mistake(void **state)
{
    (void)state;
    add(base, &base_count, "a", "churn", 10);
    add(other, &other_count, "b", "churn", 10);
    assert_false(make());
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "no point in common"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(points_are_told_apart),           TEST(the_mean_is_judged),
        TEST(few_trials_tell_nothing),         TEST(failures_are_worse),
        TEST(only_what_both_have_is_compared), TEST(nothing_in_common_is_the_users_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
