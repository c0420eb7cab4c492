/* SPDX-License-Identifier: MIT
 *
 * What the collector counts, and what is in its heap.
 */
#ifndef HEAPMARK_SEMISPACE_REPORT_H
#define HEAPMARK_SEMISPACE_REPORT_H

#include <semispace/heap.h>

/* Raise a figure that has one writer at a time, for readers at any time. */
HM_INLINE void semispace_add(_Atomic uint64_t *figure, uint64_t more)
{
    uint64_t value = atomic_load_explicit(figure, memory_order_relaxed) + more;
    atomic_store_explicit(figure, value, memory_order_relaxed);
}

/* Keep the figures of held bytes; heap->lock held, or the world stopped. */
void semispace_note_held(struct semispace_heap *heap);

/* Count what the mutator used of its buffer; by itself, or while it cannot run. */
void semispace_count_allocated(struct semispace_mutator *mutator);

/* Everything allocated so far, but for what running mutators used of their buffers. Takes a look
 * into the buffers of the others, who cannot start while world.lock, which is held, is. */
uint64_t semispace_allocated_bytes(struct semispace_heap *heap);

/* hm_heap_ops: statistics, census, walk, verify */
void semispace_statistics(hm_heap *base, struct hm_statistics *statistics);
void semispace_census(hm_heap *base, hm_mutator *m, struct hm_census *census);
void semispace_walk(hm_heap *base, hm_mutator *m,
                    void (*visit)(void *user, const struct hm_walked *piece), void *user);
bool semispace_verify(hm_heap *base, hm_mutator *m, struct hm_refusal *broken);

#endif
