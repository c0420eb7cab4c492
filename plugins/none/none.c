/* SPDX-License-Identifier: MIT
 *
 * none: a collector that never collects.
 *
 * Algorithm: each mutator bumps a pointer through runs of fresh blocks; nothing is ever freed.
 * Invariant: all memory from a mutator's `free` to its `limit` is zero and belongs to it alone.
 *
 * It is the template for a new collector (copy the folder, rename) and a floor for the cost of
 * allocation. It is not a floor for the cost of a program: it touches fresh memory for ever, and
 * pays for page faults and cache misses what others pay for collecting. As it cannot live within
 * a heap limit that is a multiple of the live bytes, it ignores that and has one of its own.
 */
#include <none/heap.h>

#include <kit/heap_side.h>
#include <kit/object.h>
#include <kit/survey.h>

#include <stdlib.h>

extern const struct hm_kernel_set hm_set_none;
hm_ref none_clone(hm_mutator *m, hm_name *to, hm_name *from);

/* The calibration's weights want larger ones. */
#ifndef NONE_RUN_BLOCKS
#define NONE_RUN_BLOCKS 4
#endif

enum { RUN_BLOCKS = NONE_RUN_BLOCKS };

static struct none_heap *heap_of(hm_mutator *m)
{
    return (struct none_heap *)m->heap;
}

/* ---- allocation ---- */

/* Say how far the mutator's run is filled. world.lock held, or the world quiet. */
static void mark_end(const struct none_mutator *mutator)
{
    if (mutator->run != NULL)
        ((struct none_run *)(void *)mutator->run - 1)->end = mutator->free;
}

/* Give the mutator a new run that holds `bytes`; false when the limit forbids it. The rest of
 * the old run is lost, which is what a floor may do. */
static bool next_run(struct none_heap *heap, struct none_mutator *mutator, size_t bytes)
{
    bool zeroed;
    size_t blocks = (sizeof(struct none_run) + bytes + KIT_BLOCK_BYTES - 1) >> KIT_BLOCK_BITS;
    if (blocks < RUN_BLOCKS)
        blocks = RUN_BLOCKS;
    struct none_run *run = kit_pool_take(&heap->pool, blocks, &zeroed);
    if (run == NULL)
        return false;
    pthread_mutex_lock(&heap->world.lock);
    mark_end(mutator);
    run->next = heap->runs;
    heap->runs = run;
    pthread_mutex_unlock(&heap->world.lock);
    atomic_fetch_add_explicit(&mutator->run_bytes, (uint64_t)(mutator->free - mutator->run),
                              memory_order_relaxed);
    mutator->run = (char *)(run + 1);
    mutator->free = mutator->run;
    mutator->limit = (char *)run + (blocks << KIT_BLOCK_BITS);
    return true;
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct none_mutator *mutator = (struct none_mutator *)m;
    struct none_heap *heap = heap_of(m);
    enum hm_cause cause = HM_TOO_LARGE;
    kit_world_poll(&heap->world, &mutator->kit);
    if (kit_fits(shape, n)) {
        size_t bytes = kit_shape_bytes(shape, n);
        cause = HM_OUT_OF_MEMORY;
        if (next_run(heap, mutator, bytes)) {
            struct kit_object *object = (struct kit_object *)(void *)mutator->free;
            mutator->free += bytes;
            object->layout = kit_layout(shape, n);
            name->bits = (uintptr_t)object;
            return kit_ref(object);
        }
        kit_event(heap->head.host, &mutator->kit, HM_EVENT_OUT_OF_MEMORY, bytes);
    }
    if ((flags & HM_MAY_FAIL) == 0)
        hm_land(m, cause);
    return hm_null;
}

hm_ref none_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    struct none_mutator *mutator = (struct none_mutator *)m;
    size_t bytes = kit_layout_bytes(kit_object(hm_at(from))->layout);
    if ((size_t)(mutator->limit - mutator->free) < bytes && !next_run(heap_of(m), mutator, bytes))
        hm_land(m, HM_OUT_OF_MEMORY);
    void *copy = mutator->free;
    mutator->free += bytes;
    memcpy(copy, kit_object(hm_at(from)), bytes);
    to->bits = (uintptr_t)copy;
    return hm_at(to);
}

static void poll(hm_mutator *m)
{
    kit_world_poll(&heap_of(m)->world, (struct kit_mutator *)m);
}

static void block(hm_mutator *m)
{
    kit_world_block(&heap_of(m)->world, (struct kit_mutator *)m);
}

static void unblock(hm_mutator *m)
{
    kit_world_unblock(&heap_of(m)->world, (struct kit_mutator *)m);
}

static const struct hm_slow slow = {
    .size = sizeof slow,
    .allocate = allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};

/* ---- the heap side ---- */

