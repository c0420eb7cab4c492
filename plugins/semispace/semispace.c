/* SPDX-License-Identifier: MIT
 *
 * semispace: copies what lives from one half of the heap into the other, with the world stopped.
 *
 * Algorithm: allocation bumps a pointer through buffers of the active space; when that is full,
 * the world stops and Cheney's copying (copy.c) empties it into the idle one. Every object moves
 * at every collection, large ones too: two contiguous spaces of one size are what makes a copy
 * that cannot fail simple.
 * Invariant: all memory from a mutator's `free` to its `limit` is zero and belongs to it alone;
 * while mutators run, nothing refers into the idle space.
 * Source: C. J. Cheney, A nonrecursive list compacting algorithm, CACM 13(11), 1970.
 */
#include <semispace/heap.h>

#include <kit/heap_side.h>
#include <kit/object.h>
#include <semispace/allocate.h>
#include <semispace/policy.h>
#include <semispace/report.h>

#include <stdio.h>
#include <stdlib.h>

extern const struct hm_kernel_set hm_set_semispace;

/* ---- mutators ---- */

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct semispace_heap *heap = (struct semispace_heap *)base;
    struct kit_mutator *mutator =
        kit_mutator_new(&heap->world, sizeof(struct semispace_mutator), base, &semispace_slow,
                        heap->request, index, log, refusal);
    if (mutator == NULL)
        return NULL;
    kit_every_keep_polling(&heap->every, &mutator->head);
    return &mutator->head;
}

static void detach(hm_mutator *m)
{
    struct semispace_mutator *mutator = (struct semispace_mutator *)m;
    struct semispace_heap *heap = (struct semispace_heap *)m->heap;
    pthread_mutex_lock(&heap->world.lock);
    semispace_count_allocated(mutator);
    if (!HM_FAULT(rp6))
        heap->detached_bytes += mutator->allocated_bytes;
    mutator->allocated_bytes = 0;
    pthread_mutex_unlock(&heap->world.lock);
    kit_mutator_free(&heap->world, &mutator->kit);
}

/* ---- open and close ---- */

enum { OPTION_GROWTH, OPTION_EVERY };

static bool open_spaces(struct semispace_heap *heap, const struct hm_open *request,
                        struct hm_refusal *refusal)
{
    struct semispace_space spaces[2];
    if (request->heap_bytes != 0 && request->heap_bytes < SEMISPACE_LEAST_HEAP_BYTES) {
        kit_refuse_memory(refusal, "two spaces: the heap limit is too small");
        return false;
    }
    semispace_policy_open(heap, request->heap_bytes, request->options[OPTION_GROWTH].decimal);
    if (!semispace_reserve(spaces, &heap->space_bytes, request->heap_bytes == 0)) {
        kit_refuse_memory(refusal, "two spaces: the system gives no address space");
        return false;
    }
    if (heap->room > heap->space_bytes)
        heap->room = heap->space_bytes;
    heap->active = spaces[0];
    heap->idle = spaces[1];
    return true;
}

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    kit_hooks_open(request->host); /* the first request for memory may be refused already */
    struct semispace_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        return NULL;
    }
    heap->globals = kit_globals_new(request->globals);
    if (heap->globals == NULL) {
        kit_refuse_memory(refusal, "the globals");
        goto fail_globals;
    }
    if (!open_spaces(heap, request, refusal))
        goto fail_spaces;
    kit_world_open(&heap->world, request);
    pthread_mutex_init(&heap->lock, NULL);
    heap->request = request;
    heap->every.every = (uint64_t)request->options[OPTION_EVERY].integer;
    semispace_open_traced(heap);
    heap->head.host = request->host;
    heap->head.set = &hm_set_semispace;
    heap->head.ops = request->variant->heap_ops;
    return &heap->head;

fail_spaces:
    kit_globals_free(heap->globals);
fail_globals:
    free(heap);
    return NULL;
}

static void close_heap(hm_heap *base)
{
    struct semispace_heap *heap = (struct semispace_heap *)base;
    kit_traced_close(&heap->traced);
    struct semispace_space spaces[2] = {heap->active, heap->idle};
    semispace_release(spaces, heap->space_bytes);
    kit_world_close(&heap->world);
    pthread_mutex_destroy(&heap->lock);
    kit_globals_free(heap->globals);
    free(heap);
}

static const struct hm_heap_ops heap_ops = {
    .size = sizeof heap_ops,
    .abi = HM_ABI,
    .open = open_heap,
    .attach = attach,
    .detach = detach,
    .collect = semispace_collect,
    .statistics = semispace_statistics,
    .close = close_heap,
    .census = semispace_census,
    .walk = semispace_walk,
    .verify = semispace_verify,
};

static const struct hm_capabilities capabilities = {
    .size = sizeof capabilities,
    .frees = true,
    .cycles = true,
    .moves = true,
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
    .least_heap_bytes = SEMISPACE_LEAST_HEAP_BYTES,
    .least_mutator_bytes = 2 * SEMISPACE_BUFFER_BYTES,
    .granule_bytes = KIT_GRANULE_BYTES,
    .held_factor = 8,
    .held_beside_bytes = 24 << 20,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "stop the world, two spaces of equal size",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

static const struct hm_setting growth = {
    .name = "growth",
    .help = "without a heap limit: a space grows to this many times the bytes that survived",
    .type = HM_DECIMAL,
    .least.decimal = 1.1,
    .most.decimal = 100,
    .standard.decimal = 2,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "semispace",
    .version = "1",
    .summary = "Stop-the-world copying between two halves: allocation by a bump, cost by what "
               "lives; for programs with much garbage and memory to spare.",
    .source = "C. J. Cheney, A nonrecursive list compacting algorithm, CACM 13(11), 1970",
    .variants = (const struct hm_variant *const[]){&default_variant, NULL},
    .options = (const struct hm_setting *const[]){&growth, &kit_every_option, NULL},
};
