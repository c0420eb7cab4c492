/* SPDX-License-Identifier: MIT
 *
 * The heap side of counting collectors; see counted_heap.h.
 */
#include <kit/counted_heap.h>
#include <kit/survey.h>

#include <stdio.h>
#include <stdlib.h>

enum { RELEASE_THRESHOLD_NS = 10000 };

/* ---- open and close ---- */

static bool shapes_fit(const struct hm_open *request, struct hm_refusal *refusal)
{
    for (uint32_t i = 0; i < request->shape_count; i++)
        if (!kit_fits(request->shapes[i], 0)) {
            snprintf(refusal->sentence, sizeof refusal->sentence,
                     "objects of the shape '%.64s' are larger than this collector can make",
                     request->shapes[i]->name);
            return false;
        }
    return true;
}

struct kit_counted_heap *kit_counted_open(size_t bytes, const struct hm_open *request,
                                          const struct hm_kernel_set *set,
                                          const struct kit_counted_functions *functions,
                                          uint32_t globals_own, struct hm_refusal *refusal)
{
    if (!shapes_fit(request, refusal))
        return NULL;
    kit_hooks_open(request->host); /* the first request for memory may be refused already */
    struct kit_counted_heap *heap = calloc(1, bytes);
    struct kit_object *globals = kit_globals_new(request->globals);
    if (heap == NULL || globals == NULL) {
        kit_refuse_memory(refusal, "the heap's tables");
        goto fail;
    }
    if (!kit_pool_open(&heap->pool, request->heap_bytes, refusal))
        goto fail;
    kit_world_open(&heap->world, request);
    kit_cells_open(&heap->cells, &heap->pool, request->most_mutators);
    kit_weaks_open(&heap->weaks, &heap->pool);
    kit_dead_queue_open(&heap->dead, &heap->pool);
    globals->own = globals_own;
    heap->globals = globals;
    heap->request = request;
    heap->functions = functions;
    heap->head.host = request->host;
    heap->head.set = set;
    heap->head.ops = request->variant->heap_ops;
    return heap;

fail:
    kit_globals_free(globals);
    free(heap);
    return NULL;
}

void kit_counted_close(hm_heap *base)
{
    struct kit_counted_heap *heap = (struct kit_counted_heap *)base;
    kit_dead_queue_close(&heap->dead);
    kit_weaks_close(&heap->weaks);
    kit_cells_close(&heap->cells);
    kit_world_close(&heap->world);
    kit_pool_close(&heap->pool);
    kit_globals_free(heap->globals);
    free(heap);
}

/* ---- mutators ---- */

hm_mutator *kit_counted_attach(hm_heap *base, uint32_t index, struct hm_log *log,
                               struct hm_refusal *refusal)
{
    struct kit_counted_heap *heap = (struct kit_counted_heap *)base;
    struct kit_mutator *m =
        kit_mutator_new(&heap->world, sizeof(struct kit_counted_mutator), base,
                        heap->functions->slow, heap->request, index, log, refusal);
    if (m == NULL)
        return NULL;
    if (!kit_cells_attach(&heap->cells, (struct kit_cell_mutator *)m)) {
        kit_mutator_free(&heap->world, m);
        kit_refuse_memory(refusal, "a mutator's blocks");
        return NULL;
    }
    return &m->head;
}

void kit_counted_detach(hm_mutator *m)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    kit_cells_detach(&heap->cells, (struct kit_cell_mutator *)m);
    kit_mutator_free(&heap->world, (struct kit_mutator *)m);
}

void kit_counted_poll(hm_mutator *m)
{
    kit_world_poll(&kit_counted_heap_of(m)->world, (struct kit_mutator *)m);
}

void kit_counted_block(hm_mutator *m)
{
    kit_world_block(&kit_counted_heap_of(m)->world, (struct kit_mutator *)m);
}

void kit_counted_unblock(hm_mutator *m)
{
    kit_world_unblock(&kit_counted_heap_of(m)->world, (struct kit_mutator *)m);
}

/* ---- collecting ---- */

