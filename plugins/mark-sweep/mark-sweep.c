/* SPDX-License-Identifier: MIT
 *
 * mark-sweep: marks what lives with the world stopped, and sweeps as memory is needed.
 *
 * Algorithm: objects lie in cells of a few dozen sizes, in blocks of 64 KiB; larger ones in blocks
 * of their own. A collection marks from names and globals (mark.c), counts the marks of each
 * block, gives empty blocks back and lists the partly free ones (blocks.c). Mutators bump through
 * runs of free cells, which they find by the marks, block by block (allocate.c).
 * Invariant: while mutators run, every object that names and globals reach is marked or was made
 * since the last marking, and a cell that is handed out is neither. See struct ms_block.
 * Source: J. McCarthy, Recursive functions of symbolic expressions, CACM 3(4), 1960; lazy sweeping
 * after R. J. M. Hughes, A semi-incremental garbage collection algorithm, SP&E 12(11), 1982.
 */
#include <mark-sweep/heap.h>

#include <kit/heap_side.h>
#include <kit/object.h>
#include <mark-sweep/allocate.h>
#include <mark-sweep/blocks.h>
#include <mark-sweep/collect.h>
#include <mark-sweep/policy.h>
#include <mark-sweep/report.h>

#include <stdlib.h>

extern const struct hm_kernel_set hm_set_mark_sweep;

/* ---- mutators ---- */

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct ms_heap *heap = (struct ms_heap *)base;
    struct kit_mutator *mutator = kit_mutator_new(&heap->world, sizeof(struct ms_mutator), base,
                                                  &ms_slow, heap->request, index, log, refusal);
    if (mutator == NULL)
        return NULL;
    kit_every_keep_polling(&heap->every, &mutator->head);
    return &mutator->head;
}

/* The mutator still runs, so no collection comes between the parts. */
static void detach(hm_mutator *m)
{
    struct ms_mutator *mutator = (struct ms_mutator *)m;
    struct ms_heap *heap = (struct ms_heap *)m->heap;
    pthread_mutex_lock(&heap->world.lock);
    ms_count_runs(mutator);
    ms_add(&heap->detached, mutator->allocated.objects, mutator->allocated.bytes);
    mutator->allocated.objects = 0;
    mutator->allocated.bytes = 0;
    pthread_mutex_unlock(&heap->world.lock);
    ms_leave_spans(heap, mutator);
    kit_mutator_free(&heap->world, &mutator->kit);
}

/* ---- open and close ---- */

enum { OPTION_WORKERS, OPTION_GROWTH, OPTION_TRIGGER, OPTION_MARK_STACK, OPTION_EVERY };

/* Memory: pool, tables, mark stacks. All or nothing. */
static bool open_memory(struct ms_heap *heap, const struct hm_open *request,
                        struct hm_refusal *refusal)
{
    uint32_t workers = (uint32_t)request->options[OPTION_WORKERS].integer;
    uint64_t most = (uint64_t)request->options[OPTION_MARK_STACK].integer;
    if (!kit_pool_open(&heap->pool, request->heap_bytes, refusal))
        return false;
    if (!ms_blocks_open(heap, refusal))
        goto fail_blocks;
    if (!kit_mark_share_open(&heap->share, &heap->pool, workers, most,
                             ms_policy_mark_bytes(request->heap_bytes))) {
        kit_refuse_memory(refusal, "mark stacks: the heap limit is too small");
        goto fail_share;
    }
    return true;

fail_share:
    ms_blocks_close(heap);
fail_blocks:
    kit_pool_close(&heap->pool);
    return false;
}

static void close_memory(struct ms_heap *heap)
{
    kit_mark_share_close(&heap->share);
    ms_blocks_close(heap);
    kit_pool_close(&heap->pool);
}

static bool open_parts(struct ms_heap *heap, const struct hm_open *request,
                       struct hm_refusal *refusal)
{
    if (!open_memory(heap, request, refusal))
        return false;
    if (!kit_workers_open(&heap->workers, heap->share.workers, request->host, "mark-sweep worker",
                          refusal)) {
        close_memory(heap);
        return false;
    }
    heap->globals = kit_globals_new(request->globals);
    if (heap->globals == NULL) {
        kit_refuse_memory(refusal, "the globals");
        kit_workers_close(&heap->workers);
        close_memory(heap);
        return false;
    }
    return true;
}

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    if (request->heap_bytes != 0 && request->heap_bytes < MS_LEAST_HEAP_BYTES) {
        kit_refuse_memory(refusal, "blocks: the heap limit is too small");
        return NULL;
    }
    struct ms_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        return NULL;
    }
    if (!open_parts(heap, request, refusal)) {
        free(heap);
        return NULL;
    }
    kit_world_open(&heap->world, request);
    pthread_mutex_init(&heap->lock, NULL);
    heap->request = request;
    heap->growth = request->options[OPTION_GROWTH].decimal;
    heap->trigger = request->options[OPTION_TRIGGER].decimal;
    heap->every.every = (uint64_t)request->options[OPTION_EVERY].integer;
    heap->head.host = request->host;
    heap->head.set = &hm_set_mark_sweep;
    heap->head.ops = request->variant->heap_ops;
    ms_policy_open(heap);
    return &heap->head;
}

static void close_heap(hm_heap *base)
{
    struct ms_heap *heap = (struct ms_heap *)base;
    kit_workers_close(&heap->workers);
    close_memory(heap);
    kit_world_close(&heap->world);
    pthread_mutex_destroy(&heap->lock);
    kit_globals_free(heap->globals);
    free(heap);
}

/* ---- the descriptor ---- */

static const struct hm_heap_ops heap_ops = {
    .size = sizeof heap_ops,
    .abi = HM_ABI,
    .open = open_heap,
    .attach = attach,
    .detach = detach,
    .collect = ms_collect,
    .statistics = ms_statistics,
    .close = close_heap,
    .census = ms_census,
    .walk = ms_walk,
    .verify = ms_verify,
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
    .reopenable = true,
    .complete_after = 1,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .least_heap_bytes = MS_LEAST_HEAP_BYTES,
    .least_mutator_bytes = MS_LEAST_MUTATOR_BYTES,
    .granule_bytes = KIT_GRANULE_BYTES,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "stop the world to mark, sweep lazily",
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
    .help = "without a heap limit: collect when the heap is this many times what survived",
    .type = HM_DECIMAL,
    .least.decimal = 1.1,
    .most.decimal = 100,
    .standard.decimal = 2,
};

static const struct hm_setting trigger = {
    .name = "trigger",
    .help = "under a heap limit: collect when objects fill this share of it, or no block is left",
    .type = HM_DECIMAL,
    .least.decimal = 0.1,
    .most.decimal = 1,
    .standard.decimal = 1,
};

static const struct hm_setting mark_stack = {
    .name = "mark_stack",
    .help = "for tests: bytes that mark stacks may have; 0: what the heap limit leaves",
    .type = HM_BYTES,
    .least.integer = 0,
    .most.integer = INT64_C(1) << 40,
    .standard.integer = 0,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "mark-sweep",
    .version = "1",
    .summary = "Stop-the-world marking, by one thread or several, and lazy sweeping of "
               "size-segregated blocks; for programs whose memory is short and whose pauses may "
               "grow with what lives.",
    .source = "J. McCarthy, CACM 3(4), 1960; R. J. M. Hughes, SP&E 12(11), 1982",
    .variants = (const struct hm_variant *const[]){&default_variant, NULL},
    .options = (const struct hm_setting *const[]){&workers, &growth, &trigger, &mark_stack,
                                                  &kit_every_option, NULL},
};
