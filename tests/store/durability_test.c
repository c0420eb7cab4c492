/* SPDX-License-Identifier: MIT
 *
 * Kills, full disks and other writers: what was acknowledged is there, and the file is whole.
 */
#define HEAPMARK_STORE_INTERNAL
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "store/internal.h"

enum { KILLS = 10, WRITER_TRIALS = 20 };

/* Store trials until killed, and tell each one that was acknowledged. */
static _Noreturn void write_until_killed(const char *path, int acknowledged)
{
    struct error error = {0};
    struct store *store = store_open(path, STORE_WRITE, &error);
    int64_t run_id;
    struct store_run_start start = {.command = "heapmark run"};
    if (store == NULL || !store_begin_run(store, &start, &run_id, &error))
        _exit(1);
    for (;;) {
        struct trial_record record = {0};
        scratch_fill(&record, 1, 300);
        if (!store_add_trial(store, run_id, &record, &error) || write(acknowledged, "+", 1) != 1)
            _exit(1);
        record_free(&record);
    }
}

static size_t read_to_end(int file)
{
    char bytes[256];
    size_t total = 0;
    ssize_t count;
    while ((count = read(file, bytes, sizeof bytes)) > 0)
        total += (size_t)count;
    assert_int_equal(count, 0);
    return total;
}

/* Kill the writer at an arbitrary moment after its `after`th trial; returns how many
 * trials it had acknowledged. */
static size_t write_and_kill(const char *path, size_t after, long wait_ns)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_until_killed(path, ends[1]);
    }
    close(ends[1]);
    char byte;
    for (size_t i = 0; i < after; i++)
        assert_int_equal(read(ends[0], &byte, 1), 1);
    nanosleep(&(struct timespec){.tv_nsec = wait_ns}, NULL); /* the moment, not a condition */
    kill(child, SIGKILL);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    size_t acknowledged = after + read_to_end(ends[0]);
    close(ends[0]);
    return acknowledged;
}

/* By reading alone: opening undoes the write that was cut short. */
static void a_kill_loses_nothing_acknowledged(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    size_t least = 0, most = 0;
    unsigned seed = 12345;
    for (int i = 0; i < KILLS; i++) {
        size_t acknowledged =
            write_and_kill(path, (size_t)(rand_r(&seed) % 5) + 1, rand_r(&seed) % 8000000);
        least += acknowledged;
        most += acknowledged + 1; /* one may have been stored and not yet told */
        size_t there = scratch_count_trials(path);
        if (there < least || there > most)
            fail_msg("%zu trials, not %zu to %zu, after kill %d", there, least, most, i);
        scratch_assert_whole(path);
    }
}

static void copy_file(const char *from, const char *to)
{
    size_t count;
    char *bytes = scratch_read(from, &count);
    scratch_write(to, bytes, count);
    free(bytes);
}

/* Leave at copy.db what a kill leaves in the middle of a transaction: pages of the file already
 * overwritten, and the journal that undoes it. */
static void leave_half_a_transaction(void)
{
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    int64_t run_id = scratch_begin(store);
    scratch_add(store, run_id, 1, 10);
    struct error error = {0};
    assert_true(store_execute(store,
                              "PRAGMA cache_size = 1; BEGIN IMMEDIATE; DELETE FROM pauses;"
                              "WITH RECURSIVE n (i) AS"
                              " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                              " INSERT INTO pauses SELECT 1, i, i FROM n;",
                              &error));
    copy_file(path, scratch_path("copy.db"));
    copy_file(scratch_path("a.db-journal"), scratch_path("copy.db-journal"));
    assert_false(store_end(store, false, &error));
    store_close(store);
}

static void reading_undoes_half_a_transaction(void **state)
{
    (void)state;
    leave_half_a_transaction();
    const char *path = scratch_path("copy.db");
    assert_int_equal(scratch_count_trials(path), 1);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM pauses"), 10);
    scratch_assert_whole(path);
    assert_int_not_equal(access(scratch_path("copy.db-journal"), F_OK), 0);
}

static bool open_to_read(const char *path, struct error *error)
{
    struct store *store = store_open(path, STORE_READ, error);
    store_close(store);
    return store != NULL;
}

static void who_may_not_write_cannot_undo_it(void **state)
{
    (void)state;
    leave_half_a_transaction();
    struct error error = {0};
    const char *path = scratch_path("copy.db");
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(scratch_folder(), 0555), 0);
    assert_false(scratch_in_child(open_to_read, path, true, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "cut short"));
    assert_int_equal(chmod(scratch_folder(), 0755), 0);
}

static bool write_some(const char *path, struct error *error)
{
    struct store *store = store_open(path, STORE_WRITE, error);
    struct store_run_start start = {.command = "heapmark run"};
    int64_t run_id;
    bool ok = store != NULL && store_begin_run(store, &start, &run_id, error);
    for (int i = 0; ok && i < WRITER_TRIALS; i++) {
        struct trial_record record = {0};
        scratch_fill(&record, i, 20);
        ok = store_add_trial(store, run_id, &record, error);
        record_free(&record);
    }
    store_close(store);
    return ok;
}

/* A child that waits for the gate, then writes. */
static pid_t start_writer(const char *path, const int gate[2])
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char byte;
        struct error error = {0};
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 && write_some(path, &error) ? 0 : 1);
    }
    return child;
}

