/* SPDX-License-Identifier: MIT
 *
 * A collection, and the counters that it settles.
 */
#ifndef HEAPMARK_MARK_SWEEP_COLLECT_H
#define HEAPMARK_MARK_SWEEP_COLLECT_H

#include <mark-sweep/heap.h>

/* Collect while the world is stopped by `m`, or by an unattached thread when that is null. */
void ms_collect_stopped(struct ms_heap *heap, struct kit_mutator *m, enum hm_collection kind);

/* hm_heap_ops.collect */
void ms_collect(hm_heap *base, hm_mutator *m, enum hm_collection kind);

/* Raise a counter that has one writer at a time, for readers at any time. */
HM_INLINE void ms_add(struct ms_counters *counters, uint64_t objects, uint64_t bytes)
{
    uint64_t value = atomic_load_explicit(&counters->objects, memory_order_relaxed) + objects;
    atomic_store_explicit(&counters->objects, value, memory_order_relaxed);
    value = atomic_load_explicit(&counters->bytes, memory_order_relaxed) + bytes;
    atomic_store_explicit(&counters->bytes, value, memory_order_relaxed);
}

/* Count what a run, or all runs of the mutator, were used for; by itself, or while it cannot
 * run. */
void ms_count_run(struct ms_mutator *mutator, uint32_t size_class);
void ms_count_runs(struct ms_mutator *mutator);

/* Everything allocated so far, but for what running mutators used of their runs. Takes a look into
 * the runs of the others, who cannot start while world.lock, which is held, is. */
struct ms_allocated {
    uint64_t objects, bytes;
};
struct ms_allocated ms_all_allocated(struct ms_heap *heap);

#endif
