/* SPDX-License-Identifier: MIT
 *
 * Schedules of requests, against times and percentiles that were worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#include "measure/schedule.h"

/* -ln(1/e) is 1: then the gap is the mean one. */
static void a_gap_follows_from_the_number_drawn(void **state)
{
    (void)state;
    assert_true(fabs(schedule_gap_ns(1000, exp(-1)) - 1e6) < 1e-3);
    assert_true(fabs(schedule_gap_ns(4, exp(-2)) - 5e8) < 1e-3);
    assert_true(schedule_gap_ns(1000, 1) == 0);
}

/* Four a second over three threads: 0, 250, 500 ... ms by turns. */
static void even_requests_alternate_between_threads(void **state)
{
    (void)state;
    static const uint64_t due_ms[3][3] = {{0, 750, 1500}, {250, 1000}, {500, 1250}};
    static const size_t counts[] = {3, 2, 2};
    const struct hm_schedule of = {.requests = 7, .rate = 4, .arrivals = HM_EVEN};
    for (uint32_t thread = 0; thread < 3; thread++) {
        struct schedule schedule;
        schedule_make(&schedule, &of, 3, thread, 1);
        assert_int_equal(schedule.count, counts[thread]);
        for (size_t i = 0; i < schedule.count; i++)
            assert_int_equal(schedule.due_ns[i], due_ms[thread][i] * 1000000);
        schedule_free(&schedule);
    }
}

/* The mean of 100000 gaps of one thread of two, at 1000 a second over both, is 2 ms but for 0.3 %
 * (a standard deviation); a share of 1/e of them is longer than that. The seed is fixed, so this
 * holds always or never. */
static void poisson_requests_come_at_random_and_from_the_seed(void **state)
{
    (void)state;
    const struct hm_schedule of = {.requests = 200000, .rate = 1000, .arrivals = HM_POISSON};
    struct schedule one, again, other;
    schedule_make(&one, &of, 2, 0, 5);
    schedule_make(&again, &of, 2, 0, 5);
    schedule_make(&other, &of, 2, 1, 6);
    assert_int_equal(one.count, 100000);
    assert_memory_equal(one.due_ns, again.due_ns, one.count * sizeof *one.due_ns);
    assert_memory_not_equal(one.due_ns, other.due_ns, one.count * sizeof *one.due_ns);
    size_t longer = 0;
    for (size_t i = 1; i < one.count; i++) {
        assert_true(one.due_ns[i] >= one.due_ns[i - 1]);
        longer += one.due_ns[i] - one.due_ns[i - 1] > 2000000;
    }
    assert_true(fabs((double)one.due_ns[one.count - 1] / 1e5 / 2e6 - 1) < 0.01);
    assert_true(fabs((double)longer / 1e5 - exp(-1)) < 0.005);
    schedule_free(&one);
    schedule_free(&again);
    schedule_free(&other);
}

/* ---- what becomes of them ---- */

/* Requests at 0, 10, 20 ... 90 ns of the schedule, which begins at 1000. */
static struct schedule ten(bool lapses)
{
    const struct hm_schedule of = {
        .requests = 10, .rate = 1e8, .arrivals = HM_EVEN, .lapses = lapses};
    struct schedule schedule;
    schedule_make(&schedule, &of, 1, 0, 1);
    schedule_begin(&schedule, false, 1000);
    return schedule;
}

/* The next one, begun at `now_ns`: -1 when there is none. */
static int64_t take_at(struct schedule *schedule, uint64_t now_ns)
{
    return schedule_advance(schedule, now_ns) ? (int64_t)schedule_take(schedule) : -1;
}

static void what_is_late_is_done_late(void **state)
{
    (void)state;
    struct schedule schedule = ten(false);
    assert_true(schedule_advance(&schedule, 5000));
    assert_int_equal(schedule_due_ns(&schedule), 1000);
    for (int64_t i = 0; i < 10; i++)
        assert_int_equal(take_at(&schedule, 5000), i);
    assert_int_equal(take_at(&schedule, 5000), -1);
    assert_int_equal(schedule.missed, 0);
    schedule_free(&schedule);
}

/* At 1020 the third is due, so the first two are lost; at 1029 the third is still in time. */
static void what_lapses_is_not_made_up_for(void **state)
{
    (void)state;
    struct schedule schedule = ten(true);
    assert_int_equal(take_at(&schedule, 1005), 0);
    assert_int_equal(take_at(&schedule, 1029), 2);
    assert_int_equal(schedule.missed, 1);
    assert_true(schedule_advance(&schedule, 1030));
    assert_int_equal(schedule_due_ns(&schedule), 1030);
    /* Nothing follows the last one, so it never lapses. */
    assert_int_equal(take_at(&schedule, 9000), 9);
    assert_int_equal(take_at(&schedule, 9000), -1);
    assert_int_equal(schedule.missed, 7);
    schedule_begin(&schedule, true, 1000);
    for (int64_t i = 0; i < 10; i++)
        assert_int_equal(take_at(&schedule, 9000), i);
    assert_int_equal(schedule.missed, 0);
    schedule_free(&schedule);
}

/* ---- what is told ---- */

