/* SPDX-License-Identifier: MIT
 *
 * strict: a collector that checks the workload against the contract.
 *
 * Algorithm: every name and spare has a shadow, its cell. A reference is a token: which cell it
 * was borrowed through, and that cell's serial at the time. Writing a cell gives it another
 * serial; a safepoint gives one to all cells of the thread and rewrites the bits of its names. So a
 * token whose serial is not its cell's any more is a borrow that has ended, and the cell knows by
 * what. Objects count their owners (names and slots), and one without any is dead at once,
 * though spares may remember it. A trace with the world stopped frees cycles. Objects know which
 * weak objects and ephemerons refer to them, and the dead that are watched wait in a list.
 *
 * Invariant: what a token refers to is never freed before its cell forgets it; a mistake is named
 * before anything is touched.
 *
 * Source: the borrow rule of heapmark/operations.h; the counting is Collins (CACM, 1960); the
 * stamps on shared slots are a small part of FastTrack (Flanagan and Freund, PLDI 2009).
 */
#include <strict/heap.h>

#include <stdio.h>
#include <string.h>

extern const struct hm_kernel_set hm_set_strict;

static const struct hm_shape globals_shape = {
    .vary = HM_VARY_SLOTS, .hint = HM_DICTIONARY, .name = "globals"};

static hm_heap *refuse_memory(struct hm_refusal *refusal, const char *what)
{
    snprintf(refusal->sentence, sizeof refusal->sentence, "no memory for %s", what);
    refusal->out_of_memory = true;
    return NULL;
}

/* ---- opening and closing ---- */

static bool accepts(const struct hm_open *request, struct hm_refusal *refusal)
{
    uint64_t cells = (uint64_t)request->name_depth + request->spare_depth + 2;
    if (cells <= STRICT_MOST_CELLS && request->most_mutators <= STRICT_MOST_MUTATORS)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "strict has room for %d names and spares of %d threads", STRICT_MOST_CELLS - 2,
             STRICT_MOST_MUTATORS);
    return false;
}

static bool make_globals(struct strict_heap *heap)
{
    uint32_t slots = heap->request->globals;
    struct strict_object *globals = calloc(1, sizeof *globals + slots * sizeof globals->slot[0]);
    if (globals == NULL)
        return false;
    globals->shape = &globals_shape;
    globals->n = globals->slots = slots;
    globals->owners = 1;
    globals->visible = true;
    heap->globals = globals;
    return true;
}

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    if (!accepts(request, refusal))
        return NULL;
    struct strict_heap *heap = calloc(1, sizeof *heap);
    if (heap == NULL)
        return refuse_memory(refusal, "the heap's tables");
    heap->request = request;
    if (!make_globals(heap)) {
        free(heap);
        return refuse_memory(refusal, "the globals");
    }
    pthread_mutex_init(&heap->lock, NULL);
    kit_world_open(&heap->world, request);
    heap->trace_at_objects = 1 << 16;
    heap->head.host = request->host;
    heap->head.set = &hm_set_strict;
    heap->head.ops = request->variant->heap_ops;
    return &heap->head;
}

static void close_heap(hm_heap *base)
{
    struct strict_heap *heap = (struct strict_heap *)base;
    strict_object_free_all(heap);
    free(heap->globals);
    kit_world_close(&heap->world);
    pthread_mutex_destroy(&heap->lock);
    free(heap);
}

/* ---- mutators ---- */

static void free_mutator(struct strict_mutator *self)
{
    free(self->cells);
    free(self->kit.head.spare_base);
    free(self->frames.start);
    free(self->spare_frames.start);
    free(self);
}

static bool make_cells(struct strict_mutator *self, const struct hm_open *request)
{
    struct hm_mutator *head = &self->kit.head;
    self->name_cells = request->name_depth;
    self->spare_cells = request->spare_depth;
    self->cells = calloc((size_t)self->name_cells + self->spare_cells + 2, sizeof *self->cells);
    head->spare_base = calloc((size_t)self->spare_cells + 1, sizeof *head->spare_base);
    head->spare_top = head->spare_base;
    head->spare_limit = head->spare_base + self->spare_cells;
    return self->cells != NULL && head->spare_base != NULL;
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct strict_heap *heap = (struct strict_heap *)base;
    struct strict_mutator *self = calloc(1, sizeof *self);
    if (self == NULL || !make_cells(self, heap->request)) {
        if (self != NULL)
            free_mutator(self);
        refuse_memory(refusal, "a mutator");
        return NULL;
    }
    self->kit.head.ops = base->set->ops;
    self->kit.head.slow = &strict_slow;
    self->owner = pthread_self();
    self->operation = STRICT_OP_attach;
    if (!kit_world_attach(&heap->world, &self->kit, base, heap->request, index, log, refusal)) {
        free_mutator(self);
        return NULL;
    }
    pthread_mutex_lock(&heap->lock);
    self->serial = heap->serials[index];
    strict_begin_epoch(self);
    strict_race_sync(self);
    pthread_mutex_unlock(&heap->lock);
    return &self->kit.head;
}

static void forget_spares(struct strict_mutator *self)
{
    uint32_t end = strict_kept_cell(self);
    for (uint32_t cell = self->name_cells; cell <= end; cell++)
        if (self->cells[cell].object != NULL || self->cells[cell].source != NULL)
            strict_put_spare(self, cell, NULL, NULL, 0);
}

