/* SPDX-License-Identifier: MIT
 *
 * The heap of `refcount-cycles`.
 */
#ifndef HEAPMARK_REFCOUNT_CYCLES_HEAP_H
#define HEAPMARK_REFCOUNT_CYCLES_HEAP_H

#include <kit/counted_heap.h>
#include <kit/mark_stack.h>

struct cycles_heap {
    struct kit_counted_heap counted;
    struct kit_mark_share marks;
    uint64_t threshold;              /* option: candidates that start a detection, at the least */
    _Atomic uint64_t next_detection; /* candidates of one mutator that start the next one */
};

/* Find and free the dead cycles that hang on candidates; the world is stopped. */
void cycles_detect(struct kit_counted_heap *heap, struct kit_mutator *m);

#endif
