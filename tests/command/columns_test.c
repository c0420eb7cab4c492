/* SPDX-License-Identifier: MIT
 *
 * Columns: widths as a terminal shows them, sides, and what is left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "command/columns.h"

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *chars;
        size_t width;
    } examples[] = {
        {"", 0},
        {"abc", 3},
        {"\xc3\xa9", 1},                 /* an e with an acute accent */
        {"\xe6\xbc\xa2\xe5\xad\x97", 4}, /* two ideographs */
        {"e\xcc\x81", 1},                /* an e, then a combining acute accent */
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        assert_int_equal(columns_width(examples[i].chars), examples[i].width);
}

static void fill(struct columns *columns, const char *const *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        columns_add(columns, cells[i]);
}

static void assert_shown(const char *layout, const char *const *cells, size_t count,
                         unsigned indent, const char *expected)
{
    struct columns columns = {.layout = layout};
    struct text text = {0};
    fill(&columns, cells, count);
    columns_append(&text, &columns, indent);
    assert_string_equal(text_chars(&text), expected);
    text_free(&text);
    columns_free(&columns);
}

static void cells_are_aligned(void **state)
{
    (void)state;
    static const char *const cells[] = {
        "name", "time", "note", "a", "12.5", "x", "\xe6\xbc\xa2\xe5\xad\x97", "3", ""};
    assert_shown("lrl", cells, 9, 2,
                 "  name  time  note\n"
                 "  a     12.5  x\n"
                 "  \xe6\xbc\xa2\xe5\xad\x97     3\n");
}

static void a_column_without_cells_is_left_out(void **state)
{
    (void)state;
    static const char *const cells[] = {"a", "empty", "b", "1", "", "2"};
    assert_shown("lll", cells, 6, 0, "a  b\n1  2\n");
}

/* Nothing that a cell holds moves the cursor or breaks the line. */
static void cells_are_shown_as_data(void **state)
{
    (void)state;
    static const char *const cells[] = {"h", "\x1b[2J\nx"};
    assert_shown("l", cells, 2, 0, "h\n\\x1b[2J\\x0ax\n");
}

static void formatted_cells_are_cells(void **state)
{
    (void)state;
    struct columns columns = {.layout = "r"};
    struct text text = {0};
    columns_add(&columns, "n");
    columns_format(&columns, "%d%s", 42, "!");
    columns_append(&text, &columns, 0);
    assert_string_equal(text_chars(&text), "  n\n42!\n");
    text_free(&text);
    columns_free(&columns);
}

/* Colour takes no place, and neither a blank nor an empty cell has any. */
static void tones_are_colours(void **state)
{
    (void)state;
    struct columns columns = {.layout = "lr"};
    struct text text = {0};
    columns_add(&columns, "name");
    columns_add(&columns, "n");
    columns_add(&columns, "ok");
    columns_set_tone(&columns, COLUMNS_GOOD);
    columns_add(&columns, "7");
    columns_add(&columns, "");
    columns_set_tone(&columns, COLUMNS_BAD);
    columns_add(&columns, "12");
    columns_set_tone(&columns, COLUMNS_BAD);
    assert_int_equal(columns_width_of_rows(&columns), 8);
    columns_append(&text, &columns, 0);
    assert_string_equal(text_chars(&text), "name   n\nok     7\n      12\n");
    text_free(&text);
    text = (struct text){0};
    columns.colour = true;
    columns_append(&text, &columns, 0);
    assert_string_equal(text_chars(&text),
                        "name   n\n\x1b[32mok\x1b[0m     7\n      \x1b[31m12\x1b[0m\n");
    text_free(&text);
    columns_free(&columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(cells_are_aligned),
        cmocka_unit_test(a_column_without_cells_is_left_out),
        cmocka_unit_test(cells_are_shown_as_data),
        cmocka_unit_test(formatted_cells_are_cells),
        cmocka_unit_test(tones_are_colours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
