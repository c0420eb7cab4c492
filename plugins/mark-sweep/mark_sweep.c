/* SPDX-License-Identifier: MIT
 *
 * mark-sweep: stop the world, mark, sweep lazily.
 *
 * Algorithm (McCarthy, Recursive functions of symbolic expressions, CACM 1960; lazy sweeping after
 * Hughes, 1982): when memory is out, all mutators stop, and everything that names and globals reach
 * is marked (mark.c). Then they go on, and sweep a block when they need cells of its size
 * (sweep.c). Objects lie in size-segregated blocks, large ones in blocks of their own
 * (kit/cells.h). When to collect is decided apart from how (policy.c).
 *
 * Invariant: between collections, every reachable object carries the current epoch. An object that
 * does not is dead, and stays so until its block is swept.
 */
#include <mark-sweep/heap.h>
#include <mark-sweep/weak.h>

#include <stdlib.h>

extern const struct hm_kernel_set hm_set_mark_sweep;
hm_ref ms_clone(hm_mutator *m, hm_name *to, hm_name *from);

enum { OPTION_WORKERS, OPTION_GROWTH, OPTION_STACK };

static struct ms_heap *heap_of(hm_mutator *m)
{
    return (struct ms_heap *)m->heap;
}

/* ---- collecting ---- */

/* The world is stopped. */
static void collect_stopped(struct ms_heap *heap, struct kit_mutator *m)
{
    const struct hm_host *host = heap->base.head.host;
    kit_event(host, m, HM_EVENT_COLLECTION_BEGIN, HM_COLLECT_FULL);
    bool last_epoch = heap->epoch == MS_MOST_EPOCH;
    if (last_epoch)
        ms_sweep_all(heap);
    kit_counted_bring_home(&heap->base);
    ms_mark(heap, m);
    ms_begin_sweep(heap);
    if (last_epoch)
        ms_sweep_all(heap);
    ms_plan(heap);
    atomic_fetch_add_explicit(&heap->base.collections, 1, memory_order_relaxed);
    kit_event(host, m, HM_EVENT_COLLECTION_END, 0);
}

/* Asked for from outside: everything is swept before it returns. */
static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct ms_heap *heap = (struct ms_heap *)base;
    struct kit_mutator *mutator = (struct kit_mutator *)m;
    if (kind == HM_COLLECT_STEP)
        return;
    kit_world_stop_surely(&heap->base.world, mutator);
    uint64_t planned = HM_FAULT(rp7) ? atomic_load(&heap->next_bytes) : 0;
    collect_stopped(heap, mutator);
    if (HM_FAULT(rp7))
        atomic_store(&heap->next_bytes, planned);
    ms_sweep_all(heap);
    kit_counted_bring_home(&heap->base);
    kit_world_resume(&heap->base.world, mutator);
}

/* ---- allocation ---- */

/* What the mutator has now, for policy.c: it took a large object, or a free list. */
static void note_taken(struct ms_heap *heap, const struct kit_cell_mutator *m, size_t bytes)
{
    if (bytes <= KIT_CELL_MOST_BYTES)
        bytes = m->listed[kit_size_class(bytes)] * kit_size_class_bytes(kit_size_class(bytes));
    atomic_fetch_add_explicit(&heap->taken_bytes, bytes, memory_order_relaxed);
}

/* Memory from what is free or can be swept, without a collection. */
static void *take_swept(struct ms_heap *heap, struct kit_cell_mutator *m, size_t bytes)
{
    bool is_cell = bytes <= KIT_CELL_MOST_BYTES;
    uint32_t size_class = is_cell ? kit_size_class(bytes) : 0;
    if (is_cell && m->free[size_class] != NULL)
        return kit_cells_take(&heap->base.cells, m, bytes);
    if (!is_cell || (m->owner->partial[size_class] == NULL && !ms_sweep_for(heap, m, size_class))) {
        if (HM_FAULT(tr9))
            ms_sweep_all(heap);
        else if (ms_is_beyond_plan(heap))
            ms_sweep_own(heap, m);
    }
    void *memory = kit_cells_take(&heap->base.cells, m, bytes);
    if (memory != NULL)
        note_taken(heap, m, bytes);
    return memory;
}

/* The world is stopped by this mutator: sweep what is unswept anywhere; if that does not suffice,
 * collect; if sweeping lazily does not suffice after that, sweep everything. */
