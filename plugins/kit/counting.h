/* SPDX-License-Identifier: MIT
 *
 * Every operation of a collector that counts references at once. A mutator.h defines, before it
 * includes this file,
 *
 *     KIT_COUNT_ATOMIC   (a macro) 1: several mutators; shared slots are locked
 *     KIT_COUNT_ONE      one reference, as the own word of an object counts it
 *     kit_count_up(o)    one reference more
 *     kit_count_down(m, o)   one reference less; true when it was the last, and the object the
 *                        caller's to release. No mutator may touch the object after a false.
 *
 * Owning raises, dropping lowers; what moves from one owner to the next costs no count. A value is
 * raised before what it replaces is lowered, so that storing what is there already is safe.
 *
 * Shared slots have a lock in bit 0 (objects are 8-byte aligned): a reader holds it between loading
 * and raising, so that a writer cannot drop the object in between; a writer replaces an unlocked
 * value in one exchange. The lock is held for a few instructions; whoever finds it held spins.
 * (docs/decisions/0004-shared-slots.md)
 */
#ifndef HEAPMARK_KIT_COUNTING_H
#define HEAPMARK_KIT_COUNTING_H

#ifndef KIT_COUNT_ATOMIC
#error "kit/counting.h belongs to a mutator.h, which says first how to count"
#endif

#include <kit/common.h>
#include <kit/counted_heap.h>
#include <kit/fault.h>

#include <sched.h>

/* ---- owning and dropping ---- */

HM_INLINE void kit_own(hm_ref ref)
{
    if (!hm_is_null(ref))
        kit_count_up(kit_object(ref));
}

HM_INLINE void kit_drop(hm_mutator *m, uintptr_t bits)
{
    hm_ref ref = {bits};
    if (bits != 0 && kit_count_down(m, kit_object(ref)))
        m->slow->release(m, ref);
}

/* ---- allocation ---- */

/* Pop the free list of the size class (a constant for a fixed shape), write the header, clear the
 * fields: for a node of two slots four loads and five stores. */
HM_INLINE hm_ref kit_counted_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape,
                                 size_t n, uint32_t flags)
{
    struct kit_cell_mutator *mutator = (struct kit_cell_mutator *)m;
    size_t bytes = kit_shape_bytes(shape, n);
    uintptr_t old = name->bits;
    name->bits = 0;
    kit_drop(m, old);
    if (HM_UNLIKELY(bytes > KIT_CELL_MOST_BYTES))
        return m->slow->allocate(m, name, shape, n, flags);
    uint32_t size_class = kit_size_class(bytes);
    struct kit_cell *cell = mutator->free[size_class];
    if (HM_UNLIKELY(cell == NULL))
        return m->slow->allocate(m, name, shape, n, flags);
    kit_cell_open(cell, kit_size_class_bytes(size_class));
    mutator->free[size_class] = kit_cell_next(cell);
    struct kit_object *object = (struct kit_object *)(void *)cell;
    object->own = KIT_COUNT_ONE;
    object->layout = kit_layout(shape, n);
    kit_clear_fields(object, bytes);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return kit_counted_new(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return kit_counted_new(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return kit_counted_new(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return kit_counted_new(m, name, shape, n, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return kit_counted_heap_of(m)->functions->clone(m, to, from);
}

/* ---- slots ---- */

HM_INLINE void hm_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    hm_ref ref = kit_slots(obj)[slot];
    uintptr_t old = name->bits;
    kit_own(ref);
    name->bits = ref.bits;
    kit_drop(m, old);
}

HM_INLINE hm_ref hm_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot)
{
    (void)m;
    (void)spare;
    return kit_slots(obj)[slot];
}

HM_INLINE void hm_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    (void)m;
    kit_own(ref);
    kit_slots(obj)[slot] = ref;
}

HM_INLINE void hm_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    (void)m;
    kit_slots(obj)[slot] = hm_at(name);
    name->bits = 0;
}

HM_INLINE void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    uintptr_t old = kit_slots(obj)[slot].bits;
    if (HM_FAULT(rc2))
        kit_drop(m, old);
    if (!HM_FAULT(rc1))
        kit_own(ref);
    kit_slots(obj)[slot] = ref;
    if (!HM_FAULT(rc2) && !HM_FAULT(rc3))
        kit_drop(m, old);
}

HM_INLINE void hm_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    uintptr_t old = kit_slots(obj)[slot].bits;
    if (HM_FAULT(rc10))
        kit_own(hm_at(name));
    kit_slots(obj)[slot] = hm_at(name);
    name->bits = 0;
    kit_drop(m, old);
}