static void detach(hm_mutator *m)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_detach);
    struct strict_heap *heap = strict_heap(self);
    if (m->name_top != m->name_base)
        strict_broken(self, "pop.a", "%zu names are still pushed",
                      (size_t)(m->name_top - m->name_base));
    if (m->spare_top != m->spare_base)
        strict_broken(self, "pop.a", "%zu spares are still pushed",
                      (size_t)(m->spare_top - m->spare_base));
    forget_spares(self);
    heap->serials[m->index] = self->serial;
    strict_leave(self);
    kit_world_detach(&heap->world, &self->kit);
    free_mutator(self);
}

/* ---- what the harness asks ---- */

static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct strict_heap *heap = (struct strict_heap *)base;
    struct strict_mutator *self = NULL;
    if (m != NULL) {
        self = strict_enter(m, STRICT_OP_collect);
        strict_leave(self);
    }
    strict_collect(heap, self, kind);
    if (self != NULL) {
        pthread_mutex_lock(&heap->lock);
        strict_begin_epoch(self);
        pthread_mutex_unlock(&heap->lock);
    }
}

/* Held bytes are the nominal bytes of what is live: what strict itself uses is no figure. */
static void statistics(hm_heap *base, struct hm_statistics *s)
{
    struct strict_heap *heap = (struct strict_heap *)base;
    uint32_t size = s->size < sizeof *s ? s->size : (uint32_t)sizeof *s;
    pthread_mutex_lock(&heap->lock);
    heap->statistics.size = s->size;
    heap->statistics.held_bytes = heap->statistics.live_bytes;
    heap->statistics.cycle_candidates = HM_UNKNOWN;
    heap->statistics.reachable_byte_bytes = HM_UNKNOWN;
    memcpy(s, &heap->statistics, size);
    pthread_mutex_unlock(&heap->lock);
}

static uint64_t count(hm_mutator *m, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_count);
    const struct strict_object *object = strict_check_object(self, ref);
    uint64_t owners = object->owners - object->by_ephemerons;
    strict_leave(self);
    return owners;
}

static void census(hm_heap *base, hm_mutator *m, struct hm_census *census)
{
    struct strict_heap *heap = (struct strict_heap *)base;
    kit_world_stop_surely(&heap->world, (struct kit_mutator *)m);
    pthread_mutex_lock(&heap->lock);
    strict_trace(heap);
    census->objects = heap->statistics.live_objects;
    census->bytes = heap->statistics.live_bytes;
    census->unreachable_objects = census->unreachable_bytes = 0;
    for (const struct strict_object *object = heap->first; object != NULL; object = object->next)
        if (object->mark != heap->trace) {
            census->unreachable_objects++;
            census->unreachable_bytes += strict_object_bytes(object);
        }
    pthread_mutex_unlock(&heap->lock);
    kit_world_resume(&heap->world, (struct kit_mutator *)m);
}

/* ---- verify: are the counts what a count of all that owns gives? ---- */

/* By -1 for each reference: an object whose counts were right ends at 0. By 1 they come back. */
static void count_references(struct strict_object *object, int64_t step)
{
    for (size_t i = 0; i < object->slots; i++)
        if (object->slot[i].value != NULL)
            object->slot[i].value->owners += (uint64_t)step;
    if (object->value != NULL) {
        object->value->owners += (uint64_t)step;
        object->value->by_ephemerons += (uint64_t)step;
    }
    if (object->waiting)
        object->owners += (uint64_t)step;
}

static void each_reference(struct strict_heap *heap, int64_t step)
{
    count_references(heap->globals, step);
    for (struct strict_object *object = heap->first; object != NULL; object = object->next)
        count_references(object, step);
    for (struct kit_mutator *m = heap->world.first; m != NULL; m = m->next) {
        const struct strict_mutator *mutator = (const struct strict_mutator *)m;
        size_t names = (size_t)(m->head.name_top - m->head.name_base);
        for (size_t i = 0; i < names; i++)
            if (mutator->cells[i].object != NULL)
                mutator->cells[i].object->owners += (uint64_t)step;
    }
}

static bool verify(hm_heap *base, hm_mutator *m, struct hm_refusal *broken)
{
    struct strict_heap *heap = (struct strict_heap *)base;
    char words[STRICT_WORDS_BYTES];
    bool is_whole = true;
    kit_world_stop_surely(&heap->world, (struct kit_mutator *)m);
    pthread_mutex_lock(&heap->lock);
    each_reference(heap, -1);
    for (const struct strict_object *object = heap->first; object != NULL; object = object->next)
        if (object->owners != 0 || object->by_ephemerons != 0) {
            is_whole = false;
            snprintf(broken->sentence, sizeof broken->sentence,
                     "strict's own count of the owners of %s is off by %lld",
                     strict_say_object(words, object), (long long)object->owners);
        }
    each_reference(heap, 1);
    pthread_mutex_unlock(&heap->lock);
    kit_world_resume(&heap->world, (struct kit_mutator *)m);
    return is_whole;
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
    .count = count,
    .verify = verify,
};

static const struct hm_capabilities capabilities = {
    .size = sizeof capabilities,
    .most_mutators = STRICT_MOST_MUTATORS,
    .frees = true,
    .cycles = true,
    .prompt = true,
    .shares = true,
    .counts = true,
    .heap_limit = true,
    .reports_pauses = true,
    .census = true,
    .weak = true,
    .ephemerons = true,
    .finalizers = true,
    .reopenable = true,
    .checks_workload = true,
    .complete_after = 1,
    .most_slots = 1 << 30,
    .most_bytes = 1 << 30,
    .granule_bytes = 8,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "every demand that can be checked is checked",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "strict",
    .version = "1",
    .summary = "Checks the workload against the contract, and names the rule that it breaks.",
    .source = "the borrow rule of heapmark/operations.h, with counts after Collins (CACM, 1960)",
    .variants = (const struct hm_variant *const[]){&default_variant, NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
