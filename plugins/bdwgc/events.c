/* SPDX-License-Identifier: MIT
 *
 * What bdwgc says of its collections, told to the host.
 *
 * Bdwgc calls back with its lock held, and between a stop and the end of it while threads are
 * stopped wherever they were, maybe within malloc: so what happens then is only noted, and told
 * once the threads run again. That a stop is asked for is told before it, as all others tell it:
 * the CPU of the thread that collects is read when it is told, and again when it tells that they go
 * on. In incremental mode much of the marking happens in small steps within allocations, which
 * nothing calls back for: the harness's stamps see them as stalls.
 */
#include <bdwgc/heap.h>

#include <bdwgc/library.h>

/* The stop under way. Guarded by bdwgc's lock, under which all callbacks come. */
static struct {
    uint64_t stopped_ns, mark_begin_ns, mark_end_ns;
    bool clearing; /* the collection has begun: marks are cleared before the world is stopped */
} stop;

uint64_t bdwgc_held_bytes(void)
{
    return GC_get_obtained_from_os_bytes() - GC_get_unmapped_bytes();
}

uint64_t bdwgc_raise(_Atomic uint64_t *greatest, uint64_t figure)
{
    uint64_t before = atomic_load_explicit(greatest, memory_order_relaxed);
    while (figure > before && !atomic_compare_exchange_weak(greatest, &before, figure))
        continue;
    return figure > before ? figure : before;
}

static void on_heap_resize(GC_word heap_bytes)
{
    (void)heap_bytes;
    if (bdwgc_heap != NULL)
        bdwgc_raise(&bdwgc_heap->held_peak_bytes, bdwgc_held_bytes());
}

static void ask_to_stop(const struct bdwgc_heap *heap, struct hm_log *log, uint64_t now_ns)
{
    const struct hm_host *host = heap->head.host;
    if (stop.clearing)
        host->event(log, HM_EVENT_SWEEP_END, now_ns, 0);
    stop.clearing = false;
    stop.mark_begin_ns = stop.mark_end_ns = 0;
    host->event(log, HM_EVENT_STOP_REQUESTED, now_ns, heap->world.attached);
}

static void tell_stop(const struct bdwgc_heap *heap, struct hm_log *log, uint64_t resumed_ns)
{
    const struct hm_host *host = heap->head.host;
    host->event(log, HM_EVENT_STOPPED, stop.stopped_ns, 0);
    host->event(log, HM_EVENT_COLLECTION_BEGIN, stop.stopped_ns, HM_COLLECT_FULL);
    if (stop.mark_begin_ns != 0 && stop.mark_end_ns != 0) {
        host->event(log, HM_EVENT_MARK_BEGIN, stop.mark_begin_ns, 0);
        host->event(log, HM_EVENT_MARK_END, stop.mark_end_ns, 0);
    }
    host->event(log, HM_EVENT_COLLECTION_END, resumed_ns, 0);
    host->event(log, HM_EVENT_RESUMED, resumed_ns, 0);
}

/* The thread that collects is the one that is called back. */
static struct hm_log *own_log(void)
{
    return bdwgc_mutator != NULL ? bdwgc_mutator->kit.head.log : bdwgc_log;
}

static void GC_CALLBACK on_event(GC_EventType event)
{
    struct bdwgc_heap *heap = bdwgc_heap;
    if (heap == NULL)
        return;
    uint64_t now_ns = heap->head.host->now_ns();
    switch (event) {
    /* What begins here comes to its stop, which ends it: libgc gives a collection up before that by
     * a stop function alone, and nothing sets one. */
    case GC_EVENT_START:
        heap->head.host->event(own_log(), HM_EVENT_SWEEP_BEGIN, now_ns, 0);
        stop.clearing = true;
        break;
    case GC_EVENT_PRE_STOP_WORLD:
        ask_to_stop(heap, own_log(), now_ns);
        break;
    case GC_EVENT_POST_STOP_WORLD:
        stop.stopped_ns = now_ns;
        break;
    case GC_EVENT_MARK_START:
        stop.mark_begin_ns = now_ns;
        break;
    case GC_EVENT_MARK_END:
        stop.mark_end_ns = now_ns;
        break;
    case GC_EVENT_POST_START_WORLD:
        atomic_fetch_add_explicit(&heap->collections, 1, memory_order_relaxed);
        bdwgc_raise(&heap->held_peak_bytes, bdwgc_held_bytes());
        tell_stop(heap, own_log(), now_ns);
        break;
    /* What it sweeps at the end of a collection, the world running again, keeps only the thread
     * that collected: no pause, but told. */
    case GC_EVENT_RECLAIM_START:
        heap->head.host->event(own_log(), HM_EVENT_SWEEP_BEGIN, now_ns, 0);
        break;
    case GC_EVENT_RECLAIM_END:
        heap->head.host->event(own_log(), HM_EVENT_SWEEP_END, now_ns, 0);
        break;
    default:
        break;
    }
}

void bdwgc_listen(void)
{
    GC_set_on_heap_resize(on_heap_resize);
    GC_set_on_collection_event(on_event);
}
