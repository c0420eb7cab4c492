/* SPDX-License-Identifier: MIT
 *
 * Whatever --db names: one sentence that says what would be right, and nothing touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch.h"

static void assert_refused(const char *path, enum store_mode mode, const char *said)
{
    struct error error = {0};
    struct store *store = store_open(path, mode, &error);
    assert_null(store);
    assert_int_equal(error.kind, ERROR_USER);
    if (strstr(error.text, said) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, said);
    assert_null(strchr(error.text, '\n'));
}

static void assert_refused_untouched(const char *path, const char *said)
{
    size_t before_count, after_count;
    char *before = scratch_read(path, &before_count);
    int entries = scratch_entries();
    assert_refused(path, STORE_WRITE, said);
    assert_refused(path, STORE_READ, said);
    char *after = scratch_read(path, &after_count);
    assert_int_equal(before_count, after_count);
    assert_memory_equal(before, after, before_count);
    assert_int_equal(scratch_entries(), entries);
    free(before);
    free(after);
}

static void a_missing_file(void **state)
{
    (void)state;
    assert_refused(scratch_path("a.db"), STORE_READ, "there is no database");
    assert_refused(scratch_path("nowhere/a.db"), STORE_READ, "there is no database");
    assert_refused(scratch_path("nowhere/a.db"), STORE_WRITE, "does not exist");
    assert_refused("", STORE_WRITE, "empty");
    assert_int_equal(scratch_entries(), 0);
}

static void what_is_no_file(void **state)
{
    (void)state;
    assert_refused(scratch_folder(), STORE_WRITE, "is a folder");
    assert_refused(scratch_folder(), STORE_READ, "is a folder");
    assert_refused(scratch_path("new/"), STORE_WRITE, "irectory");
    assert_refused("/dev/full", STORE_WRITE, "no regular file");
    assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
    assert_refused(scratch_path("fifo"), STORE_READ, "no regular file");
    assert_int_equal(symlink("nowhere", scratch_path("link")), 0);
    assert_refused(scratch_path("link"), STORE_WRITE, "symbolic link");
    assert_int_equal(symlink("loop", scratch_path("loop")), 0);
    assert_refused(scratch_path("loop"), STORE_WRITE, "symbolic links");
    scratch_write(scratch_path("file"), "x", 1);
    assert_refused(scratch_path("file/a.db"), STORE_WRITE, "Not a directory");
    assert_int_equal(scratch_entries(), 4);
}

static void a_name_that_is_too_long(void **state)
{
    (void)state;
    char name[301] = {0};
    memset(name, 'n', 300);
    assert_refused(scratch_path(name), STORE_WRITE, "too long");
    name[250] = '\0'; /* long enough that the name it is made under is too long */
    assert_refused(scratch_path(name), STORE_WRITE, "too long");
    assert_int_equal(scratch_entries(), 0);
}

static void a_file_that_is_no_database(void **state)
{
    (void)state;
    const char *path = scratch_path("notes.txt");
    scratch_write(path, "x", 1);
    assert_refused_untouched(path, "is not a database of Heapmark's");
    char *long_text = calloc(1, 100000);
    assert_non_null(long_text);
    memset(long_text, 'y', 100000);
    scratch_write(path, long_text, 100000);
    assert_refused_untouched(path, "is not a database of Heapmark's");
    scratch_write(path, "SQLite format 3", 16);
    assert_refused_untouched(path, "is not a database of Heapmark's");
    free(long_text);
}

static void a_database_of_another_program(void **state)
{
    (void)state;
    const char *path = scratch_path("other.db");
    scratch_write(path, "", 0);
    scratch_sql(path, "CREATE TABLE trials (id)");
    assert_refused_untouched(path, "another program (application id 0)");
    scratch_sql(path, "PRAGMA application_id = 1234");
    assert_refused_untouched(path, "another program (application id 1234)");
    scratch_sql(path, "PRAGMA journal_mode = WAL");
    assert_refused_untouched(path, "another program");
}

static void a_newer_version(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    store_close(scratch_open(path, STORE_WRITE));
    scratch_sql(path, "PRAGMA user_version = 1000");
    assert_refused_untouched(path, "newer Heapmark (schema version 1000");
}

static void a_damaged_database(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    store_close(scratch_open(path, STORE_WRITE));
    size_t count;
    char *bytes = scratch_read(path, &count);
    memset(bytes + 100, 0xA5, count - 100);
    scratch_write(path, bytes, count);
    assert_refused_untouched(path, "is damaged");
    scratch_write(path, bytes, 200);
    assert_refused(path, STORE_WRITE, "is damaged");
    free(bytes);
}

