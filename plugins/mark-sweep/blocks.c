/* SPDX-License-Identifier: MIT
 *
 * Spans and runs; see blocks.h, and struct ms_block for the invariants.
 */
#include <mark-sweep/blocks.h>

#include <kit/heap_side.h>
#include <kit/poison.h>
#include <mark-sweep/policy.h>

#include <sys/mman.h>

enum { MARK_BYTES = MS_BLOCK_MARK_WORDS * 8 };

/* ---- the tables ---- */

bool ms_blocks_open(struct ms_heap *heap, struct hm_refusal *refusal)
{
    size_t blocks = heap->pool.block_count;
    size_t bytes = blocks * (MARK_BYTES + sizeof(struct ms_block));
    void *tables = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (tables == MAP_FAILED) {
        kit_refuse_memory(refusal, "the mark bits");
        return false;
    }
    heap->tables = tables;
    heap->tables_bytes = bytes;
    heap->marks = tables;
    heap->blocks = (struct ms_block *)(void *)((char *)tables + blocks * MARK_BYTES);
    return true;
}

void ms_blocks_close(struct ms_heap *heap)
{
    munmap(heap->tables, heap->tables_bytes);
}

/* Lock held: charge the part of the tables that belongs to the blocks up to `end`. */
static bool charge_tables(struct ms_heap *heap, size_t end)
{
    if (end <= heap->charged_blocks)
        return true;
    uint64_t each = MARK_BYTES + sizeof(struct ms_block);
    if (!kit_pool_charge(&heap->pool, (end - heap->charged_blocks) * each))
        return false;
    heap->charged_blocks = end;
    return true;
}

static void clear_marks_of(struct ms_heap *heap, size_t number, size_t blocks)
{
    memset(&heap->marks[number * MS_BLOCK_MARK_WORDS], 0, blocks * MARK_BYTES);
}

size_t ms_first_block(const struct ms_heap *heap, const void *object)
{
    size_t number = kit_pool_block_number(&heap->pool, object);
    return heap->blocks[number].kind == MS_UNUSED ? heap->blocks[number].first : number;
}

static size_t span_bytes(const struct ms_block *block)
{
    return kit_size_class_cells(block->size_class) * kit_size_class_bytes(block->size_class);
}

size_t ms_occupied(const void *heap, const struct kit_object *object)
{
    const struct ms_heap *own = heap;
    const struct ms_block *block = &own->blocks[ms_first_block(own, object)];
    return block->kind == MS_CELLS ? kit_size_class_bytes(block->size_class)
                                   : (size_t)block->blocks << KIT_BLOCK_BITS;
}

/* ---- taking ---- */

/* Lock held: blocks of the pool, of this kind; number + 1, or 0. */
static uint32_t take_blocks(struct ms_heap *heap, size_t count, enum ms_kind kind)
{
    bool zeroed;
    void *memory = kit_pool_take(&heap->pool, count, &zeroed);
    if (memory == NULL)
        return 0;
    size_t number = kit_pool_block_number(&heap->pool, memory);
    if (!charge_tables(heap, number + count)) {
        kit_pool_give(&heap->pool, memory, count);
        return 0;
    }
    clear_marks_of(heap, number, count);
    for (size_t i = number + 1; i < number + count; i++)
        heap->blocks[i] = (struct ms_block){.kind = MS_UNUSED, .first = (uint32_t)number};
    heap->blocks[number] =
        (struct ms_block){.kind = (uint8_t)kind, .zeroed = zeroed, .blocks = (uint32_t)count};
    return (uint32_t)number + 1;
}

/* Lock held. */
static uint32_t take_new_span(struct ms_heap *heap, uint32_t size_class)
{
    uint32_t number = take_blocks(heap, kit_size_class_blocks(size_class), MS_CELLS);
    if (number == 0)
        return 0;
    struct ms_block *block = &heap->blocks[number - 1];
    block->size_class = (uint8_t)size_class;
    kit_poison(ms_block_memory(heap, number - 1), (size_t)block->blocks << KIT_BLOCK_BITS);
    return number;
}