enum { OPTION_LIMIT };

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    struct none_heap *heap = calloc(1, sizeof *heap);
    struct kit_object *globals = kit_globals_new(request->globals);
    if (heap == NULL || globals == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        goto fail;
    }
    if (!kit_pool_open(&heap->pool, (uint64_t)request->options[OPTION_LIMIT].integer, refusal))
        goto fail;
    kit_world_open(&heap->world, request);
    heap->globals = globals;
    heap->request = request;
    heap->head.host = request->host;
    heap->head.set = &hm_set_none;
    heap->head.ops = request->variant->heap_ops;
    return &heap->head;

fail:
    kit_globals_free(globals);
    free(heap);
    return NULL;
}

static void close_heap(hm_heap *base)
{
    struct none_heap *heap = (struct none_heap *)base;
    kit_world_close(&heap->world);
    kit_pool_close(&heap->pool);
    kit_globals_free(heap->globals);
    free(heap);
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct none_heap *heap = (struct none_heap *)base;
    return (hm_mutator *)kit_mutator_new(&heap->world, sizeof(struct none_mutator), base, &slow,
                                         heap->request, index, log, refusal);
}

static void detach(hm_mutator *m)
{
    struct none_mutator *mutator = (struct none_mutator *)m;
    struct none_heap *heap = heap_of(m);
    pthread_mutex_lock(&heap->world.lock);
    mark_end(mutator);
    heap->bytes += atomic_load(&mutator->run_bytes) + (uint64_t)(mutator->free - mutator->run);
    pthread_mutex_unlock(&heap->world.lock);
    kit_mutator_free(&heap->world, &mutator->kit);
}

/* A collection that frees nothing is still a safepoint. */
static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    (void)kind;
    if (m != NULL)
        kit_world_poll(&((struct none_heap *)base)->world, (struct kit_mutator *)m);
}

/* Whole runs only: what a running mutator has used of its current run is not known to others. */
static void statistics(hm_heap *base, struct hm_statistics *report)
{
    struct none_heap *heap = (struct none_heap *)base;
    struct hm_statistics figures = kit_statistics_unknown();
    pthread_mutex_lock(&heap->world.lock);
    uint64_t bytes = heap->bytes;
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next)
        bytes += atomic_load_explicit(&((struct none_mutator *)k)->run_bytes, memory_order_relaxed);
    pthread_mutex_unlock(&heap->world.lock);
    figures.held_bytes = kit_pool_held_bytes(&heap->pool);
    figures.held_peak_bytes = atomic_load(&heap->pool.held_peak_bytes);
    figures.live_bytes = bytes;
    figures.allocated_bytes = bytes;
    figures.collections = 0;
    kit_report(report, &figures, sizeof figures);
}

static size_t occupied(const void *heap, const struct kit_object *object)
{
    (void)heap;
    return kit_layout_bytes(object->layout);
}

static void survey_run(struct kit_survey *survey, const struct none_run *run)
{
    const char *at = (const char *)(run + 1);
    while (at < run->end) {
        const struct kit_object *object = (const struct kit_object *)(const void *)at;
        kit_survey_object(survey, object);
        at += kit_layout_bytes(object->layout);
    }
}

/* Everything that was ever made is there, and most of it unreachable. */
static void census(hm_heap *base, hm_mutator *m, struct hm_census *report)
{
    struct none_heap *heap = (struct none_heap *)base;
    struct kit_survey survey;
    (void)m;
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next)
        mark_end((struct none_mutator *)k);
    kit_survey_open(&survey, heap->pool.base, heap->pool.high_water << KIT_BLOCK_BITS, heap,
                    occupied);
    for (struct none_run *run = heap->runs; run != NULL; run = run->next)
        survey_run(&survey, run);
    kit_survey_names(&survey, &heap->world);
    kit_survey_globals(&survey, heap->globals);
    kit_survey_census(&survey, report);
    kit_survey_close(&survey);
}

static const struct hm_heap_ops heap_ops = {
    .size = sizeof heap_ops,
    .abi = HM_ABI,
    .open = open_heap,
    .attach = attach,
    .detach = detach,
    .collect = collect,
    .statistics = statistics,
    .close = close_heap,
    .census = census,
};

static const struct hm_capabilities capabilities = {
    .size = sizeof capabilities,
    .frees = false,
    .shares = true,
    .reopenable = true,
    .reports_pauses = true,
    .census = true,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .granule_bytes = KIT_GRANULE_BYTES,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "never frees anything",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_setting limit = {
    .name = "limit",
    .help = "bytes that it may hold before it answers out of memory; the trial's heap limit "
            "does not apply to it",
    .type = HM_BYTES,
    .least.integer = 1 << 20,
    .most.integer = (int64_t)1 << 42,
    .standard.integer = (int64_t)4 << 30,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "none",
    .version = "1",
    .summary = "Never frees: a template, and a floor for the cost of allocation.",
    .source = "the null pool of the Memory Pool System is the model of such a template",
    .variants = (const struct hm_variant *const[]){&default_variant, NULL},
    .options = (const struct hm_setting *const[]){&limit, NULL},
};
