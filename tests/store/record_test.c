/* SPDX-License-Identifier: MIT
 *
 * A record keeps what it is told, knows what it does not know, and survives JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scratch.h"
#include "store/record_requests.h"
#include "store/utf8.h"

static void nothing_is_known_at_first(void **state)
{
    (void)state;
    struct trial_record record = {0};
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++)
        assert_false(record_is_known(&record, (enum trial_field)field));
    assert_int_equal(record_integer(&record, TRIAL_WALL_NS, -7), -7);
    assert_true(isnan(record_real(&record, TRIAL_PAUSE_P50_NS, NAN)));
    assert_null(record_text(&record, TRIAL_CAUSE, NULL));
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_COUNT);
}

static void values_are_kept(void **state)
{
    (void)state;
    struct trial_record record = {0};
    record_set_integer(&record, TRIAL_WALL_NS, 0);
    record_set_integer(&record, TRIAL_SEED, INT64_MIN);
    record_set_count(&record, TRIAL_OPERATIONS, INT64_MAX);
    record_set_real(&record, TRIAL_NS_PER_OPERATION, 0.1);
    record_set_text(&record, TRIAL_WORKLOAD, "rings");
    record_set_text(&record, TRIAL_WORKLOAD, record_text(&record, TRIAL_WORKLOAD, NULL));
    record_set_outcome(&record, OUTCOME_HANG);
    assert_true(record_is_known(&record, TRIAL_WALL_NS));
    assert_int_equal(record_integer(&record, TRIAL_WALL_NS, -7), 0);
    assert_true(record_integer(&record, TRIAL_SEED, 0) == INT64_MIN);
    assert_true(record_integer(&record, TRIAL_OPERATIONS, 0) == INT64_MAX);
    assert_true(record_real(&record, TRIAL_NS_PER_OPERATION, 0) == 0.1);
    assert_true(record_real(&record, TRIAL_WALL_NS, 1) == 0);
    assert_string_equal(record_text(&record, TRIAL_WORKLOAD, NULL), "rings");
    assert_int_equal(record_outcome(&record, OUTCOME_OK), OUTCOME_HANG);
    record_free(&record);
    assert_false(record_is_known(&record, TRIAL_WALL_NS));
}

static void what_is_no_value_is_unknown(void **state)
{
    (void)state;
    struct trial_record record = {0};
    scratch_fill(&record, 1, 0);
    record_set_count(&record, TRIAL_OPERATIONS, (uint64_t)INT64_MAX + 1);
    record_set_real(&record, TRIAL_PAUSE_P50_NS, NAN);
    record_set_real(&record, TRIAL_PAUSE_P90_NS, -INFINITY);
    record_set_text(&record, TRIAL_CAUSE, NULL);
    record_set_unknown(&record, TRIAL_SEED);
    record_set_text(&record, TRIAL_OUTCOME, "a word of a later version");
    assert_false(record_is_known(&record, TRIAL_OPERATIONS));
    assert_false(record_is_known(&record, TRIAL_PAUSE_P50_NS));
    assert_false(record_is_known(&record, TRIAL_PAUSE_P90_NS));
    assert_false(record_is_known(&record, TRIAL_CAUSE));
    assert_false(record_is_known(&record, TRIAL_SEED));
    assert_int_equal(record_outcome(&record, OUTCOME_COUNT), OUTCOME_COUNT);
    record_free(&record);
}

static void fields_have_names_of_their_own(void **state)
{
    (void)state;
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++) {
        const struct record_field *row = &record_fields[field];
        assert_int_equal(record_find_field(row->column), field);
        assert_int_equal(row->sentence[strlen(row->sentence) - 1], '.');
        size_t length = strlen(row->column);
        bool in_ns = length > 3 && strcmp(row->column + length - 3, "_ns") == 0;
        if (in_ns)
            assert_string_equal(row->unit, "ns");
    }
    assert_int_equal(record_find_field("no such column"), TRIAL_FIELD_COUNT);
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
        assert_int_equal(record_find_outcome(record_outcome_word((enum trial_outcome)outcome)),
                         outcome);
    assert_int_equal(record_find_outcome("fine"), OUTCOME_COUNT);
}

static void bytes_become_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *wanted;
    } rows[] = {
        {"", 0, ""},
        {"plain\n\ttext", 11, "plain\n\ttext"},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        {"a\0b", 3, "a\\x00b"},
        {"\xFF", 1, "\\xFF"},
        {"\x80z", 2, "\\x80z"},
        {"\xC3", 1, "\\xC3"},                        /* cut short */
        {"\xE2\x82", 2, "\\xE2\\x82"},               /* cut short */
        {"\xC0\xAF", 2, "\\xC0\\xAF"},               /* overlong */
        {"\xE0\x80\xAF", 3, "\\xE0\\x80\\xAF"},      /* overlong */
        {"\xED\xA0\x80", 3, "\\xED\\xA0\\x80"},      /* surrogate */
        {"\xED\x9F\xBF", 3, "\xED\x9F\xBF"},         /* the last before them */
        {"\xF4\x8F\xBF\xBF", 4, "\xF4\x8F\xBF\xBF"}, /* U+10FFFF */
        {"\xF4\x90\x80\x80", 4, "\\xF4\\x90\\x80\\x80"},
        {"\xF8\x88\x80\x80\x80", 5, "\\xF8\\x88\\x80\\x80\\x80"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *exact = malloc(rows[i].count + 1); /* so that a sanitizer sees a read too far */
        assert_non_null(exact);
        memcpy(exact + 1, rows[i].bytes, rows[i].count);
        char *copy = utf8_copy(exact + 1, rows[i].count);
        assert_string_equal(copy, rows[i].wanted);
        json_t *json = json_string(copy);
        assert_non_null(json);
        json_decref(json);
        free(copy);
        free(exact);
    }
}

