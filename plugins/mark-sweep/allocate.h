/* SPDX-License-Identifier: MIT
 *
 * The mutator's slow paths.
 */
#ifndef HEAPMARK_MARK_SWEEP_ALLOCATE_H
#define HEAPMARK_MARK_SWEEP_ALLOCATE_H

#include <mark-sweep/heap.h>

extern const struct hm_slow ms_slow;

/* A mutator that detaches: its spans go back to the lists. */
void ms_leave_spans(struct ms_heap *heap, struct ms_mutator *mutator);

#endif
