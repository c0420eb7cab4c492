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

void strict_refer(struct strict_heap *heap, struct strict_object *object,
                  struct strict_object *target, struct strict_object *value)
{
    object->target = target;
    object->next_referrer = target->referrers;
    if (target->referrers != NULL)
        target->referrers->previous_referrer = object;
    target->referrers = object;
    object->value = value;
    strict_own(heap, value);
    if (value != NULL)
        value->by_ephemerons++;
}

/* ---- the queue, linked through what waits: dying needs no memory, and nor does watching ---- */

static void enter_queue(struct strict_heap *heap, struct strict_object *object)
{
    object->watched = false;
    object->waiting = true;
    object->next_waiting = NULL;
    if (heap->first_waiting == NULL)
        heap->first_waiting = object;
    else
        heap->last_waiting->next_waiting = object;
    heap->last_waiting = object;
    strict_own(heap, object);
}

struct strict_object *strict_leave_queue(struct strict_heap *heap)
{
    struct strict_object *object = heap->first_waiting;
    if (object != NULL) {
        heap->first_waiting = object->next_waiting;
        object->waiting = false;
    }
    return object;
}

/* ---- losing owners ---- */

static void free_unless_held(struct strict_object *object)
{
    if (object->holders == 0)
        free(object);
}

/* Drop an owner. Returns the list, with the object put before it if that was the last. */
static struct strict_object *drop(struct strict_heap *heap, struct strict_object *object,
                                  struct strict_object *list)
{
    if (object == NULL)
        return list;
    heap->statistics.decrements++;
    if (--object->owners > 0)
        return list;
    object->work = list;
    return object;
}

/* What a weak object or an ephemeron refers to and owns, it refers to and owns no more. Returns the
 * value, whose owner is the caller now. */
static struct strict_object *forget_target(struct strict_object *object)
{
    struct strict_object *value = object->value;
    if (object->target == NULL)
        return NULL;
    if (object->previous_referrer != NULL)
        object->previous_referrer->next_referrer = object->next_referrer;
    else
        object->target->referrers = object->next_referrer;
    if (object->next_referrer != NULL)
        object->next_referrer->previous_referrer = object->previous_referrer;
    object->next_referrer = object->previous_referrer = NULL;
    object->target = object->value = NULL;
    if (value != NULL)
        value->by_ephemerons--;
    return value;
}

/* It has no owner. What refers to it is cleared; then it enters the queue or is dead, and its slots
 * drop what they own. Returns the list with what lost its last owner by that put before it. */
static struct strict_object *die(struct strict_heap *heap, struct strict_object *object,
                                 struct strict_object *list, uint64_t *dead)
{
    while (object->referrers != NULL)
        list = drop(heap, forget_target(object->referrers), list);
    if (object->watched) {
        enter_queue(heap, object);
        return list;
    }
    object->dead = true;
    ++*dead;
    unlink_object(heap, object);
    for (size_t i = 0; i < object->slots; i++) {
        struct strict_object *child = object->slot[i].value;
        object->slot[i].value = NULL;
        list = drop(heap, child, list);
    }
    list = drop(heap, forget_target(object), list);
    free_unless_held(object);
    return list;
}

