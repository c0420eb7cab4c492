/* SPDX-License-Identifier: MIT
 *
 * Addresses to rows and cells; see heap_rows.h.
 */
#include "learn/heap_rows.h"

enum { LEAST_CELL_BYTES = 64 };

/* ---- laying out ---- */

/* The place of a row, or where it would stand. */
static size_t place_of(const struct heap_rows *rows, uint64_t row)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* False when there are too many. */
static bool add_row(struct heap_rows *rows, uint64_t row)
{
    size_t place = place_of(rows, row);
    if (place < rows->count && rows->rows[place] == row)
        return true;
    if (rows->count == HEAP_ROWS_MOST)
        return false;
    for (size_t i = rows->count; i > place; i--)
        rows->rows[i] = rows->rows[i - 1];
    rows->rows[place] = row;
    rows->count++;
    return true;
}

static bool add_piece(struct heap_rows *rows, const struct heap_map_piece *piece)
{
    uint64_t row_bytes = rows->cell_bytes * HEAP_ROWS_COLUMNS;
    uint64_t last = (piece->address + piece->bytes - 1) / row_bytes;
    for (uint64_t row = piece->address / row_bytes; row <= last; row++)
        if (!add_row(rows, row))
            return false;
    return true;
}

static bool is_drawn(const struct heap_map_piece *piece)
{
    return piece->state != HM_WALKED_FREE && piece->bytes != 0 &&
           piece->bytes <= UINT64_MAX - piece->address;
}

static bool fits(struct heap_rows *rows, const struct heap_map *map)
{
    rows->count = 0;
    for (size_t i = 0; i < map->piece_count; i++)
        if (is_drawn(&map->pieces[i]) && !add_piece(rows, &map->pieces[i]))
            return false;
    return true;
}

void heap_rows_lay_out(struct heap_rows *rows, const struct heap_map *map)
{
    rows->cell_bytes = LEAST_CELL_BYTES;
    while (!fits(rows, map))
        rows->cell_bytes *= 2;
}

/* ---- levels ---- */

static unsigned level_of(uint64_t value, const uint64_t *most)
{
    unsigned level = 0;
    while (level + 1 < HEAP_ROWS_LEVELS && value > most[level])
        level++;
    return level;
}

unsigned heap_rows_level(const struct heap_map_piece *piece, enum heap_map_by by)
{
    static const uint64_t most_bytes[] = {32, 64, 256, 4096};
    static const uint64_t most_age[] = {0, 1, 3, 7};
    static const uint64_t most_thread[] = {0, 1, 2, 3};
    switch (by) {
    case HEAP_MAP_BY_SIZE:
        break;
    case HEAP_MAP_BY_AGE:
        return piece->age == HM_UNKNOWN ? 0 : level_of(piece->age, most_age);
    case HEAP_MAP_BY_THREAD:
        return piece->thread == HM_UNKNOWN ? 0 : level_of(piece->thread, most_thread);
    }
    return level_of(piece->bytes, most_bytes);
}

const char *heap_rows_level_words(unsigned level, enum heap_map_by by)
{
    static const char *const words[][HEAP_ROWS_LEVELS] = {
        [HEAP_MAP_BY_SIZE] = {"up to 32 B", "to 64 B", "to 256 B", "to 4 KiB", "larger"},
        [HEAP_MAP_BY_AGE] = {"survived no collection", "1", "2 to 3", "4 to 7", "more"},
        [HEAP_MAP_BY_THREAD] = {"by thread 0", "1", "2", "3", "others"},
    };
    return words[by][level];
}

/* ---- filling ---- */

static void fill_piece(struct heap_cell *cells, const struct heap_rows *rows,
                       const struct heap_map_piece *piece, unsigned level)
{
    uint64_t end = piece->address + piece->bytes;
    for (uint64_t at = piece->address; at < end;) {
        uint64_t cell = at / rows->cell_bytes;
        uint64_t next = (cell + 1) * rows->cell_bytes;
        uint64_t share = (next < end ? next : end) - at;
        size_t row = place_of(rows, cell / HEAP_ROWS_COLUMNS);
        struct heap_cell *into = &cells[row * HEAP_ROWS_COLUMNS + cell % HEAP_ROWS_COLUMNS];
        if (piece->state == HM_WALKED_LIVE)
            into->live_bytes[level] += share;
        else
            into->dead_bytes += share;
        at = next;
    }
}

void heap_rows_fill(struct heap_cell *cells, const struct heap_rows *rows,
                    const struct heap_map *map, const struct heap_map_page *page,
                    enum heap_map_by by)
{
    for (size_t i = page->first; i < page->first + page->count; i++) {
        const struct heap_map_piece *piece = &map->pieces[i];
        if (is_drawn(piece))
            fill_piece(cells, rows, piece, heap_rows_level(piece, by));
    }
}