/* The world is stopped: every free list home, every empty block in the pool. A mutator that is just
 * detaching has no owner any more. */
void kit_counted_bring_home(struct kit_counted_heap *heap)
{
    kit_cells_gather(&heap->cells);
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next)
        if (((struct kit_cell_mutator *)k)->owner != NULL)
            kit_cells_flush(&heap->cells, (struct kit_cell_mutator *)k);
}

static void collect_stopped(struct kit_counted_heap *heap, struct kit_mutator *m)
{
    kit_counted_bring_home(heap);
    if (heap->detect == NULL)
        return;
    kit_event(heap->head.host, m, HM_EVENT_COLLECTION_BEGIN, HM_COLLECT_FULL);
    heap->detect(heap, m);
    atomic_fetch_add_explicit(&heap->collections, 1, memory_order_relaxed);
    kit_event(heap->head.host, m, HM_EVENT_COLLECTION_END, 0);
}

void kit_counted_collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct kit_counted_heap *heap = (struct kit_counted_heap *)base;
    if (kind == HM_COLLECT_STEP)
        return;
    kit_world_stop_surely(&heap->world, (struct kit_mutator *)m);
    collect_stopped(heap, (struct kit_mutator *)m);
    kit_world_resume(&heap->world, (struct kit_mutator *)m);
}

struct kit_object *kit_counted_take(hm_mutator *m, size_t bytes)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    struct kit_cell_mutator *cells = (struct kit_cell_mutator *)m;
    if (heap->wants_detection != NULL && heap->wants_detection(heap, cells) &&
        kit_world_stop(&heap->world, &cells->kit)) {
        collect_stopped(heap, &cells->kit);
        kit_world_resume(&heap->world, &cells->kit);
    }
    void *memory = kit_cells_take(&heap->cells, cells, bytes);
    if (memory != NULL || (HM_FAULT(th5) && cells->kit.out_of_memory))
        return memory;
    kit_world_stop_surely(&heap->world, &cells->kit);
    collect_stopped(heap, &cells->kit);
    /* Taken before the others go on, so that what was freed is not gone again. */
    memory = kit_cells_take(&heap->cells, cells, bytes);
    kit_world_resume(&heap->world, &cells->kit);
    if (HM_FAULT(th5) && memory == NULL)
        cells->kit.out_of_memory = true;
    return memory;
}

hm_ref kit_counted_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                            uint32_t flags)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    enum hm_cause cause = HM_TOO_LARGE;
    if (HM_UNLIKELY(atomic_load_explicit(&m->poll, memory_order_relaxed) != 0))
        kit_counted_poll(m);
    if (kit_fits(shape, n)) {
        size_t bytes = kit_shape_bytes(shape, n);
        struct kit_object *object = kit_counted_take(m, bytes);
        if (object != NULL) {
            object->own = (uint32_t)1 << heap->count_shift;
            object->layout = kit_layout(shape, n);
            kit_clear_fields(object, bytes);
            name->bits = (uintptr_t)object;
            return kit_ref(object);
        }
        cause = HM_OUT_OF_MEMORY;
        kit_event(heap->head.host, (struct kit_mutator *)m, HM_EVENT_OUT_OF_MEMORY, bytes);
    }
    if ((flags & HM_MAY_FAIL) == 0)
        hm_land(m, cause);
    return hm_null;
}

/* ---- releases ---- */

