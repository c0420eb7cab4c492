/* SPDX-License-Identifier: MIT
 *
 * Slow paths of the mutator; see allocate.h.
 */
#include <semispace/allocate.h>

#include <kit/heap_side.h>
#include <kit/object.h>
#include <semispace/copy.h>
#include <semispace/policy.h>
#include <semispace/report.h>
#include <semispace/weak.h>

#include <stdlib.h>

/* Objects above this get memory of their own and leave the buffer as it is. */
enum { DIRECT_BYTES = SEMISPACE_BUFFER_BYTES / 4 };

static struct semispace_heap *heap_of(hm_mutator *m)
{
    return (struct semispace_heap *)m->heap;
}

/* ---- collection ---- */

/* Under the world's lock, as statistics may be asked for while the world is stopped. */
static void retire_buffers(struct semispace_heap *heap)
{
    pthread_mutex_lock(&heap->world.lock);
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next) {
        struct semispace_mutator *mutator = (struct semispace_mutator *)k;
        semispace_count_allocated(mutator);
        if (HM_FAULT(mv16) && k->blocked)
            continue;
        mutator->free = mutator->limit = mutator->counted = NULL;
    }
    pthread_mutex_unlock(&heap->world.lock);
}

/* The world is stopped by `m`, or by an unattached thread when that is null. */
static void collect_stopped(struct semispace_heap *heap, struct kit_mutator *m,
                            enum hm_collection kind, size_t request_bytes)
{
    const struct hm_host *host = heap->head.host;
    kit_event(host, m, HM_EVENT_COLLECTION_BEGIN, kind);
    retire_buffers(heap);
    size_t before = semispace_used(&heap->active);
    kit_event(host, m, HM_EVENT_COPY_BEGIN,
              kit_world_names(&heap->world) + kit_layout_slots(heap->globals->layout));
    uint64_t queued = semispace_copy(heap);
    size_t live = semispace_used(&heap->active);
    kit_event(host, m, HM_EVENT_COPY_END, live);
    if (queued > 0)
        kit_event(host, m, HM_EVENT_FINALIZERS_QUEUED, queued);
    if (!HM_FAULT(rp7) || request_bytes != 0)
        semispace_policy_after(heap, request_bytes);
    semispace_trim(&heap->active, heap->capacity);
    semispace_trim(&heap->idle, heap->capacity);
    semispace_note_held(heap);
    pthread_mutex_lock(&heap->world.lock);
    heap->live_bytes = live;
    heap->live_at_bytes = semispace_allocated_bytes(heap);
    heap->collections++;
    pthread_mutex_unlock(&heap->world.lock);
    kit_event(host, m, HM_EVENT_COLLECTION_END, before - live);
}

/* ---- allocation ---- */

static size_t buffer_bytes(const struct semispace_heap *heap, size_t rest, size_t bytes)
{
    if (bytes > DIRECT_BYTES || heap->every.every != 0)
        return bytes;
    return rest < SEMISPACE_BUFFER_BYTES ? rest : SEMISPACE_BUFFER_BYTES;
}

/* Memory of the active space that is the caller's alone and zero; at least `bytes`, and *got of
 * it. Null when the capacity does not allow it. */
static char *carve(struct semispace_heap *heap, size_t bytes, size_t *got)
{
    char *memory = NULL;
    size_t dirty = 0;
    pthread_mutex_lock(&heap->lock);
    size_t used = semispace_used(&heap->active);
    size_t rest = used < heap->capacity ? heap->capacity - used : 0;
    if (rest >= bytes && !kit_map_fails()) {
        *got = buffer_bytes(heap, rest, bytes);
        memory = semispace_carve(&heap->active, *got, &dirty);
        semispace_note_held(heap);
    }
    pthread_mutex_unlock(&heap->lock);
    if (dirty > 0 && !HM_FAULT(al3))
        memset(memory, 0, dirty);
    if (memory != NULL)
        KIT_PHASE(BLOCK_HANDED_OUT);
    return memory;
}

/* Memory for one object, from a new buffer or of its own. The rest of the old buffer is lost
 * until the next collection; it is zero, which the walk steps over. */
