/* SPDX-License-Identifier: MIT
 *
 * Fisher's exact test against shares of small numbers that were counted by hand, against an
 * enumeration of all that can happen, and against draws from a fixed seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drawn.h"
#include "near.h"
#include "statistics/statistics.h"

static double p_of(size_t base, size_t of_base, size_t other, size_t of_other)
{
    struct stats_counts counts = {base, of_base, other, of_other};
    return stats_counts_p(&counts, 1);
}

/* The lady who tasted tea: of four cups she told all, or three. */
static void known_answers(void **state)
{
    (void)state;
    assert_near(p_of(0, 4, 4, 4), 1.0 / 70);
    assert_near(p_of(1, 4, 3, 4), 17.0 / 70);
    assert_near(p_of(0, 6, 1, 6), 1.0 / 2);
    assert_near(p_of(0, 6, 5, 6), 6.0 / 792);
    assert_near(p_of(1, 6, 5, 6), 37.0 / 924);
    assert_near(p_of(0, 3, 3, 3), 1.0 / 20);
    assert_near(p_of(0, 10, 2, 5), 10.0 / 105);
    assert_near(p_of(3, 6, 0, 6), 1);
    assert_near(p_of(0, 6, 0, 6), 1);
    assert_near(p_of(6, 6, 6, 6), 1);
    assert_near(p_of(0, 0, 2, 5), 1);
    assert_nan(p_of(0, 6, 7, 6));
    assert_nan(p_of(7, 6, 0, 6));
}

static void least_p_is_of_the_worst_that_can_be(void **state)
{
    (void)state;
    assert_near(stats_counts_least_p((struct stats_counts){2, 6, 1, 6}), 20.0 / 220);
    assert_near(stats_counts_least_p((struct stats_counts){4, 6, 1, 6}), 6.0 / 792);
    assert_near(stats_counts_least_p((struct stats_counts){0, 6, 0, 6}), 1);
    assert_nan(stats_counts_least_p((struct stats_counts){0, 6, 7, 6}));
}

/* All ways in which the failures of three points may fall on their trials, one by one. */
static void several_points_are_summed(void **state)
{
    (void)state;
    static const struct stats_counts points[] = {{0, 3, 1, 4}, {1, 4, 2, 3}, {1, 2, 2, 5}};
    double ways = 0, as_many = 0;
    for (unsigned mask = 0; mask < 1U << 21; mask++) {
        unsigned failed[3] = {mask & 0x7F, (mask >> 7) & 0x7F, mask >> 14};
        size_t other = 0;
        bool fits = true;
        for (size_t i = 0; i < 3; i++) {
            fits =
                fits && (size_t)__builtin_popcount(failed[i]) == points[i].base + points[i].other;
            other += (size_t)__builtin_popcount(failed[i] >> points[i].of_base);
        }
        ways += fits;
        as_many += fits && other >= 5;
    }
    assert_true(ways > as_many && as_many > 0);
    assert_close(stats_counts_p(points, 3), as_many / ways, 1e-11);
    assert_near(stats_counts_p(points, 0), 1);
}

/* One of six in each of thirty points is no accident, and none of them tells it alone. */
static void what_no_point_tells_all_may(void **state)
{
    (void)state;
    struct stats_counts points[30];
    for (size_t i = 0; i < 30; i++)
        points[i] = (struct stats_counts){0, 6, 1, 6};
    assert_close(stats_counts_p(points, 30), pow(0.5, 30), 1e-9);
}

/* Shares of failures from none to all; a p under 0.05 comes in at most 5 % (and 6.5 % in 2000). */
static void it_is_wrong_as_rarely_as_it_says(void **state)
{
    (void)state;
    enum { DRAWS = 2000, POINTS = 5, TRIALS = 6 };
    struct random random = {.state = 42};
    for (double share = 0.05; share < 1; share += 0.15) {
        size_t alone = 0, together = 0;
        for (size_t draw = 0; draw < DRAWS; draw++) {
            struct stats_counts points[POINTS] = {{0}};
            for (size_t i = 0; i < POINTS; i++) {
                points[i].of_base = points[i].of_other = TRIALS;
                for (size_t trial = 0; trial < TRIALS; trial++) {
                    points[i].base += drawn_uniform(&random) < share;
                    points[i].other += drawn_uniform(&random) < share;
                }
            }
            alone += stats_counts_p(points, 1) < 0.05;
            together += stats_counts_p(points, POINTS) < 0.05;
        }
        if (alone > 130 || together > 130)
            fail_msg("share %.2f: %zu and %zu of %d (seed 42)", share, alone, together, DRAWS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(least_p_is_of_the_worst_that_can_be),
        cmocka_unit_test(several_points_are_summed),
        cmocka_unit_test(what_no_point_tells_all_may),
        cmocka_unit_test(it_is_wrong_as_rarely_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
