/* SPDX-License-Identifier: MIT
 *
 * Weak objects of counting collectors, and how to find those that refer to an object.
 *
 * A weak object is an ordinary object without slots that holds its target's address, and hangs in a
 * chain with the others whose targets have the same hash. When a target dies, its weak objects are
 * found there and read null from then on; when a weak object dies, it leaves its chain. Both are
 * known by KIT_SIDE_WEAK, so that nobody else looks.
 *
 * Lock: the chains are shared out among stripes by the target's address. A stripe's lock guards its
 * chains; and under it, and nowhere else, the word of a weak object goes from its target to null,
 * and a count is raised by way of a weak object. So a thread that holds it and finds the target
 * still there can look at the target's count: the memory is not given away before the weak objects
 * have been cleared, which takes the lock. It is held for a few instructions and never over a
 * safepoint: while the world is stopped nobody has one.
 */
#ifndef HEAPMARK_KIT_WEAK_H
#define HEAPMARK_KIT_WEAK_H

#include <kit/object.h>
#include <kit/pool.h>

struct kit_weak {
    uint32_t own, layout; /* the header, as in every object */
    _Atomic uintptr_t target;
    struct kit_weak *next;
    struct kit_weak **link; /* what points here: the one before, or the bucket */
};

enum {
    KIT_WEAK_BYTES = sizeof(struct kit_weak) + KIT_REDZONE_BYTES,
    /* No shape has this layout: what varies in bytes and has no slots is KIT_BYTES. */
    KIT_WEAK_LAYOUT = KIT_LAYOUT(KIT_TAIL, (sizeof(struct kit_weak) - KIT_HEADER_BYTES) << 8),
    KIT_WEAK_STRIPES = KIT_NARROWED(16, 2),
    KIT_WEAK_LEAST_BUCKETS = KIT_NARROWED(4, 1),
};

struct kit_weak_stripe {
    pthread_mutex_t lock;
    struct kit_weak **buckets;
    size_t bucket_count;                            /* a power of two */
    size_t count;                                   /* weak objects in the chains */
    struct kit_weak *least[KIT_WEAK_LEAST_BUCKETS]; /* the buckets at first */
};

struct kit_weaks {
    struct kit_pool *pool; /* what larger tables are charged to */
    struct kit_weak_stripe stripes[KIT_WEAK_STRIPES];
};

HM_INLINE struct kit_weak *kit_weak(hm_ref ref)
{
    return (struct kit_weak *)ref.bits;
}

HM_INLINE bool kit_is_weak(const struct kit_object *object)
{
    return object->layout == KIT_WEAK_LAYOUT;
}

void kit_weaks_open(struct kit_weaks *weaks, struct kit_pool *pool);
void kit_weaks_close(struct kit_weaks *weaks);

/* Take and leave the lock for weak objects that refer to this address. */
struct kit_weak_stripe *kit_weak_lock(struct kit_weaks *weaks, uintptr_t target);
void kit_weak_unlock(struct kit_weak_stripe *stripe);

/* A new weak object refers to the target. Never fails: a table that cannot grow has longer chains.
 */
void kit_weak_enter(struct kit_weaks *weaks, struct kit_weak *weak, uintptr_t target);

/* The weak object dies. */
void kit_weak_leave(struct kit_weaks *weaks, struct kit_weak *weak);

/* Lock held: the target is dead; every weak object that refers to it reads null from now on. */
void kit_weak_clear(struct kit_weaks *weaks, struct kit_weak_stripe *stripe, uintptr_t target);

#endif
