/* SPDX-License-Identifier: MIT
 *
 * Every operation of a collector that traces while the world is stopped and has no barriers,
 * over the kit's objects: a mutator.h defines hm_new, hm_new_n, hm_try_new and hm_try_new_n
 * before it includes this file, and has all there is. Owning is storing; dropping is
 * forgetting. Loads and stores of slots are plain but for the shared ones.
 */
#ifndef HEAPMARK_KIT_TRACING_H
#define HEAPMARK_KIT_TRACING_H

#include <kit/common.h>
#include <kit/fault.h>

HM_INLINE void hm_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    (void)m;
    name->bits = kit_slots(obj)[slot].bits;
}

HM_INLINE hm_ref hm_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot)
{
    (void)m;
    (void)spare;
    return kit_slots(obj)[slot];
}

HM_INLINE void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    (void)m;
    kit_slots(obj)[slot] = ref;
}

HM_INLINE void hm_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    hm_set(m, obj, slot, ref);
}

HM_INLINE void hm_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    hm_set(m, obj, slot, hm_at(name));
    name->bits = 0;
}

HM_INLINE void hm_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    hm_give(m, obj, slot, name);
}

HM_INLINE void hm_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    (void)m;
    name->bits = kit_slots(obj)[slot].bits;
    kit_slots(obj)[slot] = hm_null;
}

HM_INLINE void hm_move(hm_mutator *m, hm_name *to, hm_name *from)
{
    (void)m;
    uintptr_t bits = from->bits;
    from->bits = 0;
    to->bits = bits;
}

HM_INLINE void hm_bind(hm_mutator *m, hm_name *name, hm_ref ref)
{
    (void)m;
    name->bits = ref.bits;
}

HM_INLINE void hm_clear(hm_mutator *m, hm_name *name)
{
    (void)m;
    name->bits = 0;
}

#ifndef KIT_OWN_FRAMES
HM_INLINE void hm_pop(hm_mutator *m, hm_name *frame)
{
    m->name_top = frame;
}
#endif

HM_INLINE void hm_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    (void)m;
    if (!HM_FAULT(tr27))
        memmove(&kit_slots(to)[i], &kit_slots(from)[j], n * sizeof(hm_ref));
    for (size_t k = 0; HM_FAULT(tr27) && k < n; k++)
        kit_slots(to)[i + k] = kit_slots(from)[j + k];
}

HM_INLINE void hm_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n)
{
    (void)m;
    memset(&kit_slots(obj)[i], 0, n * sizeof(hm_ref));
}

HM_INLINE void hm_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
{
    (void)m;
    for (size_t k = 0; k < n; k++)
        kit_slots(obj)[i + k] = ref;
}

HM_INLINE void hm_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    (void)m;
    name->bits = atomic_load_explicit(kit_shared_slot(obj, slot), memory_order_acquire);
}

HM_INLINE void hm_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    (void)m;
    atomic_store_explicit(kit_shared_slot(obj, slot), ref.bits, memory_order_release);
}

HM_INLINE void hm_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    (void)m;
    name->bits =
        atomic_exchange_explicit(kit_shared_slot(obj, slot), name->bits, memory_order_acq_rel);
}

HM_INLINE hm_ref hm_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref)
{
    if (!kit_asked_to_stop(m))
        return ref;
    name->bits = ref.bits;
    m->slow->poll(m);
    return HM_FAULT(mv15) ? ref : hm_at(name);
}

#endif
