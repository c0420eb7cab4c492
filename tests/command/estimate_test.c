/* SPDX-License-Identifier: MIT
 *
 * What is left of a run: how it is learnt, and how near it comes where recorded runs are played
 * over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../suite/made.h"
#include "base/text.h"
#include "command/estimate.h"
#include "recorded_times.h"
#include "suite/order.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- how it is learnt ---- */

/* Two collectors on two workloads, twice: trials in the order of the seed. */
struct made {
    struct suite_request request;
    struct suite_plan plan;
    struct estimate estimate;
};

static void make(struct made *made, const char *second)
{
    struct error error = {0};
    made_request(&made->request, LIST("able", second), LIST("shared", "tiny"));
    made->request.invocations = 2;
    if (!suite_make_plan(&made->request, &made->plan, &error))
        fail_msg("%s", error.text);
    estimate_open(&made->estimate, &made->plan);
}

static void unmake(struct made *made)
{
    estimate_close(&made->estimate);
    suite_plan_free(&made->plan);
    suite_request_free(&made->request);
}

/* The n-th trial of the point. */
static size_t trial_of(const struct made *made, size_t point, size_t n)
{
    for (size_t i = 0; i < made->plan.trial_count; i++)
        if (made->plan.trials[i].point == point && n-- == 0)
            return i;
    fail_msg("point %zu has fewer trials", point);
    return 0;
}

static void add(struct made *made, size_t point, size_t n, uint64_t took_ns)
{
    estimate_add(&made->estimate, trial_of(made, point, n), took_ns);
}

static uint64_t point_ns(struct made *made, size_t point)
{
    return estimate_point_ns(&made->estimate, point);
}

/* Points 0 and 1 are of one row, 0 and 2 of one collector. */
static void what_is_left_follows_what_was_measured(void **state)
{
    (void)state;
    struct made made;
    make(&made, "single");
    assert_true(estimate_left_ns(&made.estimate) == ESTIMATE_UNKNOWN);
    /* One is known: all are taken to be like it. */
    add(&made, 0, 0, 1000);
    assert_int_equal(estimate_left_ns(&made.estimate), 7 * 1000);
    /* Its row has another: those that are unknown are nearer to their own row. */
    add(&made, 2, 0, 4000);
    assert_int_equal(point_ns(&made, 0), 1000);
    assert_in_range(point_ns(&made, 1), 1000, 2000);
    assert_in_range(point_ns(&made, 3), 3000, 4000);
    /* A point's own average comes first; what an earlier part of the run has is only over. */
    add(&made, 0, 1, 2000);
    add(&made, 3, 0, ESTIMATE_UNKNOWN);
    assert_int_equal(point_ns(&made, 0), 1500);
    uint64_t left = 2 * point_ns(&made, 1) + 4000 + point_ns(&made, 3);
    assert_in_range(estimate_left_ns(&made.estimate), left, left + 4);
    unmake(&made);
}

static void a_slow_collector_is_slow_elsewhere(void **state)
{
    (void)state;
    struct made made;
    make(&made, "single");
    add(&made, 0, 0, 1000);
    add(&made, 1, 0, 3000);
    add(&made, 2, 0, 10000);
    /* Slower than the other on this workload, and not believed all of it. */
    assert_in_range(point_ns(&made, 3), 10001, 30000);
    unmake(&made);
}

static void what_is_unsupported_takes_no_time(void **state)
{
    (void)state;
    struct made made;
    make(&made, "plain"); /* which cannot run `shared` */
    assert_non_null(made.plan.points[1].unsupported);
    add(&made, 1, 0, 1);
    assert_true(estimate_left_ns(&made.estimate) == ESTIMATE_UNKNOWN);
    add(&made, 0, 0, 10);
    assert_int_equal(estimate_left_ns(&made.estimate), 10 + 4 * 10);
    unmake(&made);
}

