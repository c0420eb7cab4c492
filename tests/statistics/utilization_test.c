/* SPDX-License-Identifier: MIT
 *
 * Mutator utilization against answers worked out by hand, and against every window tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "statistics/utilization.h"

/* Of 100 units: stopped in 10..20, 24..26 and 90..100. */
static const struct utilization_stop three[] = {{10, 20}, {24, 26}, {90, 100}};
static const struct utilization hand = {three, 3, 100};

static void known_answers(void **state)
{
    (void)state;
    assert_near(utilization_mean(hand), 0.78);
    assert_near(utilization_minimum(hand, 10), 0.0);
    assert_near(utilization_minimum(hand, 16), 1 - 12.0 / 16); /* 10..26 */
    assert_near(utilization_minimum(hand, 20), 1 - 12.0 / 20);
    assert_near(utilization_minimum(hand, 15), 1 - 11.0 / 15); /* 10..25 */
    assert_near(utilization_minimum(hand, 100), 0.78);
    assert_near(utilization_minimum(hand, 90), 1 - 22.0 / 90); /* 10..100 */
    assert_near(utilization_minimum(hand, 60), 1 - 12.0 / 60);
}

/* The minimum of 12 is better than that of 16, which a bound has to know. */
static void longer_windows_bound_shorter_ones(void **state)
{
    (void)state;
    static const struct utilization_stop pair[] = {{10, 20}, {22, 32}};
    const struct utilization of = {pair, 2, 100};
    assert_near(utilization_minimum(of, 12), 1 - 10.0 / 12);
    assert_near(utilization_minimum(of, 22), 1 - 20.0 / 22);
    assert_near(utilization_bounded(of, 12), 1 - 20.0 / 22);
    assert_near(utilization_bounded(of, 22), 1 - 20.0 / 22);
    assert_near(utilization_bounded(of, 100), 0.8);
    assert_near(utilization_bounded(hand, 100), 0.78);
}

static void nothing_to_say(void **state)
{
    (void)state;
    const struct utilization never = {NULL, 0, 50}, none = {NULL, 0, 0};
    assert_near(utilization_minimum(never, 50), 1.0);
    assert_near(utilization_bounded(never, 7), 1.0);
    assert_nan(utilization_minimum(never, 51));
    assert_nan(utilization_minimum(never, 0));
    assert_nan(utilization_bounded(never, 51));
    assert_nan(utilization_mean(none));
}

static void stops_melt(void **state)
{
    (void)state;
    struct utilization_stop stops[] = {{30, 40}, {5, 9},    {9, 12},  {6, 8},
                                       {20, 20}, {95, 120}, {50, 45}, {130, 140}};
    size_t count = utilization_merge(stops, sizeof stops / sizeof *stops, 100);
    static const struct utilization_stop left[] = {{5, 12}, {30, 40}, {95, 100}};
    assert_int_equal(count, 3);
    assert_memory_equal(stops, left, sizeof left);
}

/* ---- against every window ---- */

static uint64_t stopped_in(struct utilization of, uint64_t start_ns, uint64_t end_ns)
{
    uint64_t stopped = 0;
    for (size_t i = 0; i < of.count; i++) {
        uint64_t from = of.stops[i].start_ns > start_ns ? of.stops[i].start_ns : start_ns;
        uint64_t to = of.stops[i].end_ns < end_ns ? of.stops[i].end_ns : end_ns;
        stopped += to > from ? to - from : 0;
    }
    return stopped;
}

static double try_all(struct utilization of, uint64_t window_ns)
{
    double least = 1;
    for (uint64_t t = 0; t + window_ns <= of.length_ns; t++)
        least = fmin(least, 1 - (double)stopped_in(of, t, t + window_ns) / (double)window_ns);
    return least;
}

static uint32_t draw(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33);
}

static void every_window_of_random_stops(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 200; round++) {
        enum { LENGTH = 60, MOST = 8 };
        struct utilization_stop stops[MOST];
        size_t count = draw(&random) % (MOST + 1);
        for (size_t i = 0; i < count; i++) {
            stops[i].start_ns = draw(&random) % LENGTH;
            stops[i].end_ns = stops[i].start_ns + draw(&random) % 9;
        }
        struct utilization of = {stops, utilization_merge(stops, count, LENGTH), LENGTH};
        double bound = 1;
        for (uint64_t window = LENGTH; window > 0; window--) {
            double least = try_all(of, window);
            bound = fmin(bound, least);
            assert_near(utilization_minimum(of, window), least);
            assert_near(utilization_bounded(of, window), bound);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(longer_windows_bound_shorter_ones),
        cmocka_unit_test(nothing_to_say),
        cmocka_unit_test(stops_melt),
        cmocka_unit_test(every_window_of_random_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
