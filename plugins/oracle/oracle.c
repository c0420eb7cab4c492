/* SPDX-License-Identifier: MIT
 *
 * oracle: knows of each object when it died, and writes that down.
 *
 * Algorithm: references are counted, so what is in no cycle is seen to die at once; every loss of a
 * reference that is not the last is stamped, by which the death of cycles is found out later
 * (cycles.c). Objects lie in the C library's memory. It is slow, and its times mean nothing: it is
 * there for the recording, which `explicit` frees by.
 */
#include <oracle/heap.h>

#include <kit/heap_side.h>

#include <stdio.h>
#include <stdlib.h>

extern const struct hm_kernel_set hm_set_oracle;

/* ---- objects ---- */

static void fail_foreign(hm_mutator *m)
{
    const struct hm_host *host = oracle_heap_of(m)->head.host;
    host->fail(host, "a thread used an object that another one made: when it dies depends on both, "
                     "which no recording tells");
}

static struct oracle_head *own_head(hm_mutator *m, hm_ref ref)
{
    struct oracle_head *head = oracle_head_of(ref);
    if (head->owner != (struct oracle_mutator *)m)
        fail_foreign(m);
    return head;
}

void oracle_own(hm_mutator *m, hm_ref ref)
{
    if (!hm_is_null(ref))
        own_head(m, ref)->count++;
}

static void note_death(struct oracle_mutator *mutator, uint32_t ordinal, uint32_t when)
{
    if (mutator->death_count == mutator->death_room) {
        uint64_t room = 2 * mutator->death_room + 4096;
        struct kit_death *more = realloc(mutator->deaths, room * sizeof *more);
        if (more == NULL) {
            oracle_heap_of(&mutator->kit.head)->failed = true;
            return;
        }
        mutator->deaths = more;
        mutator->death_room = room;
    }
    mutator->deaths[mutator->death_count++] = (struct kit_death){when, ordinal};
}

static void unlink_object(struct oracle_head **first, struct oracle_head *head)
{
    if (head->previous != NULL)
        head->previous->next = head->next;
    else
        *first = head->next;
    if (head->next != NULL)
        head->next->previous = head->previous;
}

/* ---- how much was reachable, over how much allocation ---- */

static void add(_Atomic uint64_t *figure, uint64_t amount)
{
    atomic_fetch_add_explicit(figure, amount, memory_order_relaxed);
}

/* Room for the next time of the clock; false when memory is out. */
static bool make_room(struct oracle_mutator *mutator)
{
    if (mutator->passed_room > (uint64_t)mutator->clock + 1)
        return true;
    uint64_t room = 2 * mutator->passed_room + 4096;
    uint64_t *more = realloc(mutator->passed, room * sizeof *more);
    if (more == NULL)
        return false;
    mutator->passed = more;
    mutator->passed_room = room;
    more[mutator->clock] = mutator->bytes;
    return true;
}

static void note_birth(struct oracle_mutator *mutator, struct oracle_head *head, uint64_t bytes)
{
    struct oracle_figures *figures = &oracle_heap_of(&mutator->kit.head)->figures;
    mutator->bytes += bytes;
    mutator->passed[mutator->clock] = mutator->bytes;
    head->bytes = bytes;
    head->born = mutator->bytes;
    add(&figures->allocated_objects, 1);
    add(&figures->allocated_bytes, bytes);
    add(&figures->live_objects, 1);
    add(&figures->live_bytes, bytes);
    add(&figures->owed, bytes * head->born);
}

static void settle(struct oracle_mutator *mutator, const struct oracle_head *head, uint32_t when)
{
    struct oracle_figures *figures = &oracle_heap_of(&mutator->kit.head)->figures;
    add(&figures->spent, head->bytes * (mutator->passed[when] - head->born));
    add(&figures->owed, 0 - head->bytes * head->born);
    add(&figures->live_objects, UINT64_MAX);
    add(&figures->live_bytes, 0 - head->bytes);
}

void oracle_bury(struct oracle_mutator *mutator, struct oracle_head *head, uint32_t when)
{
    note_death(mutator, head->ordinal, when);
    settle(mutator, head, when);
    unlink_object(&mutator->objects, head);
    mutator->object_count--;
    free(head);
}

/* One reference less; true when it was the last. */
static bool lose(hm_mutator *m, hm_ref ref)
{
    struct oracle_head *head = own_head(m, ref);
    head->stamp = ((struct oracle_mutator *)m)->clock;
    return --head->count == 0;
}

/* What falls with it falls too, by a list and not by recursion: the dead are linked by the field
 * that nobody needs any more. */
