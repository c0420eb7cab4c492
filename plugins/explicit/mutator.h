/* SPDX-License-Identifier: MIT
 *
 * The operations of `explicit`: before an allocation what has died by then is freed; all else is
 * plain loads and stores, the kit's tracing set.
 */
#ifndef HEAPMARK_EXPLICIT_MUTATOR_H
#define HEAPMARK_EXPLICIT_MUTATOR_H

#include <explicit/heap.h>

#include <kit/tracing.h>

/* The order's word is loaded and tested; then it is the allocator's turn. */
HM_INLINE hm_ref explicit_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape,
                                   size_t n, uint32_t flags)
{
    struct explicit_mutator *mutator = (struct explicit_mutator *)m;
    size_t bytes = kit_shape_bytes(shape, n);
    name->bits = 0;
    if (HM_UNLIKELY(n > KIT_MOST) || kit_asked_to_stop(m))
        return m->slow->allocate(m, name, shape, n, flags);
    uint32_t place = *mutator->next;
    while ((place & EXPLICIT_FREE) != 0) {
        if (HM_UNLIKELY(place == EXPLICIT_END))
            return m->slow->allocate(m, name, shape, n, flags);
        mutator->release(mutator->table[place & ~EXPLICIT_FREE]);
        place = *++mutator->next;
    }
    struct kit_object *object = mutator->allocate(bytes);
    if (HM_UNLIKELY(object == NULL))
        return m->slow->allocate(m, name, shape, n, flags);
    mutator->next++;
    mutator->table[place] = object;
    kit_clear_fields(object, bytes);
    object->own = 0;
    object->layout = kit_layout(shape, n);
    explicit_account(mutator, bytes);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return explicit_allocate(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return explicit_allocate(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return explicit_allocate(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return explicit_allocate(m, name, shape, n, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return explicit_clone(m, to, from);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(explicit_heap_of(m)->globals);
}

#endif