static void earlier_runs_tell_what_this_one_has_not_tried(void **state)
{
    (void)state;
    struct made made;
    make(&made, "single");
    const double before_ns[] = {1000, 2000, 10000, -1};
    estimate_remember(&made.estimate, before_ns);
    /* Nothing was tried: as it was. Of the last nothing is known. */
    assert_int_equal(point_ns(&made, 1), 2000);
    assert_in_range(point_ns(&made, 3), 8000, 20000);
    /* The machine is slower by half now, as far as the first tells. */
    add(&made, 0, 0, 1500);
    assert_int_equal(point_ns(&made, 0), 1500);
    assert_int_equal(point_ns(&made, 1), 3000);
    assert_int_equal(point_ns(&made, 2), 15000);
    /* A collector that became faster becomes so on its other points; that of the others stays. */
    add(&made, 1, 0, 1000);
    assert_in_range(point_ns(&made, 2), 10001, 15000);
    assert_int_equal(point_ns(&made, 1), 1000);
    unmake(&made);
}

/* ---- recorded runs, played over ---- */

/* A run as it was recorded, and the plan of which it may have been one. */
struct replay {
    struct suite_request request;
    struct suite_plan plan;
    size_t collectors, recorded; /* trials of each point */
    const unsigned *times;       /* by row, collector, trial */
};

static void open_replay(struct replay *replay, const unsigned *times, size_t collectors,
                        size_t recorded)
{
    size_t points = RECORDED_ROWS * collectors;
    *replay = (struct replay){.collectors = collectors, .recorded = recorded, .times = times};
    replay->request.entries.collector_count = collectors;
    replay->request.entries.workload_count = RECORDED_WORKLOADS;
    replay->plan = (struct suite_plan){
        .request = &replay->request,
        .rows = memory_new(RECORDED_ROWS * sizeof *replay->plan.rows),
        .row_count = RECORDED_ROWS,
        .points = memory_new(points * sizeof *replay->plan.points),
        .point_count = points,
        .trials = memory_new(points * recorded * sizeof *replay->plan.trials),
    };
    for (size_t i = 0; i < RECORDED_ROWS; i++)
        replay->plan.rows[i].workload = i / 2;
    for (size_t i = 0; i < points; i++) {
        replay->plan.points[i].row = i / collectors;
        replay->plan.points[i].collector = i % collectors;
    }
}

static void close_replay(struct replay *replay)
{
    free(replay->plan.rows);
    free(replay->plan.points);
    free(replay->plan.trials);
}

/* All points in random order, then all again, as a run has them. */
static void order_trials(struct replay *replay, size_t invocations, uint64_t seed)
{
    size_t count = replay->plan.point_count;
    size_t *order = memory_new(count * sizeof *order);
    struct random random = {.state = seed};
    for (size_t block = 0; block < invocations; block++) {
        for (size_t i = 0; i < count; i++)
            order[i] = i;
        order_shuffle(&random, order, count);
        for (size_t i = 0; i < count; i++)
            replay->plan.trials[block * count + i] =
                (struct suite_trial){.point = order[i], .block = (uint32_t)block};
    }
    replay->plan.trial_count = count * invocations;
    free(order);
}

static uint64_t time_of(const struct replay *replay, size_t trial)
{
    const struct suite_trial *planned = &replay->plan.trials[trial];
    return (uint64_t)100000 * replay->times[planned->point * replay->recorded + planned->block];
}

/* How far off the estimate is when so many trials are over: a share of what is left. */
static double error_after(const struct replay *replay, const double *before_ns, size_t done)
{
    struct estimate estimate;
    double left_ns = 0;
    estimate_open(&estimate, &replay->plan);
    if (before_ns != NULL)
        estimate_remember(&estimate, before_ns);
    for (size_t i = 0; i < done; i++) {
        estimate_add(&estimate, i, time_of(replay, i));
        /* As where the line is drawn after each trial: fits are made now and then. */
        assert_true(estimate_left_ns(&estimate) != ESTIMATE_UNKNOWN);
    }
    for (size_t i = done; i < replay->plan.trial_count; i++)
        left_ns += (double)time_of(replay, i);
    double error = (double)estimate_left_ns(&estimate) / left_ns - 1;
    estimate_close(&estimate);
    return error < 0 ? -error : error;
}

