/* SPDX-License-Identifier: MIT
 *
 * Statistics, census, walk and verification; see report.h.
 */
#include <mark-sweep/report.h>

#include <kit/heap_side.h>
#include <kit/survey.h>
#include <mark-sweep/blocks.h>
#include <mark-sweep/collect.h>

#include <stdio.h>

void ms_statistics(hm_heap *base, struct hm_statistics *statistics)
{
    struct ms_heap *heap = (struct ms_heap *)base;
    struct hm_statistics s = kit_statistics_unknown();
    pthread_mutex_lock(&heap->world.lock);
    struct ms_allocated all = ms_all_allocated(heap);
    s.allocated_objects = all.objects;
    s.allocated_bytes = all.bytes;
    s.live_objects = heap->live_objects + (all.objects - heap->allocated_objects);
    s.live_bytes = heap->live_bytes + (all.bytes - heap->allocated_bytes);
    s.collections = heap->collections;
    pthread_mutex_unlock(&heap->world.lock);
    s.held_bytes = kit_pool_held_bytes(&heap->pool);
    s.held_peak_bytes = atomic_load_explicit(&heap->pool.held_peak_bytes, memory_order_relaxed);
    kit_report(statistics, &s, sizeof s);
}

/* ---- the pieces of the heap ---- */

/* `number` is the block that the piece's span or run begins at. */
typedef void piece_visitor(void *user, const struct kit_object *piece, size_t bytes, bool is_free,
                           size_t number);

/* Is this cell, at `offset` in the span, an object? See struct ms_block. */
static bool is_object(const struct ms_heap *heap, const struct ms_block *block,
                      const struct kit_object *cell, size_t offset)
{
    return offset < block->cursor ? cell->layout != 0 : ms_is_marked(heap, cell);
}

static void each_cell(const struct ms_heap *heap, size_t number, piece_visitor *visit, void *user)
{
    const struct ms_block *block = &heap->blocks[number];
    size_t bytes = kit_size_class_bytes(block->size_class);
    size_t cells = kit_size_class_cells(block->size_class);
    const char *span = ms_block_memory(heap, number);
    for (size_t i = 0; i < cells; i++) {
        const struct kit_object *cell = (const struct kit_object *)(const void *)(span + i * bytes);
        visit(user, cell, bytes, !is_object(heap, block, cell, i * bytes), number);
    }
}

/* In the order of addresses. */
static void each_piece(const struct ms_heap *heap, piece_visitor *visit, void *user)
{
    for (size_t i = 0; i < heap->pool.high_water; i = ms_next_block(heap, i)) {
        const struct ms_block *block = &heap->blocks[i];
        const void *memory = ms_block_memory(heap, i);
        if (block->kind == MS_CELLS)
            each_cell(heap, i, visit, user);
        else if (block->kind == MS_LARGE)
            visit(user, memory, (size_t)block->blocks << KIT_BLOCK_BITS, false, i);
    }
}

/* ---- census and verification ---- */

static void survey_piece(void *user, const struct kit_object *piece, size_t bytes, bool is_free,
                         size_t number)
{
    (void)bytes;
    (void)number;
    if (!is_free)
        kit_survey_object(user, piece);
}

static void survey(struct ms_heap *heap, struct kit_survey *result)
{
    kit_survey_open(result, heap->pool.base, heap->pool.high_water << KIT_BLOCK_BITS, heap,
                    ms_occupied);
    each_piece(heap, survey_piece, result);
    kit_survey_names(result, &heap->world);
    kit_survey_globals(result, heap->globals);
}

void ms_census(hm_heap *base, hm_mutator *m, struct hm_census *census)
{
    (void)m;
    struct kit_survey result;
    survey((struct ms_heap *)base, &result);
    kit_survey_census(&result, census);
    kit_survey_close(&result);
}

/* The invariants of a span that struct ms_block states. */
static bool verify_span(const struct ms_heap *heap, size_t number, struct hm_refusal *broken)
{
    const struct ms_block *block = &heap->blocks[number];
    size_t cell = kit_size_class_bytes(block->size_class);
    const char *span = ms_block_memory(heap, number);
    size_t bytes = (size_t)block->blocks << KIT_BLOCK_BITS;
    uint32_t marked = 0;
    bool inside = false;
    for (size_t at = 0; at < bytes; at += KIT_GRANULE_BYTES)
        if (ms_is_marked(heap, span + at)) {
            marked++;
            inside = inside || at % cell != 0;
        }
    if (!inside && marked == block->live && block->cursor % cell == 0 && block->cursor <= bytes)
        return true;
    snprintf(broken->sentence, sizeof broken->sentence,
             "block %zu of %zu-byte cells has %u marks%s, %u live cells and its cursor at %u",
             number, cell, marked, inside ? ", some inside cells" : "", block->live, block->cursor);
    return false;
}

static bool verify_list(const struct ms_heap *heap, uint32_t size_class, struct hm_refusal *broken)
{
    for (uint32_t number = heap->partial[size_class]; number != 0;) {
        const struct ms_block *block = &heap->blocks[number - 1];
        if (block->kind != MS_CELLS || block->size_class != size_class) {
            snprintf(broken->sentence, sizeof broken->sentence,
                     "block %u is in the list of class %u and is none of it", number - 1,
                     size_class);
            return false;
        }
        number = block->next;
    }
    return true;
}

static bool verify_blocks(const struct ms_heap *heap, struct hm_refusal *broken)
{
    for (uint32_t i = 0; i < KIT_SIZE_CLASSES; i++)
        if (!verify_list(heap, i, broken))
            return false;
    for (size_t i = 0; i < heap->pool.high_water; i = ms_next_block(heap, i))
        if (heap->blocks[i].kind == MS_CELLS && !verify_span(heap, i, broken))
            return false;
    return true;
}

bool ms_verify(hm_heap *base, hm_mutator *m, struct hm_refusal *broken)
{
    (void)m;
    struct ms_heap *heap = (struct ms_heap *)base;
    struct kit_survey result;
    if (!verify_blocks(heap, broken))
        return false;
    survey(heap, &result);
    bool whole = kit_survey_verdict(&result, broken);
    kit_survey_close(&result);
    return whole;
}

/* ---- walk ---- */

struct walker {
    void (*visit)(void *user, const struct hm_walked *piece);
    void *user;
};

static void walk_piece(void *user, const struct kit_object *piece, size_t bytes, bool is_free,
                       size_t number)
{
    struct walker *walker = user;
    struct hm_walked walked = {
        .size = sizeof walked,
        .state = is_free ? HM_WALKED_FREE : HM_WALKED_LIVE,
        .address = (uintptr_t)piece,
        .bytes = bytes,
        .slots = is_free ? 0 : kit_layout_slots(piece->layout),
        .block = number,
        .age = HM_UNKNOWN,
        .thread = HM_UNKNOWN,
    };
    walker->visit(walker->user, &walked);
}

void ms_walk(hm_heap *base, hm_mutator *m, void (*visit)(void *user, const struct hm_walked *piece),
             void *user)
{
    (void)m;
    struct walker walker = {visit, user};
    each_piece((struct ms_heap *)base, walk_piece, &walker);
}