static void note_cascade(struct kit_counted_heap *heap, uint64_t objects)
{
    uint64_t longest = atomic_load_explicit(&heap->longest_cascade, memory_order_relaxed);
    while (objects > longest &&
           !atomic_compare_exchange_weak_explicit(&heap->longest_cascade, &longest, objects,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

void kit_counted_released(hm_mutator *m, uint64_t objects, uint64_t bytes, uint64_t start_ns)
{
    struct kit_counted_heap *heap = kit_counted_heap_of(m);
    struct kit_cell_owner *owner = ((struct kit_cell_mutator *)m)->owner;
    kit_cell_account(&owner->freed_objects, objects);
    kit_cell_account(&owner->freed_bytes, bytes);
    if (HM_UNLIKELY(objects > atomic_load_explicit(&heap->longest_cascade, memory_order_relaxed)))
        note_cascade(heap, objects);
    if (HM_LIKELY(start_ns == 0) || m->log == NULL)
        return;
    uint64_t end_ns = heap->head.host->now_ns();
    if (end_ns - start_ns < RELEASE_THRESHOLD_NS)
        return;
    heap->head.host->event(m->log, HM_EVENT_RELEASE_BEGIN, start_ns, 0);
    heap->head.host->event(m->log, HM_EVENT_RELEASE_END, end_ns, objects);
}

/* ---- reports ---- */

struct unused {
    uint64_t objects, bytes;           /* handed out, and in a free list */
    uint64_t used_objects, used_bytes; /* of the same lists: gone already */
};

static uint64_t not_negative(uint64_t more, uint64_t less)
{
    return more > less ? more - less : 0;
}

/* What lies unused in the free lists of mutators that do not run. Not while somebody stops the
 * world, who may be about to take the lists home. */
static void count_unused(struct kit_counted_heap *heap, struct unused *unused)
{
    pthread_mutex_lock(&heap->world.lock);
    for (struct kit_mutator *k = heap->world.first; k != NULL && !heap->world.stopping; k = k->next)
        if (!k->running)
            kit_cells_count_unused((struct kit_cell_mutator *)k, &unused->objects, &unused->bytes,
                                   &unused->used_objects, &unused->used_bytes);
    pthread_mutex_unlock(&heap->world.lock);
}

/* A figure that lags less at times must not seem to fall. */
static uint64_t never_falls(_Atomic uint64_t *greatest, uint64_t now)
{
    uint64_t before = atomic_load_explicit(greatest, memory_order_relaxed);
    while (now > before && !atomic_compare_exchange_weak(greatest, &before, now))
        continue;
    return now > before ? now : before;
}

void kit_counted_statistics(hm_heap *base, struct hm_statistics *report)
{
    struct kit_counted_heap *heap = (struct kit_counted_heap *)base;
    struct hm_statistics s = kit_statistics_unknown();
    uint64_t handed = 0, handed_bytes = 0, used = 0, used_bytes = 0, freed = 0, freed_bytes = 0;
    pthread_mutex_lock(&heap->cells.lock);
    for (struct kit_cell_owner *o = heap->cells.owners; o != NULL; o = o->next) {
        freed += atomic_load_explicit(&o->freed_objects, memory_order_relaxed);
        freed_bytes += atomic_load_explicit(&o->freed_bytes, memory_order_relaxed);
        handed += atomic_load_explicit(&o->handed_objects, memory_order_relaxed);
        handed_bytes += atomic_load_explicit(&o->handed_bytes, memory_order_relaxed);
        used += atomic_load_explicit(&o->used_objects, memory_order_relaxed);
        used_bytes += atomic_load_explicit(&o->used_bytes, memory_order_relaxed);
    }
    pthread_mutex_unlock(&heap->cells.lock);
    struct unused unused = {0};
    count_unused(heap, &unused);
    handed = not_negative(handed, unused.objects);
    handed_bytes = not_negative(handed_bytes, unused.bytes);
    s.held_bytes = kit_pool_held_bytes(&heap->pool);
    if (HM_FAULT(rp3))
        s.held_bytes -= heap->pool.free_blocks << KIT_BLOCK_BITS;
    s.held_peak_bytes = atomic_load(&heap->pool.held_peak_bytes);
    s.live_objects = not_negative(handed, freed);
    s.live_bytes = not_negative(handed_bytes, freed_bytes);
    s.allocated_objects = never_falls(&heap->told_objects, used + unused.used_objects);
    s.allocated_bytes = never_falls(&heap->told_bytes, used_bytes + unused.used_bytes);
    s.collections = atomic_load(&heap->collections);
    s.longest_cascade = atomic_load(&heap->longest_cascade);
    if (heap->count_shift != 0) {
        s.cycle_candidates = atomic_load(&heap->candidates);
        s.cycle_freed = atomic_load(&heap->cycle_freed);
    }
    kit_report(report, &s, sizeof s);
}

static size_t occupied(const void *heap, const struct kit_object *object)
{
    (void)heap;
    return kit_cell_occupied(object);
}

static void survey_object(void *survey, struct kit_object *object)
{
    kit_survey_object(survey, object);
}

static void survey_waiting(void *survey, hm_ref waiting)
{
    kit_survey_waiting(survey, waiting);
}

static void take_survey(struct kit_counted_heap *heap, struct kit_survey *survey)
{
    kit_survey_open(survey, heap->pool.base, heap->pool.high_water << KIT_BLOCK_BITS, heap,
                    occupied);
    kit_cells_each(&heap->cells, survey_object, survey);
    kit_survey_names(survey, &heap->world);
    if (heap->each_other_name != NULL)
        heap->each_other_name(heap, kit_survey_name, survey);
    kit_survey_globals(survey, heap->globals);
    kit_dead_queue_each(&heap->dead, survey_waiting, survey);
}

void kit_counted_census(hm_heap *base, hm_mutator *m, struct hm_census *census)
{
    (void)m;
    struct kit_survey survey;
    take_survey((struct kit_counted_heap *)base, &survey);
    kit_survey_census(&survey, census);
    kit_survey_close(&survey);
}

bool kit_counted_verify(hm_heap *base, hm_mutator *m, struct hm_refusal *broken)
{
    (void)m;
    struct kit_survey survey;
    take_survey((struct kit_counted_heap *)base, &survey);
    bool sound = kit_survey_verdict(&survey, broken);
    kit_survey_close(&survey);
    return sound;
}

uint64_t kit_counted_count(hm_mutator *m, hm_ref ref)
{
    const struct kit_counted_heap *heap = kit_counted_heap_of(m);
    return hm_is_null(ref) ? 0 : kit_object(ref)->own >> heap->count_shift;
}

struct walk {
    const struct kit_counted_heap *heap;
    struct kit_survey survey;
    void (*visit)(void *user, const struct hm_walked *piece);
    void *user;
};

static void walk_object(void *user, struct kit_object *object)
{
    const struct walk *walk = user;
    struct hm_walked piece = {
        .size = sizeof piece,
        .state = kit_survey_reached(&walk->survey, object) ? HM_WALKED_LIVE : HM_WALKED_DEAD,
        .address = (uintptr_t)object,
        .bytes = kit_cell_occupied(object),
        .slots = kit_layout_slots(object->layout),
        .block = kit_pool_block_number(&walk->heap->pool, object),
        .age = HM_UNKNOWN,
        .thread = HM_UNKNOWN,
    };
    walk->visit(walk->user, &piece);
}

static int compare_addresses(const void *a, const void *b)
{
    const void *left = *(struct kit_cell_block *const *)a;
    const void *right = *(struct kit_cell_block *const *)b;
    return left < right ? -1 : left > right;
}

/* In the order of addresses, and what names do not reach as dead. Without memory for the first the
 * walk shows nothing, and for the second all as live. */
void kit_counted_walk(hm_heap *base, hm_mutator *m,
                      void (*visit)(void *user, const struct hm_walked *piece), void *user)
{
    struct kit_counted_heap *heap = (struct kit_counted_heap *)base;
    struct walk walk = {.heap = heap, .visit = visit, .user = user};
    size_t count = 0;
    (void)m;
    for (struct kit_cell_block *block = heap->cells.blocks; block != NULL; block = block->next)
        count++;
    struct kit_cell_block **blocks = malloc((count + 1) * sizeof *blocks);
    if (blocks == NULL)
        return;
    count = 0;
    for (struct kit_cell_block *block = heap->cells.blocks; block != NULL; block = block->next)
        blocks[count++] = block;
    qsort(blocks, count, sizeof *blocks, compare_addresses);
    take_survey(heap, &walk.survey);
    for (size_t i = 0; i < count; i++)
        if (!HM_FAULT(rp9) || blocks[i]->owner != NULL)
            kit_cells_each_of_block(blocks[i], walk_object, &walk);
    kit_survey_close(&walk.survey);
    free(blocks);
}
