/* SPDX-License-Identifier: MIT
 *
 * Plain text in columns, aligned by what a terminal shows: a wide character takes two places,
 * a combining one none.
 */
#ifndef HEAPMARK_COMMAND_COLUMNS_H
#define HEAPMARK_COMMAND_COLUMNS_H

#include "base/text.h"

/* Rows of cells, the first row the headings. Zero-initialise but for the layout, free it with
 * columns_free. A cell is shown as data (text_append_terminal): nothing in it moves the cursor. */
struct columns {
    const char *layout; /* a letter a column: 'l' or 'r', the side it is aligned to */
    bool colour;        /* tones are shown, by colour */
    struct text_list cells;
    struct text tones; /* a letter a cell */
};

/* How a cell is meant, besides what it says. */
enum columns_tone { COLUMNS_PLAIN = 'p', COLUMNS_GOOD = 'g', COLUMNS_BAD = 'b' };

/* Add the next cell, from left to right and top to bottom. */
void columns_add(struct columns *columns, const char *cell);
void columns_format(struct columns *columns, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Of the cell that was added last. */
void columns_set_tone(struct columns *columns, enum columns_tone tone);

/* The width of the widest row, without an indent. */
size_t columns_width_of_rows(const struct columns *columns);

/* Append all rows, each behind `indent` blanks and without blanks at its end. A column that is
 * empty but for its heading is left out. */
void columns_append(struct text *text, const struct columns *columns, unsigned indent);
void columns_free(struct columns *columns);

/* Places that UTF-8 text takes on a terminal. */
size_t columns_width(const char *chars);

#endif