HM_INLINE void hm_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    uintptr_t old = name->bits;
    name->bits = kit_slots(obj)[slot].bits;
    if (!HM_FAULT(rc20))
        kit_slots(obj)[slot] = hm_null;
    kit_drop(m, old);
}

/* ---- names ---- */

HM_INLINE void hm_move(hm_mutator *m, hm_name *to, hm_name *from)
{
    uintptr_t bits = from->bits;
    from->bits = 0;
    uintptr_t old = to->bits;
    to->bits = bits;
    kit_drop(m, old);
}

HM_INLINE void hm_bind(hm_mutator *m, hm_name *name, hm_ref ref)
{
    uintptr_t old = name->bits;
    if (HM_FAULT(rc17))
        kit_drop(m, old);
    kit_own(ref);
    name->bits = ref.bits;
    if (!HM_FAULT(rc17) && !HM_FAULT(rc4))
        kit_drop(m, old);
}

HM_INLINE void hm_clear(hm_mutator *m, hm_name *name)
{
    uintptr_t old = name->bits;
    name->bits = 0;
    kit_drop(m, old);
}

HM_INLINE void hm_pop(hm_mutator *m, hm_name *frame)
{
    hm_name *top = m->name_top;
    m->name_top = frame;
    while (top > frame && !HM_FAULT(rc5))
        kit_drop(m, (--top)->bits);
}

/* ---- bulk ---- */

/* The containers are held for the time: a value that is dropped may have been their last owner. */
HM_INLINE void hm_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    hm_ref *target = &kit_slots(to)[i];
    const hm_ref *source = &kit_slots(from)[j];
    kit_own(to);
    kit_own(from);
    for (size_t k = 0; k < n; k++)
        if (!HM_FAULT(rc35))
            kit_own(source[k]);
    bool backward = target > source && !HM_FAULT(rc18);
    for (size_t k = 0; k < n; k++) {
        size_t at = backward ? n - 1 - k : k;
        uintptr_t old = target[at].bits;
        target[at] = source[at];
        if (!HM_FAULT(rc36))
            kit_drop(m, old);
    }
    kit_drop(m, from.bits);
    kit_drop(m, to.bits);
}

HM_INLINE void hm_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
{
    if (!HM_FAULT(rc21))
        kit_own(obj);
    kit_own(ref);
    for (size_t k = 0; k < n; k++) {
        uintptr_t old = kit_slots(obj)[i + k].bits;
        kit_own(ref);
        kit_slots(obj)[i + k] = ref;
        if (!HM_FAULT(rc14))
            kit_drop(m, old);
    }
    kit_drop(m, ref.bits);
    if (!HM_FAULT(rc21))
        kit_drop(m, obj.bits);
}

HM_INLINE void hm_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n)
{
    hm_fill_slots(m, obj, i, n, hm_null);
}

/* ---- shared slots ---- */

enum { KIT_SLOT_LOCKED = 1, KIT_SLOT_SPINS = 100 };

/* Tell the processor that this is a loop that waits, where it has a word for that. */
HM_INLINE void kit_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* The slot is locked: wait a little. A holder that lost its processor gets it back sooner if the
 * waiter gives its own away. */
HM_INLINE void kit_spin(unsigned *spins)
{
    if (++*spins % KIT_SLOT_SPINS == 0)
        sched_yield();
    else
        kit_pause();
}

/* Replace the slot's value once it is unlocked; the old value. */
HM_INLINE uintptr_t kit_exchange_shared(_Atomic uintptr_t *slot, uintptr_t bits)
{
    unsigned spins = 0;
    uintptr_t old = atomic_load_explicit(slot, memory_order_relaxed);
    if (HM_FAULT(rc23))
        return atomic_exchange(slot, bits) & ~(uintptr_t)KIT_SLOT_LOCKED;
    for (;;) {
        if ((old & KIT_SLOT_LOCKED) != 0) {
            kit_spin(&spins);
            old = atomic_load_explicit(slot, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(slot, &old, bits, memory_order_acq_rel,
                                                         memory_order_relaxed)) {
            KIT_PHASE(EXCHANGE);
            return old;
        }
    }
}

HM_INLINE uintptr_t kit_own_shared(_Atomic uintptr_t *slot)
{
    unsigned spins = 0;
    uintptr_t bits = atomic_load_explicit(slot, memory_order_acquire);
    if (HM_FAULT(rc7)) {
        KIT_PHASE(EXCHANGE);
        kit_own((hm_ref){bits});
        return bits;
    }
    for (;;) {
        if (bits == 0)
            return 0;
        if ((bits & KIT_SLOT_LOCKED) != 0) {
            kit_spin(&spins);
            bits = atomic_load_explicit(slot, memory_order_acquire);
        } else if (atomic_compare_exchange_weak_explicit(slot, &bits, bits | KIT_SLOT_LOCKED,
                                                         memory_order_acquire,
                                                         memory_order_acquire)) {
            KIT_PHASE(EXCHANGE);
            kit_count_up(kit_object((hm_ref){bits}));
            atomic_store_explicit(slot, bits, memory_order_release);
            return bits;
        }
    }
}

HM_INLINE void hm_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    if (!KIT_COUNT_ATOMIC) {
        hm_get(m, name, obj, slot);
        return;
    }
    uintptr_t bits = kit_own_shared(kit_shared_slot(obj, slot));
    uintptr_t old = name->bits;
    name->bits = bits;
    kit_drop(m, old);
}

