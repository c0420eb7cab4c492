/* SPDX-License-Identifier: MIT
 *
 * A collection; see collect.h.
 */
#include <mark-sweep/collect.h>

#include <kit/heap_side.h>
#include <mark-sweep/blocks.h>
#include <mark-sweep/mark.h>
#include <mark-sweep/policy.h>

/* ---- counters ---- */

void ms_count_run(struct ms_mutator *mutator, uint32_t size_class)
{
    const struct ms_run *run = &mutator->runs[size_class];
    struct ms_current *current = &mutator->current[size_class];
    size_t bytes = (size_t)(run->free - current->counted);
    if (bytes == 0)
        return;
    ms_add(&mutator->allocated, bytes / kit_size_class_bytes(size_class), bytes);
    current->counted = run->free;
}

void ms_count_runs(struct ms_mutator *mutator)
{
    for (uint32_t i = 0; i < MS_RUN_CLASSES; i++)
        ms_count_run(mutator, i);
}

struct ms_allocated ms_all_allocated(struct ms_heap *heap)
{
    struct ms_allocated all = {heap->detached.objects, heap->detached.bytes};
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next) {
        struct ms_mutator *mutator = (struct ms_mutator *)k;
        if (!k->running)
            ms_count_runs(mutator);
        all.objects += atomic_load_explicit(&mutator->allocated.objects, memory_order_relaxed);
        all.bytes += atomic_load_explicit(&mutator->allocated.bytes, memory_order_relaxed);
    }
    return all;
}

/* ---- the collection ---- */

/* What is left of a run is zero, and free again for the next one who gets the span. */
static void retire_runs(struct ms_heap *heap)
{
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next) {
        struct ms_mutator *mutator = (struct ms_mutator *)k;
        ms_count_runs(mutator);
        memset(mutator->runs, 0, sizeof mutator->runs);
        memset(mutator->current, 0, sizeof mutator->current);
    }
}

/* Publish what was found; returns the bytes that the collection reclaimed. */
static uint64_t settle(struct ms_heap *heap, struct ms_found found)
{
    pthread_mutex_lock(&heap->world.lock);
    struct ms_allocated all = ms_all_allocated(heap);
    uint64_t before = heap->live_bytes + (all.bytes - heap->allocated_bytes);
    heap->live_objects = found.objects;
    heap->live_bytes = found.bytes;
    heap->allocated_objects = all.objects;
    heap->allocated_bytes = all.bytes;
    heap->collections++;
    pthread_mutex_unlock(&heap->world.lock);
    return before - found.bytes;
}

void ms_collect_stopped(struct ms_heap *heap, struct kit_mutator *m, enum hm_collection kind)
{
    const struct hm_host *host = heap->head.host;
    kit_event(host, m, HM_EVENT_COLLECTION_BEGIN, kind);
    retire_runs(heap);
    kit_event(host, m, HM_EVENT_MARK_BEGIN,
              kit_world_names(&heap->world) + kit_layout_slots(heap->globals->layout));
    ms_clear_marks(heap);
    uint64_t marked = ms_mark(heap);
    kit_event(host, m, HM_EVENT_MARK_END, marked);
    kit_event(host, m, HM_EVENT_SWEEP_BEGIN, 0);
    uint64_t reclaimed = settle(heap, ms_sort_blocks(heap));
    ms_policy_after(heap);
    heap->scarce = false;
    kit_event(host, m, HM_EVENT_SWEEP_END, reclaimed);
    kit_event(host, m, HM_EVENT_COLLECTION_END, reclaimed);
}

void ms_collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct ms_heap *heap = (struct ms_heap *)base;
    struct kit_mutator *mutator = (struct kit_mutator *)m;
    if (kind == HM_COLLECT_STEP) {
        if (m != NULL)
            kit_world_poll(&heap->world, mutator);
    } else {
        kit_world_stop_surely(&heap->world, mutator);
        ms_collect_stopped(heap, mutator, kind);
        kit_world_resume(&heap->world, mutator);
    }
    if (m != NULL)
        kit_every_keep_polling(&heap->every, m);
}
