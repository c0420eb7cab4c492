/* SPDX-License-Identifier: MIT
 *
 * The rows of a heap's book: which addresses they stand for, and what is in each cell of a row.
 */
#ifndef HEAPMARK_LEARN_HEAP_ROWS_H
#define HEAPMARK_LEARN_HEAP_ROWS_H

#include "learn/heap_map.h"

enum { HEAP_ROWS_COLUMNS = 64, HEAP_ROWS_MOST = 64, HEAP_ROWS_LEVELS = 5 };

/* Only rows that some page has something in; the same for all pages. */
struct heap_rows {
    uint64_t cell_bytes;           /* a power of two */
    uint64_t rows[HEAP_ROWS_MOST]; /* address / (cell_bytes * columns), ascending */
    size_t count;
};

struct heap_cell {
    uint64_t live_bytes[HEAP_ROWS_LEVELS], dead_bytes;
};

/* The smallest cells with which all pieces of all pages lie in few enough rows. */
void heap_rows_lay_out(struct heap_rows *rows, const struct heap_map *map);

/* The level of a live piece, from 0. Sizes and ages by powers, threads by their number. */
unsigned heap_rows_level(const struct heap_map_piece *piece, enum heap_map_by by);
const char *heap_rows_level_words(unsigned level, enum heap_map_by by);

/* The cells of a page, row by row: rows->count * HEAP_ROWS_COLUMNS of them, zeroed by the caller. A
 * piece counts in each cell that it lies in, by its share. */
void heap_rows_fill(struct heap_cell *cells, const struct heap_rows *rows,
                    const struct heap_map *map, const struct heap_map_page *page,
                    enum heap_map_by by);

#endif
