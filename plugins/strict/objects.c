/* SPDX-License-Identifier: MIT
 *
 * Objects: exact owners, release at once, and a trace for cycles.
 * Invariant: what is dead has no owner, empty slots and no place in the heap's list; it is kept
 * while a spare remembers it, so that a use of that borrow is recognised.
 */
#include <strict/heap.h>

#include <string.h>

enum { TRACE_LEAST_OBJECTS = 1 << 16 };
static const size_t MOST_N = (size_t)1 << 30;

uint64_t strict_object_bytes(const struct strict_object *object)
{
    return hm_nominal_bytes(object->shape, object->n);
}

/* ---- making ---- */

static void link_object(struct strict_heap *heap, struct strict_object *object)
{
    struct hm_statistics *s = &heap->statistics;
    uint64_t bytes = strict_object_bytes(object);
    object->next = heap->first;
    if (heap->first != NULL)
        heap->first->previous = object;
    heap->first = object;
    object->number = s->allocated_objects++;
    s->allocated_bytes += bytes;
    s->live_objects++;
    s->live_bytes += bytes;
    if (s->live_bytes > s->held_peak_bytes)
        s->held_peak_bytes = s->live_bytes;
}

static void unlink_object(struct strict_heap *heap, struct strict_object *object)
{
    if (object->previous != NULL)
        object->previous->next = object->next;
    else
        heap->first = object->next;
    if (object->next != NULL)
        object->next->previous = object->previous;
    heap->statistics.live_objects--;
    heap->statistics.live_bytes -= strict_object_bytes(object);
}

static struct strict_object *allocate(const struct hm_shape *shape, size_t n)
{
    struct strict_object *object;
    size_t slots = shape->vary == HM_VARY_SLOTS ? n : shape->slots;
    size_t bytes = shape->vary == HM_VARY_BYTES ? n : shape->bytes;
    object = calloc(1, sizeof *object + slots * sizeof object->slot[0] + bytes);
    if (object == NULL)
        return NULL;
    object->shape = shape;
    object->n = n;
    object->slots = slots;
    object->bytes = bytes;
    object->payload = (char *)&object->slot[slots];
    return object;
}

struct strict_object *strict_object_new(struct strict_heap *heap, const struct hm_shape *shape,
                                        size_t n)
{
    uint64_t limit = heap->request->heap_bytes;
    bool fits = n <= MOST_N &&
                (limit == 0 || heap->statistics.live_bytes + hm_nominal_bytes(shape, n) <= limit);
    struct strict_object *object = fits ? allocate(shape, n) : NULL;
    if (object != NULL)
        link_object(heap, object);
    return object;
}

/* ---- owning ---- */

void strict_own(struct strict_heap *heap, struct strict_object *object)
{
    if (object == NULL)
        return;
    object->owners++;
    heap->statistics.increments++;
}

static void free_unless_held(struct strict_object *object)
{
    if (object->holders == 0)
        free(object);
}

/* It has no owner: it is dead, and its slots drop what they own. Returns the list with what
 * lost its last owner by that put before it. */
static struct strict_object *die(struct strict_heap *heap, struct strict_object *object,
                                 struct strict_object *list)
{
    object->dead = true;
    unlink_object(heap, object);
    for (size_t i = 0; i < object->slots; i++) {
        struct strict_object *child = object->slot[i].value;
        object->slot[i].value = NULL;
        if (child == NULL)
            continue;
        heap->statistics.decrements++;
        if (--child->owners == 0) {
            child->work = list;
            list = child;
        }
    }
    free_unless_held(object);
    return list;
}

void strict_disown(struct strict_heap *heap, struct strict_object *object)
{
    uint64_t dead = 0;
    if (object == NULL)
        return;
    heap->statistics.decrements++;
    if (--object->owners > 0)
        return;
    object->work = NULL;
    for (struct strict_object *list = object; list != NULL; dead++) {
        struct strict_object *next = list;
        list = die(heap, next, next->work);
    }
    if (dead > heap->statistics.longest_cascade)
        heap->statistics.longest_cascade = dead;
}

void strict_hold(struct strict_object *object)
{
    if (object != NULL)
        object->holders++;
}

void strict_unhold(struct strict_object *object)
{
    if (object != NULL && --object->holders == 0 && object->dead)
        free(object);
}

/* ---- storing ---- */

/* Other threads may see it from now on, and all that it reaches. Once for each object. */
static void publish(struct strict_object *object)
{
    object->visible = true;
    object->work = NULL;
    for (struct strict_object *list = object; list != NULL;) {
        struct strict_object *next = list;
        list = list->work;
        for (size_t i = 0; i < next->slots; i++) {
            struct strict_object *child = next->slot[i].value;
            if (child == NULL || child->visible)
                continue;
            child->visible = true;
            child->work = list;
            list = child;
        }
    }
}

