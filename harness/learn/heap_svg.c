/* SPDX-License-Identifier: MIT
 *
 * The book of a heap as a strip of pages. A cell is a little column: what lives stands at its
 * bottom, what is dead on top of it, and what is left is free. Equal cells side by side are one
 * shape, and all shapes of one class one path: else a picture would take megabytes.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/units.h"
#include "learn/draw.h"
#include "learn/heap_rows.h"

enum {
    CELL = 4, /* of a cell: CELL steps high, too */
    PAGE_WIDTH = HEAP_ROWS_COLUMNS * CELL,
    COLUMNS = 4,
    GAP = 22,
    MARGIN = 18,
    HEAD = 116,
    CAPTION = 62,
    BREAK = 5, /* between rows whose addresses are apart */
    LINE_STEP = 16,
    WORD_PLACES = 170,
};

static const struct draw_rule ordered_rules[] = {
    {"v0", "fill", LOOK_SERIES_0}, {"v1", "fill", LOOK_SERIES_0}, {"v2", "fill", LOOK_SERIES_0},
    {"v3", "fill", LOOK_SERIES_0}, {"v4", "fill", LOOK_SERIES_0}, {"dead", "fill", LOOK_SERIES_1},
    {"row", "fill", LOOK_GRID},
};

static const struct draw_rule thread_rules[] = {
    {"v0", "fill", LOOK_SERIES_0}, {"v1", "fill", LOOK_SERIES_3}, {"v2", "fill", LOOK_SERIES_2},
    {"v3", "fill", LOOK_SERIES_4}, {"v4", "fill", LOOK_SERIES_6}, {"dead", "fill", LOOK_SERIES_1},
    {"row", "fill", LOOK_GRID},
};

static const char ordered_shapes[] =
    "<style>.v0{fill-opacity:.4}.v1{fill-opacity:.54}.v2{fill-opacity:.68}.v3{fill-opacity:.84}"
    "path{shape-rendering:crispEdges}.row{fill-opacity:.55}</style>\n";
static const char thread_shapes[] =
    "<style>path{shape-rendering:crispEdges}.row{fill-opacity:.55}</style>\n";

/* What a cell looks like. */
struct look {
    unsigned live, dead; /* heights, at most CELL together */
    unsigned level;      /* of what lives: that of most bytes */
};

/* At least a step for what is there at all, so that nothing is lost in large cells. */
static unsigned height_of(uint64_t bytes, uint64_t cell_bytes)
{
    uint64_t steps = (bytes * CELL + cell_bytes / 2) / cell_bytes;
    return bytes == 0 ? 0 : steps == 0 ? 1 : steps > CELL ? CELL : (unsigned)steps;
}

static struct look look_of(const struct heap_cell *cell, uint64_t cell_bytes)
{
    struct look look = {0};
    uint64_t live = 0;
    for (unsigned i = 0; i < HEAP_ROWS_LEVELS; i++) {
        live += cell->live_bytes[i];
        if (cell->live_bytes[i] > cell->live_bytes[look.level])
            look.level = i;
    }
    look.live = height_of(live, cell_bytes);
    look.dead = height_of(cell->dead_bytes, cell_bytes);
    while (look.live + look.dead > CELL) {
        unsigned *larger = look.live > look.dead ? &look.live : &look.dead;
        --*larger;
    }
    return look;
}

static int row_y(const struct heap_rows *rows, size_t row)
{
    int y = 0;
    for (size_t i = 1; i <= row; i++)
        y += CELL + (rows->rows[i] != rows->rows[i - 1] + 1 ? BREAK : 0);
    return y;
}

static int page_height(const struct heap_rows *rows)
{
    return rows->count == 0 ? CELL : row_y(rows, rows->count - 1) + CELL;
}

/* ---- a page ---- */

/* The paths of a page: a class each. */
struct paths {
    struct text live[HEAP_ROWS_LEVELS], dead;
};

static void append_run(struct paths *paths, struct look look, int x, int y, int width)
{
    if (look.live > 0)
        text_format(&paths->live[look.level], "M%d %dh%dv-%uh-%dz", x, y + CELL, width, look.live,
                    width);
    if (look.dead > 0)
        text_format(&paths->dead, "M%d %dh%dv-%uh-%dz", x, y + CELL - (int)look.live, width,
                    look.dead, width);
}

