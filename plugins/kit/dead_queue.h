/* SPDX-License-Identifier: MIT
 *
 * The finalizer queue of counting collectors: dead objects that were watched, first in, first out.
 *
 * A place in the queue is kept from the moment an object is watched, so that dying needs no memory.
 * Lock: `lock` guards all fields, and the setting of KIT_SIDE_WATCHED. It is held for a few
 * instructions (while the ring grows, for a copy) and never over a safepoint.
 *
 * Invariant: watched + count <= room. What is in the queue is counted as owned once by it.
 */
#ifndef HEAPMARK_KIT_DEAD_QUEUE_H
#define HEAPMARK_KIT_DEAD_QUEUE_H

#include <kit/side.h>

struct kit_dead_queue {
    pthread_mutex_t lock;
    struct kit_pool *pool;    /* what the ring is charged to */
    struct kit_object **ring; /* null at first */
    size_t room;
    size_t first, count; /* those that wait */
    _Atomic size_t watched;
};

void kit_dead_queue_open(struct kit_dead_queue *queue, struct kit_pool *pool);
void kit_dead_queue_close(struct kit_dead_queue *queue);

/* Watch an object; false without memory for its place. Watching what is watched changes nothing. */
bool kit_dead_queue_watch(struct kit_dead_queue *queue, const struct kit_object *object);

/* A watched object died, and its bit was cleared. */
void kit_dead_queue_push(struct kit_dead_queue *queue, struct kit_object *object);

/* The next one, whose reference is the caller's now; null when none waits. */
struct kit_object *kit_dead_queue_pop(struct kit_dead_queue *queue);

/* Every object that waits; the heap is quiet. */
void kit_dead_queue_each(const struct kit_dead_queue *queue,
                         void (*visit)(void *user, hm_ref waiting), void *user);

HM_INLINE bool kit_dead_queue_watches(const struct kit_dead_queue *queue)
{
    return atomic_load_explicit(&queue->watched, memory_order_relaxed) != 0;
}

#endif
