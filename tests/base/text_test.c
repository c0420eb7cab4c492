/* SPDX-License-Identifier: MIT
 *
 * Growable text, lists, splitting, and the nearest name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void empty_text_has_chars(void **state)
{
    (void)state;
    struct text text = {0};
    assert_string_equal(text_chars(&text), "");
    text_append_bytes(&text, NULL, 0);
    assert_non_null(text.chars);
    assert_string_equal(text.chars, "");
    text_free(&text);
    assert_null(text.chars);
    text_free(&text);
}

static void text_grows(void **state)
{
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 1000; i++) {
        text_append(&text, "ab");
        text_append_bytes(&text, "cde", 1);
        text_format(&text, "%d", i % 10);
        assert_int_equal(text.length, 4 * (size_t)(i + 1));
        assert_int_equal(text.chars[text.length], '\0');
    }
    assert_int_equal(strncmp(text.chars + 4 * 567, "abc7abc8", 8), 0);
    text_free(&text);
}

static void format_has_no_limit(void **state)
{
    (void)state;
    struct text text = {0};
    text_format(&text, "%s", "");
    assert_string_equal(text.chars, "");
    text_format(&text, "%5000d|%s", 7, "end");
    assert_int_equal(text.length, 5004);
    assert_string_equal(text.chars + 4999, "7|end");
    text_free(&text);
}

static void bytes_may_hold_zero(void **state)
{
    (void)state;
    struct text text = {0};
    text_append_bytes(&text, "a\0b", 3);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.chars, "a\0b", 4);
    text_free(&text);
}

static void assert_pieces(const char *chars, size_t count, const char *const *wanted)
{
    struct text_list list = {0};
    text_split(&list, chars, ',');
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(list.items[i], wanted[i]);
    text_list_free(&list);
    assert_null(list.items);
}

static void split_keeps_empty_pieces(void **state)
{
    (void)state;
    assert_pieces("", 1, (const char *const[]){""});
    assert_pieces("a", 1, (const char *const[]){"a"});
    assert_pieces("a,bc", 2, (const char *const[]){"a", "bc"});
    assert_pieces(",", 2, (const char *const[]){"", ""});
    assert_pieces(",a,,b,", 5, (const char *const[]){"", "a", "", "b", ""});
}

static void list_owns_copies(void **state)
{
    (void)state;
    struct text_list list = {0};
    char item[] = "item 0";
    for (char i = 0; i < 100; i++) {
        item[5] = (char)('0' + i % 10);
        text_list_add(&list, item);
    }
    assert_int_equal(list.count, 100);
    assert_string_equal(list.items[0], "item 0");
    assert_string_equal(list.items[57], "item 7");
    text_split(&list, "more|items", '|');
    assert_int_equal(list.count, 102);
    assert_string_equal(list.items[101], "items");
    text_list_free(&list);
}

static void nearest_name(void **state)
{
    (void)state;
    static const char *const names[] = {
        "mark-sweep", "refcount", "refcount-cycles", "semispace", "none", "lru", "rings"};
    static const struct {
        const char *wanted, *nearest;
    } examples[] = {
        {"mark-sweep", "mark-sweep"},
        {"marksweep", "mark-sweep"},
        {"mrak-sweep", "mark-sweep"},
        {"refcnt", "refcount"},
        {"refcount-cycle", "refcount-cycles"},
        {"semi", NULL},
        {"nnoe", "none"},
        {"noen", "none"},
        {"lur", "lru"},
        {"lrux", "lru"},
        {"irngs", "rings"},
        {"rigs", "rings"},
        {"riggs", "rings"},
        {"rigsx", NULL},
        {"boehm", NULL},
        {"", NULL},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const char *nearest = text_nearest(examples[i].wanted, names, sizeof names / sizeof *names);
        if (examples[i].nearest == NULL)
            assert_null(nearest);
        else
            assert_string_equal(nearest, examples[i].nearest);
    }
}

static void nearest_of_few_letters(void **state)
{
    (void)state;
    static const char *const names[] = {"w", "db"};
    assert_string_equal(text_nearest("v", names, 2), "w");
    assert_string_equal(text_nearest("d", names + 1, 1), "db");
    assert_string_equal(text_nearest("bd", names, 2), "db");
    assert_null(text_nearest("xyz", names, 2));
    assert_null(text_nearest("w", names, 0));
}

static void nearest_prefers_the_first_of_equals(void **state)
{
    (void)state;
    static const char *const names[] = {"cat", "car", "cab"};
    assert_string_equal(text_nearest("cax", names, 3), "cat");
    assert_string_equal(text_nearest("cab", names, 3), "cab");
}

static void memory_is_zeroed_and_never_null(void **state)
{
    (void)state;
    unsigned char *bytes = memory_new(100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(bytes[i], 0);
    bytes[99] = 9;
    bytes = memory_resize(bytes, 1000);
    assert_int_equal(bytes[99], 9);
    bytes = memory_resize(bytes, 0);
    assert_non_null(bytes);
    free(bytes);
    void *nothing = memory_new(0);
    assert_non_null(nothing);
    free(nothing);
    char *copy = memory_copy_text("copied");
    assert_string_equal(copy, "copied");
    free(copy);
}

static void a_piece_is_a_whole_one(void **state)
{
    (void)state;
    assert_true(text_has_piece("cpuacct,cpu", ',', "cpu"));
    assert_false(text_has_piece("cpuacct,cpuset", ',', "cpu"));
    assert_true(text_has_piece("", ',', ""));
    assert_false(text_has_piece("cpu", ',', ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_text_has_chars),
        cmocka_unit_test(text_grows),
        cmocka_unit_test(format_has_no_limit),
        cmocka_unit_test(bytes_may_hold_zero),
        cmocka_unit_test(split_keeps_empty_pieces),
        cmocka_unit_test(list_owns_copies),
        cmocka_unit_test(nearest_name),
        cmocka_unit_test(nearest_of_few_letters),
        cmocka_unit_test(nearest_prefers_the_first_of_equals),
        cmocka_unit_test(memory_is_zeroed_and_never_null),
        cmocka_unit_test(a_piece_is_a_whole_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
