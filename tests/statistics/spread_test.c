/* SPDX-License-Identifier: MIT
 *
 * Whether a difference is beyond the spread: answers that are known, and how often tables of noise
 * give one, from fixed seeds (docs/decisions/0132).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "drawn.h"
#include "near.h"
#include "statistics/statistics.h"

/* Logarithms 1, 2, 3: t is 2 over the root of 1/3; of two degrees p has a closed form. */
static void pairs_are_judged_by_their_ratios(void **state)
{
    (void)state;
    const double base[] = {1, 10, 100}, other[] = {exp(1), 10 * exp(2), 100 * exp(3)};
    double t = 2 * sqrt(3);
    assert_close(stats_pairs_p((struct stats_pairs){base, other, 3}), 1 - t / sqrt(2 + t * t),
                 1e-9);
    assert_close(stats_pairs_p((struct stats_pairs){other, base, 3}), 1 - t / sqrt(2 + t * t),
                 1e-9);
}

/* Means 1 and 6, variances of them 1/3 and 1/4; two degrees, of the side of three. */
static void sides_are_judged_by_both_spreads(void **state)
{
    (void)state;
    const double base[] = {1, exp(1), exp(2)}, other[] = {exp(5), exp(6), exp(6), exp(7)};
    double t = 5 / sqrt(1.0 / 3 + 2.0 / 3 / 4);
    struct stats_sides sides = {base, 3, other, 4}, turned = {other, 4, base, 3};
    assert_close(stats_apart_p(sides), 1 - t / sqrt(2 + t * t), 1e-9);
    assert_close(stats_apart_p(turned), 1 - t / sqrt(2 + t * t), 1e-9);
}

static void what_never_varies_is_apart_or_the_same(void **state)
{
    (void)state;
    const double base[] = {2, 2, 2}, other[] = {4, 4, 4}, none[] = {2, 0, 2};
    assert_near(stats_pairs_p((struct stats_pairs){base, other, 3}), 0.0);
    assert_near(stats_pairs_p((struct stats_pairs){base, base, 3}), 1.0);
    assert_near(stats_apart_p((struct stats_sides){base, 3, other, 3}), 0.0);
    assert_nan(stats_pairs_p((struct stats_pairs){base, none, 3}));
    assert_nan(stats_pairs_p((struct stats_pairs){base, other, 1}));
    assert_nan(stats_apart_p((struct stats_sides){base, 1, other, 3}));
    assert_nan(stats_apart_p((struct stats_sides){none, 3, other, 3}));
}

/* Holm's 0.003 and 0.002, and what is not below the p of ranks. */
static void the_greater_of_both_tests_counts(void **state)
{
    (void)state;
    const double ranks[] = {0.01, 0.0001, NAN}, spread[] = {0.001, 0.001, 0.5};
    double p[3];
    stats_judge(ranks, spread, p, 3);
    assert_near(p[0], 0.01);
    assert_near(p[1], 0.003);
    assert_near(p[2], 0.5);
}

/* ---- tables of noise ---- */

enum { TABLES = 400, POINTS = 26, COLLECTORS = 6, COMPARISONS = POINTS * (COLLECTORS - 1) };
enum { TRIALS = 6 };

static struct random source;

enum noise { ALIKE, OF_BLOCKS, UNEQUAL, SPELLS };

static double draw(enum noise noise, double block, size_t collector)
{
    return noise == OF_BLOCKS ? block + drawn_normal(&source, 0.03)
           : noise == UNEQUAL ? drawn_normal(&source, collector == 0 ? 0.01 : 0.1)
           : noise == SPELLS  ? drawn_normal(&source, 0.02) +
                                   (drawn_uniform(&source) < 0.1 ? 0.4 * drawn_uniform(&source) : 0)
                             : drawn_normal(&source, 0.05);
}

struct table {
    double ranks[COMPARISONS], pairs[COMPARISONS], apart[COMPARISONS];
};

/* Each collector's times at each point, against those of the first; that of the last at the last
 * point is multiplied. */
static void draw_table(struct table *table, enum noise noise, double factor)
{
    double blocks[TRIALS], times[COLLECTORS][TRIALS];
    size_t next = 0;
    for (size_t i = 0; i < TRIALS; i++)
        blocks[i] = drawn_normal(&source, 0.05);
    for (size_t point = 0; point < POINTS; point++) {
        for (size_t c = 0; c < COLLECTORS; c++)
            for (size_t i = 0; i < TRIALS; i++)
                times[c][i] = exp(draw(noise, blocks[i], c)) *
                              (point == POINTS - 1 && c == COLLECTORS - 1 ? factor : 1);
        for (size_t c = 1; c < COLLECTORS; c++, next++) {
            table->ranks[next] = stats_rank_test(times[0], TRIALS, times[c], TRIALS).p;
            table->pairs[next] = stats_pairs_p((struct stats_pairs){times[0], times[c], TRIALS});
            table->apart[next] =
                stats_apart_p((struct stats_sides){times[0], TRIALS, times[c], TRIALS});
        }
    }
}

static size_t count_verdicts(const double *ranks, const double *spread)
{
    double p[COMPARISONS];
    size_t count = 0;
    stats_judge(ranks, spread, p, COMPARISONS);
    for (size_t i = 0; i < COMPARISONS; i++)
        count += p[i] < 0.05;
    return count;
}

/* Three standard deviations of a share of 5 % in 400. */
enum { MOST_WRONG = 33 };

static void tables_of_noise_give_hardly_a_verdict(void **state)
{
    (void)state;
    source.state = 1;
    for (enum noise noise = ALIKE; noise <= SPELLS; noise++) {
        size_t wrong_pairs = 0, wrong_apart = 0;
        for (size_t i = 0; i < TABLES; i++) {
            struct table table;
            draw_table(&table, noise, 1);
            wrong_pairs += count_verdicts(table.ranks, table.pairs) > 0;
            wrong_apart += count_verdicts(table.ranks, table.apart) > 0;
        }
        if (wrong_pairs > MOST_WRONG || wrong_apart > MOST_WRONG)
            fail_msg("noise %d: %zu and %zu of %d tables have a false verdict", (int)noise,
                     wrong_pairs, wrong_apart, TABLES);
    }
}

/* Ranks alone, corrected, find it in no table, as 130 times 2/924 is above 1. */
static void twice_the_time_is_found_among_many(void **state)
{
    (void)state;
    size_t pairs = 0, apart = 0, ranks_alone = 0;
    source.state = 2;
    for (size_t i = 0; i < 50; i++) {
        struct table table;
        double none[COMPARISONS];
        draw_table(&table, ALIKE, 2);
        for (size_t j = 0; j < COMPARISONS; j++)
            none[j] = NAN;
        pairs += count_verdicts(table.ranks, table.pairs) > 0;
        apart += count_verdicts(table.ranks, table.apart) > 0;
        ranks_alone += count_verdicts(none, table.ranks) > 0;
    }
    assert_int_equal(pairs, 50);
    assert_int_equal(apart, 50);
    assert_int_equal(ranks_alone, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_judged_by_their_ratios),
        cmocka_unit_test(sides_are_judged_by_both_spreads),
        cmocka_unit_test(what_never_varies_is_apart_or_the_same),
        cmocka_unit_test(the_greater_of_both_tests_counts),
        cmocka_unit_test(tables_of_noise_give_hardly_a_verdict),
        cmocka_unit_test(twice_the_time_is_found_among_many),
    };
    return cmocka_run_group_tests_name("statistics/spread", tests, NULL, NULL);
}
