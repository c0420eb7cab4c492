/* SPDX-License-Identifier: MIT
 *
 * Random order: the same from the same seed, whole, and fair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <string.h>

#include "suite/order.h"

static void numbers_stay_below_the_bound(void **state)
{
    (void)state;
    static const uint64_t bounds[] = {1, 2, 3, 7, 1000, UINT64_C(1) << 63, UINT64_MAX};
    struct random random = {.state = 1};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        for (int drawn = 0; drawn < 1000; drawn++)
            assert_true(order_below(&random, bounds[i]) < bounds[i]);
}

/* Each of the 6 orders of 3 things comes up as often as another: chi-squared with 5 degrees of
 * freedom stays under its 99.99th percentile. The seed is fixed, so it always does. */
static void all_orders_are_as_likely(void **state)
{
    (void)state;
    enum { DRAWS = 60000, ORDERS = 6 };
    double counts[27] = {0}, chi_squared = 0;
    int seen = 0;
    struct random random = {.state = 99};
    for (int i = 0; i < DRAWS; i++) {
        size_t items[] = {0, 1, 2};
        order_shuffle(&random, items, 3);
        counts[items[0] * 9 + items[1] * 3 + items[2]]++;
    }
    for (size_t i = 0; i < 27; i++) {
        double expected = (double)DRAWS / ORDERS;
        seen += counts[i] > 0;
        if (counts[i] > 0)
            chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    assert_int_equal(seen, ORDERS);
    assert_true(chi_squared < 25.74);
}

static void shuffle(uint64_t seed, size_t *items, size_t count)
{
    struct random random = {.state = seed};
    for (size_t i = 0; i < count; i++)
        items[i] = i;
    order_shuffle(&random, items, count);
}

static void the_seed_decides_the_order(void **state)
{
    (void)state;
    enum { COUNT = 50 };
    size_t first[COUNT], again[COUNT], other[COUNT];
    shuffle(7, first, COUNT);
    shuffle(7, again, COUNT);
    shuffle(8, other, COUNT);
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
}

static void nothing_is_lost_in_a_shuffle(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    size_t items[COUNT];
    int seen[COUNT] = {0};
    shuffle(3, items, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        seen[items[i]]++;
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(seen[i], 1);
    shuffle(3, items, 0);
    shuffle(3, items, 1);
    assert_int_equal(items[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stay_below_the_bound),
        cmocka_unit_test(all_orders_are_as_likely),
        cmocka_unit_test(the_seed_decides_the_order),
        cmocka_unit_test(nothing_is_lost_in_a_shuffle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
