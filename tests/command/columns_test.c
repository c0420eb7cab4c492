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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(cells_are_aligned),
        cmocka_unit_test(a_column_without_cells_is_left_out),
        cmocka_unit_test(cells_are_shown_as_data),
        cmocka_unit_test(formatted_cells_are_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
