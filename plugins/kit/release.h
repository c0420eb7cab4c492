/* SPDX-License-Identifier: MIT
 *
 * Releasing what lost its last reference, and cloning: the out-of-line part of counting.h, compiled
 * once for each set of counts.
 *
 * Release without recursion and without memory of its own: while a dead container's child is
 * released, the container hangs in a list by its slot 0, whose child was taken out first, and its
 * own word says which slot comes next. Invariant: everything in the list is dead, owned by this
 * release alone, and has given up the slots below that one. A chain of any length needs a few
 * words, and what holds its next link in its last slot is freed before that is followed.
 */
#ifndef HEAPMARK_KIT_RELEASE_H
#define HEAPMARK_KIT_RELEASE_H

#include <kit/counting.h>
#include <kit/narrow.h>

enum {
    KIT_RELEASE_CLOCK_OBJECTS = KIT_NARROWED(64, 2)
}; /* shorter cascades are over before a clock is read */

struct kit_release {
    struct kit_cell_owner *owner;
    struct kit_object *hung; /* dead containers, linked by slot 0 */
    uint64_t objects, bytes;
    uint64_t start_ns;
};

HM_INLINE void kit_release_free(hm_mutator *m, struct kit_release *release,
                                struct kit_object *object)
{
    bool drained = (HM_FAULT(rc13) || HM_FAULT(al13)) && kit_fault_forget(object);
    if (HM_FAULT(al13) && drained)
        kit_dead_queue_watch(&kit_counted_heap_of(m)->dead, object);
    release->bytes += kit_cell_free(release->owner, object);
    if (HM_UNLIKELY(++release->objects == KIT_RELEASE_CLOCK_OBJECTS))
        release->start_ns = kit_work_begins(m->heap->host, m->log);
}

/* ---- what weak references refer to, and what is watched ---- */

/* The object lost its last reference: is it dead, and to be freed? Inline, a count that was found
 * to be one is not lowered; meanwhile another mutator may have raised it by way of a weak
 * reference. Under the lock it is settled: a count of zero stays zero, and any other includes the
 * reference that is dropped here. */
static HM_COLD bool kit_release_dies(hm_mutator *m, struct kit_object *object)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    if (KIT_COUNT_ATOMIC && (kit_side_bits(object) & KIT_SIDE_WEAK) != 0) {
        struct kit_weak_stripe *stripe = kit_weak_lock(&heap->weaks, (uintptr_t)object);
        bool last = atomic_load_explicit(kit_own_word(object), memory_order_acquire) <
                        (uint32_t)KIT_COUNT_ONE ||
                    kit_count_down(m, object);
        if (last)
            kit_weak_clear(&heap->weaks, stripe, (uintptr_t)object);
        kit_weak_unlock(stripe);
        KIT_PHASE(WEAK_CLEARED);
        if (!last)
            return false;
    }
    return kit_counted_bury(heap, object);
}

/* All that an object in a block without a table pays: more code here would cost the cascade's loops
 * their registers. */
HM_INLINE bool kit_release_spares(hm_mutator *m, struct kit_object *object)
{
    return HM_UNLIKELY(kit_has_side(object)) && !kit_release_dies(m, object);
}

/* Never from zero: such an object is dead, and whoever dropped it waits for the lock. */
static bool kit_count_up_from_one(struct kit_object *object)
{
    uint32_t own = atomic_load_explicit(kit_own_word(object), memory_order_relaxed);
    while (own >= (uint32_t)KIT_COUNT_ONE)
        if (atomic_compare_exchange_weak_explicit(kit_own_word(object), &own, own + KIT_COUNT_ONE,
                                                  memory_order_acquire, memory_order_relaxed))
            return true;
    return false;
}

static uintptr_t kit_counted_own_weak(hm_mutator *m, hm_ref ref)
{
    struct kit_weaks *weaks = &kit_counted_heap_of(m)->weaks;
    const struct kit_weak *weak = kit_weak(ref);
    uintptr_t target = atomic_load_explicit(&weak->target, memory_order_acquire);
    if (target == 0)
        return 0;
    KIT_PHASE(EXCHANGE);
    struct kit_weak_stripe *stripe = kit_weak_lock(weaks, target);
    if (atomic_load_explicit(&weak->target, memory_order_relaxed) != target ||
        !kit_count_up_from_one(kit_object((hm_ref){target})))
        target = 0;
    kit_weak_unlock(stripe);
    return target;
}

/* ---- the cascade ---- */

/* Drop the slots of a dead object from `from` on, up to one that was the last owner of a container:
 * that container, which is dead now, with *at its slot. Null: all are dropped. */
