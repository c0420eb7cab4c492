/* SPDX-License-Identifier: MIT
 *
 * What is stored comes back: runs, environment, trials, pauses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "scratch.h"

/* Text that would end an SQL literal, were it ever formatted into one. */
static const char HOSTILE[] = "x'); DROP TABLE trials; --";

static void a_run_comes_back(void **state)
{
    (void)state;
    struct error error = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    struct store_run_start start = {.label = HOSTILE,
                                    .command = "heapmark run -c none",
                                    .baseline = "none",
                                    .heapmark_version = "0.1.0",
                                    .seed = INT64_C(9007199254740993),
                                    .invocations = 3,
                                    .trials_planned = -1};
    int64_t run_id;
    assert_true(store_begin_run(store, &start, &run_id, &error));
    struct store_run_list list = {0};
    assert_true(store_list_runs(store, &list, &error));
    assert_int_equal(list.count, 1);
    const struct store_run *run = &list.runs[0];
    assert_true(run->id == run_id && run_id > 0);
    assert_string_equal(run->label, HOSTILE);
    assert_string_equal(run->command, "heapmark run -c none");
    assert_string_equal(run->baseline, "none");
    assert_string_equal(run->heapmark_version, "0.1.0");
    assert_null(run->suite);
    assert_true(run->seed == INT64_C(9007199254740993));
    assert_int_equal(run->invocations, 3);
    assert_int_equal(run->trials_planned, -1);
    assert_string_equal(run->status, "running");
    assert_int_equal(strlen(run->started_utc), 20);
    assert_null(run->finished_utc);
    store_run_list_free(&list);
    store_close(store);
}

static void assert_status(struct store *store, int64_t run_id, const char *status, bool finished)
{
    struct error error = {0};
    struct store_run_list list = {0};
    assert_true(store_load_runs(store, run_id, &list, &error));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.runs[0].status, status);
    assert_int_equal(list.runs[0].finished_utc != NULL, finished);
    store_run_list_free(&list);
}

static void a_run_ends_and_goes_on(void **state)
{
    (void)state;
    struct error error = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t run_id = scratch_begin(store);
    assert_true(store_finish_run(store, run_id, STORE_RUN_INTERRUPTED, &error));
    assert_status(store, run_id, "interrupted", true);
    assert_true(store_resume_run(store, run_id, &error));
    assert_status(store, run_id, "running", false);
    assert_true(store_finish_run(store, run_id, STORE_RUN_COMPLETED, &error));
    assert_status(store, run_id, "completed", true);
    assert_false(store_finish_run(store, run_id + 1, STORE_RUN_COMPLETED, &error));
    assert_int_equal(error.kind, ERROR_USER);
    store_close(store);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    struct error error = {0};
    struct trial_record stored = {0}, empty = {0};
    scratch_fill(&stored, 5, 1000);
    record_set_integer(&stored, TRIAL_WALL_NS, INT64_C(9007199254740993));
    record_set_integer(&stored, TRIAL_SEED, INT64_MAX);
    record_set_integer(&stored, TRIAL_SETUP_NS, INT64_MIN);
    record_set_real(&stored, TRIAL_PAUSE_P50_NS, 0.1 + 0.2);
    record_set_real(&stored, TRIAL_PAUSE_P90_NS, 3);
    record_set_text(&stored, TRIAL_CAUSE, "");
    record_set_text(&stored, TRIAL_COLLECTOR_LABEL, HOSTILE);
    record_set_text_bytes(&stored, TRIAL_OUTPUT, "\xFF\0\n\xC3\xA9", 5);
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t run_id = scratch_begin(store);
    assert_true(store_add_trial(store, run_id, &stored, &error));
    assert_true(store_add_trial(store, run_id, &empty, &error));
    store_close(store);

    store = scratch_open(scratch_path("a.db"), STORE_READ);
    struct store_trial_list list = {0};
    assert_true(store_load_trials(store, run_id, &list, &error));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.trials[0].run_id, run_id);
    scratch_assert_same(&list.trials[0].record, &stored);
    scratch_assert_same(&list.trials[1].record, &empty);
    store_trial_list_free(&list);
    store_close(store);
    record_free(&stored);
    scratch_assert_whole(scratch_path("a.db"));
}

static size_t count_trials(struct store *store, int64_t run_id)
{
    struct error error = {0};
    struct store_trial_list list = {0};
    assert_true(store_load_trials(store, run_id, &list, &error));
    size_t count = list.count;
    store_trial_list_free(&list);
    return count;
}

static void runs_are_told_apart(void **state)
{
    (void)state;
    struct error error = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t one = scratch_begin(store), two = scratch_begin(store);
    scratch_add(store, one, 1, 1);
    scratch_add(store, two, 2, 1);
    scratch_add(store, one, 3, 1);
    struct trial_record bad = {0};
    record_set_outcome(&bad, OUTCOME_CRASH);
    assert_true(store_add_trial(store, one, &bad, &error));
    record_free(&bad);
    assert_int_equal(count_trials(store, one), 3);
    assert_int_equal(count_trials(store, two), 1);
    assert_int_equal(count_trials(store, STORE_LATEST_RUN), 1);
    assert_int_equal(count_trials(store, STORE_ALL_RUNS), 4);
    struct store_run_list list = {0};
    assert_true(store_list_runs(store, &list, &error));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.runs[0].id, one);
    assert_int_equal(list.runs[0].trials, 3);
    assert_int_equal(list.runs[0].trials_bad, 1);
    assert_int_equal(list.runs[1].trials_bad, 0);
    store_run_list_free(&list);
    store_close(store);
}