enum { SEEDS = 100 };

struct misses {
    double greatest;
    size_t above; /* orders in which a third was off by more than 20 % */
};

/* Over a hundred orders, after a third and two thirds of the trials. */
static struct misses play(struct replay *replay, size_t invocations, const double *before_ns)
{
    struct misses misses = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double worst = 0;
        order_trials(replay, invocations, seed);
        for (size_t third = 1; third <= 2; third++) {
            double error = error_after(replay, before_ns, third * replay->plan.trial_count / 3);
            worst = error > worst ? error : worst;
        }
        misses.above += worst > 0.2;
        misses.greatest = worst > misses.greatest ? worst : misses.greatest;
    }
    print_message("%zu collectors, %zu invocations, %s earlier run: off by %.1f%% at most; by more "
                  "than 20%% in %zu of %d orders\n",
                  replay->collectors, invocations, before_ns != NULL ? "an" : "no",
                  100 * misses.greatest, misses.above, SEEDS);
    return misses;
}

/* Three invocations are what `heapmark run quick` makes, and fewer than any other suite. */
static void it_is_right_within_a_fifth_after_a_third(void **state)
{
    (void)state;
    struct replay replay;
    open_replay(&replay, &recorded_later[0][0][0], 3, 6);
    for (size_t invocations = 3; invocations <= 6; invocations++)
        assert_int_equal(play(&replay, invocations, NULL).above, 0);
    close_replay(&replay);
}

/* Nobody knows beforehand that a machine will be faster later: in this run the fifth block took 30
 * % less than the first. The estimate is off by no more than that is. */
static void it_is_off_by_no_more_than_the_machine_changes(void **state)
{
    (void)state;
    struct replay replay;
    open_replay(&replay, &recorded_earlier[0][0][0], 3, 6);
    for (size_t invocations = 3; invocations <= 6; invocations++)
        assert_true(play(&replay, invocations, NULL).greatest < 1 / 0.7 - 1);
    close_replay(&replay);
}

/* With two, a third of the points were not tried after a third of the trials, and nothing was ever
 * known of them. */
static void it_is_mostly_right_where_points_are_new(void **state)
{
    (void)state;
    struct replay replay;
    open_replay(&replay, &recorded_busy[0][0][0], 5, 2);
    assert_in_range(play(&replay, 2, NULL).above, 0, SEEDS / 10);
    close_replay(&replay);
}

/* With one, two thirds were not; an earlier run tells what to expect. */
static void an_earlier_run_is_enough(void **state)
{
    (void)state;
    struct replay replay;
    double before_ns[RECORDED_ROWS * 3] = {0}, faster_ns[RECORDED_ROWS * 3];
    open_replay(&replay, &recorded_later[0][0][0], 3, 6);
    for (size_t i = 0; i < RECORDED_ROWS * 3; i++) {
        for (size_t k = 0; k < 6; k++)
            before_ns[i] += 100000.0 * (&recorded_earlier[0][0][0])[i * 6 + k] / 6;
        faster_ns[i] = before_ns[i] / 3;
    }
    assert_int_equal(play(&replay, 1, before_ns).above, 0);
    assert_int_equal(play(&replay, 2, before_ns).above, 0);
    /* One on a machine that was three times as fast is as good. */
    assert_int_equal(play(&replay, 1, faster_ns).above, 0);
    close_replay(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_follows_what_was_measured),
        cmocka_unit_test(a_slow_collector_is_slow_elsewhere),
        cmocka_unit_test(what_is_unsupported_takes_no_time),
        cmocka_unit_test(earlier_runs_tell_what_this_one_has_not_tried),
        cmocka_unit_test(it_is_right_within_a_fifth_after_a_third),
        cmocka_unit_test(it_is_off_by_no_more_than_the_machine_changes),
        cmocka_unit_test(it_is_mostly_right_where_points_are_new),
        cmocka_unit_test(an_earlier_run_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