static void tables_that_are_not_ours(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    store_close(scratch_open(path, STORE_WRITE));
    scratch_sql(path, "ALTER TABLE trials DROP COLUMN wall_ns");
    struct error error = {0};
    struct store *store = scratch_open(path, STORE_WRITE);
    struct trial_record record = {0};
    assert_false(store_add_trial(store, scratch_begin(store), &record, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "wall_ns"));
    store_close(store);
}

/* As mktemp leaves one. */
static void an_empty_file_becomes_a_database(void **state)
{
    (void)state;
    const char *path = scratch_path("a.db");
    scratch_write(path, "", 0);
    assert_refused(path, STORE_READ, "is empty");
    struct store *store = scratch_open(path, STORE_WRITE);
    scratch_add(store, scratch_begin(store), 1, 1);
    store_close(store);
    assert_int_equal(scratch_count_trials(path), 1);
    assert_int_equal(scratch_sql(path, "PRAGMA application_id"), 0x484D524B);
}

static void a_link_leads_to_the_database(void **state)
{
    (void)state;
    store_close(scratch_open(scratch_path("a.db"), STORE_WRITE));
    assert_int_equal(symlink("a.db", scratch_path("link")), 0);
    struct store *store = scratch_open(scratch_path("link"), STORE_WRITE);
    scratch_add(store, scratch_begin(store), 1, 1);
    store_close(store);
    assert_int_equal(scratch_count_trials(scratch_path("a.db")), 1);
}

/* SQLite takes some names for something else than files. */
static void odd_names_are_names_of_files(void **state)
{
    (void)state;
    static const char *const names[] = {":memory:", "file:a.db?mode=memory", "a b'\"%.db", "-x"};
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(scratch_folder()), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct store *store = scratch_open(names[i], STORE_WRITE);
        scratch_add(store, scratch_begin(store), 1, 1);
        store_close(store);
        assert_int_equal(access(scratch_path(names[i]), F_OK), 0);
        assert_int_equal(scratch_count_trials(names[i]), 1);
    }
    assert_int_equal(scratch_entries(), sizeof names / sizeof *names);
    assert_int_equal(chdir(before), 0);
    free(before);
}

static bool open_to_write(const char *path, struct error *error)
{
    struct store *store = store_open(path, STORE_WRITE, error);
    store_close(store);
    return store != NULL;
}

static bool open_to_read(const char *path, struct error *error)
{
    struct store *store = store_open(path, STORE_READ, error);
    struct store_trial_list list = {0};
    bool ok = store != NULL && store_load_trials(store, STORE_ALL_RUNS, &list, error);
    store_trial_list_free(&list);
    store_close(store);
    return ok;
}

static void without_the_right_to_write(void **state)
{
    (void)state;
    struct error error = {0};
    const char *path = scratch_path("a.db");
    assert_int_equal(chmod(scratch_folder(), 0555), 0);
    assert_false(scratch_in_child(open_to_write, path, true, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "cannot write to the folder"));
    assert_int_equal(scratch_entries(), 0);

    assert_int_equal(chmod(scratch_folder(), 0755), 0);
    struct store *store = scratch_open(path, STORE_WRITE);
    scratch_add(store, scratch_begin(store), 1, 1);
    store_close(store);
    assert_int_equal(chmod(path, 0444), 0);
    assert_false(scratch_in_child(open_to_write, path, true, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "cannot write to the database"));

    assert_int_equal(chmod(scratch_folder(), 0555), 0);
    error = (struct error){0};
    if (!scratch_in_child(open_to_read, path, true, &error))
        fail_msg("%s", error.text);
    assert_int_equal(chmod(path, 0), 0);
    assert_false(scratch_in_child(open_to_read, path, true, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "Permission denied"));
    assert_int_equal(chmod(scratch_folder(), 0755), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_missing_file),
        TEST(what_is_no_file),
        TEST(a_name_that_is_too_long),
        TEST(a_file_that_is_no_database),
        TEST(a_database_of_another_program),
        TEST(a_newer_version),
        TEST(a_damaged_database),
        TEST(tables_that_are_not_ours),
        TEST(an_empty_file_becomes_a_database),
        TEST(a_link_leads_to_the_database),
        TEST(odd_names_are_names_of_files),
        TEST(without_the_right_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
