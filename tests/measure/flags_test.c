/* SPDX-License-Identifier: MIT
 *
 * Flags of trials: just enough and just not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "measure/flags.h"

enum { LIMIT = 1000 };

static const struct hm_capabilities tracing = {.frees = true};

/* 15 collections, 400 of 1000 ns paused, 300 of 1000 ns of CPU; 900 bytes held. */
static struct trial_record sound(void)
{
    struct trial_record record = {0};
    record_set_integer(&record, TRIAL_COLLECTIONS, 15);
    record_set_integer(&record, TRIAL_WALL_NS, 1000);
    record_set_integer(&record, TRIAL_PAUSE_TOTAL_NS, 400);
    record_set_integer(&record, TRIAL_MUTATOR_CPU_NS, 700);
    record_set_integer(&record, TRIAL_COLLECTOR_CPU_NS, 300);
    record_set_integer(&record, TRIAL_HELD_PEAK_BYTES, 900);
    return record;
}

/* What is flagged when a field has another value; NULL stands for no flag. */
static void assert_flags(enum trial_field field, int64_t value, uint64_t limit, const char *flags)
{
    struct trial_record record = sound();
    record_set_integer(&record, field, value);
    flags_set(&record, &tracing, limit);
    assert_string_equal(record_text(&record, TRIAL_FLAGS, ""), flags != NULL ? flags : "");
    record_free(&record);
}

static void few_collections_are_flagged(void **state)
{
    (void)state;
    assert_flags(TRIAL_COLLECTIONS, 10, LIMIT, NULL);
    assert_flags(TRIAL_COLLECTIONS, 9, LIMIT, "few-collections");
    assert_flags(TRIAL_COLLECTIONS, 0, 0, "few-collections");
}

static void who_does_not_live_by_collections_is_not_flagged(void **state)
{
    (void)state;
    static const struct hm_capabilities others[] = {{.frees = false},
                                                    {.frees = true, .prompt = true}};
    for (size_t i = 0; i < 2; i++) {
        struct trial_record record = sound();
        record_set_integer(&record, TRIAL_COLLECTIONS, 0);
        flags_set(&record, &others[i], LIMIT);
        assert_false(record_is_known(&record, TRIAL_FLAGS));
        record_free(&record);
    }
    struct trial_record record = sound();
    record_set_unknown(&record, TRIAL_COLLECTIONS);
    flags_set(&record, &tracing, LIMIT);
    assert_false(record_is_known(&record, TRIAL_FLAGS));
    record_free(&record);
}

static void thrashing_is_flagged(void **state)
{
    (void)state;
    assert_flags(TRIAL_PAUSE_TOTAL_NS, 500, LIMIT, NULL);
    assert_flags(TRIAL_PAUSE_TOTAL_NS, 501, LIMIT, "thrashing");
    assert_flags(TRIAL_PAUSE_TOTAL_NS, 501, 0, NULL);
    assert_flags(TRIAL_PAUSE_TOTAL_NS, 501, LIMIT + 1, NULL);
    assert_flags(TRIAL_COLLECTOR_CPU_NS, 700, LIMIT, NULL);
    assert_flags(TRIAL_COLLECTOR_CPU_NS, 701, LIMIT, "thrashing");
}

static void both_are_flagged(void **state)
{
    (void)state;
    struct trial_record record = sound();
    record_set_integer(&record, TRIAL_PAUSE_TOTAL_NS, 900);
    record_set_integer(&record, TRIAL_COLLECTIONS, 2);
    flags_set(&record, &tracing, LIMIT);
    assert_string_equal(record_text(&record, TRIAL_FLAGS, ""), "few-collections,thrashing");
    record_free(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_collections_are_flagged),
        cmocka_unit_test(who_does_not_live_by_collections_is_not_flagged),
        cmocka_unit_test(thrashing_is_flagged),
        cmocka_unit_test(both_are_flagged),
    };
    return cmocka_run_group_tests_name("measure/flags", tests, NULL, NULL);
}
