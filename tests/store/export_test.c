/* SPDX-License-Identifier: MIT
 *
 * What other programs get: JSON that parses to what was stored, CSV row by row, errors said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scratch.h"
#include "store/export.h"

typedef bool exporter(struct store *store, int64_t run_id, FILE *file, struct error *error);

static char *exported(exporter *export, struct store *store, int64_t run_id)
{
    struct error error = {0};
    char *text;
    size_t count;
    FILE *file = open_memstream(&text, &count);
    assert_non_null(file);
    if (!export(store, run_id, file, &error))
        fail_msg("%s", error.text);
    assert_int_equal(fclose(file), 0);
    return text;
}

static json_t *exported_json(struct store *store, int64_t run_id)
{
    char *text = exported(export_json, store, run_id);
    json_error_t where;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &where);
    if (json == NULL)
        fail_msg("line %d: %s", where.line, where.text);
    free(text);
    return json;
}

/* Two runs; the second has two trials: one with all fields, one with none. */
static struct store *fill(struct trial_record *stored)
{
    struct error error = {0};
    struct store *store = scratch_open(scratch_path("a.db"), STORE_WRITE);
    scratch_add(store, scratch_begin(store), 1, 1);
    int64_t run_id = scratch_begin(store);
    struct store_environment environment = {0};
    struct trial_record empty = {0};
    store_environment_add(&environment, "processor", "\"\\ \x01 é");
    assert_true(store_add_environment(store, run_id, &environment, &error));
    store_environment_free(&environment);
    scratch_fill(stored, 2, 3);
    record_set_integer(stored, TRIAL_WALL_NS, INT64_C(9007199254740993));
    record_set_text(stored, TRIAL_COLLECTOR_LABEL, "=HYPERLINK(\"http://x\")");
    record_set_text(stored, TRIAL_CAUSE, "two\nlines, \"quoted\"");
    record_set_text_bytes(stored, TRIAL_OUTPUT, "\x1B[31m\xFF</script>", 15);
    record_set_integer(stored, TRIAL_STEAL_NS, -5);
    record_set_real(stored, TRIAL_PAUSE_P50_NS, 0.1);
    assert_true(store_add_trial(store, run_id, stored, &error));
    assert_true(store_add_trial(store, run_id, &empty, &error));
    return store;
}

static void json_holds_what_was_stored(void **state)
{
    (void)state;
    struct error error = {0};
    struct trial_record stored = {0}, loaded = {0}, empty = {0};
    struct store *store = fill(&stored);
    json_t *json = exported_json(store, STORE_LATEST_RUN);
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), STORE_SCHEMA_VERSION);
    json_t *runs = json_object_get(json, "runs"), *trials = json_object_get(json, "trials");
    assert_int_equal(json_array_size(runs), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(runs, 0), "id")), 2);
    assert_true(json_is_null(json_object_get(json_array_get(runs, 0), "label")));
    json_t *environment = json_object_get(json_object_get(json, "environment"), "2");
    assert_string_equal(json_string_value(json_object_get(environment, "processor")),
                        "\"\\ \x01 é");
    assert_int_equal(json_array_size(trials), 2);
    json_t *trial = json_array_get(trials, 0);
    assert_int_equal(json_integer_value(json_object_get(trial, "run_id")), 2);
    assert_int_equal(json_object_size(trial), TRIAL_FIELD_COUNT + 5); /* with requests */
    json_object_del(trial, "id");
    json_object_del(trial, "run_id");
    assert_true(record_from_json(&loaded, trial, &error));
    scratch_assert_same(&stored, &loaded);
    trial = json_array_get(trials, 1);
    json_object_del(trial, "id");
    json_object_del(trial, "run_id");
    assert_int_equal(json_object_size(trial), TRIAL_FIELD_COUNT + 2);
    assert_true(record_from_json(&loaded, trial, &error));
    scratch_assert_same(&empty, &loaded);
    json_decref(json);
    record_free(&stored);
    record_free(&loaded);
    store_close(store);
}

static void json_of_all_and_of_none(void **state)
{
    (void)state;
    struct trial_record stored = {0};
    struct store *store = fill(&stored);
    json_t *json = exported_json(store, STORE_ALL_RUNS);
    assert_int_equal(json_array_size(json_object_get(json, "runs")), 2);
    assert_int_equal(json_object_size(json_object_get(json, "environment")), 2);
    assert_int_equal(json_array_size(json_object_get(json, "trials")), 3);
    json_decref(json);
    store_close(store);
    record_free(&stored);
    store = scratch_open(scratch_path("none.db"), STORE_WRITE);
    json = exported_json(store, STORE_ALL_RUNS);
    assert_int_equal(json_array_size(json_object_get(json, "runs")), 0);
    assert_true(json_is_array(json_object_get(json, "trials")));
    json_decref(json);
    store_close(store);
}