static void *take(struct semispace_heap *heap, struct semispace_mutator *mutator, size_t bytes)
{
    size_t got = 0;
    char *memory = carve(heap, bytes, &got);
    if (memory == NULL)
        return NULL;
    if (got == bytes) {
        semispace_add(&mutator->allocated_bytes, bytes);
        return memory;
    }
    semispace_count_allocated(mutator);
    mutator->counted = memory;
    mutator->free = memory + bytes;
    mutator->limit = memory + got;
    return memory;
}

/* Out of memory is decided by the thread whose own collection just ended, with the world still
 * stopped: what other threads take cannot come between, and a collection by another thread is
 * only a reason to try again. */
static void *collect_and_take(struct semispace_heap *heap, struct semispace_mutator *mutator,
                              size_t bytes)
{
    if (HM_FAULT(th5) && mutator->kit.out_of_memory)
        return NULL;
    while (!kit_world_stop(&heap->world, &mutator->kit)) {
        void *memory = take(heap, mutator, bytes);
        if (memory != NULL)
            return memory;
    }
    collect_stopped(heap, &mutator->kit, HM_COLLECT_FULL, bytes);
    void *memory = take(heap, mutator, bytes);
    kit_world_resume(&heap->world, &mutator->kit);
    if (HM_FAULT(th5) && memory == NULL)
        mutator->kit.out_of_memory = true;
    return memory;
}

/* Room for records of watched objects: they have to be made at a safepoint, as hm_watch is none. */
static void make_room_to_watch(struct semispace_heap *heap, struct kit_mutator *m)
{
    if (kit_watch_make_room(&heap->traced.watch) || !kit_world_stop(&heap->world, m))
        return;
    collect_stopped(heap, m, HM_COLLECT_FULL, 0);
    kit_watch_make_room(&heap->traced.watch);
    kit_world_resume(&heap->world, m);
}

static void see_why(struct semispace_heap *heap, struct kit_mutator *m)
{
    kit_world_poll(&heap->world, m);
    if (kit_watch_is_low(&heap->traced.watch))
        make_room_to_watch(heap, m);
}

/* Zeroed memory for an object, or null when the heap cannot hold it. A safepoint. */
static void *acquire(hm_mutator *m, size_t bytes)
{
    struct semispace_mutator *mutator = (struct semispace_mutator *)m;
    struct semispace_heap *heap = heap_of(m);
    if (atomic_load_explicit(&m->poll, memory_order_relaxed) != 0)
        see_why(heap, &mutator->kit);
    void *memory = kit_every_is_due(&heap->every) ? NULL : take(heap, mutator, bytes);
    if (memory == NULL)
        memory = collect_and_take(heap, mutator, bytes);
    if (memory == NULL)
        kit_event(heap->head.host, &mutator->kit, HM_EVENT_OUT_OF_MEMORY, bytes);
    kit_every_keep_polling(&heap->every, m);
    return memory;
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    bool fits = kit_fits(shape, n);
    struct kit_object *object = fits ? acquire(m, kit_shape_bytes(shape, n)) : NULL;
    if (object == NULL) {
        if ((flags & HM_MAY_FAIL) == 0)
            hm_land(m, fits ? HM_OUT_OF_MEMORY : HM_TOO_LARGE);
        return hm_null;
    }
    object->layout = kit_layout(shape, n);
    name->bits = (uintptr_t)object;
    return kit_ref(object);
}

/* A small object comes from the buffer here too, unless every allocation has to be slow. */
static void *acquire_or_land(hm_mutator *m, size_t bytes)
{
    struct semispace_mutator *mutator = (struct semispace_mutator *)m;
    void *memory = mutator->free;
    if ((size_t)(mutator->limit - mutator->free) >= bytes)
        mutator->free += bytes;
    else
        memory = acquire(m, bytes);
    if (memory == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    return memory;
}

/* The original's own word stays its own. */
hm_ref semispace_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    size_t bytes = kit_layout_bytes(kit_object(hm_at(from))->layout);
    const struct kit_object *old = HM_FAULT(mv14) ? kit_object(hm_at(from)) : NULL;
    struct kit_object *copy = acquire_or_land(m, bytes);
    const struct kit_object *original = HM_FAULT(mv14) ? old : kit_object(hm_at(from));
    copy->layout = original->layout;
    if (HM_FAULT(mv20))
        copy->own = original->own;
    memcpy(copy->fields, original->fields, bytes - KIT_HEADER_BYTES);
    to->bits = (uintptr_t)copy;
    return hm_at(to);
}

