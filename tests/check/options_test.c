/* SPDX-License-Identifier: MIT
 *
 * Options that programs draw: in their rows' ranges, the same for the same seed, and never one that
 * the user gave.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/check.h"

enum { PROGRAMS = 4000 };

static const struct hm_setting threads = {.name = "threads",
                                          .type = HM_INTEGER,
                                          .least.integer = 1,
                                          .most.integer = 64,
                                          .standard.integer = 1};
static const struct hm_setting limit = {.name = "limit",
                                        .type = HM_BYTES,
                                        .least.integer = 1 << 20,
                                        .most.integer = (int64_t)1 << 40,
                                        .standard.integer = 1 << 30};
static const struct hm_setting stack = {
    .name = "stack", .type = HM_BYTES, .most.integer = (int64_t)1 << 40};
static const struct hm_setting growth = {.name = "growth",
                                         .type = HM_DECIMAL,
                                         .least.decimal = 1.1,
                                         .most.decimal = 100,
                                         .standard.decimal = 2};
static const struct hm_setting whole = {.name = "whole", .type = HM_BOOLEAN, .most.integer = 1};
static const char *const words[] = {"first", "best", NULL};
static const struct hm_setting fit = {.name = "fit", .type = HM_CHOICE, .choices = words};
static const struct hm_setting *const rows[] = {&threads, &limit, &stack, &growth,
                                                &whole,   &fit,   NULL};
enum { ROWS = 6 };

static struct plugin_setting copies[ROWS];

static int copy_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        copies[i] = (struct plugin_setting){.name = (char *)(uintptr_t)rows[i]->name,
                                            .type = rows[i]->type,
                                            .least = rows[i]->least,
                                            .most = rows[i]->most,
                                            .standard = rows[i]->standard,
                                            .choices = (char **)(uintptr_t)rows[i]->choices};
    return 0;
}

static struct text_list drawn(uint64_t seed, const struct check_target *given)
{
    struct text_list pairs = {0};
    const struct program program = {.seed = seed, .thread_count = 2};
    check_draw_options(copies, ROWS, given, &program, &pairs);
    return pairs;
}

static void test_all_are_drawn_from_their_ranges(void **state)
{
    static const struct check_target nothing = {0};
    uint64_t with = 0, changed[ROWS] = {0}, many = 0, tiny = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        union hm_value values[ROWS];
        struct error error = {0};
        struct text_list pairs = drawn(seed, &nothing);
        assert_true(setting_parse_all(rows, (const char *const *)pairs.items, pairs.count, "option",
                                      values, &error));
        with += pairs.count > 0;
        for (size_t i = 0; i < ROWS; i++)
            changed[i] += values[i].integer != rows[i]->standard.integer;
        many += values[0].integer > 4;
        tiny += values[2].integer == 1;
        assert_true(values[1].integer >= limit.standard.integer / 4);
        text_list_free(&pairs);
    }
    assert_in_range(with, PROGRAMS / 8, PROGRAMS / 2);
    for (size_t i = 0; i < ROWS; i++)
        assert_true(changed[i] > 0);
    assert_true(many > 0 && tiny > 0);
}

static void test_the_same_seed_draws_the_same(void **state)
{
    static const struct check_target nothing = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct text_list one = drawn(seed, &nothing), other = drawn(seed, &nothing);
        assert_int_equal(one.count, other.count);
        for (size_t i = 0; i < one.count; i++)
            assert_string_equal(one.items[i], other.items[i]);
        text_list_free(&one);
        text_list_free(&other);
    }
}

static void test_what_the_user_gave_is_not_drawn(void **state)
{
    static const char *const pairs_given[] = {"stack=4096", "threads=3"};
    static const struct check_target given = {.option_pairs = pairs_given, .option_count = 2};
    size_t others = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        struct text_list pairs = drawn(seed, &given);
        for (size_t i = 0; i < pairs.count; i++) {
            assert_int_not_equal(strncmp(pairs.items[i], "stack=", 6), 0);
            assert_int_not_equal(strncmp(pairs.items[i], "threads=", 8), 0);
        }
        others += pairs.count;
        text_list_free(&pairs);
    }
    assert_true(others > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_drawn_from_their_ranges),
        cmocka_unit_test(test_the_same_seed_draws_the_same),
        cmocka_unit_test(test_what_the_user_gave_is_not_drawn),
    };
    return cmocka_run_group_tests(tests, copy_rows, NULL);
}