/* The cells of the first row, as RFC 4180 has them, each ended by NUL; returns the rest. */
static const char *read_row(const char *csv, struct text_list *cells)
{
    struct text cell = {0};
    bool quoted = false;
    for (;; csv++) {
        if (*csv == '"' && quoted && csv[1] == '"') {
            text_append(&cell, "\"");
            csv++;
        } else if (*csv == '"') {
            quoted = !quoted;
        } else if (!quoted && (*csv == ',' || *csv == '\n' || *csv == '\0')) {
            text_list_add(cells, text_chars(&cell));
            text_free(&cell);
            if (*csv != ',')
                return *csv == '\0' ? csv : csv + 1;
        } else {
            text_append_bytes(&cell, csv, 1);
        }
    }
}

static const char *cell_of(const struct text_list *cells, enum trial_field field)
{
    return cells->items[(int)field + 2];
}

static void csv_has_a_row_a_trial(void **state)
{
    (void)state;
    struct trial_record stored = {0};
    struct store *store = fill(&stored);
    char *csv = exported(export_csv, store, STORE_LATEST_RUN);
    struct text_list header = {0}, first = {0}, second = {0};
    const char *rest = read_row(read_row(read_row(csv, &header), &first), &second);
    assert_string_equal(rest, "");
    assert_int_equal(header.count, TRIAL_FIELD_COUNT + 2);
    assert_string_equal(header.items[1], "run_id");
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++)
        assert_string_equal(cell_of(&header, (enum trial_field)field), record_fields[field].column);
    assert_int_equal(first.count, header.count);
    assert_string_equal(first.items[1], "2");
    assert_string_equal(cell_of(&first, TRIAL_WALL_NS), "9007199254740993");
    assert_string_equal(cell_of(&first, TRIAL_STEAL_NS), "-5");
    assert_string_equal(cell_of(&first, TRIAL_COLLECTOR_LABEL), "'=HYPERLINK(\"http://x\")");
    assert_string_equal(cell_of(&first, TRIAL_CAUSE), "two\nlines, \"quoted\"");
    assert_true(strtod(cell_of(&first, TRIAL_PAUSE_P50_NS), NULL) == 0.1);
    assert_int_equal(second.count, header.count);
    for (size_t i = 2; i < second.count; i++)
        assert_string_equal(second.items[i], "");
    text_list_free(&header);
    text_list_free(&first);
    text_list_free(&second);
    free(csv);
    record_free(&stored);
    store_close(store);
}

static void a_full_disk_is_said(void **state)
{
    (void)state;
    struct trial_record stored = {0};
    struct store *store = fill(&stored);
    exporter *const exporters[] = {export_json, export_csv};
    for (size_t i = 0; i < 2; i++) {
        for (int buffered = 0; buffered < 2; buffered++) {
            struct error error = {0};
            FILE *file = fopen("/dev/full", "w");
            assert_non_null(file);
            if (!buffered)
                setvbuf(file, NULL, _IONBF, 0);
            assert_false(exporters[i](store, STORE_ALL_RUNS, file, &error));
            assert_int_equal(error.kind, ERROR_SYSTEM);
            assert_non_null(strstr(error.text, "No space left"));
            fclose(file);
        }
    }
    record_free(&stored);
    store_close(store);
}

static void a_run_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct trial_record stored = {0};
    struct store *store = fill(&stored);
    exporter *const exporters[] = {export_json, export_csv};
    for (size_t i = 0; i < 2; i++) {
        struct error error = {0};
        char *text;
        size_t count;
        FILE *file = open_memstream(&text, &count);
        assert_non_null(file);
        assert_false(exporters[i](store, 99, file, &error));
        assert_int_equal(error.kind, ERROR_USER);
        fclose(file);
        assert_string_equal(text, ""); /* said before anything was written */
        free(text);
    }
    record_free(&stored);
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEST(json_holds_what_was_stored),      TEST(json_of_all_and_of_none),
        TEST(csv_has_a_row_a_trial),           TEST(a_full_disk_is_said),
        TEST(a_run_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
