/* SPDX-License-Identifier: MIT
 *
 * The own word of an object in `refcount-cycles`: a count above four bits of the detector's.
 *
 *     bit 0      candidate: lost a reference, and lived on, since the last detection
 *     bit 1      gray: in a detection, not known to be reached from outside; else black
 *     bit 2      not used, but by a planted fault
 *     bit 3      pending: painted, and its slots not yet followed
 *     bits 4..   the count: 2^28 references at the most
 */
#ifndef HEAPMARK_REFCOUNT_CYCLES_OWN_WORD_H
#define HEAPMARK_REFCOUNT_CYCLES_OWN_WORD_H

#include <kit/counted_heap.h>
#include <kit/counts.h>

enum {
    CYCLES_CANDIDATE = 1 << 0,
    CYCLES_GRAY = 1 << 1,
    CYCLES_KEPT = 1 << 2, /* cy9 */
    CYCLES_PENDING = 1 << 3,
    CYCLES_SHIFT = 4,
    KIT_COUNT_ONE = 1 << CYCLES_SHIFT,
};

/* Only what has slots can be in a cycle. */
HM_INLINE bool cycles_is_container(const struct kit_object *object)
{
    return kit_layout_slots(object->layout) != 0;
}

/* Cheaper, for the fast path: strings and numbers, which are most of what is not a container. */
HM_INLINE bool cycles_is_plain_data(const struct kit_object *object)
{
    return (object->layout & 3) == KIT_BYTES;
}

/* Is what has this own word now, and lost a reference, to be noted? cy11: only if one is left. */
HM_INLINE bool cycles_is_noted(uint32_t own)
{
    return !HM_FAULT(cy11) || own < 2 * KIT_COUNT_ONE;
}

/* Called while the caller still owns a reference, so that the object is there. The block's flag is
 * where the detector looks for it: no buffer that could overflow, or dangle once the object dies.
 */
HM_INLINE void cycles_note_candidate(hm_mutator *m, struct kit_object *object)
{
    atomic_store_explicit(&kit_cell_block_of(object)->flagged, true, memory_order_relaxed);
    ((struct kit_counted_mutator *)m)->new_candidates++;
    if (HM_FAULT(cy5))
        kit_fault_remember(object);
}

#endif