static void a_run_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct error error = {0};
    struct store_trial_list trials = {0};
    struct store_run_list runs = {0};
    struct store_environment environment = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    assert_false(store_load_trials(store, STORE_LATEST_RUN, &trials, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "holds no run yet"));
    assert_true(store_load_trials(store, STORE_ALL_RUNS, &trials, &error));
    assert_int_equal(trials.count, 0);
    scratch_begin(store);
    assert_false(store_load_trials(store, 7, &trials, &error));
    assert_non_null(strstr(error.text, "no run 7"));
    assert_false(store_load_runs(store, 7, &runs, &error));
    assert_false(store_load_environment(store, 7, &environment, &error));
    assert_false(store_load_trials(store, -5, &trials, &error));
    store_close(store);
}

static void a_trial_needs_its_run(void **state)
{
    (void)state;
    struct error error = {0};
    struct trial_record record = {0};
    scratch_fill(&record, 1, 4);
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    assert_false(store_add_trial(store, 12, &record, &error));
    assert_string_not_equal(error.text, "");
    record_free(&record);
    scratch_add(store, scratch_begin(store), 1, 2); /* the failure left no transaction open */
    store_close(store);
    assert_int_equal(scratch_sql(scratch_path("a.db"), "SELECT count(*) FROM pauses"), 2);
}

static void the_environment_comes_back(void **state)
{
    (void)state;
    struct error error = {0};
    struct store_environment told = {0}, later = {0}, loaded = {0};
    store_environment_add(&told, "processor", "an 8-bit one");
    store_environment_add(&told, "governor", NULL);
    store_environment_add(&told, "compiler", HOSTILE);
    store_environment_add(&later, "processor", "another");
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t run_id = scratch_begin(store);
    assert_true(store_add_environment(store, run_id, &told, &error));
    assert_true(store_add_environment(store, run_id, &later, &error));
    assert_true(store_load_environment(store, STORE_LATEST_RUN, &loaded, &error));
    assert_int_equal(loaded.count, 3);
    assert_string_equal(store_environment_find(&loaded, "processor"), "another");
    assert_string_equal(store_environment_find(&loaded, "governor"), "unknown");
    assert_string_equal(store_environment_find(&loaded, "compiler"), HOSTILE);
    assert_string_equal(loaded.entries[2].key, "compiler");
    assert_null(store_environment_find(&loaded, "weather"));
    store_environment_free(&told);
    store_environment_free(&later);
    store_environment_free(&loaded);
    store_close(store);
}

static void the_file_says_what_it_is(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    store_close(scratch_open(path, STORE_WRITE));
    assert_int_equal(scratch_sql(path, "PRAGMA application_id"), 0x484D524B);
    assert_int_equal(scratch_sql(path, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM pragma_table_info('trials')"),
                     TRIAL_FIELD_COUNT + 2);
    scratch_assert_whole(path);
    assert_int_equal(scratch_entries(), 1); /* no journal, nothing half-made */
}

static void ids_are_not_used_again(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    int64_t first = scratch_begin(store);
    scratch_add(store, first, 1, 3);
    scratch_sql(path, "DELETE FROM runs");
    assert_true(scratch_begin(store) > first);
    store_close(store);
}

/* How long the trial's storing took; -1: unknown. */
static int64_t noted_of(const char *path, int64_t trial_id)
{
    struct text sql = {0};
    text_format(&sql, "SELECT coalesce(end_to_stored_ns, -1) FROM trials WHERE id = %lld",
                (long long)trial_id);
    int64_t ns = scratch_sql(path, text_chars(&sql));
    text_free(&sql);
    return ns;
}

static void add_unnoted(struct store *store, int64_t run_id, int pauses)
{
    struct error error = {0};
    struct trial_record record = {0};
    scratch_fill(&record, 1, pauses);
    record_set_unknown(&record, TRIAL_END_TO_STORED_NS);
    assert_true(store_add_trial(store, run_id, &record, &error));
    record_free(&record);
}

/* What is known of a trial only once it is stored comes with the next transaction, to that trial
 * and no other, and once. */
static void a_note_comes_with_the_next_row(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    int64_t run_id = scratch_begin(store);
    add_unnoted(store, run_id, 3); /* with pauses, whose rows have numbers of their own */
    store_note_stored(store, 11);
    assert_int_equal(noted_of(path, 1), -1);
    /* A transaction that fails brings nothing along, and what was noted stays so. */
    struct trial_record record = {0};
    scratch_fill(&record, 2, 0);
    assert_false(store_add_trial(store, run_id + 1, &record, &error));
    assert_int_equal(noted_of(path, 1), -1);
    record_free(&record);
    add_unnoted(store, run_id, 0);
    assert_int_equal(noted_of(path, 1), 11);
    add_unnoted(store, run_id, 0); /* nothing was noted of the second */
    store_note_stored(store, 33);
    assert_true(store_finish_run(store, run_id, STORE_RUN_COMPLETED, &error));
    store_close(store);
    assert_int_equal(noted_of(path, 1), 11);
    assert_int_equal(noted_of(path, 2), -1);
    assert_int_equal(noted_of(path, 3), 33);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_run_comes_back),
        TEST(a_run_ends_and_goes_on),
        TEST(every_field_comes_back),
        TEST(runs_are_told_apart),
        TEST(a_run_that_is_not_there_is_said),
        TEST(a_trial_needs_its_run),
        TEST(the_environment_comes_back),
        TEST(the_file_says_what_it_is),
        TEST(ids_are_not_used_again),
        TEST(a_note_comes_with_the_next_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
