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
    struct text_list cells;
};

/* Add the next cell, from left to right and top to bottom. */
void columns_add(struct columns *columns, const char *cell);
void columns_format(struct columns *columns, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append all rows, each behind `indent` blanks and without blanks at its end. A column that is
 * empty but for its heading is left out. */
void columns_append(struct text *text, const struct columns *columns, unsigned indent);
void columns_free(struct columns *columns);

/* Places that UTF-8 text takes on a terminal. */
size_t columns_width(const char *chars);

#endif