void strict_disown(struct strict_heap *heap, struct strict_object *object)
{
    uint64_t dead = 0;
    struct strict_object *list = drop(heap, object, NULL);
    while (list != NULL) {
        struct strict_object *next = list;
        list = die(heap, next, next->work, &dead);
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

static struct strict_object *show(struct strict_object *object, struct strict_object *list)
{
    if (object == NULL || object->visible)
        return list;
    object->visible = true;
    object->work = list;
    return object;
}

/* Weak objects and ephemerons lead others to what they refer to. Once for each object. */
void strict_publish(struct strict_object *object)
{
    struct strict_object *list = show(object, NULL);
    while (list != NULL) {
        struct strict_object *next = list;
        list = list->work;
        for (size_t i = 0; i < next->slots; i++)
            list = show(next->slot[i].value, list);
        list = show(next->target, list);
        list = show(next->value, list);
    }
}

struct strict_object *strict_store(struct strict_object *object, size_t slot,
                                   struct strict_object *value)
{
    struct strict_object *old = object->slot[slot].value;
    object->slot[slot].value = value;
    object->slot[slot].stored = true;
    if (object->visible)
        strict_publish(value);
    return old;
}

/* ---- tracing ---- */

static bool is_marked(const struct strict_heap *heap, const struct strict_object *object)
{
    return object->mark == heap->trace;
}

static struct strict_object *mark(const struct strict_heap *heap, struct strict_object *object,
                                  struct strict_object *list)
{
    if (object == NULL || is_marked(heap, object))
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

/* Each object is visited once, and of an ephemeron and its key one is the later: whoever that is
 * finds the other marked. So a chain of ephemerons costs a visit for each, in whatever order. */
static void mark_all(const struct strict_heap *heap, struct strict_object *list)
{
    while (list != NULL) {
        const struct strict_object *next = list;
        list = list->work;
        for (size_t i = 0; i < next->slots; i++)
            list = mark(heap, next->slot[i].value, list);
        if (next->target != NULL && is_marked(heap, next->target))
            list = mark(heap, next->value, list);
        for (const struct strict_object *r = next->referrers; r != NULL; r = r->next_referrer)
            if (is_marked(heap, r))
                list = mark(heap, r->value, list);
    }
}

void strict_trace(struct strict_heap *heap)
{
    heap->trace++;
    struct strict_object *list = mark(heap, heap->globals, NULL);
    for (struct kit_mutator *m = heap->world.first; m != NULL; m = m->next)
        list = mark_mutator(heap, (const struct strict_mutator *)m, list);
    for (struct strict_object *o = heap->first_waiting; o != NULL; o = o->next_waiting)
        list = mark(heap, o, list);
    mark_all(heap, list);
}

/* What is reached has an owner that is reached: none of those that lose one here dies by that. */
static void lose_owner(struct strict_object *object)
{
    if (object != NULL)
        object->owners--;
}

/* What refers to the unreached is cleared, before the queue makes any of it live again, as
 * operations.h allows: so it need not be known what the queue will reach. And all that are watched
 * enter before any is followed: that one reaches another keeps none of them. Was there anything? */
static bool clear_and_queue(struct strict_heap *heap)
{
    struct strict_object *list = NULL;
    bool any = false;
    for (struct strict_object *object = heap->first; object != NULL; object = object->next) {
        if (is_marked(heap, object))
            continue;
        any = true;
        while (object->referrers != NULL)
            lose_owner(forget_target(object->referrers));
        if (object->watched) {
            enter_queue(heap, object);
            object->work = list;
            list = object;
        }
    }
    for (struct strict_object *object = list; object != NULL; object = object->work)
        object->mark = heap->trace;
    mark_all(heap, list);
    return any;
}

/* Part an unreachable object from what is reachable. */
static void part(const struct strict_heap *heap, struct strict_object *object)
{
    struct strict_object *value = forget_target(object);
    if (value != NULL && is_marked(heap, value))
        lose_owner(value);
    for (size_t i = 0; i < object->slots; i++) {
        struct strict_object *child = object->slot[i].value;
        object->slot[i].value = NULL;
        if (child != NULL && is_marked(heap, child))
            lose_owner(child);
    }
}

void strict_trace_and_free(struct strict_heap *heap)
{
    struct strict_object *list = NULL;
    struct strict_object *next;
    uint64_t freed = 0;
    strict_trace(heap);
    bool any = clear_and_queue(heap);
    for (struct strict_object *object = heap->first; any && object != NULL; object = next) {
        next = object->next;
        if (is_marked(heap, object))
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