void oracle_drop(hm_mutator *m, uintptr_t bits)
{
    struct oracle_mutator *mutator = (struct oracle_mutator *)m;
    if (bits == 0 || !lose(m, (hm_ref){bits}))
        return;
    struct kit_object *dead = kit_object((hm_ref){bits});
    uintptr_t waiting = 0;
    for (;;) {
        size_t count = kit_layout_slots(dead->layout);
        for (size_t i = 0; i < count; i++) {
            hm_ref child = kit_slots(kit_ref(dead))[i];
            if (hm_is_null(child) || !lose(m, child))
                continue;
            oracle_head_of(child)->owner = (struct oracle_mutator *)waiting;
            waiting = child.bits;
        }
        oracle_bury(mutator, oracle_head_of(kit_ref(dead)), mutator->clock);
        if (waiting == 0)
            return;
        dead = kit_object((hm_ref){waiting});
        waiting = (uintptr_t)oracle_head_of(kit_ref(dead))->owner;
    }
}

void oracle_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    uintptr_t old = kit_slots(obj)[slot].bits;
    oracle_own(m, ref);
    kit_slots(obj)[slot] = ref;
    oracle_drop(m, old);
}

/* Values are held until all is copied, and the containers with them. */
void oracle_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    const struct kit_object *globals = oracle_heap_of(m)->globals;
    hm_ref *target = &kit_slots(to)[i];
    const hm_ref *source = &kit_slots(from)[j];
    bool backward = target > source;
    if (kit_object(to) != globals)
        oracle_own(m, to);
    if (kit_object(from) != globals)
        oracle_own(m, from);
    for (size_t k = 0; k < n; k++)
        oracle_own(m, source[k]);
    for (size_t k = 0; k < n; k++) {
        size_t at = backward ? n - 1 - k : k;
        uintptr_t old = target[at].bits;
        target[at] = source[at];
        oracle_drop(m, old);
    }
    if (kit_object(from) != globals)
        oracle_drop(m, from.bits);
    if (kit_object(to) != globals)
        oracle_drop(m, to.bits);
}

/* ---- allocation ---- */

/* A new object, owned once by nobody yet; null when memory is out. */
static struct kit_object *make(hm_mutator *m, uint32_t layout)
{
    struct oracle_mutator *mutator = (struct oracle_mutator *)m;
    size_t bytes = kit_layout_bytes(layout);
    if (mutator->object_count >= mutator->cycles_due)
        oracle_seek_cycles(mutator);
    struct oracle_head *head =
        mutator->clock == UINT32_MAX ? NULL : calloc(1, sizeof *head + bytes);
    if (head == NULL || !make_room(mutator)) {
        free(head);
        return NULL;
    }
    *head = (struct oracle_head){.next = mutator->objects,
                                 .owner = mutator,
                                 .ordinal = mutator->clock++,
                                 .stamp = mutator->clock,
                                 .count = 1};
    if (head->next != NULL)
        head->next->previous = head;
    mutator->objects = head;
    mutator->object_count++;
    note_birth(mutator, head, bytes);
    struct kit_object *object = oracle_object_of(head);
    object->layout = layout;
    return object;
}

hm_ref oracle_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                  uint32_t flags)
{
    uintptr_t old = name->bits;
    name->bits = 0;
    oracle_drop(m, old);
    hm_poll(m);
    struct kit_object *object = kit_fits(shape, n) ? make(m, kit_layout(shape, n)) : NULL;
    if (object == NULL && (flags & HM_MAY_FAIL) == 0)
        hm_land(m, kit_fits(shape, n) ? HM_OUT_OF_MEMORY : HM_TOO_LARGE);
    name->bits = (uintptr_t)object;
    return hm_at(name);
}

hm_ref oracle_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    const struct kit_object *original = kit_object(hm_at(from));
    struct kit_object *copy = make(m, original->layout);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    memcpy(copy->fields, original->fields, kit_layout_bytes(copy->layout) - KIT_HEADER_BYTES);
    for (size_t i = 0; i < kit_layout_slots(copy->layout); i++)
        oracle_own(m, kit_slots(kit_ref(copy))[i]);
    uintptr_t old = to->bits;
    to->bits = (uintptr_t)copy;
    oracle_drop(m, old);
    return hm_at(to);
}

/* ---- slow paths ---- */

static void poll(hm_mutator *m)
{
    kit_world_poll(&oracle_heap_of(m)->world, (struct kit_mutator *)m);
}

static void block(hm_mutator *m)
{
    kit_world_block(&oracle_heap_of(m)->world, (struct kit_mutator *)m);
}

static void unblock(hm_mutator *m)
{
    kit_world_unblock(&oracle_heap_of(m)->world, (struct kit_mutator *)m);
}

static const struct hm_slow slow = {
    .size = sizeof slow, .poll = poll, .block = block, .unblock = unblock};

/* ---- the heap side ---- */

static hm_heap *open_heap(const struct hm_open *request, struct hm_refusal *refusal)
{
    struct oracle_heap *heap = calloc(1, sizeof *heap);
    struct kit_object *globals = kit_globals_new(request->globals);
    struct kit_recorded_thread *threads = calloc(request->most_mutators, sizeof *threads);
    if (heap == NULL || globals == NULL || threads == NULL) {
        kit_refuse_memory(refusal, "the oracle's tables");
        kit_globals_free(globals);
        free(threads);
        free(heap);
        return NULL;
    }
    kit_world_open(&heap->world, request);
    heap->globals = globals;
    heap->request = request;
    heap->recording =
        (struct kit_recording){.threads = threads, .thread_count = request->most_mutators};
    heap->head.host = request->host;
    heap->head.set = &hm_set_oracle;
    heap->head.ops = request->variant->heap_ops;
    return &heap->head;
}

