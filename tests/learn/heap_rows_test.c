/* SPDX-License-Identifier: MIT
 *
 * From pieces of a heap to rows of a picture: every byte is in a cell, once; far addresses cost no
 * rows; and what a run on a collector shows is what its census says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "learn/heap_rows.h"
#include "trial/spec.h"

enum { PIECES = 4000 };

/* A map with one page of these pieces. */
static struct heap_map *make_map(size_t count)
{
    struct heap_map *map = memory_new(sizeof *map + count * sizeof(struct heap_map_piece));
    map->piece_count = count;
    map->page_count = 1;
    map->pages[0].count = count;
    return map;
}

/* Objects of 16 to 512 bytes with gaps, in three places that are terabytes apart. */
static struct heap_map *make_scattered(void)
{
    struct heap_map *map = make_map(PIECES);
    struct random random = {.state = 1};
    uint64_t address = 0;
    for (size_t i = 0; i < PIECES; i++) {
        if (i % 2000 == 0)
            address = UINT64_C(0x100000000000) * (i / 2000 + 1);
        struct heap_map_piece *piece = &map->pieces[i];
        *piece = (struct heap_map_piece){.address = address,
                                         .bytes = 16 * (1 + random_below(&random, 32)),
                                         .age = HM_UNKNOWN,
                                         .thread = HM_UNKNOWN,
                                         .state = (enum hm_walked_state)random_below(&random, 3)};
        address += piece->bytes + 16 * random_below(&random, 4);
    }
    return map;
}

static void every_byte_is_in_a_cell_once(void **state)
{
    (void)state;
    struct heap_map *map = make_scattered();
    struct heap_rows rows;
    uint64_t live = 0, dead = 0;
    heap_rows_lay_out(&rows, map);
    assert_in_range(rows.count, HEAP_ROWS_MOST / 4, HEAP_ROWS_MOST);
    size_t cells = rows.count * HEAP_ROWS_COLUMNS;
    struct heap_cell *page = memory_new(cells * sizeof *page);
    heap_rows_fill(page, &rows, map, &map->pages[0], HEAP_MAP_BY_SIZE);
    for (size_t i = 0; i < PIECES; i++) {
        live += map->pieces[i].state == HM_WALKED_LIVE ? map->pieces[i].bytes : 0;
        dead += map->pieces[i].state == HM_WALKED_DEAD ? map->pieces[i].bytes : 0;
    }
    for (size_t i = 0; i < cells; i++) {
        uint64_t in_cell = page[i].dead_bytes;
        dead -= page[i].dead_bytes;
        for (unsigned k = 0; k < HEAP_ROWS_LEVELS; k++) {
            live -= page[i].live_bytes[k];
            in_cell += page[i].live_bytes[k];
        }
        assert_true(in_cell <= rows.cell_bytes);
    }
    assert_int_equal(live, 0);
    assert_int_equal(dead, 0);
    free(page);
    free(map);
}

static void a_piece_larger_than_all_cells_fits(void **state)
{
    (void)state;
    struct heap_map *map = make_map(1);
    struct heap_rows rows;
    map->pieces[0] = (struct heap_map_piece){
        .address = 4096, .bytes = UINT64_C(1) << 40, .state = HM_WALKED_LIVE};
    heap_rows_lay_out(&rows, map);
    assert_in_range(rows.count, 1, HEAP_ROWS_MOST);
    /* Nonsense of a plugin is not drawn, and does no harm. */
    map->pieces[0].bytes = UINT64_MAX - 100;
    heap_rows_lay_out(&rows, map);
    assert_int_equal(rows.count, 0);
    free(map);
}

static void levels_are_what_their_words_say(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        unsigned size, age, thread;
    } rows[] = {{0, 0, 0, 0},  {1, 0, 1, 1},  {3, 0, 2, 3},   {7, 0, 3, 4},    {8, 0, 4, 4},
                {32, 0, 4, 4}, {33, 1, 4, 4}, {256, 2, 4, 4}, {4096, 3, 4, 4}, {4097, 4, 4, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct heap_map_piece piece = {
            .bytes = rows[i].value, .age = rows[i].value, .thread = rows[i].value};
        assert_int_equal(heap_rows_level(&piece, HEAP_MAP_BY_SIZE), rows[i].size);
        assert_int_equal(heap_rows_level(&piece, HEAP_MAP_BY_AGE), rows[i].age);
        assert_int_equal(heap_rows_level(&piece, HEAP_MAP_BY_THREAD), rows[i].thread);
    }
}

