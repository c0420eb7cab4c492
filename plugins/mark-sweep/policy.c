/* SPDX-License-Identifier: MIT
 *
 * When `mark-sweep` collects. With a heap limit: when the limit refuses a block, and not before.
 * Without one: when the heap holds `growth` times what the latest marking found alive.
 */
#include <mark-sweep/heap.h>

static const uint64_t LEAST_NEXT_BYTES = (uint64_t)16 << 20;

void ms_plan(struct ms_heap *heap)
{
    uint64_t next = UINT64_MAX;
    if (heap->base.request->heap_bytes == 0) {
        next = (uint64_t)(heap->growth * (double)atomic_load(&heap->marked_bytes));
        next = next < LEAST_NEXT_BYTES ? LEAST_NEXT_BYTES : next;
    }
    atomic_store_explicit(&heap->next_bytes, next, memory_order_relaxed);
}

bool ms_wants_collection(const struct ms_heap *heap)
{
    return kit_pool_held_bytes(&heap->base.pool) >
           atomic_load_explicit(&heap->next_bytes, memory_order_relaxed);
}
