/* SPDX-License-Identifier: MIT
 *
 * The operations of `refcount-cycles` for several mutators.
 */
#ifndef HEAPMARK_REFCOUNT_CYCLES_MUTATOR_ATOMIC_H
#define HEAPMARK_REFCOUNT_CYCLES_MUTATOR_ATOMIC_H

#include <refcount-cycles/own_word.h>

#define KIT_COUNT_ATOMIC 1

HM_INLINE void kit_count_up(struct kit_object *object)
{
    if (kit_count_is_faulty())
        kit_count_add_faulty(object, KIT_COUNT_ONE, KIT_COUNT_ONE);
    else
        atomic_fetch_add_explicit(kit_own_word(object), KIT_COUNT_ONE, memory_order_relaxed);
}

/* As in refcount: a count of one is the caller's own. The candidate is noted before the reference
 * is given up; afterwards another thread may have freed it. */
HM_INLINE bool kit_count_down(hm_mutator *m, struct kit_object *object)
{
    uint32_t own = atomic_load_explicit(kit_own_word(object), memory_order_acquire);
    if (own < 2 * KIT_COUNT_ONE)
        return true;
    if ((own & CYCLES_CANDIDATE) == 0 && !cycles_is_plain_data(object) &&
        cycles_is_noted(own - KIT_COUNT_ONE)) {
        cycles_note_candidate(m, object);
        atomic_fetch_or_explicit(kit_own_word(object), CYCLES_CANDIDATE, memory_order_relaxed);
    }
    if (kit_count_is_faulty())
        own = kit_count_add_faulty(object, -(uint32_t)KIT_COUNT_ONE, KIT_COUNT_ONE);
    else
        own = atomic_fetch_sub_explicit(kit_own_word(object), KIT_COUNT_ONE, memory_order_acq_rel);
    return own < 2 * KIT_COUNT_ONE;
}

#include <kit/counting.h>

#endif