static bool are_alike(struct look a, struct look b)
{
    return a.live == b.live && a.dead == b.dead && (a.live == 0 || a.level == b.level);
}

static void append_row(struct paths *paths, const struct heap_cell *cells, uint64_t cell_bytes,
                       int x, int y)
{
    int begin = 0;
    struct look run = look_of(&cells[0], cell_bytes);
    for (int i = 1; i <= HEAP_ROWS_COLUMNS; i++) {
        struct look next = i < HEAP_ROWS_COLUMNS ? look_of(&cells[i], cell_bytes) : run;
        if (i < HEAP_ROWS_COLUMNS && are_alike(run, next))
            continue;
        append_run(paths, run, x + begin * CELL, y, (i - begin) * CELL);
        begin = i;
        run = next;
    }
}

static void append_path(struct text *svg, const char *class_name, struct text *path)
{
    if (path->length > 0)
        text_format(svg, "<path class=\"%s\" d=\"%s\"/>\n", class_name, path->chars);
    text_free(path);
}

static void append_rows(struct text *svg, const struct heap_rows *rows, int x, int y)
{
    struct text path = {0};
    for (size_t i = 0; i < rows->count; i++)
        text_format(&path, "M%d %dh%dv%dh-%dz", x, y + row_y(rows, i), PAGE_WIDTH, CELL,
                    PAGE_WIDTH);
    append_path(svg, "row", &path);
}

static void append_cells(struct text *svg, const struct heap_cell *cells,
                         const struct heap_rows *rows, int x, int y)
{
    struct paths paths = {0};
    for (size_t i = 0; i < rows->count; i++)
        append_row(&paths, &cells[i * HEAP_ROWS_COLUMNS], rows->cell_bytes, x, y + row_y(rows, i));
    for (unsigned i = 0; i < HEAP_ROWS_LEVELS; i++) {
        char class_name[] = "v0";
        class_name[1] = (char)('0' + i);
        append_path(svg, class_name, &paths.live[i]);
    }
    append_path(svg, "dead", &paths.dead);
}

/* "live 1.2 MiB, dead 340 KiB" and "of 8 MiB held". */
static void append_figures(struct text *live, struct text *held, const struct heap_map_page *page)
{
    char bytes[UNITS_TEXT_BYTES];
    units_format_bytes(page->live_bytes, bytes);
    text_format(live, "live %s", bytes);
    units_format_bytes(page->dead_bytes, bytes);
    text_format(live, ", dead %s", bytes);
    if (page->held_bytes == HM_UNKNOWN)
        return;
    units_format_bytes(page->held_bytes, bytes);
    text_format(held, "held %s", bytes);
}

static void draw_page(struct text *svg, const struct heap_map *map, const struct heap_rows *rows,
                      const struct heap_map_page *page, enum heap_map_by by, int x, int y)
{
    struct text moment = {0}, live = {0}, held = {0};
    struct heap_cell *cells =
        memory_new((rows->count * HEAP_ROWS_COLUMNS + 1) * sizeof(struct heap_cell));
    heap_rows_fill(cells, rows, map, page, by);
    heap_map_append_moment(&moment, map, page);
    append_figures(&live, &held, page);
    draw_text(svg, "ink strong", x, y + 14, text_chars(&moment));
    draw_text(svg, "muted small", x, y + 32, text_chars(&live));
    draw_text(svg, page->wrong[0] != '\0' ? "bad small" : "muted small", x, y + 48,
              page->wrong[0] != '\0' ? "walk and census disagree" : text_chars(&held));
    append_rows(svg, rows, x, y + CAPTION);
    append_cells(svg, cells, rows, x, y + CAPTION);
    free(cells);
    text_free(&moment);
    text_free(&live);
    text_free(&held);
}

/* ---- the head ---- */

static bool is_there(const struct heap_map *map, unsigned level, enum heap_map_by by)
{
    for (size_t i = 0; i < map->piece_count; i++)
        if (map->pieces[i].state == HM_WALKED_LIVE && heap_rows_level(&map->pieces[i], by) == level)
            return true;
    return false;
}

