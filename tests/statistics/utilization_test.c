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

/* Of 100 units one is stopped in 10..30 and 60..70, the other in 20..40 and 70..80: together 1 of
 * them in 10..20, 2 in 20..30, 1 in 30..40 and 60..80. */
static void several_share_their_losses(void **state)
{
    (void)state;
    static const struct utilization_stop one[] = {{10, 30}, {60, 70}},
                                         other[] = {{20, 40}, {70, 80}};
    const struct utilization of[] = {{one, 2, 100}, {other, 2, 100}};
    static const uint64_t windows[] = {10, 20, 30, 70, 100, 101};
    double minimum[6], bounded[6];
    utilization_together(of, 2, windows, 6, minimum, bounded);
    assert_near(minimum[0], 0.0);            /* 20..30 */
    assert_near(minimum[1], 1 - 30.0 / 40);  /* 10..30 */
    assert_near(minimum[2], 1 - 40.0 / 60);  /* 10..40 */
    assert_near(minimum[3], 1 - 60.0 / 140); /* 10..80 */
    assert_near(minimum[4], 1 - 60.0 / 200);
    assert_nan(minimum[5]);
    assert_near(bounded[0], 0.0);
    assert_near(bounded[3], 1 - 60.0 / 140);
    assert_nan(bounded[5]);
}

/* Of 50 units 10 are lost, and of 60 twice as many. */
static void longer_windows_bound_those_of_several(void **state)
{
    (void)state;
    static const struct utilization_stop one[] = {{0, 10}, {50, 60}}, other[] = {{0, 10}, {50, 60}};
    const struct utilization of[] = {{one, 2, 200}, {other, 2, 200}}, alone = {one, 2, 200};
    static const uint64_t windows[] = {10, 50, 60, 150};
    double minimum[4], bounded[4];
    utilization_together(of, 2, windows, 4, minimum, bounded);
    assert_near(minimum[1], 1 - 10.0 / 50);
    assert_near(bounded[1], 1 - 20.0 / 60); /* 0..60 */
    /* Who are stopped alike have together what each has. */
    for (size_t i = 0; i < 4; i++) {
        assert_near(minimum[i], utilization_minimum(alone, windows[i]));
        assert_near(bounded[i], utilization_bounded(alone, windows[i]));
    }
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
        cmocka_unit_test(several_share_their_losses),
        cmocka_unit_test(longer_windows_bound_those_of_several),
        cmocka_unit_test(nothing_to_say),
        cmocka_unit_test(stops_melt),
        cmocka_unit_test(every_window_of_random_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
