/* SPDX-License-Identifier: MIT
 *
 * Noise beside a trial: just enough and just not, and what is not known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "measure/noise.h"

/* Two mutators for a second each, that had their processors for nearly all of it. */
static struct trial_record quiet(void)
{
    struct trial_record record = {0};
    record_set_integer(&record, TRIAL_WALL_NS, 1000000000);
    record_set_integer(&record, TRIAL_THREADS, 2);
    record_set_text(&record, TRIAL_SCHEDULE, "work");
    record_set_real(&record, TRIAL_LOAD_BEFORE, 1);
    record_set_integer(&record, TRIAL_WAITED_NS, 39000000);
    record_set_integer(&record, TRIAL_CPU_USER_NS, 1000000000);
    record_set_integer(&record, TRIAL_CPU_SYSTEM_NS, 700000000);
    record_set_integer(&record, TRIAL_SWITCHES_INVOLUNTARY, 1000);
    record_set_integer(&record, TRIAL_STEAL_NS, 30000000);
    record_set_integer(&record, TRIAL_FREQUENCY_START_HZ, 2000000000);
    record_set_integer(&record, TRIAL_FREQUENCY_END_HZ, 2100000000);
    return record;
}

/* What is told of it, and freed; NULL stands for nothing. */
static void assert_told(struct trial_record *record, const char *part)
{
    struct text text = {0};
    assert_int_equal(noise_tell(record, NULL), part != NULL);
    assert_int_equal(noise_tell(record, &text), part != NULL);
    if (part == NULL)
        assert_int_equal(text.length, 0);
    else if (strstr(text_chars(&text), part) == NULL)
        fail_msg("'%s' lacks '%s'", text_chars(&text), part);
    text_free(&text);
    record_free(record);
}

static void assert_with(enum trial_field field, int64_t value, const char *part)
{
    struct trial_record record = quiet();
    record_set_integer(&record, field, value);
    assert_told(&record, part);
}

static void limits_are_met_or_not(void **state)
{
    (void)state;
    assert_with(TRIAL_WAITED_NS, 39000000, NULL);
    assert_with(TRIAL_WAITED_NS, 40000000, "waited for a processor 2.0 % of their time");
    assert_with(TRIAL_STEAL_NS, 40000000, "the hypervisor gave 40 ms to others");
    assert_with(TRIAL_FREQUENCY_END_HZ, 1800000000, "clock went from 2.00 to 1.80 GHz");
    assert_with(TRIAL_FREQUENCY_END_HZ, 1810000000, NULL);
    struct trial_record shorter = quiet(); /* one tick of stolen time says nothing */
    record_set_integer(&shorter, TRIAL_WALL_NS, 100000000);
    record_set_integer(&shorter, TRIAL_WAITED_NS, 0);
    record_set_integer(&shorter, TRIAL_STEAL_NS, 10000000);
    assert_told(&shorter, NULL);
}

static void what_is_known_of_the_machine_stands_beside_it(void **state)
{
    (void)state;
    struct trial_record record = quiet();
    record_set_integer(&record, TRIAL_WAITED_NS, 400000000);
    record_set_real(&record, TRIAL_LOAD_BEFORE, 7.25);
    record_set_real(&record, TRIAL_PRESSURE_BEFORE, 90);
    record_set_integer(&record, TRIAL_STEAL_NS, 50000000);
    assert_told(&record, "20.0 % of their time (before the trial the machine's load was 7.2, and "
                         "some task waited 90 % of the time); the hypervisor gave 50 ms");
}

/* 1.7 s of CPU in 2 s of two threads, and 500 forced switches a second of each. */
static void switches_stand_in_for_waiting_that_is_not_told(void **state)
{
    (void)state;
    struct trial_record record = quiet();
    record_set_unknown(&record, TRIAL_WAITED_NS);
    assert_told(&record, "forced off their processors 1000 times, and had 85 % of the time");
    record = quiet();
    record_set_unknown(&record, TRIAL_WAITED_NS);
    record_set_integer(&record, TRIAL_SWITCHES_INVOLUNTARY, 20); /* it waited by itself */
    assert_told(&record, NULL);
    record = quiet();
    record_set_unknown(&record, TRIAL_WAITED_NS);
    record_set_text(&record, TRIAL_SCHEDULE, "requests");
    assert_told(&record, NULL);
    record = quiet();
    record_set_unknown(&record, TRIAL_WAITED_NS);
    record_set_unknown(&record, TRIAL_SCHEDULE);
    assert_told(&record, NULL);
}

/* A trial of an older schema says nothing of how long it waited, and was not asked. */
static void what_was_not_asked_is_unknown(void **state)
{
    (void)state;
    struct trial_record record = quiet();
    record_set_unknown(&record, TRIAL_WAITED_NS);
    record_set_unknown(&record, TRIAL_LOAD_BEFORE);
    assert_told(&record, NULL);
}

static void nothing_known_disturbs_nothing(void **state)
{
    (void)state;
    struct trial_record record = {0};
    assert_told(&record, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_met_or_not),
        cmocka_unit_test(what_is_known_of_the_machine_stands_beside_it),
        cmocka_unit_test(switches_stand_in_for_waiting_that_is_not_told),
        cmocka_unit_test(what_was_not_asked_is_unknown),
        cmocka_unit_test(nothing_known_disturbs_nothing),
    };
    return cmocka_run_group_tests_name("measure/noise", tests, NULL, NULL);
}
