/* SPDX-License-Identifier: MIT
 *
 * Trial deletion, while the world is stopped (Bacon and Rajan, Concurrent Cycle Collection in
 * Reference Counted Systems, ECOOP 2001, section 3: the synchronous algorithm).
 *
 *   paint gray    everything that candidates reach; each edge followed takes one off its target
 *   restore       a gray object that still counts a reference is reached from outside: it and all
 *                 that it reaches turn black, and each edge followed puts one back
 *   queue         what is gray and watched enters the finalizer queue, whose reference it counts
 *                 from now on; restore again, so that all that it reaches stays whole
 *   free          what is gray now had references from gray objects only
 *
 * Invariant between the steps: the count of a container is its references from names, globals and
 * slots of objects that are not gray, plus those from restored ones. What has no slots is no part
 * of this: its counts stay as they are, until the last step drops what dead objects held.
 *
 * Memory: the objects' own words hold the colours. The stack of those whose slots are still to be
 * followed is bounded by what the pool gives; an object that finds no place there keeps its
 * pending bit, and a pass over the touched blocks finds it. Nothing recurses.
 */
#include <refcount-cycles/heap.h>
#include <refcount-cycles/own_word.h>

struct detection {
    struct cycles_heap *heap;
    struct kit_mark_stack stack;
    bool overflowed; /* some pending object is not on the stack */
    uint64_t candidates, painted, freed, queued;
    struct kit_object *dead_containers; /* linked by slot 0 */
    struct kit_object *dead_data;       /* linked by the first word after the header */
    void (*follow)(struct detection *detection, struct kit_object *object);
};

static bool is_gray(const struct kit_object *object)
{
    return (object->own & CYCLES_GRAY) != 0;
}

/* Is it a reference that detection follows? cy6: an object's to itself only. */
static bool is_edge(const struct kit_object *from, const struct kit_object *to)
{
    return to != NULL && cycles_is_container(to) && (!HM_FAULT(cy6) || to == from);
}

/* The object's slots are to be followed. */
static void defer(struct detection *detection, struct kit_object *object)
{
    object->own |= CYCLES_PENDING;
    kit_cell_block_of(object)->touched = true;
    if (!kit_mark_push(&detection->stack, (uintptr_t)object) && !HM_FAULT(cy12))
        detection->overflowed = true;
}

static void follow(struct detection *detection, struct kit_object *object)
{
    if ((object->own & CYCLES_PENDING) == 0)
        return;
    object->own &= ~(uint32_t)CYCLES_PENDING;
    detection->follow(detection, object);
}

static void drain_stack(struct detection *detection)
{
    uintptr_t entry;
    while (kit_mark_pop(&detection->stack, &entry))
        follow(detection, (struct kit_object *)entry);
}

static void follow_and_drain(void *user, struct kit_object *object)
{
    follow(user, object);
    drain_stack(user);
}

static void each_touched(struct detection *detection,
                         void (*visit)(void *user, struct kit_object *object))
{
    struct kit_cell_block *block = detection->heap->counted.cells.blocks;
    for (; block != NULL; block = block->next)
        if (block->touched)
            kit_cells_each_of_block(block, visit, detection);
}

/* Follow everything that is pending. Each pass over the blocks follows at least one object that
 * the stack had no room for, or is the last. */
static void drain(struct detection *detection)
{
    drain_stack(detection);
    while (detection->overflowed) {
        detection->overflowed = false;
        each_touched(detection, follow_and_drain);
    }
}

/* ---- paint gray ---- */

static void paint(struct detection *detection, struct kit_object *object)
{
    if (is_gray(object))
        return;
    object->own |= CYCLES_GRAY;
    detection->painted++;
    defer(detection, object);
}

static void take_edges(struct detection *detection, struct kit_object *object)
{
    size_t count = kit_layout_slots(object->layout);
    const hm_ref *slots = kit_slots(kit_ref(object));
    for (size_t i = 0; i < count; i++) {
        struct kit_object *child = kit_object(slots[i]);
        if (!is_edge(object, child))
            continue;
        child->own -= KIT_COUNT_ONE;
        if (HM_FAULT(cy1) && i > 0 && slots[i - 1].bits == slots[i].bits)
            child->own -= KIT_COUNT_ONE;
        paint(detection, child);
    }
}

