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

void ms_clear(const struct ms_piece *piece)
{
    if (piece->dirty)
        memset(piece->memory, 0, piece->bytes);
}

/* The offset of the first free cell at or after the cursor, or the span's end. */
static size_t find_free(const struct ms_heap *heap, const char *span, const struct ms_block *block)
{
    size_t cell = kit_size_class_bytes(block->size_class);
    size_t end = span_bytes(block);
    size_t at = block->cursor;
    while (at < end && ms_is_marked(heap, span + at))
        at += cell;
    return at;
}

struct ms_piece ms_next_run(struct ms_heap *heap, uint32_t number, size_t most_bytes)
{
    struct ms_block *block = &heap->blocks[number - 1];
    char *span = ms_block_memory(heap, number - 1);
    size_t cell = kit_size_class_bytes(block->size_class);
    size_t first = ms_granule(heap, span);
    size_t end = span_bytes(block);
    size_t at = find_free(heap, span, block);
    block->cursor = (uint32_t)at;
    if (at == end)
        return (struct ms_piece){NULL, 0, false};
    size_t mark = next_mark(heap, first + at / KIT_GRANULE_BYTES, first + end / KIT_GRANULE_BYTES);
    size_t run = (mark - first) * KIT_GRANULE_BYTES - at;
    if (run > most_bytes)
        run = most_bytes < cell ? cell : most_bytes - most_bytes % cell;
    block->cursor = (uint32_t)(at + run);
    kit_unpoison(span + at, run);
    return (struct ms_piece){span + at, run, !block->zeroed};
}

/* Lock held: a cell out of the list. A span that is used up leaves it. */
static struct ms_piece cell_of_list(struct ms_heap *heap, uint32_t size_class)
{
    struct ms_piece cell = {NULL, 0, false};
    while (cell.memory == NULL && heap->partial[size_class] != 0) {
        uint32_t number = heap->partial[size_class];
        heap->partial[size_class] = heap->blocks[number - 1].next;
        cell = ms_next_run(heap, number, 1);
        ms_put_span(heap, number);
    }
    heap->handed_out_bytes += cell.bytes;
    return cell;
}

struct ms_piece ms_take_cell(struct ms_heap *heap, uint32_t size_class, bool force)
{
    struct ms_piece none = {NULL, 0, false};
    if (!force && !ms_policy_allows(heap, kit_size_class_bytes(size_class)))
        return none;
    struct ms_piece cell = cell_of_list(heap, size_class);
    if (cell.memory != NULL)
        return cell;
    uint32_t number = take_new_span(heap, size_class);
    if (number == 0)
        return none;
    ms_put_span(heap, number);
    return cell_of_list(heap, size_class);
}

struct ms_piece ms_take_larger_cell(struct ms_heap *heap, uint32_t size_class)
{
    struct ms_piece cell = {NULL, 0, false};
    for (uint32_t i = size_class + 1; i < KIT_SIZE_CLASSES && cell.memory == NULL; i++)
        cell = cell_of_list(heap, i);
    return cell;
}

struct ms_piece ms_take_large(struct ms_heap *heap, size_t bytes, bool force)
{
    struct ms_piece none = {NULL, 0, false};
    size_t count = (bytes + KIT_BLOCK_BYTES - 1) >> KIT_BLOCK_BITS;
    uint64_t occupied = (uint64_t)count << KIT_BLOCK_BITS;
    if (!force && !ms_policy_allows(heap, occupied))
        return none;
    uint32_t number = take_blocks(heap, count, MS_LARGE);
    if (number == 0)
        return none;
    heap->handed_out_bytes += occupied;
    return (struct ms_piece){ms_block_memory(heap, number - 1), occupied,
                             !heap->blocks[number - 1].zeroed};
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

static struct ms_found sort_span(struct ms_heap *heap, size_t number)
{
    struct ms_block *block = &heap->blocks[number];
    struct ms_found found = {0, 0};
    block->live = count_marks(heap, number, block->blocks);
    if (block->live == 0) {
        give_back(heap, number);
        return found;
    }
    found.objects = block->live;
    found.bytes = block->live * kit_size_class_bytes(block->size_class);
    block->cursor = 0;
    block->zeroed = false;
    if (block->live < kit_size_class_cells(block->size_class))
        ms_put_span(heap, (uint32_t)number + 1);
    if (KIT_POISONS)
        poison_dead_cells(heap, number);
    return found;
}

static struct ms_found sort_large(struct ms_heap *heap, size_t number)
{
    struct ms_block *block = &heap->blocks[number];
    struct ms_found found = {0, 0};
    if (!ms_is_marked(heap, ms_block_memory(heap, number))) {
        give_back(heap, number);
        return found;
    }
    block->live = 1;
    found.objects = 1;
    found.bytes = (uint64_t)block->blocks << KIT_BLOCK_BITS;
    return found;
}

/* From above, as each span goes to the head of its list. */
struct ms_found ms_sort_blocks(struct ms_heap *heap)
{
    struct ms_found all = {0, 0};
    memset(heap->partial, 0, sizeof heap->partial);
    for (size_t i = heap->pool.high_water; i-- > 0;) {
        struct ms_found found = {0, 0};
        if (heap->blocks[i].kind == MS_CELLS)
            found = sort_span(heap, i);
        else if (heap->blocks[i].kind == MS_LARGE)
            found = sort_large(heap, i);
        all.objects += found.objects;
        all.bytes += found.bytes;
    }
    return all;
}
