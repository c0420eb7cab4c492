/* SPDX-License-Identifier: MIT
 *
 * Weak objects and ephemerons of collectors that trace over the kit's objects.
 *
 * To everything else in a heap they are objects without slots, so marking and copying pay nothing
 * for them. Their layouts are ones that no shape has: some slots and a payload, but of slots none.
 * Each kind is a list through the objects themselves, from birth until it is found dead, for
 * traced.h to walk at the end of a marking: so there is no table of them that could be full.
 */
#ifndef HEAPMARK_KIT_TRACED_OBJECTS_H
#define HEAPMARK_KIT_TRACED_OBJECTS_H

#include <kit/object.h>

struct kit_traced_weak {
    uint32_t own;
    uint32_t layout;
    hm_ref target; /* null: gone */
    hm_ref next;   /* the list's */
};

struct kit_ephemeron {
    uint32_t own;
    uint32_t layout;
    hm_ref key; /* null: gone, and so is the value */
    hm_ref value;
    hm_ref next; /* the list's */
    /* While a collection waits for the key, see traced.c. */
    hm_ref child[2];
    hm_ref same;
};

enum {
    KIT_TRACED_WEAK_LAYOUT =
        KIT_LAYOUT(KIT_TAIL, (sizeof(struct kit_traced_weak) - KIT_HEADER_BYTES) << 8),
    KIT_EPHEMERON_LAYOUT =
        KIT_LAYOUT(KIT_TAIL, (sizeof(struct kit_ephemeron) - KIT_HEADER_BYTES) << 8),
    /* What they take. */
    KIT_TRACED_WEAK_BYTES = sizeof(struct kit_traced_weak) + KIT_REDZONE_BYTES,
    KIT_EPHEMERON_BYTES = sizeof(struct kit_ephemeron) + KIT_REDZONE_BYTES,
};

HM_INLINE struct kit_traced_weak *kit_traced_weak(hm_ref ref)
{
    return (struct kit_traced_weak *)ref.bits;
}

HM_INLINE struct kit_ephemeron *kit_ephemeron(hm_ref ref)
{
    return (struct kit_ephemeron *)ref.bits;
}

#endif
