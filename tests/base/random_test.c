/* SPDX-License-Identifier: MIT
 *
 * Chance from a seed: the published numbers, and nothing outside of its bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

/* The first numbers that splitmix64 gives for the seed 1234567, as its authors published them. */
static void numbers_are_those_of_splitmix64(void **state)
{
    (void)state;
    static const uint64_t published[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    struct random random = {.state = 1234567};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        assert_int_equal(random_next(&random), published[i]);
}

static void every_number_below_the_bound_comes(void **state)
{
    (void)state;
    enum { BOUND = 7 };
    int seen[BOUND] = {0};
    struct random random = {.state = 5};
    for (int drawn = 0; drawn < 1000; drawn++) {
        uint32_t number = random_below(&random, BOUND);
        assert_true(number < BOUND);
        seen[number]++;
    }
    for (int i = 0; i < BOUND; i++)
        assert_true(seen[i] > 0);
}

static void one_in_so_many_is_that(void **state)
{
    (void)state;
    enum { TIMES = 8, DRAWS = 8000 };
    int hits = 0;
    struct random random = {.state = 6};
    for (int drawn = 0; drawn < DRAWS; drawn++)
        hits += random_one_in(&random, TIMES);
    assert_in_range(hits, DRAWS / TIMES * 9 / 10, DRAWS / TIMES * 11 / 10);
    assert_true(random_one_in(&random, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_splitmix64),
        cmocka_unit_test(every_number_below_the_bound_comes),
        cmocka_unit_test(one_in_so_many_is_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
