/* SPDX-License-Identifier: MIT
 *
 * Raising and lowering a 32-bit count, plain or atomic, and the faults of that.
 */
#ifndef HEAPMARK_KIT_COUNTS_H
#define HEAPMARK_KIT_COUNTS_H

#include <kit/fault.h>
#include <kit/hooks.h>
#include <kit/object.h>

HM_INLINE _Atomic uint32_t *kit_own_word(struct kit_object *object)
{
    return (_Atomic uint32_t *)&object->own;
}

/* rc8: what the count's few bits do not hold is lost. `one` is one reference. */
HM_INLINE uint32_t kit_count_fit(uint32_t own, uint32_t one)
{
    return HM_FAULT(rc8) ? own & ((one << KIT_FAULT_COUNT_BITS) - 1) : own;
}

/* Atomic counts that are wrong; a constant. */
HM_INLINE bool kit_count_is_faulty(void)
{
    return HM_FAULT(rc6) || HM_FAULT(rc8) || HM_FAULT(rc22);
}

/* What seems to have been there before. rc6: load and store are two steps. rc22: the result is read
 * in a second step. */
HM_INLINE uint32_t kit_count_add_faulty(struct kit_object *object, uint32_t more, uint32_t one)
{
    _Atomic uint32_t *word = kit_own_word(object);
    uint32_t old = atomic_load(word);
    KIT_PHASE(EXCHANGE);
    if (HM_FAULT(rc22)) {
        atomic_fetch_add(word, more);
        KIT_PHASE(EXCHANGE);
        return atomic_load(word) - more;
    }
    if (HM_FAULT(rc6)) {
        atomic_store(word, old + more);
        return old;
    }
    while (!atomic_compare_exchange_weak(word, &old, kit_count_fit(old + more, one)))
        continue;
    return old;
}

#endif