/* Free bytes of a span that nobody has swept since the last marking. */
static uint64_t free_bytes(const struct ms_block *block)
{
    return (uint64_t)(kit_size_class_cells(block->size_class) - block->live) *
           kit_size_class_bytes(block->size_class);
}

uint32_t ms_take_span(struct ms_heap *heap, uint32_t size_class, bool force)
{
    if (!force && !ms_policy_allows(heap, 0))
        return 0;
    uint32_t number = heap->partial[size_class];
    if (number != 0)
        heap->partial[size_class] = heap->blocks[number - 1].next;
    else
        number = take_new_span(heap, size_class);
    if (number != 0 && heap->blocks[number - 1].cursor == 0)
        heap->handed_out_bytes += free_bytes(&heap->blocks[number - 1]);
    return number;
}

void ms_put_span(struct ms_heap *heap, uint32_t number)
{
    struct ms_block *block = &heap->blocks[number - 1];
    if (block->cursor == span_bytes(block))
        return;
    block->next = heap->partial[block->size_class];
    heap->partial[block->size_class] = number;
}

/* ---- the lazy sweep ---- */

/* The first granule at or after `from` and before `end` that is marked, or `end`. */
static size_t next_mark(const struct ms_heap *heap, size_t from, size_t end)
{
    uint64_t word = heap->marks[from / 64] & ~(uint64_t)0 << (from % 64);
    for (size_t i = from / 64;;) {
        if (word != 0) {
            size_t found = i * 64 + (size_t)__builtin_ctzll(word);
            return found < end ? found : end;
        }
        if (++i * 64 >= end)
            return end;
        word = heap->marks[i];
    }
}

char *ms_next_run(struct ms_heap *heap, uint32_t number, size_t most_bytes, size_t *bytes)
{
    struct ms_block *block = &heap->blocks[number - 1];
    char *span = ms_block_memory(heap, number - 1);
    size_t cell = kit_size_class_bytes(block->size_class);
    size_t end = span_bytes(block);
    size_t at = block->cursor;
    while (at < end && ms_is_marked(heap, span + at))
        at += cell;
    if (at == end) {
        block->cursor = (uint32_t)end;
        return NULL;
    }
    size_t first = ms_granule(heap, span);
    size_t mark = next_mark(heap, first + at / KIT_GRANULE_BYTES, first + end / KIT_GRANULE_BYTES);
    size_t run = (mark - first) * KIT_GRANULE_BYTES - at;
    if (run > most_bytes)
        run = most_bytes < cell ? cell : most_bytes - most_bytes % cell;
    block->cursor = (uint32_t)(at + run);
    kit_unpoison(span + at, run);
    if (!block->zeroed)
        memset(span + at, 0, run);
    *bytes = run;
    return span + at;
}

/* Lock held: a cell out of the first span of the list. A span that is used up leaves it. */
static char *cell_of_list(struct ms_heap *heap, uint32_t size_class, size_t *bytes)
{
    uint32_t number = heap->partial[size_class];
    if (number == 0)
        return NULL;
    struct ms_block *block = &heap->blocks[number - 1];
    heap->partial[size_class] = block->next;
    char *cell = ms_next_run(heap, number, 1, bytes);
    ms_put_span(heap, number);
    return cell != NULL ? cell : cell_of_list(heap, size_class, bytes);
}

char *ms_take_cell(struct ms_heap *heap, uint32_t size_class, bool larger, bool force,
                   size_t *bytes)
{
    char *cell = NULL;
    if (larger) {
        for (uint32_t i = size_class + 1; i < KIT_SIZE_CLASSES && cell == NULL; i++)
            cell = cell_of_list(heap, i, bytes);
        return cell;
    }
    cell = cell_of_list(heap, size_class, bytes);
    if (cell != NULL)
        return cell;
    uint32_t number = ms_take_span(heap, size_class, force);
    if (number == 0)
        return NULL;
    ms_put_span(heap, number);
    return cell_of_list(heap, size_class, bytes);
}

