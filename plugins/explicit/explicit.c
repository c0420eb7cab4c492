/* SPDX-License-Identifier: MIT
 *
 * explicit: the program as if its author had freed each object where it died.
 *
 * A recording of the plugin `oracle` says after which allocation of its thread each object was
 * dead; before the next one it is given back to an ordinary allocator. So the cost is that of
 * malloc and free, at the memory that they need: what collectors are to be measured against (Hertz
 * and Berger, Quantifying the Performance of Garbage Collection vs. Explicit Memory Management,
 * OOPSLA 2005). It works for the recorded work only, and its freeing costs nothing to decide, which
 * is more than any author has.
 */
#include <explicit/heap.h>

#include <kit/heap_side.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct hm_kernel_set hm_set_explicit;

static void fail_other_work(const struct explicit_heap *heap, const char *what)
{
    char sentence[160];
    snprintf(sentence, sizeof sentence,
             "the work was not as it was recorded: %s; is what it does the same in each run?",
             what);
    heap->head.host->fail(heap->head.host, sentence);
}

/* ---- allocation ---- */

/* Do what the orders say up to the next allocation, whose place is returned. Ends the trial where
 * the recording knows of no more. */
static uint32_t obey(struct explicit_mutator *mutator)
{
    for (; (*mutator->next & EXPLICIT_FREE) != 0; mutator->next++) {
        if (*mutator->next == EXPLICIT_END)
            fail_other_work(explicit_heap_of(&mutator->kit.head), "it allocates more");
        mutator->release(mutator->table[*mutator->next & ~EXPLICIT_FREE]);
    }
    return *mutator->next;
}

/* The object is at the next order's place from now on; null when memory is out. */
static struct kit_object *take(struct explicit_mutator *mutator, size_t bytes)
{
    uint32_t place = obey(mutator);
    struct kit_object *object = mutator->allocate(bytes);
    if (object == NULL)
        return NULL;
    mutator->next++;
    mutator->table[place] = object;
    explicit_account(mutator, bytes);
    return object;
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct explicit_mutator *mutator = (struct explicit_mutator *)m;
    kit_world_poll(&explicit_heap_of(m)->world, &mutator->kit);
    bool fits = kit_fits(shape, n);
    size_t bytes = kit_shape_bytes(shape, n);
    struct kit_object *object = fits ? take(mutator, bytes) : NULL;
    if (object != NULL) {
        kit_clear_fields(object, bytes);
        object->own = 0;
        object->layout = kit_layout(shape, n);
        name->bits = (uintptr_t)object;
        return kit_ref(object);
    }
    if ((flags & HM_MAY_FAIL) == 0)
        hm_land(m, fits ? HM_OUT_OF_MEMORY : HM_TOO_LARGE);
    return hm_null;
}

hm_ref explicit_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    const struct kit_object *original = kit_object(hm_at(from));
    size_t bytes = kit_layout_bytes(original->layout);
    struct kit_object *copy = take((struct explicit_mutator *)m, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    memcpy(copy, original, bytes);
    to->bits = (uintptr_t)copy;
    return hm_at(to);
}

static void poll(hm_mutator *m)
{
    kit_world_poll(&explicit_heap_of(m)->world, (struct kit_mutator *)m);
}

static void block(hm_mutator *m)
{
    kit_world_block(&explicit_heap_of(m)->world, (struct kit_mutator *)m);
}

static void unblock(hm_mutator *m)
{
    kit_world_unblock(&explicit_heap_of(m)->world, (struct kit_mutator *)m);
}

static const struct hm_slow slow = {
    .size = sizeof slow,
    .allocate = allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};

/* ---- the heap side ---- */

static const struct explicit_allocator *allocator_of(const struct hm_variant *variant)
{
    static const struct explicit_allocator *const all[] = {&explicit_glibc, &explicit_mimalloc,
                                                           &explicit_jemalloc};
    size_t i = 0;
    while (i < 2 && strcmp(all[i]->name, variant->name) != 0)
        i++;
    return all[i];
}

static void close_heap(hm_heap *base)
{
    struct explicit_heap *heap = (struct explicit_heap *)base;
    kit_world_close(&heap->world);
    pthread_mutex_destroy(&heap->held_lock);
    explicit_free_orders(heap);
    kit_globals_free(heap->globals);
    free(heap);
}

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    struct explicit_heap *heap = calloc(1, sizeof *heap);
    struct kit_object *globals = kit_globals_new(request->globals);
    if (heap == NULL || globals == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        kit_globals_free(globals);
        free(heap);
        return NULL;
    }
    kit_world_open(&heap->world, request);
    pthread_mutex_init(&heap->held_lock, NULL);
    heap->globals = globals;
    heap->request = request;
    heap->allocator = allocator_of(request->variant);
    heap->head.host = request->host;
    heap->head.set = &hm_set_explicit;
    heap->head.ops = request->variant->heap_ops;
    if ((heap->allocator->prepare == NULL || heap->allocator->prepare(refusal)) &&
        explicit_read_orders(heap, refusal)) {
        if (heap->allocator->held_bytes != NULL)
            heap->held_before_bytes = heap->allocator->held_bytes();
        return &heap->head;
    }
    close_heap(&heap->head);
    return NULL;
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct explicit_heap *heap = (struct explicit_heap *)base;
    struct explicit_orders *orders = &heap->orders[index];
    if (orders->table != NULL) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "a thread attached for the second time, and a recording holds one life of each");
        return NULL;
    }
    struct explicit_mutator *mutator = (struct explicit_mutator *)kit_mutator_new(
        &heap->world, sizeof *mutator, base, &slow, heap->request, index, log, refusal);
    if (mutator == NULL)
        return NULL;
    orders->table = explicit_map(explicit_table_bytes(orders));
    if (orders->table == NULL) {
        kit_mutator_free(&heap->world, &mutator->kit);
        kit_refuse_memory(refusal, "a table of addresses");
        return NULL;
    }
    mutator->next = orders->words;
    mutator->table = orders->table;
    mutator->allocate = heap->allocator->allocate;
    mutator->release = heap->allocator->release;
    return (hm_mutator *)mutator;
}