static void paint_candidate(void *user, struct kit_object *object)
{
    struct detection *detection = user;
    if ((object->own & CYCLES_CANDIDATE) == 0 || !cycles_is_container(object))
        return;
    if (HM_FAULT(cy2) && detection->candidates == KIT_FAULT_ROOM)
        return;
    if (HM_FAULT(cy9) && is_gray(object))
        object->own |= CYCLES_KEPT;
    detection->candidates++;
    paint(detection, object);
    drain_stack(detection);
}

/* cy5: candidates as they were noted, of which some are dead since. */
static void paint_remembered(struct detection *detection)
{
    struct kit_object *object;
    while ((object = kit_fault_recall()) != NULL)
        paint(detection, object);
}

static void paint_from_candidates(struct detection *detection)
{
    detection->follow = take_edges;
    if (HM_FAULT(cy5))
        paint_remembered(detection);
    struct kit_cell_block *block = detection->heap->counted.cells.blocks;
    for (; block != NULL; block = block->next) {
        if (!atomic_load_explicit(&block->flagged, memory_order_relaxed))
            continue;
        atomic_store_explicit(&block->flagged, false, memory_order_relaxed);
        block->touched = true;
        kit_cells_each_of_block(block, paint_candidate, detection);
    }
    drain(detection);
}

/* ---- restore ---- */

/* The detector is done with an object that lives. cy3: but for its colour. */
static void blacken(struct kit_object *object, uint32_t colours)
{
    if (HM_FAULT(cy3))
        colours &= ~(uint32_t)CYCLES_CANDIDATE;
    object->own &= ~colours;
}

static void restore(struct detection *detection, struct kit_object *object)
{
    blacken(object, CYCLES_GRAY | CYCLES_CANDIDATE);
    defer(detection, object);
}

static void put_edges_back(struct detection *detection, struct kit_object *object)
{
    size_t count = kit_layout_slots(object->layout);
    const hm_ref *slots = kit_slots(kit_ref(object));
    for (size_t i = 0; i < count; i++) {
        struct kit_object *child = kit_object(slots[i]);
        if (!is_edge(object, child))
            continue;
        child->own += KIT_COUNT_ONE;
        if (is_gray(child))
            restore(detection, child);
    }
}

/* What the count must be at least of what is reached from outside. cy4: one name is not enough. */
static uint32_t least_from_outside(void)
{
    return HM_FAULT(cy4) ? 2 * KIT_COUNT_ONE : KIT_COUNT_ONE;
}

static void restore_if_counted(void *user, struct kit_object *object)
{
    struct detection *detection = user;
    blacken(object, CYCLES_CANDIDATE);
    if (!is_gray(object) || object->own < least_from_outside())
        return;
    restore(detection, object);
    drain_stack(detection);
}

static void restore_what_lives(struct detection *detection)
{
    detection->follow = put_edges_back;
    each_touched(detection, restore_if_counted);
    drain(detection);
}

/* ---- queue ---- */

/* cy8: the references to others that died, which finalizers were to see. */
static void clear_dead_slots(struct kit_object *object)
{
    size_t count = kit_layout_slots(object->layout);
    hm_ref *slots = kit_slots(kit_ref(object));
    for (size_t i = 0; i < count; i++)
        if (is_edge(object, kit_object(slots[i])) && is_gray(kit_object(slots[i])))
            slots[i] = hm_null;
}

/* All that died together, before any of it is restored. */
static void queue_if_watched(void *user, struct kit_object *object)
{
    struct detection *detection = user;
    if (!is_gray(object) || (kit_side_bits(object) & KIT_SIDE_WATCHED) == 0)
        return;
    if (HM_FAULT(cy8))
        clear_dead_slots(object);
    kit_counted_bury(&detection->heap->counted, object);
    detection->queued++;
}

/* rc15: the queue does not count as an owner of what it got now. */
static void uncount_queued(struct detection *detection)
{
    const struct kit_dead_queue *queue = &detection->heap->counted.dead;
    for (size_t i = queue->count - detection->queued; i < queue->count; i++)
        queue->ring[(queue->first + i) % queue->room]->own -= KIT_COUNT_ONE;
}

static void queue_what_is_watched(struct detection *detection)
{
    if (!kit_dead_queue_watches(&detection->heap->counted.dead))
        return;
    each_touched(detection, queue_if_watched);
    if (detection->queued > 0)
        restore_what_lives(detection);
    if (HM_FAULT(rc15))
        uncount_queued(detection);
}

