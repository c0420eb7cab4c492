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

/* Sweep on: the next free cells of a span that is the caller's, at most about `most_bytes` of them
 * and at least one; cleared; *bytes of them. Null when the span is used up. */
char *ms_next_run(struct ms_heap *heap, uint32_t number, size_t most_bytes, size_t *bytes);

/* heap->lock held: a cleared cell of this class or, where `larger`, of the next one above it that
 * has any; *bytes is its size. For cells that are handed out one by one. */
char *ms_take_cell(struct ms_heap *heap, uint32_t size_class, bool larger, bool force,
                   size_t *bytes);

/* heap->lock held: blocks for one object. *dirty: not zero yet. */
char *ms_take_large(struct ms_heap *heap, size_t bytes, bool force, bool *dirty);

/* World stopped: clear all marks; after a marking, count what it found, give back what is empty,
 * and list what is partly free. Returns the bytes given back or free for use again. */
void ms_clear_marks(struct ms_heap *heap);
void ms_sort_blocks(struct ms_heap *heap);

#endif