/* They begin together, so that they also race to make the file. */
static void writers_share_a_database(void **state)
{
    (void)state;
    enum { WRITERS = 3 };
    const char *path = scratch_path("a.db");
    int gate[2];
    pid_t writers[WRITERS];
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < WRITERS; i++)
        writers[i] = start_writer(path, gate);
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(scratch_count_trials(path), WRITERS * WRITER_TRIALS);
    assert_int_equal(scratch_sql(path, "SELECT count(DISTINCT run_id) FROM trials"), WRITERS);
    scratch_assert_whole(path);
    assert_int_equal(scratch_entries(), 1);
}

static bool add_as_visitor(void *context, struct store_trial *trial, struct error *error)
{
    (void)error;
    if (trial->record.pauses.count == 1)
        scratch_add(context, trial->run_id, 2, 2);
    return true;
}

/* A reader that dawdles over a trial does not keep a run from storing another. */
static void a_slow_reader_stops_no_writer(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    struct store *writer = scratch_open(path, STORE_WRITE);
    sqlite3_busy_timeout(writer->database, 0);
    int64_t run_id = scratch_begin(writer);
    scratch_add(writer, run_id, 1, 1);
    scratch_add(writer, run_id, 1, 1);
    struct store *reader = scratch_open(path, STORE_READ);
    assert_true(store_visit_trials(reader, run_id, add_as_visitor, writer, &error));
    store_close(reader);
    store_close(writer);
    assert_int_equal(scratch_count_trials(path), 4);
}

static void a_lock_that_is_never_released_is_said(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    struct store *holder = scratch_open(path, STORE_WRITE);
    struct store *writer = scratch_open(path, STORE_WRITE);
    int64_t run_id = scratch_begin(writer);
    struct trial_record record = {0};
    sqlite3_busy_timeout(writer->database, 0);
    assert_true(store_execute(holder, "BEGIN EXCLUSIVE", &error));
    assert_false(store_add_trial(writer, run_id, &record, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "locked"));
    assert_true(store_end(holder, true, &error));
    assert_true(store_add_trial(writer, run_id, &record, &error));
    store_close(holder);
    store_close(writer);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

static bool create_without_room(const char *path, struct error *error)
{
    limit_file_size(4096);
    return write_some(path, error);
}

static void a_creation_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct error error = {0};
    assert_false(scratch_in_child(create_without_room, scratch_path("a.db"), false, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "File too large"));
    assert_int_equal(scratch_entries(), 0);
}

static bool fill_up(struct store *store, int64_t run_id, struct error *error)
{
    struct trial_record record = {0};
    scratch_fill(&record, 1, 1000);
    int count = 0;
    while (count < 10000 && store_add_trial(store, run_id, &record, error))
        count++;
    record_free(&record);
    return count < 10000;
}

/* Fill the disk, see that what was stored is whole, make room, go on. */
static bool fill_and_go_on(const char *path, struct error *error)
{
    struct store *store = store_open(path, STORE_WRITE, error);
    struct store_run_start start = {.command = "heapmark run"};
    int64_t run_id;
    if (store == NULL || !store_begin_run(store, &start, &run_id, error))
        return false;
    limit_file_size(400000);
    struct error full = {0}, none = {0};
    struct trial_record record = {0};
    bool ok = fill_up(store, run_id, &full) && full.kind == ERROR_SYSTEM;
    limit_file_size(RLIM_INFINITY);
    ok = ok && store_add_trial(store, run_id, &record, &none) &&
         store_finish_run(store, run_id, STORE_RUN_COMPLETED, &none);
    store_close(store);
    *error = ok ? full : none;
    return ok;
}

static void a_full_disk_is_said_and_got_over(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    if (!scratch_in_child(fill_and_go_on, path, false, &error))
        fail_msg("%s", error.text);
    assert_non_null(strstr(error.text, "a limit on the size of files"));
    assert_true(scratch_count_trials(path) > 1);
    scratch_assert_whole(path);
}

/* A disk of its own, in a mount namespace of its own; SKIPPED where that is not allowed. */
static bool fill_small_disk(const char *path, struct error *error)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", scratch_folder(), "tmpfs", 0, "size=512k") != 0)
        return error_user(error, "SKIPPED");
    struct store *store = store_open(path, STORE_WRITE, error);
    struct store_run_start start = {.command = "heapmark run"};
    int64_t run_id;
    bool ok = store != NULL && store_begin_run(store, &start, &run_id, error) &&
              fill_up(store, run_id, error);
    store_close(store);
    struct store_trial_list list = {0};
    struct error none = {0};
    store = store_open(path, STORE_READ, &none);
    ok = ok && store != NULL && store_load_trials(store, STORE_ALL_RUNS, &list, &none) &&
         list.count > 0 && list.trials[list.count - 1].record.pauses.count == 1000;
    store_trial_list_free(&list);
    store_close(store);
    return ok;
}

static void a_small_disk_is_full(void **state)
{
    (void)state;
    struct error error = {0};
    bool ok = scratch_in_child(fill_small_disk, scratch_path("a.db"), false, &error);
    if (strcmp(error.text, "SKIPPED") == 0)
        skip();
    if (!ok)
        fail_msg("%s", error.text);
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "is full"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_kill_loses_nothing_acknowledged),
        TEST(reading_undoes_half_a_transaction),
        TEST(who_may_not_write_cannot_undo_it),
        TEST(writers_share_a_database),
        TEST(a_slow_reader_stops_no_writer),
        TEST(a_lock_that_is_never_released_is_said),
        TEST(a_creation_that_fails_leaves_nothing),
        TEST(a_full_disk_is_said_and_got_over),
        TEST(a_small_disk_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
