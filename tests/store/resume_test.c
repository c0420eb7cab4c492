/* SPDX-License-Identifier: MIT
 *
 * Runs that did not come to their end: seen for what they are, and gone on with by one process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "scratch.h"

/* A process that has begun a run and goes on with it until it is killed. */
struct other {
    pid_t process;
    int64_t run_id;
};

static int64_t begin_with(struct store *store, const char *definition)
{
    struct error error = {0};
    const struct store_run_start start = {.command = "heapmark run", .definition = definition};
    int64_t run_id;
    if (!store_begin_run(store, &start, &run_id, &error))
        fail_msg("%s", error.text);
    return run_id;
}

static struct other start_other(const char *path)
{
    struct other other;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    other.process = fork();
    assert_true(other.process >= 0);
    if (other.process == 0) {
        int64_t run_id = begin_with(scratch_open(path, STORE_WRITE), "what it was");
        if (write(ends[1], &run_id, sizeof run_id) == sizeof run_id)
            for (;;)
                pause();
        _exit(1);
    }
    assert_int_equal(read(ends[0], &other.run_id, sizeof other.run_id), sizeof other.run_id);
    close(ends[0]);
    close(ends[1]);
    return other;
}

static void kill_other(const struct other *other)
{
    int status;
    kill(other->process, SIGKILL);
    assert_int_equal(waitpid(other->process, &status, 0), other->process);
}

static void assert_status(struct store *store, int64_t run_id, const char *status)
{
    struct error error = {0};
    struct store_run_list list = {0};
    assert_true(store_load_runs(store, run_id, &list, &error));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.runs[0].status, status);
    store_run_list_free(&list);
}

static void assert_refused(bool ok, const struct error *error, const char *words)
{
    assert_false(ok);
    assert_int_equal(error->kind, ERROR_USER);
    if (strstr(error->text, words) == NULL)
        fail_msg("%s", error->text);
}

static void assert_nothing_to_go_on_with(struct store *store, const char *words)
{
    struct error error = {0};
    int64_t run_id;
    assert_refused(store_find_unfinished(store, &run_id, &error), &error, words);
}

static void a_killed_run_is_abandoned(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    struct other other = start_other(path);
    assert_status(store, other.run_id, "running");
    kill_other(&other);
    assert_status(store, other.run_id, "abandoned");
    assert_int_equal(scratch_sql(path, "SELECT status = 'running' FROM runs"), 1);
    store_close(store);
}

/* … but not one of this process: neither here nor in another store on the same file. */
static void a_run_of_ones_own_is_running(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    struct store *second = scratch_open(path, STORE_READ);
    int64_t run_id = scratch_begin(store);
    assert_status(store, run_id, "running");
    assert_status(second, run_id, "running");
    store_close(store);
    assert_status(second, run_id, "abandoned");
    store_close(second);
}

static void one_process_goes_on_with_a_run(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    struct other other = start_other(path);
    assert_nothing_to_go_on_with(store, "still goes on in another process");
    assert_refused(store_resume_run(store, other.run_id, &error), &error, "in another process");
    kill_other(&other);
    int64_t found;
    assert_true(store_find_unfinished(store, &found, &error));
    assert_int_equal(found, other.run_id);
    assert_true(store_resume_run(store, other.run_id, &error));
    assert_status(store, other.run_id, "running");
    struct store *second = scratch_open(path, STORE_WRITE);
    assert_refused(store_resume_run(second, other.run_id, &error), &error, "in another process");
    store_close(second);
    store_close(store);
}

static void the_latest_unfinished_run_is_found(void **state)
{
    (void)state;
    static const enum store_run_status statuses[] = {STORE_RUN_INTERRUPTED, STORE_RUN_FAILED,
                                                     STORE_RUN_COMPLETED};
    struct error error = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    assert_nothing_to_go_on_with(store, "no run that could be gone on with");
    int64_t ids[3], found;
    for (size_t i = 0; i < 3; i++) {
        ids[i] = begin_with(store, "it");
        assert_true(store_finish_run(store, ids[i], statuses[i], &error));
    }
    assert_true(store_find_unfinished(store, &found, &error));
    assert_int_equal(found, ids[1]);
    assert_refused(store_resume_run(store, ids[2], &error), &error, "is completed");
    assert_refused(store_resume_run(store, ids[2] + 1, &error), &error, "there is no run");
    for (size_t i = 0; i < 2; i++)
        assert_true(store_finish_run(store, ids[i], STORE_RUN_COMPLETED, &error));
    assert_nothing_to_go_on_with(store, "no run that could be gone on with");
    store_close(store);
}

static void add_outcome(struct store *store, int64_t run_id, enum trial_outcome outcome)
{
    struct error error = {0};
    struct trial_record record = {0};
    scratch_fill(&record, 1, 3);
    record_set_outcome(&record, outcome);
    assert_true(store_add_trial(store, run_id, &record, &error));
    record_free(&record);
}

/* Only of this run, and nothing that was measured. */
static void interrupted_trials_are_forgotten(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    int64_t first = scratch_begin(store), second = scratch_begin(store);
    add_outcome(store, first, OUTCOME_INTERRUPTED);
    add_outcome(store, second, OUTCOME_OK);
    add_outcome(store, second, OUTCOME_CRASH);
    add_outcome(store, second, OUTCOME_INTERRUPTED);
    assert_true(store_finish_run(store, second, STORE_RUN_INTERRUPTED, &error));
    assert_true(store_resume_run(store, second, &error));
    store_close(store);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM trials WHERE run_id = 1"), 1);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM trials WHERE run_id = 2"), 2);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM pauses"), 3 * 3);
    assert_int_equal(scratch_sql(path, "SELECT finished_utc IS NULL FROM runs WHERE id = 2"), 1);
    scratch_assert_whole(path);
}

static void the_definition_is_kept(void **state)
{
    (void)state;
    static const char definition[] = "{\"a\": \"\xc3\xa4\"}\n";
    struct error error = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    int64_t with = begin_with(store, definition), without = begin_with(store, NULL);
    char *found;
    assert_true(store_load_definition(store, with, &found, &error));
    assert_string_equal(found, definition);
    free(found);
    assert_refused(store_load_definition(store, without, &found, &error), &error,
                   "an older Heapmark");
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_killed_run_is_abandoned),        TEST(a_run_of_ones_own_is_running),
        TEST(one_process_goes_on_with_a_run),   TEST(the_latest_unfinished_run_is_found),
        TEST(interrupted_trials_are_forgotten), TEST(the_definition_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