/* A swatch and its words; returns the x behind them. */
static int draw_key(struct text *svg, const char *class_name, int x, int y, const char *words)
{
    enum { SIDE = 12, PLACE = 7 };
    int width = SIDE + 6;
    draw_box(svg, class_name, x, y - SIDE + 2, SIDE, SIDE, 0);
    draw_text(svg, "ink small", x + width, y, words);
    for (const char *at = words; *at != '\0'; at++)
        width += PLACE;
    return x + width + 12;
}

static void draw_keys(struct text *svg, const struct heap_map *map, enum heap_map_by by, int y)
{
    static const char *const before[] = {"live:", "live, by age:", "live, by its maker:"};
    draw_text(svg, "muted small", MARGIN, y, before[by]);
    int x = MARGIN + (by == HEAP_MAP_BY_SIZE ? 38 : 118);
    for (unsigned i = 0; i < HEAP_ROWS_LEVELS; i++) {
        char class_name[] = "v0";
        class_name[1] = (char)('0' + i);
        if (is_there(map, i, by))
            x = draw_key(svg, class_name, x, y, heap_rows_level_words(i, by));
    }
    x = draw_key(svg, "dead", x, y, "dead, not reclaimed yet");
    draw_key(svg, "row", x, y, "free");
}

static void append_explanation(struct text *words, const struct heap_map *map,
                               const struct heap_rows *rows)
{
    char cell[UNITS_TEXT_BYTES], row[UNITS_TEXT_BYTES];
    units_format_bytes(rows->cell_bytes, cell);
    units_format_bytes(rows->cell_bytes * HEAP_ROWS_COLUMNS, row);
    text_format(
        words,
        "Each page is the whole heap at one moment, addresses from left to right and top to "
        "bottom: a row is %s, a cell %s. Gaps are addresses without objects.",
        row, cell);
    text_append(words, " ");
    heap_map_append_remark(words, map);
}

static void append_description(struct text *words, const struct heap_map *map)
{
    for (size_t i = 0; i < map->page_count; i++) {
        struct text live = {0}, held = {0};
        append_figures(&live, &held, &map->pages[i]);
        heap_map_append_moment(words, map, &map->pages[i]);
        text_format(words, ": %s%s%s.\n", text_chars(&live), held.length > 0 ? ", " : "",
                    text_chars(&held));
        text_free(&live);
        text_free(&held);
    }
}

void heap_map_append_svg(struct text *text, const struct heap_map *map, enum heap_map_by by,
                         const char *what)
{
    struct heap_rows rows;
    struct text title = {0}, words = {0}, description = {0};
    bool in_order = by != HEAP_MAP_BY_THREAD;
    heap_rows_lay_out(&rows, map);
    int height = CAPTION + page_height(&rows) + GAP;
    int lines = ((int)map->page_count + COLUMNS - 1) / COLUMNS;
    int width = 2 * MARGIN + COLUMNS * (PAGE_WIDTH + GAP) - GAP;
    text_format(&title, "The heap over time: %s", what);
    append_explanation(&words, map, &rows);
    append_description(&description, map);
    draw_begin(text, width, HEAD + lines * height, text_chars(&title), text_chars(&description),
               in_order ? ordered_rules : thread_rules,
               sizeof ordered_rules / sizeof *ordered_rules);
    text_append(text, in_order ? ordered_shapes : thread_shapes);
    draw_text(text, "head ink", MARGIN, 34, text_chars(&title));
    draw_words(text, "muted small", MARGIN, 56, LINE_STEP, WORD_PLACES, text_chars(&words));
    draw_keys(text, map, by, 96);
    for (size_t i = 0; i < map->page_count; i++)
        draw_page(text, map, &rows, &map->pages[i], by,
                  MARGIN + (int)(i % COLUMNS) * (PAGE_WIDTH + GAP),
                  HEAD + (int)(i / COLUMNS) * height);
    draw_end(text);
    text_free(&title);
    text_free(&words);
    text_free(&description);
}

bool heap_map_tells(const struct heap_map *map, enum heap_map_by by)
{
    for (size_t i = 0; by != HEAP_MAP_BY_SIZE && i < map->piece_count; i++)
        if ((by == HEAP_MAP_BY_AGE ? map->pieces[i].age : map->pieces[i].thread) != HM_UNKNOWN)
            return true;
    return by == HEAP_MAP_BY_SIZE;
}