/* ---- free ---- */

/* A reference of a dead object is dropped: from data, as usual; from a container, nothing is left
 * to take off, as painting took it off and nobody put it back. */
static void drop_from_dead(struct detection *detection, struct kit_object *child)
{
    if (child == NULL || cycles_is_container(child))
        return;
    child->own -= KIT_COUNT_ONE;
    if (child->own >= KIT_COUNT_ONE)
        return;
    if (!kit_counted_bury(&detection->heap->counted, child)) {
        detection->queued++;
        return;
    }
    child->fields[0] = (uint64_t)(uintptr_t)detection->dead_data;
    detection->dead_data = child;
}

/* Nothing is freed during the walk, as freeing may give blocks away. */
static void list_if_dead(void *user, struct kit_object *object)
{
    struct detection *detection = user;
    if (!is_gray(object))
        return;
    if (HM_FAULT(cy9) && (object->own & CYCLES_KEPT) != 0) {
        object->own &= ~(uint32_t)(CYCLES_GRAY | CYCLES_KEPT);
        return;
    }
    kit_counted_bury(&detection->heap->counted, object);
    size_t count = kit_layout_slots(object->layout);
    hm_ref *slots = kit_slots(kit_ref(object));
    for (size_t i = 0; i < count; i++)
        drop_from_dead(detection, kit_object(slots[i]));
    slots[0] = kit_ref(detection->dead_containers);
    detection->dead_containers = object;
}

static void free_one(struct detection *detection, struct kit_object *object)
{
    if (HM_FAULT(rc13))
        kit_fault_forget(object);
    kit_cells_free_stopped(&detection->heap->counted.cells, object);
    detection->freed++;
}

static void free_what_is_dead(struct detection *detection)
{
    each_touched(detection, list_if_dead);
    while (detection->dead_containers != NULL) {
        struct kit_object *object = detection->dead_containers;
        detection->dead_containers = kit_object(kit_slots(kit_ref(object))[0]);
        free_one(detection, object);
        if (HM_FAULT(cy10) && detection->freed == KIT_FAULT_ROOM)
            cycles_detect(&detection->heap->counted, NULL);
    }
    while (detection->dead_data != NULL) {
        struct kit_object *object = detection->dead_data;
        detection->dead_data = (struct kit_object *)(uintptr_t)object->fields[0];
        free_one(detection, object);
    }
}

static void forget_touched(struct detection *detection)
{
    struct kit_cell_block *block = detection->heap->counted.cells.blocks;
    for (; block != NULL; block = block->next)
        block->touched = false;
}

/* Detections that paint much are made rarer, so that painting stays a share of the work that made
 * the candidates: at least half as many new ones as objects were painted. */
static void plan_next(struct detection *detection)
{
    struct cycles_heap *heap = detection->heap;
    uint64_t wanted = detection->painted / 2;
    atomic_store_explicit(&heap->next_detection,
                          wanted > heap->threshold ? wanted : heap->threshold,
                          memory_order_relaxed);
    for (struct kit_mutator *k = heap->counted.world.first; k != NULL; k = k->next)
        ((struct kit_counted_mutator *)k)->new_candidates = 0;
}

void cycles_detect(struct kit_counted_heap *counted, struct kit_mutator *m)
{
    struct detection detection = {.heap = (struct cycles_heap *)counted};
    kit_event(counted->head.host, m, HM_EVENT_CYCLES_BEGIN, 0);
    kit_mark_share_begin(&detection.heap->marks);
    kit_mark_stack_begin(&detection.stack, &detection.heap->marks);
    paint_from_candidates(&detection);
    KIT_PHASE(CANDIDATES_WALKED);
    restore_what_lives(&detection);
    queue_what_is_watched(&detection);
    kit_mark_stack_end(&detection.stack);
    kit_mark_share_end(&detection.heap->marks);
    free_what_is_dead(&detection);
    forget_touched(&detection);
    KIT_PHASE(CYCLE_FREED);
    plan_next(&detection);
    atomic_fetch_add(&counted->candidates, detection.candidates);
    atomic_fetch_add(&counted->cycle_freed, detection.freed);
    if (detection.queued > 0)
        kit_event(counted->head.host, m, HM_EVENT_FINALIZERS_QUEUED, detection.queued);
    kit_event(counted->head.host, m, HM_EVENT_CYCLES_END, detection.freed);
}
