/* SPDX-License-Identifier: MIT
 *
 * When to collect and how much memory to keep, apart from how to collect: between collections
 * `budget_bytes` may be handed out, and this decides how many. Under a limit a collection also
 * falls when the pool has no block left.
 */
#ifndef HEAPMARK_MARK_SWEEP_POLICY_H
#define HEAPMARK_MARK_SWEEP_POLICY_H

#include <mark-sweep/heap.h>

/* The smallest limit: a few blocks, the mark stacks, the tables. */
enum { MS_LEAST_HEAP_BYTES = 4 << 20, MS_LEAST_MUTATOR_BYTES = 1 << 20 };

/* The first budget. */
void ms_policy_open(struct ms_heap *heap);

/* The budget after a collection, which found live_bytes, and the free blocks to keep for it. */
void ms_policy_after(struct ms_heap *heap);

/* Bytes of the limit that are set aside for mark stacks. */
uint64_t ms_policy_mark_bytes(uint64_t heap_bytes);

/* heap->lock held: may so many bytes more be handed out before the next collection? */
HM_INLINE bool ms_policy_allows(const struct ms_heap *heap, uint64_t bytes)
{
    return heap->handed_out_bytes + bytes <= heap->budget_bytes;
}

#endif
