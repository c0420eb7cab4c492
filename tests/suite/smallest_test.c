/* SPDX-License-Identifier: MIT
 *
 * The bisection, with collectors that are made up: each knows what it needs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "suite/smallest.h"

enum { KIB = 1024 };

struct made_up {
    uint64_t needs_bytes; /* completes from here on */
    uint64_t stops_bytes; /* crashes in this heap and in smaller ones */
    unsigned probes;
    uint64_t least_probed, most_probed;
};

static enum smallest_answer probe(void *user, uint64_t heap_bytes)
{
    struct made_up *made = user;
    assert_int_equal(heap_bytes % (4 * KIB), 0);
    if (made->probes++ == 0 || heap_bytes < made->least_probed)
        made->least_probed = heap_bytes;
    if (heap_bytes > made->most_probed)
        made->most_probed = heap_bytes;
    return heap_bytes <= made->stops_bytes   ? SMALLEST_STOP
           : heap_bytes >= made->needs_bytes ? SMALLEST_ENOUGH
                                             : SMALLEST_TOO_SMALL;
}

static const struct smallest_range range = {.least_bytes = 64 * KIB,
                                            .start_bytes = 8192 * KIB,
                                            .most_bytes = 65536 * KIB,
                                            .precision = 0.02};

static void whatever_is_needed_is_found(void **state)
{
    (void)state;
    for (uint64_t needs = 100 * KIB; needs <= 65536 * KIB; needs += needs / 7 + 13) {
        struct made_up made = {.needs_bytes = needs};
        struct smallest_found found = smallest_search(&range, probe, &made);
        assert_false(found.stopped);
        assert_true(found.enough_bytes >= needs);
        assert_true(found.too_small_bytes < needs);
        assert_true((double)found.enough_bytes <= 1.02 * (double)found.too_small_bytes ||
                    found.enough_bytes - found.too_small_bytes <= 4 * KIB);
        assert_true(made.probes <= 20);
    }
}

static void the_least_may_be_enough(void **state)
{
    (void)state;
    struct made_up made = {.needs_bytes = 1};
    struct smallest_found found = smallest_search(&range, probe, &made);
    assert_int_equal(found.enough_bytes, 64 * KIB);
    assert_int_equal(found.too_small_bytes, 0);
    assert_int_equal(made.least_probed, 64 * KIB);
}

static void nothing_may_be_enough(void **state)
{
    (void)state;
    struct made_up made = {.needs_bytes = 65536 * KIB + 1};
    struct smallest_found found = smallest_search(&range, probe, &made);
    assert_int_equal(found.enough_bytes, 0);
    assert_int_equal(made.most_probed, 65536 * KIB);
    assert_false(found.stopped);
}

static void what_no_heap_mends_ends_it(void **state)
{
    (void)state;
    struct made_up always = {.needs_bytes = 1, .stops_bytes = UINT64_MAX};
    struct smallest_found found = smallest_search(&range, probe, &always);
    assert_true(found.stopped);
    assert_int_equal(found.enough_bytes, 0);
    assert_int_equal(always.probes, 1);
    struct made_up below = {.needs_bytes = 1, .stops_bytes = 1024 * KIB};
    found = smallest_search(&range, probe, &below);
    assert_true(found.stopped);
}

static void a_start_below_the_least_is_the_least(void **state)
{
    (void)state;
    struct smallest_range small = range;
    struct made_up made = {.needs_bytes = 1};
    small.start_bytes = 1;
    struct smallest_found found = smallest_search(&small, probe, &made);
    assert_int_equal(found.enough_bytes, 64 * KIB);
    assert_int_equal(made.probes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_needed_is_found),
        cmocka_unit_test(the_least_may_be_enough),
        cmocka_unit_test(nothing_may_be_enough),
        cmocka_unit_test(what_no_heap_mends_ends_it),
        cmocka_unit_test(a_start_below_the_least_is_the_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
