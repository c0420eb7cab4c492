/* SPDX-License-Identifier: MIT
 *
 * The operations of `generational`: the kit's tracing set with a write barrier at each store into a
 * slot, out of line. hm_init has none: what is born old is remembered from birth.
 */
#ifndef HEAPMARK_TESTS_GENERATIONAL_H
#define HEAPMARK_TESTS_GENERATIONAL_H

#define hm_set generational_plain_set
#define hm_give generational_plain_give
#define hm_copy_slots generational_plain_copy
#define hm_fill_slots generational_plain_fill
#define hm_set_shared generational_plain_set_shared
#define hm_swap_shared generational_plain_swap_shared
#include <kit/tracing.h>
#undef hm_set
#undef hm_give
#undef hm_copy_slots
#undef hm_fill_slots
#undef hm_set_shared
#undef hm_swap_shared

/* `obj` is about to hold `value`; several slots from another object. No safepoint comes between
 * the barrier and the store. */
void generational_store(hm_mutator *m, hm_ref obj, hm_ref value);
void generational_store_many(hm_mutator *m, hm_ref obj);
hm_ref generational_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                        uint32_t flags);
hm_ref generational_clone(hm_mutator *m, hm_name *to, hm_name *from);
hm_ref generational_globals(hm_mutator *m);

HM_INLINE void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    generational_store(m, obj, ref);
    generational_plain_set(m, obj, slot, ref);
}

HM_INLINE void hm_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    generational_store(m, obj, hm_at(name));
    generational_plain_give(m, obj, slot, name);
}

HM_INLINE void hm_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    generational_store_many(m, to);
    generational_plain_copy(m, to, i, from, j, n);
}

HM_INLINE void hm_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
{
    generational_store(m, obj, ref);
    generational_plain_fill(m, obj, i, n, ref);
}

HM_INLINE void hm_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    generational_store(m, obj, ref);
    generational_plain_set_shared(m, obj, slot, ref);
}

HM_INLINE void hm_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    generational_store(m, obj, hm_at(name));
    generational_plain_swap_shared(m, obj, slot, name);
}

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return generational_new(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return generational_new(m, name, shape, n, 0);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return generational_new(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return generational_new(m, name, shape, n, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return generational_clone(m, to, from);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return generational_globals(m);
}

#endif