HM_INLINE struct kit_object *kit_release_slots(hm_mutator *m, struct kit_release *release,
                                               hm_ref *slots, size_t from, size_t count, size_t *at)
{
    for (size_t i = from; i < count; i++) {
        struct kit_object *child = kit_object(slots[i]);
        if (child == NULL || HM_FAULT(rc11) || !kit_count_down(m, child) ||
            kit_release_spares(m, child))
            continue;
        if ((child->layout & 3) != KIT_BYTES) {
            *at = i;
            return child;
        }
        kit_release_free(m, release, child);
    }
    return NULL;
}

/* rc9: a stack frame for each container of a chain. */
static void kit_release_recursively(hm_mutator *m, struct kit_release *release,
                                    struct kit_object *object)
{
    size_t count = kit_layout_slots(object->layout);
    const hm_ref *slots = kit_slots(kit_ref(object));
    for (size_t i = 0; i < count; i++)
        if (!hm_is_null(slots[i]) && kit_count_down(m, kit_object(slots[i])) &&
            !kit_release_spares(m, kit_object(slots[i])))
            kit_release_recursively(m, release, kit_object(slots[i]));
    kit_release_free(m, release, object);
}

/* Hang a dead container until its child is released; what begins at slot `from` is to be dropped
 * then. */
HM_INLINE void kit_release_hang(struct kit_release *release, struct kit_object *object, size_t from)
{
    kit_slots(kit_ref(object))[0] = kit_ref(release->hung);
    object->own = HM_FAULT(rc31) ? (uint16_t)from : (uint32_t)from;
    release->hung = object;
}

/* rc12: so many are hung that no more may be. */
HM_INLINE bool kit_release_is_full(const struct kit_release *release)
{
    uint32_t hung = 0;
    const struct kit_object *object = release->hung;
    for (; object != NULL && hung < KIT_FAULT_ROOM; hung++)
        object = kit_object(kit_slots(kit_ref(object))[0]);
    return hung == KIT_FAULT_ROOM;
}

static void kit_release(hm_mutator *m, hm_ref dead)
{
    struct kit_release release = {.owner = ((struct kit_cell_mutator *)m)->owner};
    struct kit_object *object = kit_object(dead);
    size_t from = 0;
    KIT_PHASE(RELEASE_BEGUN);
    if (kit_release_spares(m, object))
        return;
    if (HM_FAULT(rc9)) {
        kit_release_recursively(m, &release, object);
        kit_counted_released(m, release.objects, release.bytes, release.start_ns);
        return;
    }
    for (;;) {
        size_t count = kit_layout_slots(object->layout), at = 0;
        hm_ref *slots = kit_slots(kit_ref(object));
        struct kit_object *child = kit_release_slots(m, &release, slots, from, count, &at);
        bool lost = HM_FAULT(rc12) && kit_release_is_full(&release);
        if (child != NULL && at + 1 + HM_FAULT(rc30) < count && !lost)
            kit_release_hang(&release, object, at + 1);
        else
            kit_release_free(m, &release, object);
        object = child;
        from = 0;
        if (child != NULL)
            continue;
        object = release.hung;
        if (object == NULL)
            break;
        release.hung = kit_object(kit_slots(kit_ref(object))[0]);
        from = object->own;
    }
    kit_counted_released(m, release.objects, release.bytes, release.start_ns);
}

/* The original may be all that `from` owns, and `to` may be `from`: the copy is made first. */
static hm_ref kit_counted_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    uint32_t layout = kit_object(hm_at(from))->layout;
    size_t bytes = kit_layout_bytes(layout);
    if (kit_asked_to_stop(m))
        m->slow->poll(m);
    struct kit_object *copy = kit_counted_take(m, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    copy->own = KIT_COUNT_ONE;
    copy->layout = layout;
    memcpy(copy->fields, kit_object(hm_at(from))->fields, bytes - KIT_HEADER_BYTES);
    size_t count = kit_layout_slots(layout);
    for (size_t i = 0; i < count && !HM_FAULT(rc19); i++)
        kit_own(kit_slots(kit_ref(copy))[i]);
    uintptr_t old = to->bits;
    to->bits = (uintptr_t)copy;
    kit_drop(m, old);
    return kit_ref(copy);
}

static const struct hm_slow kit_counted_slow = {
    .size = sizeof kit_counted_slow,
    .allocate = kit_counted_allocate,
    .poll = kit_counted_poll,
    .block = kit_counted_block,
    .unblock = kit_counted_unblock,
    .release = kit_release,
};

#endif
