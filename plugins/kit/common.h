/* SPDX-License-Identifier: MIT
 *
 * The operations that every collector over the kit's objects has alike: what neither owns nor
 * drops. Included by tracing.h and counting.h.
 */
#ifndef HEAPMARK_KIT_COMMON_H
#define HEAPMARK_KIT_COMMON_H

#include <kit/names.h>
#include <kit/object.h>

/* A slot as the atomic cell that shared operations see. */
HM_INLINE _Atomic uintptr_t *kit_shared_slot(hm_ref obj, size_t slot)
{
    return (_Atomic uintptr_t *)(void *)&kit_slots(obj)[slot];
}

HM_INLINE bool hm_same(hm_mutator *m, hm_ref a, hm_ref b)
{
    (void)m;
    return a.bits == b.bits;
}

/* A collector whose frames need more defines KIT_OWN_FRAMES, hm_push and hm_pop. */
#ifndef KIT_OWN_FRAMES
HM_INLINE hm_name *hm_push(hm_mutator *m, size_t n)
{
    return kit_push(m, n);
}
#endif

HM_INLINE hm_spare *hm_push_spare(hm_mutator *m, size_t n)
{
    (void)n;
    return kit_no_spares(m);
}

HM_INLINE void hm_pop_spare(hm_mutator *m, hm_spare *frame)
{
    (void)m;
    (void)frame;
}

HM_INLINE uint64_t hm_word(hm_mutator *m, hm_ref obj, size_t word)
{
    (void)m;
    return kit_word(obj, word);
}

HM_INLINE void hm_put_word(hm_mutator *m, hm_ref obj, size_t word, uint64_t value)
{
    (void)m;
    kit_put_word(obj, word, value);
}

HM_INLINE void hm_read(hm_mutator *m, hm_ref obj, size_t offset, void *to, size_t bytes)
{
    (void)m;
    kit_read(obj, offset, to, bytes);
}

HM_INLINE void hm_write(hm_mutator *m, hm_ref obj, size_t offset, const void *from, size_t bytes)
{
    (void)m;
    kit_write(obj, offset, from, bytes);
}

HM_INLINE size_t hm_length(hm_mutator *m, hm_ref obj)
{
    (void)m;
    return kit_length(obj);
}

HM_INLINE bool kit_asked_to_stop(hm_mutator *m)
{
    return HM_UNLIKELY(atomic_load_explicit(&m->poll, memory_order_relaxed) != 0);
}

HM_INLINE void hm_poll(hm_mutator *m)
{
    if (kit_asked_to_stop(m))
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

#endif
