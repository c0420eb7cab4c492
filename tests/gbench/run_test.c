/* SPDX-License-Identifier: MIT
 *
 * Benchmarks that go well: what is run how often, in which threads, and what time is reported.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "child.h"

static const struct gbench_result *run_well(const struct gbench_request *request)
{
    const struct gbench_result *result = child_run(request);
    assert_string_equal(result->error, "");
    assert_true(result->ok);
    return result;
}

static void expect_near(double value, double expected)
{
    double difference = value > expected ? value - expected : expected - value;
    if (difference > expected * 1e-9)
        fail_msg("%.17g is not %.17g", value, expected);
}

static void note_call(const struct gbench_state *state)
{
    unsigned thread = gbench_thread_index(state);
    unsigned call = shared->calls[thread]++;
    if (call < MOST_RUNS)
        shared->threads[thread][call] = gettid();
}

/* One iteration, timed by the wrapper; thread 1 works longer than thread 0. */
static void work_once(struct gbench_state *state, void *user)
{
    (void)user;
    unsigned thread = gbench_thread_index(state);
    note_call(state);
    while (gbench_keep_running_batch(state, 1)) {
        uint64_t start_ns = clock_now_ns();
        for (volatile unsigned i = 0; i < (thread + 1) * 100000; i++)
            ;
        shared->loops[thread]++;
        shared->inside_ns[thread] = clock_now_ns() - start_ns;
    }
    shared->ended_for_good = !gbench_keep_running_batch(state, 1);
}

static void one_iteration_in_one_thread(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "once", .threads = 1, .mode = GBENCH_FIXED, .body = work_once};
    const struct gbench_result *result = run_well(&request);
    assert_int_equal(result->iterations, 1);
    assert_int_equal(result->runs, 1);
    assert_int_equal(shared->calls[0], 1);
    assert_int_equal(shared->loops[0], 1);
    assert_true(shared->ended_for_good);
    assert_false(result->wall_from_body);
    assert_true(result->wall_s * 1e9 >= (double)shared->inside_ns[0]);
    assert_true(result->cpu_s > 0);
    expect_near(result->ns_per_iteration, result->wall_s * 1e9);
    expect_near(result->library_time_s, result->wall_s);
}

/* The wall time is that of the slowest thread, not a mean. */
static void one_iteration_in_two_threads(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "once", .threads = 2, .mode = GBENCH_FIXED, .body = work_once};
    const struct gbench_result *result = run_well(&request);
    assert_int_equal(result->iterations, 2);
    assert_int_equal(result->runs, 1);
    for (unsigned thread = 0; thread < 2; thread++) {
        assert_int_equal(shared->calls[thread], 1);
        assert_int_equal(shared->loops[thread], 1);
        assert_true(result->wall_s * 1e9 >= (double)shared->inside_ns[thread]);
    }
    assert_int_not_equal(shared->threads[0][0], shared->threads[1][0]);
    expect_near(result->ns_per_iteration, result->wall_s * 1e9);
    expect_near(result->library_time_s, result->wall_s);
}

/* Thread 0 says that its part and thread 1's took a quarter of a second by the caller's barrier. */
static void take_a_quarter_second(struct gbench_state *state, void *user)
{
    uint64_t batch = *(const uint64_t *)user;
    while (gbench_keep_running_batch(state, batch))
        gbench_set_iteration_time_s(state, 0.125);
    gbench_set_iteration_time_s(state, 0.125);
}

static void time_of_the_body_is_the_wall_time(void **state)
{
    (void)state;
    uint64_t batch = 1;
    const struct gbench_request request = {.name = "set",
                                           .threads = 2,
                                           .mode = GBENCH_FIXED,
                                           .body = take_a_quarter_second,
                                           .user = &batch};
    const struct gbench_result *result = run_well(&request);
    assert_true(result->wall_from_body);
    expect_near(result->wall_s, 0.25);
    expect_near(result->library_time_s, 0.25);
    assert_int_equal(result->iterations, 2);
    expect_near(result->ns_per_iteration, 0.25e9);
}

/* A batch may be larger than what the library wants: all of it counts. */
static void iterations_beyond_the_wanted_count(void **state)
{
    (void)state;
    uint64_t batch = 1000;
    const struct gbench_request request = {.name = "overshoot",
                                           .threads = 2,
                                           .mode = GBENCH_FIXED,
                                           .body = take_a_quarter_second,
                                           .user = &batch};
    const struct gbench_result *result = run_well(&request);
    assert_int_equal(result->iterations, 2000);
    expect_near(result->ns_per_iteration, 0.25e6);
}

/* Each iteration takes a microsecond, by its own account; batches of one, two, three and so on. */
static void microsecond_iterations(struct gbench_state *state, void *user)
{
    uint64_t done = 0;
    uint64_t batch = 1;
    (void)user;
    note_call(state);
    while (gbench_keep_running_batch(state, batch))
        done += batch++;
    if (done < gbench_max_iterations(state))
        gbench_skip_with_error(state, "fewer iterations than wanted");
    gbench_set_iteration_time_s(state, (double)done * 1e-6);
}

static void expect_search(unsigned threads)
{
    const struct gbench_request request = {.name = "search",
                                           .threads = threads,
                                           .mode = GBENCH_SEARCH,
                                           .min_time_s = 0.01,
                                           .body = microsecond_iterations};
    const struct gbench_result *result = run_well(&request);
    assert_true(result->runs > 1);
    assert_true(result->runs <= MOST_RUNS);
    assert_true(result->wall_s >= 0.01);
    assert_true(result->iterations >= threads * 10000UL);
    expect_near(result->ns_per_iteration, 1000);
    expect_near(result->ns_per_iteration,
                result->wall_s * 1e9 * threads / (double)result->iterations);
    for (unsigned thread = 0; thread < threads; thread++)
        assert_int_equal(shared->calls[thread], result->runs);
}

static void search_in_one_thread(void **state)
{
    (void)state;
    expect_search(1);
}

/* As the header warns: thread 0 is always the caller, all others are new in every run. */
static void search_in_two_threads_makes_new_ones(void **state)
{
    (void)state;
    expect_search(2);
    for (unsigned i = 1; i < shared->result.runs; i++) {
        assert_int_equal(shared->threads[0][i], shared->threads[0][0]);
        assert_int_not_equal(shared->threads[1][i], shared->threads[1][i - 1]);
    }
}

static void spin(struct gbench_state *state, void *user)
{
    (void)user;
    note_call(state);
    while (gbench_keep_running_batch(state, 100)) {
        for (volatile unsigned i = 0; i < 100; i++)
            ;
    }
}

static void search_by_the_wrappers_own_time(void **state)
{
    (void)state;
    const struct gbench_request request = {
        .name = "spin", .threads = 2, .mode = GBENCH_SEARCH, .min_time_s = 0.01, .body = spin};
    const struct gbench_result *result = run_well(&request);
    assert_false(result->wall_from_body);
    assert_true(result->wall_s >= 0.01);
    expect_near(result->ns_per_iteration, result->wall_s * 2e9 / (double)result->iterations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHILD_TEST(one_iteration_in_one_thread),
        CHILD_TEST(one_iteration_in_two_threads),
        CHILD_TEST(time_of_the_body_is_the_wall_time),
        CHILD_TEST(iterations_beyond_the_wanted_count),
        CHILD_TEST(search_in_one_thread),
        CHILD_TEST(search_in_two_threads_makes_new_ones),
        CHILD_TEST(search_by_the_wrappers_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
