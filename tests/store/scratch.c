/* SPDX-License-Identifier: MIT
 *
 * What the tests of the store share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "scratch.h"

static char folder[] = "/tmp/heapmark-store-XXXXXX";

int scratch_setup(void **state)
{
    (void)state;
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    /* Others may look: a test may go on as a user without rights. */
    return mkdtemp(folder) != NULL && chmod(folder, 0755) == 0 ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

int scratch_teardown(void **state)
{
    (void)state;
    return nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch_folder(void)
{
    return folder;
}

const char *scratch_path(const char *name)
{
    static char paths[4][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

int scratch_entries(void)
{
    int count = 0;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2; /* . and .. */
}

void scratch_write(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

char *scratch_read(const char *path, size_t *count)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct text text = {0};
    char block[4096];
    size_t got;
    text_append(&text, "");
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        text_append_bytes(&text, block, got);
    fclose(file);
    if (count != NULL)
        *count = text.length;
    return text.chars;
}

void scratch_fill(struct trial_record *record, int64_t number, int pauses)
{
    for (int i = 0; i < TRIAL_FIELD_COUNT; i++) {
        enum trial_field field = (enum trial_field)i;
        char text[64];
        snprintf(text, sizeof text, "%s of %lld", record_fields[i].column, (long long)number);
        if (record_fields[i].kind == VALUE_INTEGER)
            record_set_integer(record, field, number * 1000 + i);
        else if (record_fields[i].kind == VALUE_REAL)
            record_set_real(record, field, (double)number + i / 1000.0);
        else
            record_set_text(record, field, text);
    }
    record_set_outcome(record, OUTCOME_OK);
    record_set_integer(record, TRIAL_PAUSE_COUNT, pauses);
    for (int i = 0; i < pauses; i++)
        record_add_pause(record, number * 1000000 + i, i);
    for (int i = 0; i < pauses; i++)
        record_add_point(record, (enum trial_curve)(i % CURVE_COUNT), (double)number + i, i / 7.0);
    /* Due times need not grow, and either may be as large as a number gets. */
    for (int i = 0; i < pauses; i++)
        record_add_request(record, number * (i % 3 - 1), i);
    if (pauses > 0)
        record_add_request(record, INT64_MIN, INT64_MAX);
}

static void assert_same_value(const struct value *a, const struct value *b, const char *column)
{
    if (a->kind != b->kind)
        fail_msg("%s is of kind %d and of kind %d", column, (int)a->kind, (int)b->kind);
    if (a->kind == VALUE_INTEGER && a->integer != b->integer)
        fail_msg("%s is %lld and %lld", column, (long long)a->integer, (long long)b->integer);
    if (a->kind == VALUE_REAL && memcmp(&a->real, &b->real, sizeof a->real) != 0)
        fail_msg("%s is %.17g and %.17g", column, a->real, b->real);
    if (a->kind == VALUE_TEXT)
        assert_string_equal(a->text, b->text);
}

void scratch_assert_same(const struct trial_record *a, const struct trial_record *b)
{
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++)
        assert_same_value(&a->values[field], &b->values[field], record_fields[field].column);
    assert_int_equal(a->pauses.count, b->pauses.count);
    for (size_t i = 0; i < a->pauses.count; i++) {
        assert_int_equal(a->pauses.start_ns[i], b->pauses.start_ns[i]);
        assert_int_equal(a->pauses.duration_ns[i], b->pauses.duration_ns[i]);
    }
    for (int curve = 0; curve < CURVE_COUNT; curve++) {
        assert_int_equal(a->curves[curve].count, b->curves[curve].count);
        if (a->curves[curve].count > 0)
            assert_memory_equal(a->curves[curve].points, b->curves[curve].points,
                                a->curves[curve].count * sizeof *a->curves[curve].points);
    }
    assert_int_equal(a->requests.count, b->requests.count);
    for (size_t i = 0; i < a->requests.count; i++) {
        assert_int_equal(a->requests.due_ns[i], b->requests.due_ns[i]);
        assert_int_equal(a->requests.latency_ns[i], b->requests.latency_ns[i]);
    }
}

struct store *scratch_open(const char *path, enum store_mode mode)
{
    struct error error = {0};
    struct store *store = store_open(path, mode, &error);
    if (store == NULL)
        fail_msg("%s", error.text);
    return store;
}

int64_t scratch_begin(struct store *store)
{
    struct error error = {0};
    int64_t run_id;
    struct store_run_start start = {
        .command = "heapmark run", .seed = 1, .invocations = -1, .trials_planned = -1};
    if (!store_begin_run(store, &start, &run_id, &error))
        fail_msg("%s", error.text);
    return run_id;
}

void scratch_add(struct store *store, int64_t run_id, int64_t number, int pauses)
{
    struct error error = {0};
    struct trial_record record = {0};
    scratch_fill(&record, number, pauses);
    bool ok = store_add_trial(store, run_id, &record, &error);
    record_free(&record);
    if (!ok)
        fail_msg("%s", error.text);
}

size_t scratch_count_trials(const char *path)
{
    struct error error = {0};
    struct store *store = scratch_open(path, STORE_READ);
    struct store_trial_list list = {0};
    if (!store_load_trials(store, STORE_ALL_RUNS, &list, &error))
        fail_msg("%s", error.text);
    size_t count = list.count;
    store_trial_list_free(&list);
    store_close(store);
    return count;
}

int64_t scratch_sql(const char *path, const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    int code = sqlite3_step(statement);
    assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    int64_t result = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return result;
}

void scratch_assert_whole(const char *path)
{
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM pragma_integrity_check"
                                       " WHERE integrity_check <> 'ok'"),
                     0);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM trials WHERE pause_count <>"
                                       " (SELECT count(*) FROM pauses WHERE trial_id = trials.id)"),
                     0);
}

/* 65534 is "nobody" wherever there is one, and owns nothing where there is none. */
static bool drop_rights(void)
{
    return geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
}

bool scratch_in_child(bool (*body)(const char *path, struct error *error), const char *path,
                      bool without_rights, struct error *error)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool ok = (!without_rights || drop_rights()) && body(path, error);
        bool told = write(ends[1], error, sizeof *error) == (ssize_t)sizeof *error;
        _exit(!told ? 2 : ok ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], error, sizeof *error), sizeof *error);
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}
