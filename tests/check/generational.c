/* SPDX-License-Identifier: MIT
 *
 * generational: a small collector with two generations for tests of `check`, sound in its first
 * variant; each other variant has one fault in how it remembers references from old objects to
 * young ones.
 *
 * Objects are malloc's and do not move. A young one is old after two collections; one that is large
 * is born old. Remembered are whole objects, each once, in lists that are threaded through them.
 *
 * Invariant at each safepoint: an old object with a slot that holds a young one is RECORDED, and in
 * the heap's list or a mutator's. The globals are roots of every collection and never recorded.
 *
 * Lock: `lock` guards the lists of cells and the figures, but while the world is stopped.
 * Statistics are under it always.
 */
#include <kit/globals.h>
#include <kit/heap_side.h>
#include <kit/object.h>
#include <kit/world.h>

#include <stdlib.h>

#include "generational.h"

/* X(NAME, "variant", "what it does wrong") */
#define FAULTS(X)                                                                                  \
    X(SOUND, "default", "remembers what it should")                                                \
    X(LARGE, "large", "stores into large objects are not remembered")                              \
    X(EARLY, "early", "all is forgotten after a collection, what is still young too")              \
    X(BORN_OLD, "born-old", "what is born old is not remembered from birth")                       \
    X(BULK, "bulk", "a copy of slots passes the barrier")                                          \
    X(STALE_BIT, "stale-bit", "the bit that says recorded stays when the object is forgotten")     \
    X(CLONE, "clone", "a clone that is born old is not remembered")                                \
    X(PROMOTION, "promotion", "what becomes old is not remembered for what it holds")

enum fault {
#define FAULT(NAME, name, words) NAME,
    FAULTS(FAULT)
#undef FAULT
        FAULT_COUNT
};

enum { OLD = 1, RECORDED = 2, MARKED = 4, AGED_ONCE = 8 }; /* in an object's own word */

enum {
    LARGE_BYTES = 2 << 10,
    NURSERY_BYTES = 256 << 10, /* allocated between two minor collections */
    LEAST_HEAP_BYTES = 64 << 10,
    GROWTH_BYTES = 4 << 20, /* beside as much again as lived, between two full ones */
};

struct cell {
    struct cell *next; /* in the list of its generation */
    struct cell *next_marked;
    struct cell *next_recorded;
    struct kit_object object;
};

struct heap {
    struct hm_heap head;
    struct kit_world world;
    pthread_mutex_t lock;
    const struct hm_open *request;
    struct kit_object *globals;
    struct cell *young, *old, *recorded, *marked;
    uint64_t since_minor_bytes, full_at_bytes;
    struct hm_statistics figures;
};

struct mutator {
    struct kit_mutator kit;
    struct cell *recorded;
};

extern const struct hm_kernel_set hm_set_generational;
static enum fault fault;

static struct heap *heap_of(hm_mutator *m)
{
    return (struct heap *)m->heap;
}

static struct cell *cell_of(const struct kit_object *object)
{
    return (struct cell *)(void *)((char *)(uintptr_t)object - offsetof(struct cell, object));
}

static size_t cell_bytes(uint32_t layout)
{
    return offsetof(struct cell, object) + kit_layout_bytes(layout);
}

/* Two threads may record one shared object at the same time. */
static uint32_t bits(const struct kit_object *object)
{
    return __atomic_load_n(&object->own, __ATOMIC_RELAXED);
}

static bool is_young(hm_ref ref)
{
    return !hm_is_null(ref) && (bits(kit_object(ref)) & OLD) == 0;
}

/* ---- the barrier ---- */

static void record(struct cell **list, struct cell *cell)
{
    if ((__atomic_fetch_or(&cell->object.own, RECORDED, __ATOMIC_RELAXED) & RECORDED) != 0)
        return;
    cell->next_recorded = *list;
    *list = cell;
}

void generational_store_many(hm_mutator *m, hm_ref obj)
{
    if (fault != BULK && (bits(kit_object(obj)) & (OLD | RECORDED)) == OLD)
        record(&((struct mutator *)m)->recorded, cell_of(kit_object(obj)));
}

void generational_store(hm_mutator *m, hm_ref obj, hm_ref value)
{
    struct kit_object *object = kit_object(obj);
    if ((bits(object) & (OLD | RECORDED)) != OLD || !is_young(value))
        return;
    if (fault == LARGE && kit_layout_bytes(object->layout) > LARGE_BYTES)
        return;
    record(&((struct mutator *)m)->recorded, cell_of(object));
}

/* ---- collecting, the world stopped ---- */