/* What detached mutators left has no death. */
static void write_recording(struct oracle_heap *heap)
{
    const struct hm_open *request = heap->request;
    const struct hm_host *host = heap->head.host;
    char sentence[KIT_RECORDING_SENTENCE_BYTES];
    if (!HM_COVERS(request, work) || request->recording == NULL)
        return;
    if (heap->failed)
        host->fail(host, "the oracle had too little memory to note all that died");
    if (!kit_recording_write(request->recording, request->work, &heap->recording, sentence))
        host->fail(host, sentence);
}

static void close_heap(hm_heap *base)
{
    struct oracle_heap *heap = (struct oracle_heap *)base;
    write_recording(heap);
    while (heap->left != NULL) {
        struct oracle_head *head = heap->left;
        heap->left = head->next;
        free(head);
    }
    kit_world_close(&heap->world);
    kit_recording_free(&heap->recording);
    kit_globals_free(heap->globals);
    free(heap);
}

static hm_mutator *attach(hm_heap *base, uint32_t index, struct hm_log *log,
                          struct hm_refusal *refusal)
{
    struct oracle_heap *heap = (struct oracle_heap *)base;
    if (heap->recording.threads[index].allocations > 0) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "a thread attached for the second time, and a recording holds one life of each");
        return NULL;
    }
    struct oracle_mutator *mutator = (struct oracle_mutator *)kit_mutator_new(
        &heap->world, sizeof *mutator, base, &slow, heap->request, index, log, refusal);
    if (mutator != NULL) {
        mutator->cycles_due = 1 << 16;
        atomic_fetch_add(&heap->figures.mutators, 1);
    }
    return (hm_mutator *)mutator;
}

static int by_time(const void *left, const void *right)
{
    const struct kit_death *a = left, *b = right;
    int order = (a->when > b->when) - (a->when < b->when);
    return order != 0 ? order : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* What is left lives on by the globals, and dies after all recorded time. */
static void leave_objects(struct oracle_heap *heap, struct oracle_head *objects)
{
    while (objects != NULL) {
        struct oracle_head *head = objects;
        objects = head->next;
        head->owner = NULL;
        head->next = heap->left;
        heap->left = head;
    }
}

static void detach(hm_mutator *m)
{
    struct oracle_mutator *mutator = (struct oracle_mutator *)m;
    struct oracle_heap *heap = oracle_heap_of(m);
    oracle_seek_cycles(mutator);
    if (mutator->death_count > 0)
        qsort(mutator->deaths, mutator->death_count, sizeof *mutator->deaths, by_time);
    heap->recording.threads[m->index] = (struct kit_recorded_thread){
        mutator->clock, mutator->bytes, mutator->deaths, mutator->death_count};
    pthread_mutex_lock(&heap->world.lock);
    leave_objects(heap, mutator->objects);
    pthread_mutex_unlock(&heap->world.lock);
    free(mutator->passed);
    kit_mutator_free(&heap->world, &mutator->kit);
}

/* What is dead is gone but for cycles, which are the caller's own. */
static void collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    (void)base;
    (void)kind;
    if (m != NULL)
        oracle_seek_cycles((struct oracle_mutator *)m);
}

static void statistics(hm_heap *base, struct hm_statistics *report)
{
    struct oracle_heap *heap = (struct oracle_heap *)base;
    struct oracle_figures *counted = &heap->figures;
    struct hm_statistics figures = kit_statistics_unknown();
    figures.allocated_objects = atomic_load(&counted->allocated_objects);
    figures.allocated_bytes = atomic_load(&counted->allocated_bytes);
    figures.live_objects = atomic_load(&counted->live_objects);
    figures.live_bytes = atomic_load(&counted->live_bytes);
    if (atomic_load(&counted->mutators) == 1 && !heap->failed)
        figures.reachable_byte_bytes = atomic_load(&counted->spent) +
                                       figures.live_bytes * figures.allocated_bytes -
                                       atomic_load(&counted->owed);
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
    .records = true,
    .complete_after = 1,
    .most_slots = KIT_MOST,
    .most_bytes = KIT_MOST,
    .granule_bytes = KIT_GRANULE_BYTES,
};

static const struct hm_variant default_variant = {
    .size = sizeof default_variant,
    .name = "default",
    .summary = "counts, and dates the death of cycles by stamps",
    .capabilities = &capabilities,
    .heap_ops = &heap_ops,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "oracle",
    .version = "1",
    .summary = "Records when each object dies, for the plugin `explicit`; its times mean nothing.",
    .source = "Hertz, Blackburn, Moss, McKinley and Stefanovic, Generating Object Lifetime Traces "
              "with Merlin, TOPLAS 28(3), 2006",
    .variants = (const struct hm_variant *const[]){&default_variant, NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