/* Two threads at 4 a second, due at 0, 250, 500 and 750 ms by turns after 100 ns; the timed part
 * begins 40 ns after the schedule. They take 5, 7, 1 and 9 us. */
static void percentiles_run_from_when_requests_were_due(void **state)
{
    (void)state;
    static const uint64_t ends[2][2] = {{5000, 500001000}, {250007000, 750009000}};
    static const int64_t latencies[] = {5000, 7000, 1000, 9000};
    const struct hm_schedule of = {.requests = 4, .rate = 4, .arrivals = HM_EVEN};
    struct schedule schedules[2];
    struct trial_record record = {0};
    for (uint32_t i = 0; i < 2; i++) {
        schedule_make(&schedules[i], &of, 2, i, 1);
        schedule_begin(&schedules[i], false, 100);
        for (size_t k = 0; k < 2; k++) {
            /* When it was begun does not matter. */
            take_at(&schedules[i], UINT64_MAX);
            schedule_end(&schedules[i], 100 + ends[i][k]);
        }
    }
    schedule_tell(&record, &of, schedules, 2, 140);
    assert_int_equal(record_integer(&record, TRIAL_REQUEST_COUNT, -1), 4);
    assert_true(record_real(&record, TRIAL_LATENCY_P50_NS, -1) == 5000);
    assert_true(record_real(&record, TRIAL_LATENCY_P90_NS, -1) == 9000);
    assert_true(record_real(&record, TRIAL_LATENCY_P999_NS, -1) == 9000);
    assert_int_equal(record_integer(&record, TRIAL_LATENCY_MAX_NS, -1), 9000);
    assert_false(record_is_known(&record, TRIAL_DEFICIT_BYTES));
    assert_int_equal(record.requests.count, 4);
    for (int64_t i = 0; i < 4; i++) {
        assert_int_equal(record.requests.due_ns[i], 250000000 * i - 40);
        assert_int_equal(record.requests.latency_ns[i], latencies[i]);
    }
    record_free(&record);
    schedule_free(&schedules[0]);
    schedule_free(&schedules[1]);
}

/* Latencies of 1 to 1000 us: the nearest ranks are 500, 900, 990 and 999. */
static void percentiles_are_exact(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    const struct hm_schedule of = {.requests = COUNT, .rate = 1000, .arrivals = HM_EVEN};
    struct schedule schedule;
    struct trial_record record = {0};
    schedule_make(&schedule, &of, 1, 0, 1);
    schedule_begin(&schedule, false, 0);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t number = schedule_take(&schedule);
        schedule_end(&schedule, schedule.due_ns[number] + (i * 7 % COUNT + 1) * 1000);
    }
    schedule_tell(&record, &of, &schedule, 1, 0);
    assert_true(record_real(&record, TRIAL_LATENCY_P50_NS, -1) == 500000);
    assert_true(record_real(&record, TRIAL_LATENCY_P90_NS, -1) == 900000);
    assert_true(record_real(&record, TRIAL_LATENCY_P99_NS, -1) == 990000);
    assert_true(record_real(&record, TRIAL_LATENCY_P999_NS, -1) == 999000);
    assert_int_equal(record_integer(&record, TRIAL_LATENCY_MAX_NS, -1), 1000000);
    record_free(&record);
    schedule_free(&schedule);
}

/* Of ten ticks of 300 bytes one thread loses four. */
static void a_deficit_is_told_in_bytes_and_as_a_share(void **state)
{
    (void)state;
    struct schedule schedule = ten(true);
    struct trial_record record = {0};
    const struct hm_schedule of = {
        .requests = 10, .rate = 1e8, .arrivals = HM_EVEN, .lapses = true, .offered_bytes = 300};
    assert_int_equal(take_at(&schedule, 1045), 4);
    schedule_end(&schedule, 1046);
    for (uint64_t i = 5; i < 10; i++)
        assert_int_equal(take_at(&schedule, 1000 + 10 * i), i);
    schedule_tell(&record, &of, &schedule, 1, 1000);
    assert_int_equal(record_integer(&record, TRIAL_OFFERED_BYTES, -1), 3000);
    assert_int_equal(record_integer(&record, TRIAL_DEFICIT_BYTES, -1), 1200);
    assert_true(record_real(&record, TRIAL_DEFICIT_SHARE, -1) == 0.4);
    assert_false(record_is_known(&record, TRIAL_LATENCY_P50_NS));
    assert_int_equal(record.requests.count, 0);
    record_free(&record);
    schedule_free(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_follows_from_the_number_drawn),
        cmocka_unit_test(even_requests_alternate_between_threads),
        cmocka_unit_test(poisson_requests_come_at_random_and_from_the_seed),
        cmocka_unit_test(what_is_late_is_done_late),
        cmocka_unit_test(what_lapses_is_not_made_up_for),
        cmocka_unit_test(percentiles_run_from_when_requests_were_due),
        cmocka_unit_test(percentiles_are_exact),
        cmocka_unit_test(a_deficit_is_told_in_bytes_and_as_a_share),
    };
    return cmocka_run_group_tests_name("measure/schedule", tests, NULL, NULL);
}
