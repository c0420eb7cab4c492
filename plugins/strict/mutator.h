/* SPDX-License-Identifier: MIT
 *
 * The operations of `strict`: calls, all of them. What has a slow path in the contract goes
 * through it, so that the harness sees it.
 */
#ifndef HEAPMARK_STRICT_MUTATOR_H
#define HEAPMARK_STRICT_MUTATOR_H

#include <strict/heap.h>

#define HM_HAS_WEAK
#define HM_HAS_EPHEMERON
#define HM_HAS_FINALIZER

HM_INLINE hm_ref hm_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return m->slow->allocate(m, name, shape, 0, 0);
}

HM_INLINE hm_ref hm_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return m->slow->allocate(m, name, shape, n, STRICT_WITH_N);
}

HM_INLINE hm_ref hm_try_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    return m->slow->allocate(m, name, shape, 0, HM_MAY_FAIL);
}

HM_INLINE hm_ref hm_try_new_n(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    return m->slow->allocate(m, name, shape, n, HM_MAY_FAIL | STRICT_WITH_N);
}

HM_INLINE void hm_poll(hm_mutator *m)
{
    m->slow->poll(m);
}

HM_INLINE void hm_block(hm_mutator *m)
{
    m->slow->block(m);
}

HM_INLINE void hm_unblock(hm_mutator *m)
{
    m->slow->unblock(m);
}

HM_INLINE void hm_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    strict_get(m, name, obj, slot);
}

HM_INLINE hm_ref hm_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    return strict_clone(m, to, from);
}

HM_INLINE hm_ref hm_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot)
{
    return strict_peek(m, spare, obj, slot);
}

HM_INLINE void hm_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    strict_init(m, obj, slot, ref);
}

HM_INLINE void hm_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    strict_init_give(m, obj, slot, name);
}

HM_INLINE void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    strict_set(m, obj, slot, ref);
}

HM_INLINE void hm_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    strict_give(m, obj, slot, name);
}

HM_INLINE void hm_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    strict_take(m, name, obj, slot);
}

HM_INLINE void hm_move(hm_mutator *m, hm_name *to, hm_name *from)
{
    strict_move(m, to, from);
}

HM_INLINE void hm_bind(hm_mutator *m, hm_name *name, hm_ref ref)
{
    strict_bind(m, name, ref);
}

HM_INLINE void hm_clear(hm_mutator *m, hm_name *name)
{
    strict_clear(m, name);
}

HM_INLINE bool hm_same(hm_mutator *m, hm_ref a, hm_ref b)
{
    return strict_same(m, a, b);
}

HM_INLINE hm_name *hm_push(hm_mutator *m, size_t n)
{
    return strict_push(m, n);
}

HM_INLINE void hm_pop(hm_mutator *m, hm_name *frame)
{
    strict_pop(m, frame);
}

HM_INLINE hm_spare *hm_push_spare(hm_mutator *m, size_t n)
{
    return strict_push_spare(m, n);
}

HM_INLINE void hm_pop_spare(hm_mutator *m, hm_spare *frame)
{
    strict_pop_spare(m, frame);
}

HM_INLINE void hm_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    strict_copy_slots(m, to, i, from, j, n);
}

HM_INLINE void hm_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n)
{
    strict_clear_slots(m, obj, i, n);
}

HM_INLINE void hm_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
{
    strict_fill_slots(m, obj, i, n, ref);
}

HM_INLINE void hm_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    strict_get_shared(m, name, obj, slot);
}

HM_INLINE void hm_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    strict_set_shared(m, obj, slot, ref);
}

HM_INLINE void hm_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    strict_swap_shared(m, obj, slot, name);
}

HM_INLINE hm_ref hm_globals(hm_mutator *m)
{
    return strict_globals(m);
}

HM_INLINE uint64_t hm_word(hm_mutator *m, hm_ref obj, size_t word)
{
    return strict_word(m, obj, word);
}

HM_INLINE void hm_put_word(hm_mutator *m, hm_ref obj, size_t word, uint64_t value)
{
    strict_put_word(m, obj, word, value);
}

HM_INLINE void hm_read(hm_mutator *m, hm_ref obj, size_t offset, void *to, size_t bytes)
{
    strict_read(m, obj, offset, to, bytes);
}

HM_INLINE void hm_write(hm_mutator *m, hm_ref obj, size_t offset, const void *from, size_t bytes)
{
    strict_write(m, obj, offset, from, bytes);
}

HM_INLINE size_t hm_length(hm_mutator *m, hm_ref obj)
{
    return strict_length(m, obj);
}

HM_INLINE hm_ref hm_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref)
{
    return strict_poll_keep(m, name, ref);
}

HM_INLINE hm_ref hm_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    return strict_new_weak(m, name, target);
}

HM_INLINE void hm_weak_get(hm_mutator *m, hm_name *name, hm_ref weak)
{
    strict_weak_get(m, name, weak);
}

HM_INLINE hm_ref hm_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
{
    return strict_new_ephemeron(m, name, key, value);
}

HM_INLINE void hm_ephemeron_get(hm_mutator *m, hm_name *name, hm_ref ephemeron)
{
    strict_ephemeron_get(m, name, ephemeron);
}

HM_INLINE void hm_watch(hm_mutator *m, hm_name *name)
{
    strict_watch(m, name);
}

HM_INLINE void hm_next_dead(hm_mutator *m, hm_name *name)
{
    strict_next_dead(m, name);
}

#endif
