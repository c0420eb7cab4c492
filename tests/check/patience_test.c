/* SPDX-License-Identifier: MIT
 *
 * When a program is said to hang, on a clock of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/patience.h"

enum { LIMIT_NS = 1000, START_NS = 5000 };

static struct patience_times times_of(void *user)
{
    return *(const struct patience_times *)user;
}

static struct patience begin(struct patience_times *times)
{
    struct patience patience;
    patience_begin(&patience, LIMIT_NS, START_NS, times_of, times);
    return patience;
}

static void what_stands_still_hangs_after_its_limit(void **state)
{
    (void)state;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    assert_int_equal(patience_left_ns(&patience, START_NS, 0), LIMIT_NS);
    assert_int_equal(patience_left_ns(&patience, START_NS + 999, 0), 1);
    assert_int_equal(patience_left_ns(&patience, START_NS + 1000, 0), 0);
}

static void what_goes_on_has_its_limit_anew_but_not_for_ever(void **state)
{
    (void)state;
    uint64_t now_ns = START_NS;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    for (uint64_t far = 1; far < PATIENCE_TIMES * 2; far++) {
        now_ns += LIMIT_NS / 2;
        assert_true(patience_left_ns(&patience, now_ns, far) > 0);
    }
    now_ns = START_NS + PATIENCE_TIMES * LIMIT_NS;
    assert_int_equal(patience_left_ns(&patience, now_ns, 1000), 0);
}

static void who_hardly_got_a_processor_is_excused_once(void **state)
{
    (void)state;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    times.waited_ns = 700;
    times.ran_ns = 249;
    assert_int_equal(patience_left_ns(&patience, START_NS + 1000, 0), 700);
    assert_int_equal(patience_left_ns(&patience, START_NS + 1700, 0), 0);
}

static void who_got_half_a_processor_has_half_as_much_again(void **state)
{
    (void)state;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    times.waited_ns = times.ran_ns = 500;
    assert_int_equal(patience_left_ns(&patience, START_NS + 1000, 0), 500);
}

/* Sixteen that spin on two processors wait for one all the time, and run all the time. */
static void whose_threads_spin_is_not_excused(void **state)
{
    (void)state;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    times.waited_ns = 14000;
    times.ran_ns = 2000;
    assert_int_equal(patience_left_ns(&patience, START_NS + 1000, 0), 0);
}

static void no_more_is_excused_than_passed(void **state)
{
    (void)state;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    times.waited_ns = 30000;
    times.ran_ns = 100;
    assert_int_equal(patience_left_ns(&patience, START_NS + 1000, 0), 900);
}

/* It stood still since, and has no more than its limit for that. */
static void what_it_waited_for_while_it_went_on_is_no_excuse(void **state)
{
    (void)state;
    enum { SECOND_NS = 1000000000 };
    uint64_t now_ns = START_NS + SECOND_NS;
    struct patience_times times = {.waited_ns = SECOND_NS};
    struct patience patience;
    patience_begin(&patience, SECOND_NS, START_NS, times_of, &times);
    assert_int_equal(patience_left_ns(&patience, now_ns, 1), SECOND_NS);
    assert_int_equal(patience_left_ns(&patience, now_ns + SECOND_NS, 1), 0);
}

/* But all that it may take is more by that: a long program on a busy machine is no slow one. */
static void what_it_waited_for_while_it_went_on_is_not_taken_off_the_whole(void **state)
{
    (void)state;
    const uint64_t second_ns = 1000000000;
    uint64_t now_ns = START_NS, seconds = 0;
    struct patience_times times = {0};
    struct patience patience;
    patience_begin(&patience, second_ns, START_NS, times_of, &times);
    do {
        now_ns += second_ns;
        times.ran_ns += second_ns / 2;
        times.waited_ns += second_ns / 2;
    } while (patience_left_ns(&patience, now_ns, ++seconds) > 0);
    assert_int_equal(seconds, 2 * PATIENCE_TIMES);
}

static void who_never_gets_a_processor_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    uint64_t now_ns = START_NS;
    struct patience_times times = {0};
    struct patience patience = begin(&times);
    while (patience_left_ns(&patience, now_ns, 0) > 0) {
        now_ns += LIMIT_NS / 2;
        times.waited_ns = now_ns - START_NS;
        assert_true(now_ns <= START_NS + PATIENCE_BUSY_TIMES * LIMIT_NS);
    }
    assert_int_equal(now_ns, START_NS + PATIENCE_BUSY_TIMES * LIMIT_NS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_still_hangs_after_its_limit),
        cmocka_unit_test(what_goes_on_has_its_limit_anew_but_not_for_ever),
        cmocka_unit_test(who_hardly_got_a_processor_is_excused_once),
        cmocka_unit_test(who_got_half_a_processor_has_half_as_much_again),
        cmocka_unit_test(whose_threads_spin_is_not_excused),
        cmocka_unit_test(no_more_is_excused_than_passed),
        cmocka_unit_test(what_it_waited_for_while_it_went_on_is_no_excuse),
        cmocka_unit_test(what_it_waited_for_while_it_went_on_is_not_taken_off_the_whole),
        cmocka_unit_test(who_never_gets_a_processor_is_not_waited_for_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
