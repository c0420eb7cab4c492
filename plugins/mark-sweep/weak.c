/* SPDX-License-Identifier: MIT
 *
 * Making weak objects and ephemerons, watching, and taking from the queue: the mutator's side of
 * kit/traced.h.
 */
#include <mark-sweep/heap.h>
#include <mark-sweep/weak.h>

static struct ms_heap *heap_of(hm_mutator *m)
{
    return (struct ms_heap *)m->heap;
}

static void *take_or_land(hm_mutator *m, size_t bytes)
{
    if (atomic_load_explicit(&m->poll, memory_order_relaxed) != 0)
        m->slow->poll(m);
    void *memory = ms_take(heap_of(m), (struct kit_cell_mutator *)m, bytes);
    if (memory != NULL)
        return memory;
    kit_event(heap_of(m)->base.head.host, (struct kit_mutator *)m, HM_EVENT_OUT_OF_MEMORY, bytes);
    hm_land(m, HM_OUT_OF_MEMORY);
}

hm_ref ms_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    name->bits = 0;
    void *memory = take_or_land(m, KIT_TRACED_WEAK_BYTES);
    kit_traced_weak_born(&heap_of(m)->traced, memory, ((struct kit_counted_mutator *)m)->mark_word,
                         hm_at(target));
    name->bits = (uintptr_t)memory;
    return hm_at(name);
}

hm_ref ms_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
{
    name->bits = 0;
    void *memory = take_or_land(m, KIT_EPHEMERON_BYTES);
    kit_traced_ephemeron_born(&heap_of(m)->traced, memory,
                              ((struct kit_counted_mutator *)m)->mark_word, hm_at(key),
                              hm_at(value));
    name->bits = (uintptr_t)memory;
    return hm_at(name);
}

void ms_watch(hm_mutator *m, hm_name *name)
{
    kit_traced_watch(&heap_of(m)->traced, m, name);
}

void ms_next_dead(hm_mutator *m, hm_name *name)
{
    name->bits = kit_watch_next(&heap_of(m)->traced.watch).bits;
}

static void *take_chunk(void *pool)
{
    bool zeroed;
    return kit_pool_take(pool, 1, &zeroed);
}

static void give_chunk(void *pool, void *chunk)
{
    kit_pool_give(pool, chunk, 1);
}

static void each_queued(struct kit_counted_heap *heap, void (*visit)(void *user, hm_name *name),
                        void *user)
{
    kit_watch_each_queued(&((struct ms_heap *)heap)->traced.watch, visit, user);
}

void ms_weak_open(struct ms_heap *heap)
{
    heap->base.each_other_name = each_queued;
    struct kit_watch_memory memory = {take_chunk, give_chunk, &heap->base.pool};
    kit_traced_open(&heap->traced, memory, MS_NOTED);
}