static void a_copy_is_its_own(void **state)
{
    (void)state;
    struct trial_record one = {0}, two = {0};
    scratch_fill(&one, 1, 100);
    scratch_fill(&two, 2, 3);
    record_copy(&two, &one);
    scratch_assert_same(&one, &two);
    record_free(&one);
    assert_string_equal(record_text(&two, TRIAL_WORKLOAD, ""), "workload of 1");
    assert_int_equal(two.pauses.duration_ns[99], 99);
    record_free(&two);
}

static void merging_keeps_what_is_not_replaced(void **state)
{
    (void)state;
    struct trial_record to = {0}, from = {0};
    record_set_text(&to, TRIAL_WORKLOAD, "rings");
    record_set_text(&to, TRIAL_CAUSE, "old");
    record_add_pause(&to, 1, 2);
    record_set_text(&from, TRIAL_CAUSE, "new");
    record_merge(&to, &from);
    assert_string_equal(record_text(&to, TRIAL_WORKLOAD, ""), "rings");
    assert_string_equal(record_text(&to, TRIAL_CAUSE, ""), "new");
    assert_int_equal(to.pauses.count, 1);
    record_add_pause(&from, 3, 4);
    record_add_pause(&from, 5, 6);
    record_merge(&to, &from);
    assert_int_equal(to.pauses.count, 2);
    assert_int_equal(to.pauses.start_ns[0], 3);
    record_free(&to);
    record_free(&from);
}

/* Through text, as over the pipe. */
static void json_keeps_everything(void **state)
{
    (void)state;
    struct trial_record before = {0}, after = {0};
    scratch_fill(&before, 7, 5);
    record_set_integer(&before, TRIAL_WALL_NS, INT64_C(9007199254740993));
    record_set_integer(&before, TRIAL_SEED, INT64_MAX);
    record_set_integer(&before, TRIAL_SETUP_NS, INT64_MIN);
    record_set_real(&before, TRIAL_PAUSE_P50_NS, 0.1 + 0.2);
    record_set_real(&before, TRIAL_PAUSE_P90_NS, 3);
    record_set_unknown(&before, TRIAL_STEAL_NS);
    record_set_text_bytes(&before, TRIAL_OUTPUT, "\x1B[31m\"\\\xFF\0end", 12);
    record_add_pause(&before, -5, INT64_MAX);
    json_t *json = record_to_json(&before);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    json = json_loads(text, 0, NULL);
    struct error error = {0};
    assert_true(record_from_json(&after, json, &error));
    scratch_assert_same(&before, &after);
    assert_false(record_is_known(&after, TRIAL_STEAL_NS));
    json_decref(json);
    free(text);
    record_free(&before);
    record_free(&after);
}