static void mark(struct heap *heap, hm_ref ref, bool full)
{
    struct kit_object *object = kit_object(ref);
    if (object == NULL || (object->own & MARKED) != 0 || (!full && !is_young(ref)))
        return;
    struct cell *cell = cell_of(object);
    object->own |= MARKED;
    cell->next_marked = heap->marked;
    heap->marked = cell;
}

static void mark_slots(struct heap *heap, const struct kit_object *object, bool full)
{
    size_t slots = kit_layout_slots(object->layout);
    for (size_t i = 0; i < slots; i++)
        mark(heap, kit_slots(kit_ref(object))[i], full);
}

static void mark_young_name(void *user, hm_name *name)
{
    mark(user, hm_at(name), false);
}

static void mark_any_name(void *user, hm_name *name)
{
    mark(user, hm_at(name), true);
}

static void trace(struct heap *heap, bool full)
{
    heap->marked = NULL;
    kit_world_each_name(&heap->world, full ? mark_any_name : mark_young_name, heap);
    mark_slots(heap, heap->globals, full);
    for (struct cell *cell = full ? NULL : heap->recorded; cell != NULL; cell = cell->next_recorded)
        mark_slots(heap, &cell->object, false);
    while (heap->marked != NULL) {
        struct cell *cell = heap->marked;
        heap->marked = cell->next_marked;
        mark_slots(heap, &cell->object, full);
    }
}

static void gather_recorded(struct heap *heap)
{
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next) {
        struct mutator *mutator = (struct mutator *)k;
        while (mutator->recorded != NULL) {
            struct cell *cell = mutator->recorded;
            mutator->recorded = cell->next_recorded;
            cell->next_recorded = heap->recorded;
            heap->recorded = cell;
        }
    }
}

/* Dead ones leave the list before they are freed. */
static void forget_dead(struct heap *heap)
{
    struct cell **link = &heap->recorded;
    while (*link != NULL)
        if (((*link)->object.own & MARKED) == 0)
            *link = (*link)->next_recorded;
        else
            link = &(*link)->next_recorded;
}

/* Lock held. */
static void reclaim(struct heap *heap, struct cell *cell)
{
    size_t bytes = cell_bytes(cell->object.layout);
    heap->figures.live_objects--;
    heap->figures.live_bytes -= bytes;
    heap->figures.held_bytes -= bytes;
    free(cell);
}

/* Lock held. Returns those that became old, in a list. */
static struct cell *sweep_young(struct heap *heap)
{
    struct cell *promoted = NULL, *young = heap->young;
    heap->young = NULL;
    while (young != NULL) {
        struct cell *cell = young;
        uint32_t own = cell->object.own;
        young = cell->next;
        if ((own & MARKED) == 0) {
            reclaim(heap, cell);
            continue;
        }
        bool grows_old = (own & AGED_ONCE) != 0;
        struct cell **list = grows_old ? &promoted : &heap->young;
        cell->object.own = grows_old ? OLD : AGED_ONCE;
        cell->next = *list;
        *list = cell;
    }
    return promoted;
}

/* Lock held. */
static void sweep_old(struct heap *heap)
{
    struct cell **link = &heap->old;
    while (*link != NULL) {
        struct cell *cell = *link;
        if ((cell->object.own & MARKED) == 0) {
            *link = cell->next;
            reclaim(heap, cell);
        } else {
            cell->object.own &= ~(uint32_t)MARKED;
            link = &cell->next;
        }
    }
}

static bool holds_young(const struct cell *cell)
{
    size_t slots = kit_layout_slots(cell->object.layout);
    for (size_t i = 0; i < slots; i++)
        if (is_young(kit_slots(kit_ref(&cell->object))[i]))
            return true;
    return false;
}

/* Only now it is known who is young still. */
static void remember_again(struct heap *heap, struct cell *promoted)
{
    struct cell *recorded = heap->recorded;
    heap->recorded = NULL;
    while (recorded != NULL) {
        struct cell *cell = recorded;
        recorded = cell->next_recorded;
        bool stays = fault != EARLY && holds_young(cell);
        if (stays || fault != STALE_BIT)
            cell->object.own &= ~(uint32_t)RECORDED;
        if (!stays)
            continue;
        cell->object.own &= ~(uint32_t)RECORDED;
        record(&heap->recorded, cell);
    }
    while (promoted != NULL) {
        struct cell *cell = promoted;
        promoted = cell->next;
        cell->next = heap->old;
        heap->old = cell;
        if (fault != PROMOTION && holds_young(cell))
            record(&heap->recorded, cell);
    }
}

