/* SPDX-License-Identifier: MIT
 *
 * The heap of `refcount-cycles`.
 */
#ifndef HEAPMARK_REFCOUNT_CYCLES_HEAP_H
#define HEAPMARK_REFCOUNT_CYCLES_HEAP_H

#include <kit/counted_heap.h>
#include <kit/fault.h>
#include <kit/mark_stack.h>

struct cycles_heap {
    struct kit_counted_heap counted;
    struct kit_mark_share marks;
    uint64_t threshold;              /* option: candidates that start a detection, at the least */
    _Atomic uint64_t next_detection; /* candidates of one mutator that start the next one */
#ifdef KIT_PLANTED
    struct kit_object *listed[KIT_FAULT_ROOM]; /* cy5: the latest candidates, dead ones too */
    _Atomic uint32_t listed_count;
#endif
};

/* cy5: remember the candidate by its address. */
HM_INLINE void cycles_list_candidate(struct cycles_heap *heap, struct kit_object *object)
{
#ifdef KIT_PLANTED
    heap->listed[atomic_fetch_add(&heap->listed_count, 1) % KIT_FAULT_ROOM] = object;
#else
    (void)heap;
    (void)object;
#endif
}

/* Find and free the dead cycles that hang on candidates; the world is stopped. */
void cycles_detect(struct kit_counted_heap *heap, struct kit_mutator *m);

#endif