static void *take_stopped(struct ms_heap *heap, struct kit_cell_mutator *m, size_t bytes)
{
    void *memory = NULL;
    if (ms_sweep_all(heap)) {
        kit_counted_bring_home(&heap->base);
        memory = kit_cells_take(&heap->base.cells, m, bytes);
    }
    if (memory == NULL) {
        collect_stopped(heap, &m->kit);
        if (HM_FAULT(rp8))
            atomic_fetch_sub(&heap->base.collections, 1);
        memory = take_swept(heap, m, bytes);
    }
    if (memory == NULL && ms_sweep_all(heap)) {
        kit_counted_bring_home(&heap->base);
        memory = kit_cells_take(&heap->base.cells, m, bytes);
    }
    return memory;
}

void *ms_take(struct ms_heap *heap, struct kit_cell_mutator *m, size_t bytes)
{
    if (ms_wants_collection(heap) && kit_world_stop(&heap->base.world, &m->kit)) {
        collect_stopped(heap, &m->kit);
        kit_world_resume(&heap->base.world, &m->kit);
    }
    void *memory = take_swept(heap, m, bytes);
    if (memory == NULL && ms_sweep_own(heap, m))
        memory = kit_cells_take(&heap->base.cells, m, bytes);
    if (memory != NULL || (HM_FAULT(th5) && m->kit.out_of_memory))
        return memory;
    kit_world_stop_surely(&heap->base.world, &m->kit);
    memory = take_stopped(heap, m, bytes);
    kit_world_resume(&heap->base.world, &m->kit);
    if (HM_FAULT(th5) && memory == NULL)
        m->kit.out_of_memory = true;
    return memory;
}

/* Room for records of watched objects: they have to be made at a safepoint, as hm_watch is none. */
static void make_room_to_watch(struct ms_heap *heap, struct kit_mutator *m)
{
    if (kit_watch_make_room(&heap->traced.watch) || !kit_world_stop(&heap->base.world, m))
        return;
    ms_sweep_all(heap);
    kit_counted_bring_home(&heap->base);
    if (!kit_watch_make_room(&heap->traced.watch)) {
        collect_stopped(heap, m);
        ms_sweep_all(heap);
        kit_counted_bring_home(&heap->base);
        kit_watch_make_room(&heap->traced.watch);
    }
    kit_world_resume(&heap->base.world, m);
}

static void poll(hm_mutator *m)
{
    struct ms_heap *heap = heap_of(m);
    kit_counted_poll(m);
    if (kit_watch_is_low(&heap->traced.watch))
        make_room_to_watch(heap, (struct kit_mutator *)m);
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct ms_heap *heap = heap_of(m);
    enum hm_cause cause = HM_TOO_LARGE;
    if (HM_UNLIKELY(atomic_load_explicit(&m->poll, memory_order_relaxed) != 0))
        poll(m);
    if (kit_fits(shape, n)) {
        size_t bytes = kit_shape_bytes(shape, n);
        struct kit_object *object = ms_take(heap, (struct kit_cell_mutator *)m, bytes);
        if (object != NULL) {
            object->own = ((struct kit_counted_mutator *)m)->mark_word;
            object->layout = kit_layout(shape, n);
            kit_clear_fields(object, bytes);
            name->bits = (uintptr_t)object;
            return kit_ref(object);
        }
        cause = HM_OUT_OF_MEMORY;
        kit_event(heap->base.head.host, (struct kit_mutator *)m, HM_EVENT_OUT_OF_MEMORY, bytes);
    }
    if ((flags & HM_MAY_FAIL) == 0)
        hm_land(m, cause);
    return hm_null;
}

/* `from` owns the original until the copy is made. */
hm_ref ms_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    size_t bytes = kit_layout_bytes(kit_object(hm_at(from))->layout);
    if (atomic_load_explicit(&m->poll, memory_order_relaxed) != 0)
        poll(m);
    const uint32_t *mark_word = &((struct kit_counted_mutator *)m)->mark_word, before = *mark_word;
    if (HM_FAULT(tr33) && to != from)
        to->bits = 0;
    struct kit_object *copy = ms_take(heap_of(m), (struct kit_cell_mutator *)m, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    copy->own = HM_FAULT(tr32) ? before : *mark_word;
    copy->layout = kit_object(hm_at(from))->layout;
    memcpy(copy->fields, kit_object(hm_at(from))->fields, bytes - KIT_HEADER_BYTES);
    to->bits = (uintptr_t)copy;
    return hm_at(to);
}

