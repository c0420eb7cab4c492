/* SPDX-License-Identifier: MIT
 *
 * The curve of memory over time from looks that are made up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure/process.h"
#include "measure/sampler.h"

static struct sampler sampler;
static struct trial_record record;

static int begin(void **state)
{
    (void)state;
    sampler = (struct sampler){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    record_free(&record);
    return 0;
}

static void note(uint64_t time_ns, uint64_t held, uint64_t resident, uint64_t live)
{
    sampler_note(&sampler, &(struct sampler_stretch){time_ns, held, resident, live});
}

static void assert_point(enum trial_curve curve, size_t index, double x, double y)
{
    assert_true(index < record.curves[curve].count);
    assert_true(record.curves[curve].points[index].x == x);
    assert_true(record.curves[curve].points[index].y == y);
}

static void few_looks_are_all_kept(void **state)
{
    (void)state;
    note(990, 10, 1010, 5);
    note(1100, 30, 1030, HM_UNKNOWN);
    note(1200, 20, 900, 7);
    sampler_tell(&sampler, &record, 1000, 1000);
    assert_int_equal(record.curves[CURVE_HELD].count, 3);
    assert_point(CURVE_HELD, 0, 0, 10);
    assert_point(CURVE_HELD, 1, 100, 30);
    assert_point(CURVE_RESIDENT, 1, 100, 30);
    assert_point(CURVE_RESIDENT, 2, 200, 0);
    assert_int_equal(record.curves[CURVE_LIVE].count, 2);
    assert_point(CURVE_LIVE, 1, 200, 7);
}

/* 1000 looks, the k-th at k, holding k % 100: 64 stretches at the most, each with its greatest. */
static void many_looks_become_stretches(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 1000; k++)
        note(k, k % 100, HM_UNKNOWN, HM_UNKNOWN);
    sampler_tell(&sampler, &record, 0, PROCESS_UNKNOWN);
    const struct curve *curve = &record.curves[CURVE_HELD];
    assert_int_equal(curve->count, 63); /* of 16 looks each, the last of 8 */
    for (size_t i = 0; i < curve->count; i++) {
        uint64_t most = 0;
        for (uint64_t k = 16 * i; k < 16 * i + 16 && k < 1000; k++)
            most = k % 100 > most ? k % 100 : most;
        assert_point(CURVE_HELD, i, (double)(16 * i), (double)most);
    }
    assert_int_equal(record.curves[CURVE_RESIDENT].count, 0);
    assert_int_equal(record.curves[CURVE_LIVE].count, 0);
}

/* 10 from 0 to 4, then a line up to 30 at 8, then nothing new until a fall to 0 at 10: 40, 80 and
 * 30, over 10. */
static void means_are_of_trapezoids(void **state)
{
    (void)state;
    struct sampler_mean mean = {0};
    assert_true(sampler_mean_of(&mean) == HM_UNKNOWN);
    sampler_weigh(&mean, HM_UNKNOWN, 5);
    sampler_weigh(&mean, 5, HM_UNKNOWN);
    assert_true(sampler_mean_of(&mean) == HM_UNKNOWN);
    sampler_weigh(&mean, 0, 10);
    assert_int_equal(sampler_mean_of(&mean), 10);
    sampler_weigh(&mean, 4, 10);
    sampler_weigh(&mean, 8, 30);
    sampler_weigh(&mean, 8, 30);
    sampler_weigh(&mean, 10, 0);
    assert_int_equal(sampler_mean_of(&mean), 15);
    assert_int_equal(mean.samples, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_of_trapezoids),
        cmocka_unit_test_setup_teardown(few_looks_are_all_kept, begin, end),
        cmocka_unit_test_setup_teardown(many_looks_become_stretches, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
