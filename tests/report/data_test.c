/* SPDX-License-Identifier: MIT
 *
 * What the page's script gets: the chart model as JSON, and how it is packed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report/data.h"
#include "report/packed.h"

static const json_t *at(const json_t *json, size_t index)
{
    return json_array_get(json, index);
}

static void a_chart_is_told_whole(void **state)
{
    (void)state;
    struct chart chart = chart_new(CHART_DOTS, CHART_NS, "title", "axis");
    chart_add_point(&chart, "lru", 7);
    chart_add_category(&chart, "\x1b[31m");
    struct chart_series *series = chart_add_series(&chart, "a", 3);
    series->marks[0] = (struct chart_mark){.value = 1500, .low = 1000, .high = 2000.5};
    series->marks[1].failed = true;
    series->marks[1].note = memory_copy_text("crash");
    json_t *json = data_of_chart(&chart);
    assert_string_equal(json_string_value(json_object_get(json, "form")), "dots");
    assert_true(json_is_null(json_object_get(json, "point")));
    assert_true(json_is_null(json_object_get(json, "reference")));
    const json_t *points = json_object_get(json, "points");
    assert_int_equal(json_integer_value(at(points, 0)), 7);
    assert_true(json_is_null(at(points, 1)));
    assert_string_equal(json_string_value(at(json_object_get(json, "categories"), 1)), "\\x1b[31m");
    const json_t *told = at(json_object_get(json, "series"), 0);
    assert_int_equal(json_integer_value(json_object_get(told, "look")), 3);
    const json_t *marks = json_object_get(told, "marks");
    assert_int_equal(json_array_size(at(marks, 0)), 3);
    assert_true(json_number_value(at(at(marks, 0), 2)) == 2000.5);
    assert_true(json_is_null(at(at(marks, 1), 0)));
    assert_string_equal(json_string_value(at(at(marks, 1), 3)), "crash");
    assert_true(json_is_true(at(at(marks, 1), 4)));
    assert_true(json_array_size(json_object_get(json, "ticks")) >= 2);
    json_decref(json);
    chart_free(&chart);
}

static unsigned digit_value(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = strchr(digits, digit);
    assert_non_null(found);
    return (unsigned)(found - digits);
}

/* Base64 back to bytes; returns how many. */
static size_t decode(const struct text *text, unsigned char *bytes)
{
    size_t count = 0;
    assert_int_equal(text->length % 4, 0);
    for (size_t i = 0; i < text->length; i += 4) {
        unsigned group = 0, here = 3;
        for (size_t k = 0; k < 4; k++) {
            bool pads = text->chars[i + k] == '=';
            here -= pads;
            group = group << 6 | (pads ? 0 : digit_value(text->chars[i + k]));
        }
        for (unsigned k = 0; k < here; k++)
            bytes[count++] = (unsigned char)(group >> (16 - 8 * k));
    }
    return count;
}

/* All lengths of the last group, and bytes that no text has. */
static void what_is_packed_unpacks(void **state)
{
    (void)state;
    enum { MOST = 3000 };
    char data[MOST], unpacked[MOST + 1];
    for (size_t i = 0; i < MOST; i++)
        data[i] = (char)(i * i / 7);
    for (size_t length = 0; length < MOST; length += length < 20 ? 1 : 743) {
        struct text text = {0};
        packed_append(data, length, &text);
        unsigned char *bytes = memory_new(text.length);
        uLongf got = sizeof unpacked;
        size_t count = decode(&text, bytes);
        assert_int_equal(uncompress((Bytef *)unpacked, &got, bytes, count), Z_OK);
        assert_int_equal(got, length);
        assert_memory_equal(unpacked, data, length);
        free(bytes);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chart_is_told_whole),
        cmocka_unit_test(what_is_packed_unpacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
