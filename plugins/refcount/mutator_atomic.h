/* SPDX-License-Identifier: MIT
 *
 * The operations of `refcount` for several mutators: atomic counts, locked shared slots.
 */
#ifndef HEAPMARK_REFCOUNT_MUTATOR_ATOMIC_H
#define HEAPMARK_REFCOUNT_MUTATOR_ATOMIC_H

#include <kit/counts.h>

#define KIT_COUNT_ATOMIC 1
enum { KIT_COUNT_ONE = 1 };

/* Relaxed: whoever raises owns a reference already, or holds the slot's lock. */
HM_INLINE void kit_count_up(struct kit_object *object)
{
    if (kit_count_is_faulty())
        kit_count_add_faulty(object, KIT_COUNT_ONE, KIT_COUNT_ONE);
    else
        atomic_fetch_add_explicit(kit_own_word(object), 1, memory_order_relaxed);
}

/* Release what this thread wrote to the object, acquire what all others did before it is freed. A
 * count of one is the caller's own, so nobody can raise it, and the read alone decides: that spares
 * most objects, which have one owner all their lives, the locked instruction. */
HM_INLINE bool kit_count_down(hm_mutator *m, struct kit_object *object)
{
    (void)m;
    if (atomic_load_explicit(kit_own_word(object), memory_order_acquire) == 1)
        return true;
    if (kit_count_is_faulty())
        return kit_count_add_faulty(object, -(uint32_t)KIT_COUNT_ONE, KIT_COUNT_ONE) == 1;
    return atomic_fetch_sub_explicit(kit_own_word(object), 1, memory_order_acq_rel) == 1;
}

#include <kit/counting.h>

#endif
