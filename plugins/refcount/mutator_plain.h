/* SPDX-License-Identifier: MIT
 *
 * The operations of `refcount` for one mutator: plain counts, no locks.
 */
#ifndef HEAPMARK_REFCOUNT_MUTATOR_PLAIN_H
#define HEAPMARK_REFCOUNT_MUTATOR_PLAIN_H

#include <kit/counts.h>

#define KIT_COUNT_ATOMIC 0
enum { KIT_COUNT_ONE = 1 };

HM_INLINE void kit_count_up(struct kit_object *object)
{
    object->own = kit_count_fit(object->own + KIT_COUNT_ONE, KIT_COUNT_ONE);
}

HM_INLINE bool kit_count_down(hm_mutator *m, struct kit_object *object)
{
    (void)m;
    object->own = kit_count_fit(object->own - KIT_COUNT_ONE, KIT_COUNT_ONE);
    return object->own == 0;
}

#include <kit/counting.h>

#endif
