/* SPDX-License-Identifier: MIT
 *
 * Plain text in columns; see columns.h.
 */
#include "command/columns.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/error.h"

enum { GAP = 2 };

/* Characters that begin in this text; a byte that continues one takes no place of its own. */
static size_t count_characters(const char *chars)
{
    size_t count = 0;
    for (; *chars != '\0'; chars++)
        count += ((unsigned char)*chars & 0xc0) != 0x80;
    return count;
}

static size_t width_in_locale(const char *chars)
{
    mbstate_t state = {0};
    size_t width = 0;
    while (*chars != '\0') {
        wchar_t wide;
        size_t bytes = mbrtowc(&wide, chars, strlen(chars), &state);
        if (bytes == 0 || bytes > strlen(chars))
            return width + count_characters(chars);
        int places = wcwidth(wide);
        width += places >= 0 ? (size_t)places : 1;
        chars += bytes;
    }
    return width;
}

/* ASCII, which most cells are, takes a place for each byte, and needs no locale, whose making
 * costs more than all else here. */
static bool is_ascii(const char *chars)
{
    while ((unsigned char)*chars - 1u < 0x7f)
        chars++;
    return *chars == '\0';
}

size_t columns_width(const char *chars)
{
    if (is_ascii(chars))
        return strlen(chars);
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 == (locale_t)0)
        return count_characters(chars);
    locale_t before = uselocale(utf8);
    size_t width = width_in_locale(chars);
    uselocale(before);
    freelocale(utf8);
    return width;
}

void columns_add(struct columns *columns, const char *cell)
{
    struct text shown = {0};
    text_append_terminal(&shown, cell);
    text_list_add(&columns->cells, text_chars(&shown));
    text_append_bytes(&columns->tones, (const char[]){COLUMNS_PLAIN}, 1);
    text_free(&shown);
}

void columns_format(struct columns *columns, const char *format, ...)
{
    va_list arguments;
    struct text cell = {0};
    va_start(arguments, format);
    text_vformat(&cell, format, arguments);
    va_end(arguments);
    columns_add(columns, text_chars(&cell));
    text_free(&cell);
}

void columns_set_tone(struct columns *columns, enum columns_tone tone)
{
    columns->tones.chars[columns->tones.length - 1] = (char)tone;
}

/* Places for a column; 0 where it has nothing but a heading. */
static size_t width_of_column(const struct columns *columns, size_t column, size_t count)
{
    size_t width = 0;
    for (size_t i = column + count; i < columns->cells.count; i += count) {
        size_t cell = columns_width(columns->cells.items[i]);
        width = cell > width ? cell : width;
    }
    size_t heading = columns_width(columns->cells.items[column]);
    return width > 0 && heading > width ? heading : width;
}

static void trim_line(struct text *text)
{
    while (text->length > 0 && text->chars[text->length - 1] == ' ')
        text->chars[--text->length] = '\0';
}

static void append_cell(struct text *text, const struct columns *columns, size_t at, size_t width)
{
    const char *cell = columns->cells.items[at];
    char side = columns->layout[at % strlen(columns->layout)], tone = columns->tones.chars[at];
    bool shown = columns->colour && tone != COLUMNS_PLAIN && *cell != '\0';
    int padding = (int)(width - columns_width(cell));
    text_format(text, "%*s%s%s%s%*s", side == 'r' ? padding : 0, "",
                !shown                 ? ""
                : tone == COLUMNS_GOOD ? "\x1b[32m"
                                       : "\x1b[31m",
                cell, shown ? "\x1b[0m" : "", side == 'r' ? 0 : padding, "");
}

size_t columns_width_of_rows(const struct columns *columns)
{
    size_t count = strlen(columns->layout), sum = 0;
    for (size_t column = 0; column < count && columns->cells.count > 0; column++) {
        size_t width = width_of_column(columns, column, count);
        sum += width > 0 ? width + GAP : 0;
    }
    return sum > GAP ? sum - GAP : 0;
}

void columns_append(struct text *text, const struct columns *columns, unsigned indent)
{
    size_t count = strlen(columns->layout);
    CHECK(columns->cells.count % count == 0, "%zu cells in %zu columns", columns->cells.count,
          count);
    size_t *widths = memory_new(count * sizeof *widths);
    for (size_t column = 0; column < count && columns->cells.count > 0; column++)
        widths[column] = width_of_column(columns, column, count);
    for (size_t first = 0; first < columns->cells.count; first += count) {
        text_format(text, "%*s", (int)indent, "");
        for (size_t column = 0; column < count; column++) {
            if (widths[column] == 0)
                continue;
            append_cell(text, columns, first + column, widths[column]);
            text_format(text, "%*s", GAP, "");
        }
        trim_line(text);
        text_append(text, "\n");
    }
    free(widths);
}

void columns_free(struct columns *columns)
{
    text_list_free(&columns->cells);
    text_free(&columns->tones);
}
