/* SPDX-License-Identifier: MIT
 *
 * Files of older versions: read as they are, brought to the newest version before they are
 * written to, and nothing that they hold lost or made up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "scratch.h"

enum { LAST_OF_VERSION_1 = TRIAL_GBENCH_VERSION };

/* A file of version 1 with one trial: what later rungs have added is taken away again. */
static const char *version_1(void)
{
    const char *path = scratch_path("a.db");
    struct store *store = scratch_open(path, STORE_WRITE);
    scratch_add(store, scratch_begin(store), 7, 2);
    store_close(store);
    for (int i = LAST_OF_VERSION_1 + 1; i < TRIAL_FIELD_COUNT; i++) {
        struct text sql = {0};
        text_format(&sql, "ALTER TABLE trials DROP COLUMN \"%s\"", record_fields[i].column);
        scratch_sql(path, text_chars(&sql));
        text_free(&sql);
    }
    scratch_sql(path, "ALTER TABLE runs DROP COLUMN definition");
    scratch_sql(path, "DROP TABLE curves");
    scratch_sql(path, "DROP TABLE smallest_heaps");
    scratch_sql(path, "DROP TABLE events");
    scratch_sql(path, "DROP TABLE requests");
    scratch_sql(path, "PRAGMA user_version = 1");
    return path;
}

/* The trial of such a file has what version 1 knows, and knows nothing else. */
static void assert_old(const struct trial_record *record)
{
    struct trial_record expected = {0};
    scratch_fill(&expected, 7, 2);
    for (int i = LAST_OF_VERSION_1 + 1; i < TRIAL_FIELD_COUNT; i++)
        record_set_unknown(&expected, (enum trial_field)i);
    for (int i = 0; i < CURVE_COUNT; i++)
        expected.curves[i].count = 0; /* it had no table of them */
    expected.requests.count = 0;      /* nor of these */
    scratch_assert_same(record, &expected);
    record_free(&expected);
}

static void assert_first_is_old(const char *path, size_t count)
{
    struct error error = {0};
    struct store *store = scratch_open(path, STORE_READ);
    struct store_trial_list list = {0};
    if (!store_load_trials(store, STORE_ALL_RUNS, &list, &error))
        fail_msg("%s", error.text);
    assert_int_equal(list.count, count);
    assert_old(&list.trials[0].record);
    store_trial_list_free(&list);
    store_close(store);
}

static void reading_leaves_an_old_file_as_it_is(void **state)
{
    (void)state;
    const char *path = version_1();
    assert_first_is_old(path, 1);
    assert_int_equal(scratch_sql(path, "PRAGMA user_version"), 1);
}

static void writing_brings_an_old_file_up(void **state)
{
    (void)state;
    const char *path = version_1();
    struct store *store = scratch_open(path, STORE_WRITE);
    scratch_add(store, scratch_begin(store), 8, 1);
    store_close(store);
    assert_int_equal(scratch_sql(path, "PRAGMA user_version"), STORE_SCHEMA_VERSION);
    assert_int_equal(scratch_sql(path, "SELECT count(*) FROM pragma_table_info('trials')"),
                     TRIAL_FIELD_COUNT + 2);
    assert_first_is_old(path, 2);
    scratch_assert_whole(path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(reading_leaves_an_old_file_as_it_is),
        TEST(writing_brings_an_old_file_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