static void damaged_json_is_an_error(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[]",
        "{\"wall_ns\": \"1\"}",
        "{\"wall_ns\": 1.5}",
        "{\"workload\": 3}",
        "{\"workload\": [\"rings\"]}",
        "{\"no_such_field\": 1}",
        "{\"pauses\": {}}",
        "{\"pauses\": [[1]]}",
        "{\"pauses\": [[1, 2, 3]]}",
        "{\"pauses\": [[1, -2]]}",
        "{\"pauses\": [1]}",
        "{\"pauses\": [[1, 2.5]]}",
        "{\"curves\": []}",
        "{\"curves\": {\"no_such_curve\": []}}",
        "{\"curves\": {\"mmu\": {}}}",
        "{\"curves\": {\"mmu\": [[1]]}}",
        "{\"curves\": {\"mmu\": [[1, \"2\"]]}}",
        "{\"requests\": []}",
        "{\"requests\": {\"due_ns\": [1, 2]}}",
        "{\"requests\": {\"due_ns\": [1, 2], \"latency_ns\": [1]}}",
        "{\"requests\": {\"due_ns\": [1], \"latency_ns\": [-1]}}",
        "{\"requests\": {\"due_ns\": [1.5], \"latency_ns\": [1]}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *json = json_loads(texts[i], 0, NULL);
        assert_non_null(json);
        struct trial_record record = {0};
        scratch_fill(&record, 1, 1);
        struct error error = {0};
        assert_false(record_from_json(&record, json, &error));
        assert_int_equal(error.kind, ERROR_SYSTEM);
        assert_string_not_equal(error.text, "");
        assert_false(record_is_known(&record, TRIAL_WORKLOAD));
        assert_int_equal(record.pauses.count, 0);
        assert_int_equal(record.curves[CURVE_MMU].count, 0);
        assert_int_equal(record.requests.count, 0);
        json_decref(json);
    }
}

/* Due at -1, 299 and 300 after 1, 128 and 0 ns: distances of -1, 300 and 1 are 1, 600 and 2. */
static void requests_are_packed_as_the_page_says(void **state)
{
    (void)state;
    static const unsigned char expected[] = {0x01, 0x01, 0xd8, 0x04, 0x80, 0x01, 0x02, 0x00};
    struct trial_record record = {0}, read = {0};
    struct text bytes = {0};
    record_add_request(&record, -1, 1);
    record_add_request(&record, 299, 128);
    record_add_request(&record, 300, 0);
    record_pack_requests(&record, &bytes);
    assert_int_equal(bytes.length, sizeof expected);
    assert_memory_equal(bytes.chars, expected, sizeof expected);
    assert_true(record_unpack_requests(&read, expected, sizeof expected));
    scratch_assert_same(&read, &record);
    text_free(&bytes);
    record_free(&record);
    record_free(&read);
}

static void bytes_that_are_no_requests_are_refused(void **state)
{
    (void)state;
    static const struct {
        unsigned char bytes[12];
        size_t count;
    } rows[] = {
        {{0x01}, 1},                                                              /* no latency */
        {{0x01, 0x80}, 2},                                                        /* cut short */
        {{0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, 11}, /* 65 bits */
        {{0x02, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, 11}, /* 2^63 ns */
        {{0x02, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct trial_record record = {0};
        record_add_request(&record, 1, 1);
        assert_false(record_unpack_requests(&record, rows[i].bytes, rows[i].count));
        assert_int_equal(record.requests.count, 0);
        record_free(&record);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(values_are_kept),
        cmocka_unit_test(what_is_no_value_is_unknown),
        cmocka_unit_test(fields_have_names_of_their_own),
        cmocka_unit_test(bytes_become_utf8),
        cmocka_unit_test(a_copy_is_its_own),
        cmocka_unit_test(merging_keeps_what_is_not_replaced),
        cmocka_unit_test(json_keeps_everything),
        cmocka_unit_test(damaged_json_is_an_error),
        cmocka_unit_test(requests_are_packed_as_the_page_says),
        cmocka_unit_test(bytes_that_are_no_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
