/* SPDX-License-Identifier: MIT
 *
 * The operations of `none`: allocation bumps a pointer through memory that is fresh from the
 * operating system and therefore zero; everything else is the kit's tracing set.
 */
#ifndef HEAPMARK_NONE_MUTATOR_H
#define HEAPMARK_NONE_MUTATOR_H

#include <none/heap.h>

#include <kit/tracing.h>

/* One add, one compare, one store for the header: the floor of every allocation here. */
HM_INLINE hm_ref none_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                               uint32_t flags)
{
    struct none_mutator *mutator = (struct none_mutator *)m;
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
    return none_allocate(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return none_allocate(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return none_allocate(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return none_allocate(m, name, shape, n, HM_MAY_FAIL);
}

hm_ref none_clone(hm_mutator *m, hm_name *to, hm_name *from);

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return none_clone(m, to, from);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(((struct none_heap *)m->heap)->globals);
}

#endif