/* ---- weak objects, ephemerons, watched objects ---- */

hm_ref semispace_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    name->bits = 0;
    hm_ref early = hm_at(target);
    void *memory = acquire_or_land(m, KIT_TRACED_WEAK_BYTES);
    kit_traced_weak_born(&heap_of(m)->traced, memory, 0, HM_FAULT(mv19) ? early : hm_at(target));
    name->bits = (uintptr_t)memory;
    return hm_at(name);
}

hm_ref semispace_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
{
    name->bits = 0;
    void *memory = acquire_or_land(m, KIT_EPHEMERON_BYTES);
    kit_traced_ephemeron_born(&heap_of(m)->traced, memory, 0, hm_at(key), hm_at(value));
    name->bits = (uintptr_t)memory;
    return hm_at(name);
}

void semispace_watch(hm_mutator *m, hm_name *name)
{
    kit_traced_watch(&heap_of(m)->traced, m, name);
}

void semispace_next_dead(hm_mutator *m, hm_name *name)
{
    name->bits = kit_watch_next(&heap_of(m)->traced.watch).bits;
}

static void *take_chunk(void *user)
{
    struct semispace_heap *heap = user;
    pthread_mutex_lock(&heap->lock);
    bool charged = !kit_map_fails() && semispace_charge(heap, KIT_WATCH_CHUNK_BYTES);
    pthread_mutex_unlock(&heap->lock);
    void *chunk = charged ? aligned_alloc(KIT_WATCH_CHUNK_BYTES, KIT_WATCH_CHUNK_BYTES) : NULL;
    if (charged && chunk == NULL) {
        pthread_mutex_lock(&heap->lock);
        semispace_discharge(heap, KIT_WATCH_CHUNK_BYTES);
        pthread_mutex_unlock(&heap->lock);
    }
    return chunk;
}

static void give_chunk(void *user, void *chunk)
{
    struct semispace_heap *heap = user;
    free(chunk);
    pthread_mutex_lock(&heap->lock);
    semispace_discharge(heap, KIT_WATCH_CHUNK_BYTES);
    pthread_mutex_unlock(&heap->lock);
}

void semispace_open_traced(struct semispace_heap *heap)
{
    struct kit_watch_memory memory = {take_chunk, give_chunk, heap};
    kit_traced_open(&heap->traced, memory, SEMISPACE_NOTED);
}

/* ---- safepoints ---- */

void semispace_collect(hm_heap *base, hm_mutator *m, enum hm_collection kind)
{
    struct semispace_heap *heap = (struct semispace_heap *)base;
    struct kit_mutator *mutator = (struct kit_mutator *)m;
    if (kind == HM_COLLECT_STEP) {
        if (m != NULL)
            kit_world_poll(&heap->world, mutator);
    } else {
        kit_world_stop_surely(&heap->world, mutator);
        collect_stopped(heap, mutator, kind, 0);
        kit_world_resume(&heap->world, mutator);
    }
    if (m != NULL)
        kit_every_keep_polling(&heap->every, m);
}

static void poll(hm_mutator *m)
{
    struct semispace_heap *heap = heap_of(m);
    see_why(heap, (struct kit_mutator *)m);
    if (kit_every_is_due(&heap->every))
        semispace_collect(&heap->head, m, HM_COLLECT_FULL);
    kit_every_keep_polling(&heap->every, m);
}

static void block(hm_mutator *m)
{
    kit_world_block(&heap_of(m)->world, (struct kit_mutator *)m);
}

static void unblock(hm_mutator *m)
{
    kit_world_unblock(&heap_of(m)->world, (struct kit_mutator *)m);
    kit_every_keep_polling(&heap_of(m)->every, m);
}

const struct hm_slow semispace_slow = {
    .size = sizeof semispace_slow,
    .allocate = allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};
