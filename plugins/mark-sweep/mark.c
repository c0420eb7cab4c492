/* SPDX-License-Identifier: MIT
 *
 * Marking: from names and globals, by one worker or several that share work by the segment of the
 * mark stack. The world is stopped.
 *
 * Invariant: an object with the current epoch is marked, and its slots were followed, or it is on a
 * stack, or its pending bit is set and `overflowed` says that some is. So the stack needs no more
 * memory than there is: what finds no place is found again by a pass over the heap.
 *
 * Weak objects and ephemerons have no slots. What becomes of them, and of watched objects, is
 * settled by one worker once everything that is owned is marked.
 */
#include <mark-sweep/heap.h>

struct marker {
    struct ms_heap *heap;
    struct kit_mark_stack
        stack; /* begun and ended by the collecting thread, before and after all */
    uint32_t mark_word;
    bool alone; /* one worker: no object is claimed by two */
    uint64_t objects, bytes;
};

/* Claim the object for this worker; false when it was marked already. */
static bool claim(const struct marker *marker, struct kit_object *object)
{
    _Atomic uint32_t *own = kit_own_word(object);
    uint32_t old = atomic_load_explicit(own, memory_order_relaxed);
    if (old >> 1 == marker->mark_word >> 1)
        return false;
    if (!marker->alone)
        return atomic_compare_exchange_strong_explicit(own, &old, marker->mark_word,
                                                       memory_order_relaxed, memory_order_relaxed);
    atomic_store_explicit(own, marker->mark_word, memory_order_relaxed);
    return true;
}

/* The object was claimed: it is to be followed. */
HM_INLINE void enter(struct marker *marker, struct kit_object *object)
{
    marker->objects++;
    marker->bytes += kit_cell_occupied(object);
    if (kit_layout_slots(object->layout) == 0 ||
        (!HM_FAULT(sc2) && kit_mark_push(&marker->stack, (uintptr_t)object)))
        return;
    if (HM_FAULT(tr4))
        return;
    atomic_fetch_or_explicit(kit_own_word(object), MS_PENDING, memory_order_relaxed);
    atomic_store_explicit(&marker->heap->overflowed, true, memory_order_relaxed);
}

static void mark(struct marker *marker, hm_ref ref)
{
    struct kit_object *object = kit_object(ref);
    if (object == NULL || object == marker->heap->base.globals)
        return;
    if (HM_FAULT(tr6) && kit_cell_block_of(object)->owner == NULL)
        return;
    if (claim(marker, object))
        enter(marker, object);
}

/* The same at the end of a marking, by one worker: for what is asked about. */
static void mark_noting(struct marker *marker, hm_ref ref)
{
    struct kit_object *object = kit_object(ref);
    if (object == NULL || object == marker->heap->base.globals)
        return;
    if (HM_FAULT(tr6) && kit_cell_block_of(object)->owner == NULL)
        return;
    uint32_t before = object->own;
    if (!claim(marker, object))
        return;
    if ((before & MS_NOTED) != 0)
        kit_traced_noticed(&marker->heap->traced, ref, ref);
    enter(marker, object);
}

HM_INLINE void follow(struct marker *marker, const struct kit_object *object, bool noting)
{
    size_t count = kit_layout_slots(object->layout);
    const hm_ref *slots = kit_slots(kit_ref(object));
    if (HM_FAULT(tr5) && count > 255)
        count = 255;
    for (size_t i = 0; i < count; i++)
        if (noting)
            mark_noting(marker, slots[i]);
        else
            mark(marker, slots[i]);
}

HM_INLINE void drain(struct marker *marker, bool noting)
{
    uintptr_t entry;
    while (kit_mark_pop(&marker->stack, &entry)) {
        follow(marker, (const struct kit_object *)entry, noting);
        if (HM_UNLIKELY(atomic_load_explicit(&marker->stack.share->hungry, memory_order_relaxed) !=
                        0))
            kit_mark_give(&marker->stack);
    }
}

static void mark_name(void *user, hm_name *name)
{
    mark(user, hm_at(name));
}

static void follow_if_pending(void *user, struct kit_object *object)
{
    struct marker *marker = user;
    if (object->own != (marker->mark_word | MS_PENDING))
        return;
    object->own = marker->mark_word;
    follow(marker, object, false);
    drain(marker, false);
}

/* tr14: with three workers and more, and few roots, the last worker's are lost. */
static void lose_roots(struct kit_mark_stack *stack)
{
    uint32_t workers = stack->share->workers;
    ptrdiff_t roots = stack->top - stack->base;
    if (workers > 2 && roots < 16 * (ptrdiff_t)workers)
        stack->top -= roots / (ptrdiff_t)workers;
}

