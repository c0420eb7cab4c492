/* SPDX-License-Identifier: MIT
 *
 * The operations of `refcount` with atomic counts that are tallied: how often a count is raised and
 * lowered. Both tallies are of the plugin, as a count knows no mutator, and all threads write to
 * them: a time of this variant says nothing.
 */
#ifndef HEAPMARK_REFCOUNT_MUTATOR_TALLY_H
#define HEAPMARK_REFCOUNT_MUTATOR_TALLY_H

#include <kit/counts.h>

#define KIT_COUNT_ATOMIC 1
enum { KIT_COUNT_ONE = 1 };

/* Since the plugin was loaded. */
extern _Atomic uint64_t refcount_ups, refcount_downs;

HM_INLINE void kit_count_up(struct kit_object *object)
{
    atomic_fetch_add_explicit(&refcount_ups, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(kit_own_word(object), 1, memory_order_relaxed);
}

/* The memory orders are those of mutator_atomic.h. */
HM_INLINE bool kit_count_down(hm_mutator *m, struct kit_object *object)
{
    (void)m;
    atomic_fetch_add_explicit(&refcount_downs, 1, memory_order_relaxed);
    return atomic_load_explicit(kit_own_word(object), memory_order_acquire) == 1 ||
           atomic_fetch_sub_explicit(kit_own_word(object), 1, memory_order_acq_rel) == 1;
}

#include <kit/counting.h>

#endif