static void what_no_piece_tells_is_not_told(void **state)
{
    (void)state;
    struct heap_map *map = make_scattered();
    assert_true(heap_map_tells(map, HEAP_MAP_BY_SIZE));
    assert_false(heap_map_tells(map, HEAP_MAP_BY_AGE));
    map->pieces[7].age = 2;
    assert_true(heap_map_tells(map, HEAP_MAP_BY_AGE));
    assert_false(heap_map_tells(map, HEAP_MAP_BY_THREAD));
    map->pieces[7].thread = 0;
    assert_true(heap_map_tells(map, HEAP_MAP_BY_THREAD));
    struct text svg = {0};
    heap_map_append_svg(&svg, map, HEAP_MAP_BY_AGE, "a & b");
    assert_non_null(strstr(svg.chars, "The heap over time: a &amp; b"));
    assert_non_null(strstr(svg.chars, "survived no collection"));
    text_free(&svg);
    free(map);
}

/* ---- a run ---- */

static struct heap_map *run(const char *collector, uint32_t collections)
{
    struct suite_entries entries = {0};
    struct trial_spec spec;
    struct hm_plan plan;
    struct error error = {0};
    struct heap_map *map;
    struct stage_end end;
    trial_spec_initialise(&spec);
    free(spec.parameters);
    spec.parameters = memory_copy_text("depth=10,iterations=300");
    if (!suite_add_collectors(&entries, collector, &error) ||
        !suite_add_workloads(&entries, "binary-trees", &error) ||
        !trial_spec_plan(&spec, entries.workloads[0].kernel, &plan, &error))
        fail_msg("%s", error.text);
    struct heap_map_request request = {.collector = &entries.collectors[0],
                                       .workload = entries.workloads[0].kernel,
                                       .plan = &plan,
                                       .heap_bytes = 2 << 20,
                                       .collections = collections};
    if (!heap_map_run(&request, &map, &end, &error))
        fail_msg("%s", error.text);
    assert_string_equal(end.sentence, "");
    assert_int_equal(end.ending, STAGE_ENDED);
    free((void *)(uintptr_t)plan.parameters);
    trial_spec_free(&spec);
    suite_entries_free(&entries);
    return map;
}

/* Walk and census are compared at each page (`wrong`); and a collection has two sides. */
static void collections_are_seen_from_both_sides(void **state)
{
    (void)state;
    struct heap_map *map = run(SEMISPACE, 3);
    assert_true(map->collections > 3);
    assert_int_equal(map->page_count, 2 * 3 + 2);
    assert_int_equal(map->pages[0].collection, 1);
    assert_int_equal(map->pages[4].collection, map->collections);
    for (size_t i = 0; i < map->page_count; i += 2) {
        const struct heap_map_page *before = &map->pages[i], *after = &map->pages[i + 1];
        assert_string_equal(before->wrong, "");
        assert_string_equal(after->wrong, "");
        assert_int_equal(before->when, i < 6 ? HEAP_MAP_BEFORE : HEAP_MAP_END_BEFORE);
        assert_int_equal(after->when, i < 6 ? HEAP_MAP_AFTER : HEAP_MAP_END_AFTER);
        assert_int_equal(before->made, after->made);
        assert_true(before->dead_objects > 0);
        assert_int_equal(after->dead_objects, 0);
        /* What lived lives on; the object that was asked for came with it. */
        assert_int_equal(after->live_objects, before->live_objects + (i < 6 ? 1 : 0));
        assert_int_equal(after->count > 0, i < 6);
    }
    heap_map_free(map);
}

/* Without collections there are moments all the same; and nothing is dead. */
static void counting_shows_no_dead(void **state)
{
    (void)state;
    struct heap_map *map = run(REFCOUNT, 3);
    assert_int_equal(map->page_count, 3 + 2);
    for (size_t i = 0; i < map->page_count; i++) {
        assert_string_equal(map->pages[i].wrong, "");
        assert_int_equal(map->pages[i].when == HEAP_MAP_MIDWAY, i < 3);
        assert_int_equal(map->pages[i].dead_objects, 0);
        assert_int_equal(map->pages[i].live_objects > 0, i < 3);
    }
    heap_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_in_a_cell_once),
        cmocka_unit_test(a_piece_larger_than_all_cells_fits),
        cmocka_unit_test(levels_are_what_their_words_say),
        cmocka_unit_test(what_no_piece_tells_is_not_told),
        cmocka_unit_test(collections_are_seen_from_both_sides),
        cmocka_unit_test(counting_shows_no_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