/* One worker's part. Worker 0 has the roots; the others begin with what it gives. */
static void work(void *user, uint32_t worker)
{
    struct ms_heap *heap = user;
    struct marker marker = {.heap = heap,
                            .stack = heap->stacks[worker],
                            .mark_word = ms_mark_word(heap),
                            .alone = heap->workers.count == 1};
    if (worker == 0) {
        kit_world_each_name(&heap->base.world, mark_name, &marker);
        if (!HM_FAULT(tr15))
            kit_watch_each_queued(&heap->traced.watch, mark_name, &marker);
        if (!HM_FAULT(tr2))
            follow(&marker, heap->base.globals, false);
        if (HM_FAULT(tr14))
            lose_roots(&marker.stack);
        KIT_PHASE(ROOTS_SCANNED);
    }
    do
        drain(&marker, false);
    while (kit_mark_wait(&marker.stack));
    heap->stacks[worker] = marker.stack;
    atomic_fetch_add(&heap->marked_objects, marker.objects);
    atomic_fetch_add(&heap->marked_bytes, marker.bytes);
}

/* What found no place on the stacks, by one worker; each pass follows at least one such object. */
static void follow_pending(struct ms_heap *heap)
{
    struct marker marker = {.heap = heap, .mark_word = ms_mark_word(heap), .alone = true};
    kit_mark_stack_begin(&marker.stack, &heap->marks);
    while (atomic_exchange(&heap->overflowed, false)) {
        kit_cells_each(&heap->base.cells, follow_if_pending, &marker);
        if (HM_FAULT(tr16)) {
            atomic_store(&heap->overflowed, false);
            break;
        }
    }
    kit_mark_stack_end(&marker.stack);
    atomic_fetch_add(&heap->marked_objects, marker.objects);
    atomic_fetch_add(&heap->marked_bytes, marker.bytes);
}

/* tr7. */
static void keep_mark(void *user, struct kit_object *object)
{
    const struct ms_heap *heap = user;
    if (object->own >> 1 == heap->epoch - 1)
        object->own = ms_mark_word(heap);
}

static void keep_some_marks(struct ms_heap *heap)
{
    for (struct kit_cell_block *block = heap->base.cells.blocks; block != NULL; block = block->next)
        if (HM_FAULT_ONCE_IN(tr7, 1000))
            kit_cells_each_of_block(block, keep_mark, heap);
}

/* ---- weak objects, ephemerons, watched objects: kit/traced.h ---- */

static hm_ref find(void *user, hm_ref ref)
{
    const struct marker *marker = user;
    bool marked = kit_object(ref) == marker->heap->base.globals ||
                  kit_object(ref)->own >> 1 == marker->mark_word >> 1;
    return marked ? ref : hm_null;
}

static hm_ref reach(void *user, hm_ref ref)
{
    mark_noting(user, ref);
    return ref;
}

static void follow_if_pending_noting(void *user, struct kit_object *object)
{
    struct marker *marker = user;
    if (object->own != (marker->mark_word | MS_PENDING))
        return;
    object->own = marker->mark_word;
    follow(marker, object, true);
    drain(marker, true);
}

static void drain_noting(void *user)
{
    struct marker *marker = user;
    drain(marker, true);
    while (atomic_exchange(&marker->heap->overflowed, false))
        kit_cells_each(&marker->heap->base.cells, follow_if_pending_noting, marker);
}

static void finish_weak(struct ms_heap *heap, struct kit_mutator *m)
{
    static const struct kit_traced_functions functions = {find, reach, drain_noting};
    struct marker marker = {.heap = heap, .mark_word = ms_mark_word(heap), .alone = true};
    kit_mark_stack_begin(&marker.stack, &heap->marks);
    uint64_t queued = kit_traced_finish(&heap->traced, &functions, &marker);
    kit_mark_stack_end(&marker.stack);
    atomic_fetch_add(&heap->marked_objects, marker.objects);
    atomic_fetch_add(&heap->marked_bytes, marker.bytes);
    if (queued > 0)
        kit_event(heap->base.head.host, m, HM_EVENT_FINALIZERS_QUEUED, queued);
}

void ms_mark(struct ms_heap *heap, struct kit_mutator *m)
{
    const struct hm_host *host = heap->base.head.host;
    heap->epoch = heap->epoch == MS_MOST_EPOCH ? 1 : heap->epoch + 1;
    if (HM_FAULT(tr7))
        keep_some_marks(heap);
    atomic_store(&heap->marked_objects, 0);
    atomic_store(&heap->marked_bytes, 0);
    kit_event(host, m, HM_EVENT_MARK_BEGIN, 0);
    kit_mark_share_begin(&heap->marks);
    /* All stacks get what is theirs before any worker can take more. */
    for (uint32_t i = 0; i < heap->workers.count; i++)
        kit_mark_stack_begin(&heap->stacks[i], &heap->marks);
    kit_workers_run(&heap->workers, work, heap);
    for (uint32_t i = 0; i < heap->workers.count; i++)
        kit_mark_stack_end(&heap->stacks[i]);
    follow_pending(heap);
    finish_weak(heap, m);
    kit_mark_share_end(&heap->marks);
    KIT_PHASE(MARK_DRAINED);
    for (struct kit_mutator *k = heap->base.world.first; k != NULL && !HM_FAULT(tr8); k = k->next)
        ((struct kit_counted_mutator *)k)->mark_word = ms_mark_word(heap);
    kit_event(host, m, HM_EVENT_MARK_END, atomic_load(&heap->marked_objects));
}
