/* SPDX-License-Identifier: MIT
 *
 * The operations of `refcount-cycles` for one mutator.
 */
#ifndef HEAPMARK_REFCOUNT_CYCLES_MUTATOR_PLAIN_H
#define HEAPMARK_REFCOUNT_CYCLES_MUTATOR_PLAIN_H

#include <refcount-cycles/own_word.h>

#define KIT_COUNT_ATOMIC 0

HM_INLINE void kit_count_up(struct kit_object *object)
{
    object->own = kit_count_fit(object->own + KIT_COUNT_ONE, KIT_COUNT_ONE);
}

HM_INLINE bool kit_count_down(hm_mutator *m, struct kit_object *object)
{
    uint32_t own = kit_count_fit(object->own - KIT_COUNT_ONE, KIT_COUNT_ONE);
    if (own < KIT_COUNT_ONE)
        return true;
    if ((own & CYCLES_CANDIDATE) == 0 && !cycles_is_plain_data(object) && cycles_is_noted(own)) {
        own |= CYCLES_CANDIDATE;
        cycles_note_candidate(m, object);
    }
    object->own = own;
    return false;
}

#include <kit/counting.h>

#endif