static const struct hm_slow slow = {
    .size = sizeof slow,
    .allocate = allocate,
    .poll = poll,
    .block = kit_counted_block,
    .unblock = kit_counted_unblock,
};

static const struct kit_counted_functions functions = {.slow = &slow};

/* ---- the heap side ---- */

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    uint32_t workers = (uint32_t)request->options[OPTION_WORKERS].integer;
    struct ms_heap *heap = (struct ms_heap *)kit_counted_open(
        sizeof *heap, request, &hm_set_mark_sweep, &functions, 0, refusal);
    if (heap == NULL)
        return NULL;
    heap->epoch = 1;
    heap->growth = request->options[OPTION_GROWTH].decimal;
    if (!kit_mark_share_open(&heap->marks, &heap->base.pool, workers,
                             (uint64_t)request->options[OPTION_STACK].integer, 0)) {
        kit_refuse_memory(refusal, "the mark stacks");
        goto fail_marks;
    }
    if (!kit_workers_open(&heap->workers, workers, request->host, "mark", refusal))
        goto fail_workers;
    ms_weak_open(heap);
    ms_plan(heap);
    return &heap->base.head;

fail_workers:
    kit_mark_share_close(&heap->marks);
fail_marks:
    kit_counted_close(&heap->base.head);
    return NULL;
}

static void close_heap(hm_heap *base)
{
    struct ms_heap *heap = (struct ms_heap *)base;
    kit_workers_close(&heap->workers);
    kit_mark_share_close(&heap->marks);
    kit_traced_close(&heap->traced);
    kit_counted_close(base);
}

/* The mutator runs from its attach on, so the epoch stays what it is. */
static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    uint32_t early = HM_FAULT(tr17) ? ms_mark_word((struct ms_heap *)base) : 0;
    hm_mutator *m = kit_counted_attach(base, index, log, refusal);
    if (m != NULL)
        ((struct kit_counted_mutator *)m)->mark_word =
            HM_FAULT(tr17) ? early : ms_mark_word((struct ms_heap *)base);
    return m;
}

static const struct hm_heap_ops heap_ops = {
    .size = sizeof heap_ops,
    .abi = HM_ABI,
    .open = open_heap,
    .attach = attach,
    .detach = kit_counted_detach,
    .collect = collect,
    .statistics = kit_counted_statistics,
    .close = close_heap,
    .census = kit_counted_census,
    .walk = kit_counted_walk,
    .verify = kit_counted_verify,
};

static const struct hm_capabilities capabilities = {
    .size = sizeof capabilities,
    .frees = true,
    .cycles = true,
    .shares = true,
    .heap_limit = true,
    .reports_pauses = true,
    .census = true,
    .walk = true,
    .weak = true,
    .ephemerons = true,
    .finalizers = true,
    .reopenable = true,
    .complete_after = 1,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .least_heap_bytes = 1 << 20,
    .least_mutator_bytes = 1 << 20,
    .granule_bytes = KIT_GRANULE_BYTES,
    .held_factor = 8,
    .held_beside_bytes = 24 << 20,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "stop the world, lazy sweeping",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_setting workers = {
    .name = "workers",
    .help = "threads that mark, the one that collects included",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = KIT_MOST_WORKERS,
    .standard.integer = 1,
};

static const struct hm_setting growth = {
    .name = "growth",
    .help =
        "without a heap limit: collect when the heap holds this many times what was last marked",
    .type = HM_DECIMAL,
    .least.decimal = 1.1,
    .most.decimal = 100,
    .standard.decimal = 2,
};

static const struct hm_setting stack = {
    .name = "stack",
    .help = "for tests: bytes that the mark stacks may take; 0: what the heap limit leaves",
    .type = HM_BYTES,
    .least.integer = 0,
    .most.integer = (int64_t)1 << 40,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "mark-sweep",
    .version = "1",
    .summary =
        "Stop-the-world marking with lazy sweeping of size-segregated blocks: for programs with "
        "cycles and a heap that is not much larger than what lives.",
    .source = "J. McCarthy, Recursive functions of symbolic expressions, CACM 3(4), 1960; R. J. M. "
              "Hughes, A semi-incremental garbage collection algorithm, 1982",
    .variants = (const struct hm_variant *const[]){&default_variant, NULL},
    .options = (const struct hm_setting *const[]){&workers, &growth, &stack, NULL},
};
