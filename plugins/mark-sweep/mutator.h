/* SPDX-License-Identifier: MIT
 *
 * The operations of `mark-sweep`: allocation pops a free list; all else is the kit's tracing set.
 */
#ifndef HEAPMARK_MARK_SWEEP_MUTATOR_H
#define HEAPMARK_MARK_SWEEP_MUTATOR_H

#include <mark-sweep/heap.h>
#include <mark-sweep/weak.h>

#include <kit/traced_operations.h>
#include <kit/tracing.h>

/* Pop the free list of the size class (a constant for a fixed shape), write the header, clear the
 * fields. */
HM_INLINE hm_ref ms_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                             uint32_t flags)
{
    struct kit_counted_mutator *mutator = (struct kit_counted_mutator *)m;
    size_t bytes = kit_shape_bytes(shape, n);
    name->bits = 0;
    if (HM_UNLIKELY(bytes > KIT_CELL_MOST_BYTES))
        return m->slow->allocate(m, name, shape, n, flags);
    uint32_t size_class = kit_size_class(bytes);
    struct kit_cell *cell = mutator->cells.free[size_class];
    if (HM_UNLIKELY(cell == NULL))
        return m->slow->allocate(m, name, shape, n, flags);
    kit_cell_open(cell, kit_size_class_bytes(size_class));
    mutator->cells.free[size_class] = kit_cell_next(cell);
    struct kit_object *object = (struct kit_object *)(void *)cell;
    object->own = mutator->mark_word;
    object->layout = kit_layout(shape, n);
    kit_clear_fields(object, bytes);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return ms_allocate(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return ms_allocate(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return ms_allocate(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return ms_allocate(m, name, shape, n, HM_MAY_FAIL);
}

hm_ref ms_clone(hm_mutator *m, hm_name *to, hm_name *from);

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return ms_clone(m, to, from);
}

HM_INLINE hm_ref hm_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    return ms_new_weak(m, name, target);
}

HM_INLINE hm_ref hm_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
{
    return ms_new_ephemeron(m, name, key, value);
}

HM_INLINE void hm_watch(hm_mutator *m, hm_name *name)
{
    ms_watch(m, name);
}

HM_INLINE void hm_next_dead(hm_mutator *m, hm_name *name)
{
    ms_next_dead(m, name);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(kit_counted_heap_of(m)->globals);
}

#endif
