/* SPDX-License-Identifier: MIT
 *
 * The finalizer queue; see dead_queue.h.
 */
#include <kit/dead_queue.h>

#include <kit/fault.h>
#include <kit/hooks.h>
#include <stdlib.h>

enum { LEAST_ROOM = KIT_NARROWED(64, 2) };

void kit_dead_queue_open(struct kit_dead_queue *queue, struct kit_pool *pool)
{
    memset(queue, 0, sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    queue->pool = pool;
}

/* Lock held. */
static void free_ring(struct kit_dead_queue *queue)
{
    kit_pool_discharge(queue->pool, queue->room * sizeof(struct kit_object *));
    free(queue->ring);
    queue->ring = NULL;
    queue->room = 0;
    queue->first = 0;
}

void kit_dead_queue_close(struct kit_dead_queue *queue)
{
    if (!HM_FAULT(rp11))
        free_ring(queue);
    pthread_mutex_destroy(&queue->lock);
}

static size_t watched(const struct kit_dead_queue *queue)
{
    return atomic_load_explicit(&queue->watched, memory_order_relaxed);
}

static void set_watched(struct kit_dead_queue *queue, size_t count)
{
    atomic_store_explicit(&queue->watched, count, memory_order_relaxed);
}

static struct kit_object **place(const struct kit_dead_queue *queue, size_t i)
{
    return &queue->ring[(queue->first + i) % queue->room];
}

/* Lock held: a place for one more. */
static bool make_room(struct kit_dead_queue *queue)
{
    if (watched(queue) + queue->count < queue->room)
        return true;
    size_t room = queue->room == 0 ? LEAST_ROOM : 2 * queue->room;
    if (kit_map_fails() || !kit_pool_charge(queue->pool, room * sizeof(struct kit_object *)))
        return false;
    struct kit_object **ring = malloc(room * sizeof *ring);
    if (ring == NULL) {
        kit_pool_discharge(queue->pool, room * sizeof *ring);
        return false;
    }
    for (size_t i = 0; i < queue->count; i++)
        ring[i] = HM_FAULT(rc27) ? queue->ring[i] : *place(queue, i);
    free_ring(queue);
    queue->ring = ring;
    queue->room = room;
    return true;
}

bool kit_dead_queue_watch(struct kit_dead_queue *queue, const struct kit_object *object)
{
    if (!kit_side_make(queue->pool, object))
        return false;
    pthread_mutex_lock(&queue->lock);
    bool fits = (kit_side_bits(object) & KIT_SIDE_WATCHED) != 0 || make_room(queue);
    if (fits &&
        ((kit_side_set(object, KIT_SIDE_WATCHED) & KIT_SIDE_WATCHED) == 0 || HM_FAULT(rc28)))
        set_watched(queue, watched(queue) + 1);
    pthread_mutex_unlock(&queue->lock);
    return fits;
}

void kit_dead_queue_push(struct kit_dead_queue *queue, struct kit_object *object)
{
    pthread_mutex_lock(&queue->lock);
    *place(queue, queue->count++) = object;
    set_watched(queue, watched(queue) - 1);
    pthread_mutex_unlock(&queue->lock);
}

struct kit_object *kit_dead_queue_pop(struct kit_dead_queue *queue)
{
    struct kit_object *object = NULL;
    pthread_mutex_lock(&queue->lock);
    if (queue->count > 0) {
        object = *place(queue, 0);
        queue->first = (queue->first + 1) % queue->room;
        queue->count--;
    }
    if (queue->count + watched(queue) == 0 && queue->room > LEAST_ROOM)
        free_ring(queue);
    pthread_mutex_unlock(&queue->lock);
    return object;
}

void kit_dead_queue_each(const struct kit_dead_queue *queue,
                         void (*visit)(void *user, hm_ref waiting), void *user)
{
    for (size_t i = 0; i < queue->count; i++)
        visit(user, kit_ref(*place(queue, i)));
}