static void collect_stopped(struct heap *heap, struct kit_mutator *m, bool full)
{
    const struct hm_host *host = heap->head.host;
    kit_event(host, m, HM_EVENT_COLLECTION_BEGIN, full ? HM_COLLECT_FULL : HM_COLLECT_MINOR);
    pthread_mutex_lock(&heap->lock);
    uint64_t before = heap->figures.live_bytes;
    gather_recorded(heap);
    trace(heap, full);
    if (full)
        forget_dead(heap);
    struct cell *promoted = sweep_young(heap);
    if (full)
        sweep_old(heap);
    remember_again(heap, promoted);
    heap->since_minor_bytes = 0;
    if (full)
        heap->full_at_bytes = 2 * heap->figures.live_bytes + GROWTH_BYTES;
    heap->figures.collections++;
    uint64_t reclaimed = before - heap->figures.live_bytes;
    pthread_mutex_unlock(&heap->lock);
    kit_event(host, m, HM_EVENT_COLLECTION_END, reclaimed);
}

/* ---- allocation ---- */

static bool is_full(const struct heap *heap, size_t bytes)
{
    return heap->request->heap_bytes != 0 &&
           (bytes > heap->request->heap_bytes ||
            heap->figures.held_bytes > heap->request->heap_bytes - bytes);
}

/* Lock held. */
static struct cell *enter(struct heap *heap, uint32_t layout)
{
    size_t bytes = cell_bytes(layout);
    struct cell *cell = is_full(heap, bytes) ? NULL : calloc(1, bytes);
    if (cell == NULL)
        return NULL;
    bool large = kit_layout_bytes(layout) > LARGE_BYTES;
    struct cell **list = large ? &heap->old : &heap->young;
    cell->object.layout = layout;
    cell->object.own = large ? OLD : 0;
    cell->next = *list;
    *list = cell;
    struct hm_statistics *figures = &heap->figures;
    figures->live_objects++;
    figures->live_bytes += bytes;
    figures->held_bytes += bytes;
    figures->allocated_objects++;
    figures->allocated_bytes += bytes;
    if (figures->held_bytes > figures->held_peak_bytes)
        figures->held_peak_bytes = figures->held_bytes;
    heap->since_minor_bytes += bytes;
    return cell;
}

enum need { NO_COLLECTION, MINOR, FULL };

static enum need what_is_due(struct heap *heap, size_t bytes)
{
    pthread_mutex_lock(&heap->lock);
    enum need need = is_full(heap, bytes) || heap->figures.live_bytes > heap->full_at_bytes ? FULL
                     : heap->since_minor_bytes > NURSERY_BYTES                              ? MINOR
                                                               : NO_COLLECTION;
    pthread_mutex_unlock(&heap->lock);
    return need;
}

/* A safepoint. Another thread's collection may do as well, so that it is looked at again. */
static void collect_if_due(struct heap *heap, hm_mutator *m, size_t bytes)
{
    struct kit_mutator *kit = (struct kit_mutator *)m;
    enum need need;
    kit_world_poll(&heap->world, kit);
    while ((need = what_is_due(heap, bytes)) != NO_COLLECTION) {
        if (!kit_world_stop(&heap->world, kit))
            continue;
        collect_stopped(heap, kit, need == FULL);
        kit_world_resume(&heap->world, kit);
        return;
    }
}

static struct cell *allocate_cell(hm_mutator *m, uint32_t layout)
{
    struct heap *heap = heap_of(m);
    collect_if_due(heap, m, cell_bytes(layout));
    pthread_mutex_lock(&heap->lock);
    struct cell *cell = enter(heap, layout);
    pthread_mutex_unlock(&heap->lock);
    if (cell == NULL)
        kit_event(heap->head.host, (struct kit_mutator *)m, HM_EVENT_OUT_OF_MEMORY,
                  cell_bytes(layout));
    return cell;
}

static void remember_from_birth(hm_mutator *m, struct cell *cell, enum fault but)
{
    if (fault != but && (cell->object.own & OLD) != 0)
        record(&((struct mutator *)m)->recorded, cell);
}

hm_ref generational_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                        uint32_t flags)
{
    name->bits = 0;
    bool fits = kit_fits(shape, n);
    struct cell *cell = fits ? allocate_cell(m, kit_layout(shape, n)) : NULL;
    if (cell == NULL && (flags & HM_MAY_FAIL) == 0)
        hm_land(m, fits ? HM_OUT_OF_MEMORY : HM_TOO_LARGE);
    if (cell == NULL)
        return hm_null;
    remember_from_birth(m, cell, BORN_OLD);
    name->bits = (uintptr_t)&cell->object;
    return hm_at(name);
}

