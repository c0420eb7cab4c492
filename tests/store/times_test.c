/* SPDX-License-Identifier: MIT
 *
 * How long the like of a trial took: the mean over all runs, whatever came of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scratch.h"

static char *likeness_of(int64_t number)
{
    struct trial_record record = {0};
    struct text likeness = {0};
    scratch_fill(&record, number, 0);
    store_append_likeness(&likeness, &record);
    record_free(&record);
    return likeness.chars;
}

static void add(struct store *store, int64_t run_id, int64_t number, int64_t process_ns,
                enum trial_outcome outcome)
{
    struct trial_record record = {0};
    scratch_fill(&record, number, 0);
    record_set_integer(&record, TRIAL_PROCESS_NS, process_ns);
    record_set_outcome(&record, outcome);
    assert_true(store_add_trial(store, run_id, &record, NULL));
    record_free(&record);
}

static double time_in(const struct store_time_list *list, int64_t number)
{
    char *likeness = likeness_of(number);
    double time_ns = store_time_of(list, likeness);
    free(likeness);
    return time_ns;
}

static void the_like_is_averaged_over_runs(void **state)
{
    (void)state;
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t first = scratch_begin(store), second = scratch_begin(store);
    add(store, first, 1, 100, OUTCOME_OK);
    add(store, first, 2, 7, OUTCOME_HANG);
    add(store, second, 1, 300, OUTCOME_CRASH);
    add(store, second, 1, 5, OUTCOME_INTERRUPTED);
    struct store_time_list list = {0};
    assert_true(store_load_times(store, &list, NULL));
    assert_int_equal(list.count, 2);
    assert_true(time_in(&list, 1) == 200);
    assert_true(time_in(&list, 2) == 7);
    assert_true(time_in(&list, 3) < 0);
    store_time_list_free(&list);
    store_close(store);
}

static void an_empty_database_knows_nothing(void **state)
{
    (void)state;
    struct store *store = scratch_open(scratch_path("b.db"), STORE_WRITE);
    struct store_time_list list = {0};
    assert_true(store_load_times(store, &list, NULL));
    assert_int_equal(list.count, 0);
    assert_true(time_in(&list, 1) < 0);
    store_time_list_free(&list);
    store_close(store);
}

/* Each of the fields makes trials unlike, and nothing else does. */
static void likeness_is_in_what_is_done(void **state)
{
    (void)state;
    char *before = likeness_of(4);
    for (size_t i = 0; i < TRIAL_FIELD_COUNT; i++) {
        struct trial_record record = {0};
        struct text likeness = {0};
        bool counts = false;
        scratch_fill(&record, 4, 0);
        for (size_t k = 0; k < store_like_field_count; k++)
            counts = counts || store_like_fields[k] == i;
        record_set_unknown(&record, (enum trial_field)i);
        store_append_likeness(&likeness, &record);
        assert_true((strcmp(before, text_chars(&likeness)) != 0) == counts);
        record_free(&record);
        text_free(&likeness);
    }
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_like_is_averaged_over_runs),
        cmocka_unit_test(an_empty_database_knows_nothing),
        cmocka_unit_test(likeness_is_in_what_is_done),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
