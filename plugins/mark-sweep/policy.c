/* SPDX-License-Identifier: MIT
 *
 * When `mark-sweep` collects. With a heap limit: when the limit refuses a block, and not before.
 * Without one: when the heap holds `growth` times what the latest marking found alive; but what is
 * not swept yet is held, and few objects may keep many blocks, so only once enough was allocated
 * since that marking to pay for another. Until then what is unswept is swept before more is held.
 */
#include <mark-sweep/heap.h>

static const uint64_t LEAST_NEXT_BYTES = KIT_NARROWED((uint64_t)16 << 20, (uint64_t)128 << 10);
/* Under a limit too: so that small programs are collected. */
enum { ALWAYS_GROW = KIT_NARROWED(0, 1) };

void ms_plan(struct ms_heap *heap)
{
    uint64_t next = UINT64_MAX;
    if (heap->base.request->heap_bytes == 0 || ALWAYS_GROW) {
        next = (uint64_t)(heap->growth * (double)atomic_load(&heap->marked_bytes));
        next = next < LEAST_NEXT_BYTES ? LEAST_NEXT_BYTES : next;
    }
    atomic_store_explicit(&heap->taken_bytes, 0, memory_order_relaxed);
    atomic_store_explicit(&heap->next_bytes, next, memory_order_relaxed);
}

static bool is_paid_for(const struct ms_heap *heap)
{
    double marked = (double)atomic_load_explicit(&heap->marked_bytes, memory_order_relaxed);
    double wanted = (heap->growth - 1) / 2 * marked;
    double least = (double)LEAST_NEXT_BYTES / 4;
    return (double)atomic_load_explicit(&heap->taken_bytes, memory_order_relaxed) >
           (wanted < least ? least : wanted);
}

bool ms_is_beyond_plan(const struct ms_heap *heap)
{
    return kit_pool_held_bytes(&heap->base.pool) >
           atomic_load_explicit(&heap->next_bytes, memory_order_relaxed);
}

bool ms_wants_collection(const struct ms_heap *heap)
{
    return ms_is_beyond_plan(heap) && is_paid_for(heap);
}
