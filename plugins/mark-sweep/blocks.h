/* SPDX-License-Identifier: MIT
 *
 * Spans of cells and runs of blocks: taking them, finding free cells in them (which is the lazy
 * sweep), and sorting them after a marking.
 */
#ifndef HEAPMARK_MARK_SWEEP_BLOCKS_H
#define HEAPMARK_MARK_SWEEP_BLOCKS_H

#include <mark-sweep/heap.h>

#include <kit/object.h>

/* Map the side tables; false with a refusal. The pool is open. */
bool ms_blocks_open(struct ms_heap *heap, struct hm_refusal *refusal);
void ms_blocks_close(struct ms_heap *heap);

HM_INLINE char *ms_block_memory(const struct ms_heap *heap, size_t number)
{
    return heap->pool.base + (number << KIT_BLOCK_BITS);
}

HM_INLINE size_t ms_granule(const struct ms_heap *heap, const void *object)
{
    return (size_t)((const char *)object - heap->pool.base) / KIT_GRANULE_BYTES;
}

HM_INLINE bool ms_is_marked(const struct ms_heap *heap, const void *object)
{
    size_t granule = ms_granule(heap, object);
    return (heap->marks[granule / 64] >> (granule % 64) & 1) != 0;
}

/* The next block number that begins something after what begins at `number`. */
HM_INLINE size_t ms_next_block(const struct ms_heap *heap, size_t number)
{
    return number + (heap->blocks[number].kind == MS_UNUSED ? 1 : heap->blocks[number].blocks);
}

/* The block that the span or run with this object begins at. */
size_t ms_first_block(const struct ms_heap *heap, const void *object);

/* What an object occupies: its cell, or its run of blocks. */
size_t ms_occupied(const void *heap, const struct kit_object *object);

/* heap->lock held: a span of this class with free cells in it, taken out of the list or from the
 * pool; its number + 1, or 0. `force`: whatever the policy says. */
uint32_t ms_take_span(struct ms_heap *heap, uint32_t size_class, bool force);

/* heap->lock held: a span that is no longer current goes back where others find it. */
void ms_put_span(struct ms_heap *heap, uint32_t number);

/* Memory that was handed out: the first thing that its taker does is ms_clear. */
struct ms_piece {
    char *memory; /* null: there is none */
    size_t bytes;
    bool dirty;
};

/* Make it zero; apart, so that no lock is held over it. */
void ms_clear(const struct ms_piece *piece);

/* Sweep on: the next free cells of a span that is the caller's alone, at most about `most_bytes`
 * of them and at least one. None when the span is used up. */
struct ms_piece ms_next_run(struct ms_heap *heap, uint32_t number, size_t most_bytes);

/* heap->lock held, all three. A cell of this class, for those that are handed out one by one; a
 * cell of the next class above it that has any, when memory is short; blocks for one object. */
struct ms_piece ms_take_cell(struct ms_heap *heap, uint32_t size_class, bool force);
struct ms_piece ms_take_larger_cell(struct ms_heap *heap, uint32_t size_class);
struct ms_piece ms_take_large(struct ms_heap *heap, size_t bytes, bool force);

/* World stopped: clear all marks. */
void ms_clear_marks(struct ms_heap *heap);

/* World stopped, after a marking: count what it found, give back what is empty, and list the spans
 * that are partly free, the lowest first. */
struct ms_found {
    uint64_t objects, bytes;
};
struct ms_found ms_sort_blocks(struct ms_heap *heap);

#endif