char *ms_take_large(struct ms_heap *heap, size_t bytes, bool force, bool *dirty)
{
    size_t count = (bytes + KIT_BLOCK_BYTES - 1) >> KIT_BLOCK_BITS;
    uint64_t occupied = (uint64_t)count << KIT_BLOCK_BITS;
    if (!force && !ms_policy_allows(heap, occupied))
        return NULL;
    uint32_t number = take_blocks(heap, count, MS_LARGE);
    if (number == 0)
        return NULL;
    heap->handed_out_bytes += occupied;
    *dirty = !heap->blocks[number - 1].zeroed;
    return ms_block_memory(heap, number - 1);
}

/* ---- around a marking ---- */

void ms_clear_marks(struct ms_heap *heap)
{
    size_t end = heap->pool.high_water;
    for (size_t i = 0; i < end; i = ms_next_block(heap, i)) {
        const struct ms_block *block = &heap->blocks[i];
        if (block->kind != MS_UNUSED)
            clear_marks_of(heap, i, block->kind == MS_LARGE ? 1 : block->blocks);
    }
}

static uint32_t count_marks(const struct ms_heap *heap, size_t number, size_t blocks)
{
    const uint64_t *marks = &heap->marks[number * MS_BLOCK_MARK_WORDS];
    uint32_t count = 0;
    for (size_t i = 0; i < blocks * MS_BLOCK_MARK_WORDS; i++)
        count += (uint32_t)__builtin_popcountll(marks[i]);
    return count;
}

static void give_back(struct ms_heap *heap, size_t number)
{
    size_t blocks = heap->blocks[number].blocks;
    heap->blocks[number].kind = MS_UNUSED;
    kit_pool_give(&heap->pool, ms_block_memory(heap, number), blocks);
}

/* With AddressSanitizer, following a stale borrow into the span is an error from now on. */
static void poison_dead_cells(struct ms_heap *heap, size_t number)
{
    const struct ms_block *block = &heap->blocks[number];
    char *span = ms_block_memory(heap, number);
    size_t cell = kit_size_class_bytes(block->size_class);
    for (size_t at = 0; at < span_bytes(block); at += cell)
        if (!ms_is_marked(heap, span + at))
            kit_poison(span + at, cell);
}

static void sort_span(struct ms_heap *heap, size_t number)
{
    struct ms_block *block = &heap->blocks[number];
    block->live = count_marks(heap, number, block->blocks);
    if (block->live == 0) {
        give_back(heap, number);
        return;
    }
    heap->live_objects += block->live;
    heap->live_bytes += block->live * kit_size_class_bytes(block->size_class);
    block->cursor = 0;
    block->zeroed = false;
    if (block->live < kit_size_class_cells(block->size_class))
        ms_put_span(heap, (uint32_t)number + 1);
    if (KIT_POISONS)
        poison_dead_cells(heap, number);
}

static void sort_large(struct ms_heap *heap, size_t number)
{
    struct ms_block *block = &heap->blocks[number];
    if (!ms_is_marked(heap, ms_block_memory(heap, number))) {
        give_back(heap, number);
        return;
    }
    block->live = 1;
    heap->live_objects++;
    heap->live_bytes += (uint64_t)block->blocks << KIT_BLOCK_BITS;
}

/* From below, so that the lists begin with the highest spans… */
void ms_sort_blocks(struct ms_heap *heap)
{
    memset(heap->partial, 0, sizeof heap->partial);
    heap->live_objects = 0;
    heap->live_bytes = 0;
    size_t end = heap->pool.high_water;
    for (size_t i = 0; i < end;) {
        size_t next = ms_next_block(heap, i);
        if (heap->blocks[i].kind == MS_CELLS)
            sort_span(heap, i);
        else if (heap->blocks[i].kind == MS_LARGE)
            sort_large(heap, i);
        i = next;
    }
}
