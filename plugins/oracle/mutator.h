/* SPDX-License-Identifier: MIT
 *
 * The operations of `oracle`: each reference is counted, and each loss of one is stamped.
 */
#ifndef HEAPMARK_ORACLE_MUTATOR_H
#define HEAPMARK_ORACLE_MUTATOR_H

#include <oracle/heap.h>

/* ---- allocation ---- */

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return oracle_new(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return oracle_new(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return oracle_new(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return oracle_new(m, name, shape, n, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return oracle_clone(m, to, from);
}

/* ---- names ---- */

/* The name owns this from now on; what it owned is dropped. */
HM_INLINE void oracle_put(hm_mutator *m, hm_name *name, uintptr_t bits)
{
    uintptr_t old = name->bits;
    name->bits = bits;
    oracle_drop(m, old);
}

HM_INLINE void hm_bind(hm_mutator *m, hm_name *name, hm_ref ref)
{
    oracle_own(m, ref);
    oracle_put(m, name, ref.bits);
}

HM_INLINE void hm_clear(hm_mutator *m, hm_name *name)
{
    oracle_put(m, name, 0);
}

HM_INLINE void hm_move(hm_mutator *m, hm_name *to, hm_name *from)
{
    uintptr_t bits = from->bits;
    from->bits = 0;
    oracle_put(m, to, bits);
}

HM_INLINE void hm_pop(hm_mutator *m, hm_name *frame)
{
    hm_name *top = m->name_top;
    m->name_top = frame;
    while (top > frame)
        oracle_drop(m, (--top)->bits);
}

/* ---- slots ---- */

HM_INLINE void hm_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    hm_bind(m, name, kit_slots(obj)[slot]);
}

HM_INLINE hm_ref hm_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot)
{
    (void)m;
    (void)spare;
    return kit_slots(obj)[slot];
}

HM_INLINE void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    oracle_set(m, obj, slot, ref);
}

HM_INLINE void hm_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    oracle_set(m, obj, slot, ref);
}

HM_INLINE void hm_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    uintptr_t old = kit_slots(obj)[slot].bits;
    kit_slots(obj)[slot] = hm_at(name);
    name->bits = 0;
    oracle_drop(m, old);
}

HM_INLINE void hm_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    hm_give(m, obj, slot, name);
}

HM_INLINE void hm_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    uintptr_t bits = kit_slots(obj)[slot].bits;
    kit_slots(obj)[slot] = hm_null;
    oracle_put(m, name, bits);
}

HM_INLINE void hm_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    oracle_copy_slots(m, to, i, from, j, n);
}

/* The object is held for the time: what it holds may be its last owner. */
HM_INLINE void hm_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
{
    bool is_globals = kit_object(obj) == oracle_heap_of(m)->globals;
    if (!is_globals)
        oracle_own(m, obj);
    oracle_own(m, ref);
    for (size_t k = 0; k < n; k++)
        oracle_set(m, obj, i + k, ref);
    oracle_drop(m, ref.bits);
    if (!is_globals)
        oracle_drop(m, obj.bits);
}

HM_INLINE void hm_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n)
{
    hm_fill_slots(m, obj, i, n, hm_null);
}

/* No object is shared here, so neither is a slot. */
HM_INLINE void hm_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    hm_get(m, name, obj, slot);
}

HM_INLINE void hm_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    oracle_set(m, obj, slot, ref);
}

HM_INLINE void hm_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    (void)m;
    uintptr_t bits = kit_slots(obj)[slot].bits;
    kit_slots(obj)[slot] = hm_at(name);
    name->bits = bits;
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(oracle_heap_of(m)->globals);
}

/* Nothing dies at a poll, so the borrow needs no name. */
HM_INLINE hm_ref hm_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref)
{
    (void)name;
    if (kit_asked_to_stop(m))
        m->slow->poll(m);
    return ref;
}

#endif
