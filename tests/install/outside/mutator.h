/* SPDX-License-Identifier: MIT
 *
 * The operations of `outside`: its own allocation, and the kit's tracing set for all else.
 */
#ifndef OUTSIDE_MUTATOR_H
#define OUTSIDE_MUTATOR_H

#include "heap.h"

#include <kit/tracing.h>

HM_INLINE hm_ref outside_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                             uint32_t flags)
{
    struct outside_mutator *mutator = (struct outside_mutator *)m;
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
    return outside_new(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return outside_new(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return outside_new(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return outside_new(m, name, shape, n, HM_MAY_FAIL);
}

hm_ref outside_clone(hm_mutator *m, hm_name *to, hm_name *from);

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return outside_clone(m, to, from);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(((struct outside_heap *)m->heap)->globals);
}

#endif
