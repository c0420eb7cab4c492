/* SPDX-License-Identifier: MIT
 *
 * The operations of `semispace`: allocation bumps a pointer through a buffer of the mutator's own
 * that was cleared when it was handed out; everything else is the kit's tracing set.
 */
#ifndef HEAPMARK_SEMISPACE_MUTATOR_H
#define HEAPMARK_SEMISPACE_MUTATOR_H

#include <semispace/heap.h>
#include <semispace/weak.h>

#include <kit/traced_operations.h>
#include <kit/tracing.h>

/* One add, one compare, one store for the header. */
HM_INLINE hm_ref semispace_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape,
                                    size_t n, uint32_t flags)
{
    struct semispace_mutator *mutator = (struct semispace_mutator *)m;
    size_t bytes = kit_shape_bytes(shape, n);
    name->bits = 0;
    if (HM_UNLIKELY((size_t)(mutator->limit - mutator->free) < bytes))
        return m->slow->allocate(m, name, shape, n, flags);
    struct kit_object *object = (struct kit_object *)(void *)mutator->free;
    mutator->free += bytes;
    object->layout = kit_layout(shape, n);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return semispace_allocate(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return semispace_allocate(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return semispace_allocate(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return semispace_allocate(m, name, shape, n, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return semispace_clone(m, to, from);
}

HM_INLINE hm_ref hm_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    return semispace_new_weak(m, name, target);
}

HM_INLINE hm_ref hm_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
{
    return semispace_new_ephemeron(m, name, key, value);
}

HM_INLINE void hm_watch(hm_mutator *m, hm_name *name)
{
    semispace_watch(m, name);
}

HM_INLINE void hm_next_dead(hm_mutator *m, hm_name *name)
{
    semispace_next_dead(m, name);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(((struct semispace_heap *)m->heap)->globals);
}

#endif
