/* SPDX-License-Identifier: MIT
 *
 * Watched objects, and the queue of those that were found dead: a record of two words each, in one
 * of two lists. An object that dies takes its record along from one list to the other, so that a
 * collection needs no memory for it.
 *
 * Records come from chunks of 64 KiB that the collector gives, and that count as held. The first
 * few lie in the struct itself. When so few are left a watch makes its mutator's next poll slow,
 * and there the collector makes room (kit_watch_make_room), by a collection if need be: a mutator
 * that polls runs out of records only when memory is out.
 *
 * Lock: `lock` guards all, and is held for a few instructions and the taking of a chunk, never over
 * a safepoint. While the world is stopped nobody holds it.
 */
#ifndef HEAPMARK_KIT_WATCH_H
#define HEAPMARK_KIT_WATCH_H

#include <pthread.h>

#include <heapmark/operations.h>
#include <kit/pool.h>

enum { KIT_WATCH_CHUNK_BYTES = KIT_BLOCK_BYTES, KIT_WATCH_FEW = KIT_NARROWED(256, 16) };

struct kit_watch_record {
    hm_name object; /* owns it once it is in the queue */
    struct kit_watch_record *next;
};

/* The head of a chunk; its records follow. */
struct kit_watch_chunk {
    struct kit_watch_chunk *next, *previous; /* among those with free records */
    struct kit_watch_record *free;
    uint32_t used;
    uint32_t count;
};

/* Where chunks come from: KIT_WATCH_CHUNK_BYTES, aligned to that. Null: the limit allows no more.
 */
struct kit_watch_memory {
    void *(*take)(void *user);
    void (*give)(void *user, void *chunk);
    void *user;
};

struct kit_watch {
    pthread_mutex_t lock;
    struct kit_watch_memory memory;
    struct kit_watch_chunk *open;     /* chunks with free records */
    uint64_t free;                    /* records */
    struct kit_watch_record *watched; /* in no order */
    struct kit_watch_record *last;    /* of the queue */
    _Atomic(struct kit_watch_record *) first;
    _Atomic bool low; /* room is to be made at the next safepoint */
    struct kit_watch_chunk few;
    struct kit_watch_record few_records[KIT_WATCH_FEW];
};

void kit_watch_open(struct kit_watch *watch, struct kit_watch_memory memory);
/* Gives back every chunk, whatever waits. */
void kit_watch_close(struct kit_watch *watch);

/* Watch the object, which is not watched. False: there is no record, and no memory for more. */
bool kit_watch_add(struct kit_watch *watch, hm_ref object);

/* The first of the queue, or null; its record is free then. */
hm_ref kit_watch_next(struct kit_watch *watch);

/* Enough free records until the next safepoint; false: the memory given does not allow it. `low`
 * is off afterwards, so that whoever finds no memory does not try again before the next watch. */
bool kit_watch_make_room(struct kit_watch *watch);

HM_INLINE bool kit_watch_is_low(const struct kit_watch *watch)
{
    return HM_UNLIKELY(atomic_load_explicit(&watch->low, memory_order_relaxed));
}

/* ---- while the world is stopped ---- */

/* The names through which the queue owns. */
void kit_watch_each_queued(struct kit_watch *watch, void (*visit)(void *user, hm_name *name),
                           void *user);

/* Put those watched objects for which `lives` says no at the queue's end, *count of them. Returns
 * the first of those, for kit_watch_each_from. */
struct kit_watch_record *kit_watch_queue_dead(struct kit_watch *watch,
                                              bool (*lives)(void *user, hm_ref object), void *user,
                                              uint64_t *count);
/* The names from this record of the queue on; it may be null. */
void kit_watch_each_from(struct kit_watch_record *record, void (*visit)(void *user, hm_name *name),
                         void *user);

/* The names of what is watched. */
void kit_watch_each_watched(struct kit_watch *watch, void (*visit)(void *user, hm_name *name),
                            void *user);

#endif