struct strict_object *strict_store(struct strict_object *object, size_t slot,
                                   struct strict_object *value)
{
    struct strict_object *old = object->slot[slot].value;
    object->slot[slot].value = value;
    object->slot[slot].stored = true;
    if (object->visible && value != NULL && !value->visible)
        publish(value);
    return old;
}

/* ---- tracing ---- */

static struct strict_object *mark(const struct strict_heap *heap, struct strict_object *object,
                                  struct strict_object *list)
{
    if (object == NULL || object->mark == heap->trace)
        return list;
    object->mark = heap->trace;
    object->work = list;
    return object;
}

static struct strict_object *mark_mutator(const struct strict_heap *heap,
                                          const struct strict_mutator *mutator,
                                          struct strict_object *list)
{
    size_t names = (size_t)(mutator->kit.head.name_top - mutator->kit.head.name_base);
    for (size_t i = 0; i < names; i++)
        list = mark(heap, mutator->cells[i].object, list);
    return mark(heap, mutator->kept, list);
}

void strict_trace(struct strict_heap *heap)
{
    heap->trace++;
    struct strict_object *list = mark(heap, heap->globals, NULL);
    for (struct kit_mutator *m = heap->world.first; m != NULL; m = m->next)
        list = mark_mutator(heap, (const struct strict_mutator *)m, list);
    while (list != NULL) {
        struct strict_object *next = list;
        list = list->work;
        for (size_t i = 0; i < next->slots; i++)
            list = mark(heap, next->slot[i].value, list);
    }
}

/* Part an unreachable object from what is reachable. */
static void part(const struct strict_heap *heap, struct strict_object *object)
{
    for (size_t i = 0; i < object->slots; i++) {
        struct strict_object *child = object->slot[i].value;
        object->slot[i].value = NULL;
        if (child != NULL && child->mark == heap->trace)
            child->owners--;
    }
}

void strict_trace_and_free(struct strict_heap *heap)
{
    struct strict_object *list = NULL;
    struct strict_object *next;
    uint64_t freed = 0;
    strict_trace(heap);
    for (struct strict_object *object = heap->first; object != NULL; object = next) {
        next = object->next;
        if (object->mark == heap->trace)
            continue;
        part(heap, object);
        unlink_object(heap, object);
        object->dead = true;
        object->owners = 0;
        object->work = list;
        list = object;
    }
    for (; list != NULL; list = next, freed++) {
        next = list->work;
        free_unless_held(list);
    }
    uint64_t live = heap->statistics.live_objects;
    heap->trace_at_objects = live < TRACE_LEAST_OBJECTS / 2 ? TRACE_LEAST_OBJECTS : 2 * live;
    heap->statistics.collections++;
    heap->statistics.cycle_freed += freed;
}

static void begin_stop(struct strict_heap *heap, struct kit_mutator *m, enum hm_collection kind)
{
    kit_world_stop_surely(&heap->world, m);
    kit_event(heap->head.host, m, HM_EVENT_COLLECTION_BEGIN, kind);
    pthread_mutex_lock(&heap->lock);
}

static void end_stop(struct strict_heap *heap, struct kit_mutator *m, uint64_t freed_bytes)
{
    pthread_mutex_unlock(&heap->lock);
    kit_event(heap->head.host, m, HM_EVENT_COLLECTION_END, freed_bytes);
    kit_world_resume(&heap->world, m);
}

static uint64_t free_cycles(struct strict_heap *heap)
{
    uint64_t before = heap->statistics.live_bytes;
    strict_trace_and_free(heap);
    return before - heap->statistics.live_bytes;
}

void strict_collect(struct strict_heap *heap, struct strict_mutator *self, enum hm_collection kind)
{
    struct kit_mutator *m = self != NULL ? &self->kit : NULL;
    begin_stop(heap, m, kind);
    end_stop(heap, m, free_cycles(heap));
}

struct strict_object *strict_collect_for(struct strict_heap *heap, struct strict_mutator *self,
                                         const struct hm_shape *shape, size_t n)
{
    begin_stop(heap, &self->kit, HM_COLLECT_FULL);
    uint64_t freed_bytes = free_cycles(heap);
    struct strict_object *object = strict_object_new(heap, shape, n);
    end_stop(heap, &self->kit, freed_bytes);
    return object;
}

void strict_object_free_all(struct strict_heap *heap)
{
    struct strict_object *next;
    for (struct strict_object *object = heap->first; object != NULL; object = next) {
        next = object->next;
        free(object);
    }
    heap->first = NULL;
}
