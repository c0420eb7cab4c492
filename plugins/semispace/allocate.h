/* SPDX-License-Identifier: MIT
 *
 * The mutator's slow paths: buffers, collections and the other safepoints.
 */
#ifndef HEAPMARK_SEMISPACE_ALLOCATE_H
#define HEAPMARK_SEMISPACE_ALLOCATE_H

#include <kit/narrow.h>
#include <semispace/heap.h>

/* A buffer is cleared when it is handed out, so it had better fit the nearest cache. */
enum { SEMISPACE_BUFFER_BYTES = KIT_NARROWED(32 << 10, 256) };

extern const struct hm_slow semispace_slow;

/* Open heap->traced, whose records are held under the heap's limit. */
void semispace_open_traced(struct semispace_heap *heap);

/* hm_heap_ops.collect */
void semispace_collect(hm_heap *base, hm_mutator *m, enum hm_collection kind);

#endif
