/* SPDX-License-Identifier: MIT
 *
 * Settings: what parses, what is refused and in which words, and that what is written reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "plugin/plugin.h"

static const char *const colours[] = {"red", "green", NULL};
static const struct hm_setting depth = {.name = "depth",
                                        .type = HM_INTEGER,
                                        .least.integer = -3,
                                        .most.integer = 30,
                                        .standard.integer = 14};
static const struct hm_setting size = {.name = "size",
                                       .type = HM_BYTES,
                                       .least.integer = 16,
                                       .most.integer = 1 << 20,
                                       .standard.integer = 4096};
static const struct hm_setting share = {.name = "share",
                                        .type = HM_DECIMAL,
                                        .least.decimal = 0,
                                        .most.decimal = 1,
                                        .standard.decimal = 0.1};
static const struct hm_setting loud = {.name = "loud", .type = HM_BOOLEAN, .standard.integer = 0};
static const struct hm_setting colour = {.name = "colour", .type = HM_CHOICE, .choices = colours};
static const struct hm_setting *const rows[] = {&depth, &size, &share, &loud, &colour, NULL};

enum { DEPTH, SIZE, SHARE, LOUD, COLOUR, COUNT };

static void standard_values_and_given_ones(void **state)
{
    (void)state;
    union hm_value values[COUNT];
    struct error error = {0};
    assert_true(setting_parse_all(rows, NULL, 0, "parameter of w", values, &error));
    assert_int_equal(values[DEPTH].integer, 14);
    assert_int_equal(values[SIZE].integer, 4096);
    const char *const given[] = {"depth=-3", "size=64KiB", "share=0.25", "loud=yes",
                                 "colour=green"};
    assert_true(setting_parse_all(rows, given, COUNT, "parameter of w", values, &error));
    assert_int_equal(values[DEPTH].integer, -3);
    assert_int_equal(values[SIZE].integer, 65536);
    assert_true(values[SHARE].decimal > 0.2499 && values[SHARE].decimal < 0.2501);
    assert_int_equal(values[LOUD].integer, 1);
    assert_int_equal(values[COLOUR].integer, 1);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *pair, *words;
    } cases[] = {
        {"deepth=1", "there is no parameter of w 'deepth'; did you mean 'depth'?"},
        {"zzzzzzz=1", "there are depth, size, share, loud, colour"},
        {"depth=31", "parameter of w 'depth'"},
        {"depth=", "parameter of w 'depth'"},
        {"depth=1x", "parameter of w 'depth'"},
        {"depth", "must be written name=value"},
        {"=3", "must be written name=value"},
        {"size=2MiB", "16 B to 1 MiB"},
        {"size=3 parsecs", "parameter of w 'size'"},
        {"share=1.5", "parameter of w 'share'"},
        {"share=nan", "parameter of w 'share'"},
        {"loud=maybe", "must be yes or no"},
        {"colour=blue", "must be red or green"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        union hm_value values[COUNT];
        struct error error = {0};
        assert_false(setting_parse_all(rows, &cases[i].pair, 1, "parameter of w", values, &error));
        assert_int_equal(error.kind, ERROR_USER);
        if (strstr(error.text, cases[i].words) == NULL)
            fail_msg("'%s' does not contain '%s'", error.text, cases[i].words);
    }
}

static void twice_is_a_mistake(void **state)
{
    (void)state;
    union hm_value values[COUNT];
    struct error error = {0};
    const char *const given[] = {"depth=1", "depth=2"};
    assert_false(setting_parse_all(rows, given, 2, "parameter of w", values, &error));
    assert_non_null(strstr(error.text, "given twice"));
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    union hm_value values[COUNT], again[COUNT];
    struct error error = {0};
    const char *const given[] = {"share=0.3333333333333333", "size=1MiB", "loud=1"};
    assert_true(setting_parse_all(rows, given, 3, "x", values, &error));
    struct text text = {0};
    setting_append_all(&text, rows, values);
    assert_string_equal(text_chars(&text),
                        "depth=14,size=1048576,share=0.3333333333333333,loud=1,colour=red");
    struct text_list pairs = {0};
    text_split(&pairs, text_chars(&text), ',');
    assert_true(
        setting_parse_all(rows, (const char *const *)pairs.items, pairs.count, "x", again, &error));
    for (size_t i = 0; i < COUNT; i++)
        assert_memory_equal(&values[i], &again[i], sizeof values[i]);
    text_list_free(&pairs);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(standard_values_and_given_ones),
        cmocka_unit_test(refusals),
        cmocka_unit_test(twice_is_a_mistake),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests_name("plugin/setting", tests, NULL, NULL);
}
