/* SPDX-License-Identifier: MIT
 *
 * The operations of `bdwgc`: allocation takes from the mutator's list of that size, as inlined
 * allocation does in bdwgc's own gc_inline.h; everything else is the kit's tracing set.
 */
#ifndef HEAPMARK_BDWGC_MUTATOR_H
#define HEAPMARK_BDWGC_MUTATOR_H

#include <bdwgc/heap.h>

#define KIT_OWN_FRAMES
#include <kit/tracing.h>
#include <stdatomic.h>

/* Bdwgc stops a thread by a signal, at any instruction, and reads its names up to name_top. So what
 * is done to names must stay between push and pop in the machine's code too, where the compiler
 * could leave out both stores to name_top, or move them past those to names. */
HM_INLINE hm_name *hm_push(hm_mutator *m, size_t n)
{
    hm_name *frame = kit_push(m, n);
    atomic_signal_fence(memory_order_seq_cst);
    return frame;
}

HM_INLINE void hm_pop(hm_mutator *m, hm_name *frame)
{
    atomic_signal_fence(memory_order_seq_cst);
    m->name_top = frame;
}

HM_INLINE bool bdwgc_has_slots(const struct hm_shape *shape)
{
    return shape->vary == HM_VARY_SLOTS || shape->slots > 0;
}

/* Take the first object off a list. Until a name owns it, the thread's registers and stack hold its
 * address, and bdwgc looks there. The list must not begin with it any more when its link is
 * overwritten: bdwgc_push_lists follows links. The link is read as bytes, as the header has another
 * type.
 */
HM_INLINE struct kit_object *bdwgc_unlink(void **list)
{
    struct kit_object *object = *list;
    memcpy(list, object, sizeof *list);
    atomic_signal_fence(memory_order_seq_cst);
    return object;
}

HM_INLINE hm_ref bdwgc_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape,
                                size_t n, uint32_t flags)
{
    struct bdwgc_mutator *mutator = (struct bdwgc_mutator *)m;
    size_t bytes = kit_shape_bytes(shape, n);
    size_t granules = (bytes + BDWGC_GRANULE_BYTES - 1) / BDWGC_GRANULE_BYTES;
    bool has_slots = bdwgc_has_slots(shape);
    name->bits = 0;
    if (HM_UNLIKELY(granules > BDWGC_LISTED_GRANULES))
        return m->slow->allocate(m, name, shape, n, flags);
    void **list = has_slots ? &mutator->scanned[granules] : &mutator->plain[granules];
    if (HM_UNLIKELY(*list == NULL))
        return m->slow->allocate(m, name, shape, n, flags);
    struct kit_object *object = bdwgc_unlink(list);
    if (!has_slots)
        memset(object->fields, 0, bytes - KIT_HEADER_BYTES);
    object->own = 0;
    object->layout = kit_layout(shape, n);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return bdwgc_allocate(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return bdwgc_allocate(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return bdwgc_allocate(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return bdwgc_allocate(m, name, shape, n, HM_MAY_FAIL);
}

hm_ref bdwgc_clone(hm_mutator *m, hm_name *to, hm_name *from);

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return bdwgc_clone(m, to, from);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(((struct bdwgc_heap *)m->heap)->globals);
}

#endif