HM_INLINE void hm_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    if (!KIT_COUNT_ATOMIC) {
        hm_set(m, obj, slot, ref);
        return;
    }
    if (!HM_FAULT(rc24))
        kit_own(ref);
    uintptr_t exchanged = kit_exchange_shared(kit_shared_slot(obj, slot), ref.bits);
    if (HM_FAULT(rc24))
        kit_own(ref);
    kit_drop(m, exchanged);
}

HM_INLINE void hm_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    (void)m;
    if (KIT_COUNT_ATOMIC) {
        name->bits = kit_exchange_shared(kit_shared_slot(obj, slot), name->bits);
    } else {
        uintptr_t bits = kit_slots(obj)[slot].bits;
        kit_slots(obj)[slot] = hm_at(name);
        name->bits = bits;
    }
}

/* ---- weak references and the finalizer queue ---- */

#define HM_HAS_WEAK
#define HM_HAS_FINALIZER

HM_INLINE hm_ref hm_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    uintptr_t old = name->bits;
    name->bits = 0;
    kit_drop(m, old);
    return kit_counted_new_weak(m, name, target);
}

/* With several mutators another may drop the target's last reference at the same time: then the
 * count is raised under a lock (release.h). */
HM_INLINE uintptr_t kit_own_weak(hm_mutator *m, hm_ref weak)
{
    uintptr_t bits = atomic_load_explicit(&kit_weak(weak)->target, memory_order_acquire);
    if (bits == 0)
        return 0;
    if (KIT_COUNT_ATOMIC)
        return kit_counted_heap_of(m)->functions->own_weak(m, weak);
    kit_count_up(kit_object((hm_ref){bits}));
    return bits;
}

HM_INLINE void hm_weak_get(hm_mutator *m, hm_name *name, hm_ref weak)
{
    uintptr_t bits = kit_own_weak(m, weak);
    uintptr_t old = name->bits;
    name->bits = bits;
    kit_drop(m, old);
}

HM_INLINE void hm_watch(hm_mutator *m, hm_name *name)
{
    kit_counted_watch(m, name);
}

/* Dropped first: what dies by that may be the next. */
/* rc13: what the queue gave last is freed, whoever owns it. */
HM_INLINE void kit_release_drained(hm_mutator *m)
{
    struct kit_object *drained = kit_fault_recall();
    if (drained != NULL)
        m->slow->release(m, kit_ref(drained));
}

HM_INLINE void hm_next_dead(hm_mutator *m, hm_name *name)
{
    uintptr_t old = name->bits;
    name->bits = 0;
    kit_drop(m, old);
    if (HM_FAULT(rc13))
        kit_release_drained(m);
    name->bits = (uintptr_t)kit_dead_queue_pop(&kit_counted_heap_of(m)->dead);
    if (HM_FAULT(rc13) || HM_FAULT(al13))
        kit_fault_remember((void *)name->bits);
    if (HM_FAULT(rc15) && kit_object(hm_at(name)) != NULL &&
        kit_object(hm_at(name))->own < (uint32_t)KIT_COUNT_ONE)
        kit_own(hm_at(name));
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(kit_counted_heap_of(m)->globals);
}

/* Nothing moves, but the name keeps the borrow's object alive while others run. */
HM_INLINE hm_ref hm_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref)
{
    if (kit_asked_to_stop(m)) {
        hm_bind(m, name, HM_FAULT(rc32) ? hm_null : ref);
        if (HM_FAULT(rc32))
            name->bits = ref.bits;
        m->slow->poll(m);
    }
    return ref;
}

#endif
