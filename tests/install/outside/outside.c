/* SPDX-License-Identifier: MIT
 *
 * outside: a collector that lives outside Heapmark's tree and never collects; see heap.h.
 */
#include "heap.h"

#include <kit/object.h>

#include <stdlib.h>

extern const struct hm_kernel_set hm_set_outside;
hm_ref outside_clone(hm_mutator *m, hm_name *to, hm_name *from);

static struct outside_heap *heap_of(hm_mutator *m)
{
    return (struct outside_heap *)m->heap;
}

/* Memory for an object, or null. */
static struct kit_object *take(hm_mutator *m, size_t bytes)
{
    struct outside_mutator *mutator = (struct outside_mutator *)m;
    if ((size_t)(mutator->limit - mutator->free) < bytes) {
        bool zeroed;
        size_t blocks = (bytes + KIT_BLOCK_BYTES - 1) >> KIT_BLOCK_BITS;
        char *run = kit_pool_take(&heap_of(m)->pool, blocks, &zeroed);
        if (run == NULL)
            return NULL;
        mutator->free = run;
        mutator->limit = run + (blocks << KIT_BLOCK_BITS);
    }
    void *object = mutator->free;
    mutator->free += bytes;
    return object;
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    kit_world_poll(&heap_of(m)->world, (struct kit_mutator *)m);
    struct kit_object *object = kit_fits(shape, n) ? take(m, kit_shape_bytes(shape, n)) : NULL;
    if (object == NULL) {
        if ((flags & HM_MAY_FAIL) == 0)
            hm_land(m, HM_OUT_OF_MEMORY);
        return hm_null;
    }
    object->layout = kit_layout(shape, n);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

hm_ref outside_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    size_t bytes = kit_layout_bytes(kit_object(hm_at(from))->layout);
    struct kit_object *copy = take(m, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
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
    .size = sizeof slow, .allocate = allocate, .poll = poll, .block = block, .unblock = unblock};

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    struct outside_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL || !kit_pool_open(&heap->pool, 0, refusal)) {
        free(heap);
        return NULL;
    }
    heap->globals = kit_globals_new(request->globals);
    kit_world_open(&heap->world, request);
    heap->request = request;
    heap->head.ops = request->variant->heap_ops;
    heap->head.set = &hm_set_outside;
    heap->head.host = request->host;
    return &heap->head;
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct outside_heap *heap = (struct outside_heap *)base;
    return (hm_mutator *)kit_mutator_new(&heap->world, sizeof(struct outside_mutator), base, &slow,
                                         heap->request, index, log, refusal);
}

static void detach(hm_mutator *m)
{
    kit_mutator_free(&heap_of(m)->world, (struct kit_mutator *)m);
}

static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    (void)base;
    (void)kind;
    if (m != NULL)
        poll(m);
}

static void statistics(hm_heap *base, struct hm_statistics *figures)
{
    struct hm_statistics s = kit_statistics_unknown();
    s.held_bytes = kit_pool_held_bytes(&((struct outside_heap *)base)->pool);
    kit_report(figures, &s, sizeof s);
}

static void close_heap(hm_heap *base)
{
    struct outside_heap *heap = (struct outside_heap *)base;
    kit_world_close(&heap->world);
    kit_pool_close(&heap->pool);
    kit_globals_free(heap->globals);
    free(heap);
}

static const struct hm_heap_ops heap_ops = {.size = sizeof heap_ops,
                                            .abi = HM_ABI,
                                            .open = open_heap,
                                            .attach = attach,
                                            .detach = detach,
                                            .collect = collect,
                                            .statistics = statistics,
                                            .close = close_heap};

static const struct hm_capabilities capabilities = {.size = sizeof capabilities, .shares = true};

static const struct hm_variant variant = {.size = sizeof variant,
                                          .name = "default",
                                          .summary = "never frees",
                                          .capabilities = &capabilities,
                                          .heap_ops = &heap_ops};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "outside",
    .version = "1",
    .summary = "A collector from outside the tree, for a test of what is installed.",
    .source = "plugins/none",
    .variants = (const struct hm_variant *const[]){&variant, NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
