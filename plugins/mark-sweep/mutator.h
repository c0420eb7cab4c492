/* SPDX-License-Identifier: MIT
 *
 * The operations of `mark-sweep`: allocation bumps a pointer through a run of free cells of the
 * object's class, which were cleared when the mutator got them; everything else is the kit's
 * tracing set.
 */
#ifndef HEAPMARK_MARK_SWEEP_MUTATOR_H
#define HEAPMARK_MARK_SWEEP_MUTATOR_H

#include <mark-sweep/heap.h>

#include <kit/tracing.h>

/* One compare, one add, one store for the header; the class folds for a fixed shape. */
HM_INLINE hm_ref ms_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                             uint32_t flags)
{
    size_t bytes = kit_shape_bytes(shape, n);
    name->bits = 0;
    if (HM_LIKELY(bytes <= MS_RUN_MOST_BYTES)) {
        uint32_t size_class = kit_size_class(bytes);
        struct ms_run *run = &((struct ms_mutator *)m)->runs[size_class];
        struct kit_object *object = (struct kit_object *)(void *)run->free;
        if (HM_LIKELY(run->free != run->limit)) {
            run->free += kit_size_class_bytes(size_class);
            object->layout = kit_layout(shape, n);
            name->bits = (uintptr_t)object;
            return kit_ref(object);
        }
    }
    return m->slow->allocate(m, name, shape, n, flags);
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

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return kit_ref(((struct ms_heap *)m->heap)->globals);
}

#endif
