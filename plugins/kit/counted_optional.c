/* SPDX-License-Identifier: MIT
 *
 * Weak references and the finalizer queue of counting collectors, apart from what depends on the
 * kind of counts (release.h).
 */
#include <kit/counted_heap.h>

/* A table for the object's block. The last resort is a collection, as for any memory. */
static bool make_side(hm_mutator *m, const struct kit_object *object)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    if (HM_LIKELY(kit_side_make(&heap->pool, object)))
        return true;
    kit_counted_collect(m->heap, m, HM_COLLECT_FULL);
    return kit_side_make(&heap->pool, object);
}

/* It was never made: the cell goes back where it came from, so that it is not told as allocated. */
static void give_back(hm_mutator *m, struct kit_object *object)
{
    struct kit_cell_mutator *mutator = (struct kit_cell_mutator *)m;
    struct kit_cell *cell = (struct kit_cell *)(void *)object;
    uint32_t size_class = kit_size_class(KIT_WEAK_BYTES);
    kit_cell_close(cell, kit_size_class_bytes(size_class));
    kit_cell_link(cell, mutator->free[size_class]);
    mutator->free[size_class] = cell;
}

/* No collection between taking the cell and giving it back: it would count it as allocated. */
static struct kit_object *try_weak(hm_mutator *m)
{
    struct kit_object *object = kit_counted_take(m, KIT_WEAK_BYTES);
    if (object == NULL)
        return NULL;
    object->own = (uint32_t)1 << kit_counted_heap_of(m)->count_shift;
    object->layout = KIT_WEAK_LAYOUT;
    memset(object->fields, 0, KIT_WEAK_BYTES - KIT_HEADER_BYTES);
    if (HM_LIKELY(kit_side_make(&kit_counted_heap_of(m)->pool, object)))
        return object;
    give_back(m, object);
    return NULL;
}

static struct kit_object *take_weak(hm_mutator *m)
{
    struct kit_object *object = try_weak(m);
    if (HM_LIKELY(object != NULL))
        return object;
    kit_counted_collect(m->heap, m, HM_COLLECT_FULL);
    return try_weak(m);
}

static _Noreturn void land(hm_mutator *m, uint64_t bytes)
{
    kit_event(m->heap->host, (struct kit_mutator *)m, HM_EVENT_OUT_OF_MEMORY, bytes);
    hm_land(m, HM_OUT_OF_MEMORY);
}

hm_ref kit_counted_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    if (HM_UNLIKELY(atomic_load_explicit(&m->poll, memory_order_relaxed) != 0))
        kit_counted_poll(m);
    struct kit_object *object = make_side(m, kit_object(hm_at(target))) ? take_weak(m) : NULL;
    if (object == NULL)
        land(m, KIT_WEAK_BYTES);
    kit_side_set(object, KIT_SIDE_WEAK);
    kit_side_set(kit_object(hm_at(target)), KIT_SIDE_WEAK);
    kit_weak_enter(&heap->weaks, kit_weak(kit_ref(object)), target->bits);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

void kit_counted_watch(hm_mutator *m, hm_name *name)
{
    if (!kit_dead_queue_watch(&kit_counted_heap_of(m)->dead, kit_object(hm_at(name))))
        land(m, sizeof(struct kit_object *));
}

/* A weak object that waits in the queue goes on referring to its target. */
static uint32_t bits_of_waiting(const struct kit_object *object)
{
    return kit_is_weak(object) && !HM_FAULT(rc33) ? KIT_SIDE_WEAK : 0;
}

bool kit_counted_bury(struct kit_counted_heap *heap, struct kit_object *object)
{
    uint32_t bits = kit_side_bits(object);
    if ((bits & KIT_SIDE_WEAK) != 0 && !(HM_FAULT(rc29) && (bits & KIT_SIDE_WATCHED) != 0)) {
        struct kit_weak_stripe *stripe = kit_weak_lock(&heap->weaks, (uintptr_t)object);
        kit_weak_clear(&heap->weaks, stripe, (uintptr_t)object);
        kit_weak_unlock(stripe);
        KIT_PHASE(WEAK_CLEARED);
    }
    if ((bits & KIT_SIDE_WATCHED) != 0) {
        uint32_t one = (uint32_t)1 << heap->count_shift;
        object->own = (object->own & (one - 1)) | one;
        kit_side_clear(object, bits & ~bits_of_waiting(object));
        kit_dead_queue_push(&heap->dead, object);
        KIT_PHASE(FINALIZERS_QUEUED);
        return false;
    }
    if (kit_is_weak(object) && !(HM_FAULT(rc33) && bits == 0))
        kit_weak_leave(&heap->weaks, kit_weak(kit_ref(object)));
    if (bits != 0)
        kit_side_clear(object, bits);
    return true;
}