hm_ref generational_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    uint32_t layout = kit_object(hm_at(from))->layout;
    struct cell *cell = allocate_cell(m, layout);
    if (cell == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    memcpy(cell->object.fields, kit_object(hm_at(from))->fields,
           kit_layout_bytes(layout) - KIT_HEADER_BYTES);
    remember_from_birth(m, cell, CLONE);
    to->bits = (uintptr_t)&cell->object;
    return hm_at(to);
}

hm_ref generational_globals(hm_mutator *m)
{
    return kit_ref(heap_of(m)->globals);
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
    .allocate = generational_new,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};

/* ---- the heap side ---- */

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal);

static void free_all(struct cell *cell)
{
    while (cell != NULL) {
        struct cell *next = cell->next;
        free(cell);
        cell = next;
    }
}

static void close_heap(hm_heap *base)
{
    struct heap *heap = (struct heap *)base;
    free_all(heap->young);
    free_all(heap->old);
    kit_world_close(&heap->world);
    pthread_mutex_destroy(&heap->lock);
    kit_globals_free(heap->globals);
    free(heap);
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct heap *heap = (struct heap *)base;
    return (hm_mutator *)kit_mutator_new(&heap->world, sizeof(struct mutator), base, &slow,
                                         heap->request, index, log, refusal);
}

/* What it recorded is handed on while it runs still, so that no collection looks meanwhile. */
static void detach(hm_mutator *m)
{
    struct mutator *mutator = (struct mutator *)m;
    struct heap *heap = heap_of(m);
    pthread_mutex_lock(&heap->lock);
    while (mutator->recorded != NULL) {
        struct cell *cell = mutator->recorded;
        mutator->recorded = cell->next_recorded;
        cell->next_recorded = heap->recorded;
        heap->recorded = cell;
    }
    pthread_mutex_unlock(&heap->lock);
    kit_mutator_free(&heap->world, &mutator->kit);
}

static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct heap *heap = (struct heap *)base;
    struct kit_mutator *kit = (struct kit_mutator *)m;
    if (kind == HM_COLLECT_STEP && m != NULL)
        kit_world_poll(&heap->world, kit);
    if (kind == HM_COLLECT_STEP)
        return;
    kit_world_stop_surely(&heap->world, kit);
    collect_stopped(heap, kit, kind != HM_COLLECT_MINOR);
    kit_world_resume(&heap->world, kit);
}

static void statistics(hm_heap *base, struct hm_statistics *report)
{
    struct heap *heap = (struct heap *)base;
    pthread_mutex_lock(&heap->lock);
    kit_report(report, &heap->figures, sizeof heap->figures);
    pthread_mutex_unlock(&heap->lock);
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
    .shares = true,
    .heap_limit = true,
    .reports_pauses = true,
    .reopenable = true,
    .generations = true,
    .complete_after = 1,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .least_heap_bytes = LEAST_HEAP_BYTES,
    .granule_bytes = KIT_GRANULE_BYTES,
};

#define VARIANT(NAME, variant_name, words)                                                         \
    [NAME] = {.size = sizeof(struct hm_variant),                                                   \
              .name = variant_name,                                                                \
              .summary = words,                                                                    \
              .capabilities = &capabilities,                                                       \
              .heap_ops = &heap_ops},
static const struct hm_variant variants[FAULT_COUNT] = {FAULTS(VARIANT)};

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    struct heap *heap = calloc(1, sizeof *heap);
    struct kit_object *globals = kit_globals_new(request->globals);
    if (heap == NULL || globals == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        kit_globals_free(globals);
        free(heap);
        return NULL;
    }
    fault = (enum fault)(request->variant - variants);
    kit_world_open(&heap->world, request);
    pthread_mutex_init(&heap->lock, NULL);
    heap->globals = globals;
    heap->request = request;
    heap->full_at_bytes = GROWTH_BYTES;
    heap->figures = kit_statistics_unknown();
    heap->figures.held_bytes = heap->figures.held_peak_bytes = 0;
    heap->figures.live_objects = heap->figures.live_bytes = 0;
    heap->figures.allocated_objects = heap->figures.allocated_bytes = 0;
    heap->figures.collections = 0;
    heap->head.host = request->host;
    heap->head.set = &hm_set_generational;
    heap->head.ops = request->variant->heap_ops;
    return &heap->head;
}

#define ROW(NAME, name, words) &variants[NAME],
HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "generational",
    .version = "1",
    .summary = "For tests.",
    .source = "none",
    .variants = (const struct hm_variant *const[]){FAULTS(ROW) NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