/* Free what had died by now, and no more: the next allocation is yet to come. */
static void free_the_dead(struct explicit_mutator *mutator)
{
    for (; (*mutator->next & EXPLICIT_FREE) != 0 && *mutator->next != EXPLICIT_END; mutator->next++)
        mutator->release(mutator->table[*mutator->next & ~EXPLICIT_FREE]);
}

/* A thread that has given up has not come to the end of its orders. */
static void check_the_end(const struct explicit_heap *heap, const struct explicit_mutator *mutator)
{
    const struct explicit_orders *orders = &heap->orders[mutator->kit.head.index];
    bool ended = *mutator->next == EXPLICIT_END;
    if (ended && atomic_load(&mutator->bytes) != orders->bytes)
        fail_other_work(heap, "its objects have other sizes");
}

static void detach(hm_mutator *m)
{
    struct explicit_mutator *mutator = (struct explicit_mutator *)m;
    struct explicit_heap *heap = explicit_heap_of(m);
    free_the_dead(mutator);
    check_the_end(heap, mutator);
    heap->orders[m->index].end = mutator->next;
    pthread_mutex_lock(&heap->world.lock);
    heap->detached_bytes += atomic_load(&mutator->bytes);
    pthread_mutex_unlock(&heap->world.lock);
    kit_mutator_free(&heap->world, &mutator->kit);
}

/* There is nothing to find out; only the caller's own orders can be looked at. */
static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    (void)kind;
    if (m == NULL)
        return;
    kit_world_poll(&((struct explicit_heap *)base)->world, (struct kit_mutator *)m);
    free_the_dead((struct explicit_mutator *)m);
}

/* ---- statistics ---- */

/* Asking costs at most one part in so many of the time. */
enum { ASK_SHARE = 200 };

static void ask(struct explicit_heap *heap)
{
    const struct hm_host *host = heap->head.host;
    uint64_t now_ns = host->now_ns();
    if (now_ns < heap->ask_again_ns)
        return;
    uint64_t held = heap->allocator->held_bytes();
    uint64_t took_ns = host->now_ns() - now_ns;
    heap->ask_again_ns = now_ns + took_ns * ASK_SHARE;
    if (held == HM_UNKNOWN)
        return;
    heap->held_bytes = held > heap->held_before_bytes ? held - heap->held_before_bytes : 0;
    if (heap->held_bytes > heap->held_peak_bytes)
        heap->held_peak_bytes = heap->held_bytes;
}

static void statistics(hm_heap *base, struct hm_statistics *report)
{
    struct explicit_heap *heap = (struct explicit_heap *)base;
    struct hm_statistics figures = kit_statistics_unknown();
    if (heap->allocator->held_bytes != NULL) {
        pthread_mutex_lock(&heap->held_lock);
        ask(heap);
        figures.held_bytes = heap->held_bytes;
        figures.held_peak_bytes = heap->held_peak_bytes;
        pthread_mutex_unlock(&heap->held_lock);
    }
    pthread_mutex_lock(&heap->world.lock);
    figures.allocated_bytes = heap->detached_bytes;
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next)
        figures.allocated_bytes +=
            atomic_load_explicit(&((struct explicit_mutator *)k)->bytes, memory_order_relaxed);
    pthread_mutex_unlock(&heap->world.lock);
    figures.collections = 0;
    figures.beside_bytes = heap->beside_bytes;
    kit_report(report, &figures, sizeof figures);
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
};

static const struct hm_capabilities capabilities = {
    .size = sizeof capabilities,
    .frees = true,
    .cycles = true,
    .replays = true,
    .reports_pauses = true,
    .complete_after = 1,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .granule_bytes = KIT_GRANULE_BYTES,
};

#define VARIANT(id, words)                                                                         \
    static const struct hm_variant id##_variant = {                                                \
        .size = sizeof id##_variant,                                                               \
        .name = #id,                                                                               \
        .summary = words,                                                                          \
        .capabilities = &capabilities,                                                             \
        .heap_ops = &heap_ops,                                                                     \
    }

VARIANT(glibc, "malloc and free of the C library");
VARIANT(mimalloc, "mi_malloc and mi_free, where libmimalloc2.0 is installed");
VARIANT(jemalloc, "mallocx and dallocx, where libjemalloc2 is installed");

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "explicit",
    .version = "1",
    .summary = "Frees each object where a recording says that it died: malloc and free, for "
               "comparison.",
    .source = "Hertz and Berger, Quantifying the Performance of Garbage Collection vs. Explicit "
              "Memory Management, OOPSLA 2005",
    .variants = (const struct hm_variant *const[]){&glibc_variant, &mimalloc_variant,
                                                   &jemalloc_variant, NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
