/* SPDX-License-Identifier: MIT
 *
 * Slow paths of the mutator; see allocate.h. The lazy sweep is here: a mutator that has used up
 * its run sweeps on in its span until the next free cells, and takes no lock for it.
 */
#include <mark-sweep/allocate.h>

#include <kit/object.h>
#include <mark-sweep/blocks.h>
#include <mark-sweep/collect.h>

/* A run is cleared when it is handed out, and should still be in the nearest cache when used. */
enum { RUN_BYTES = 8 << 10 };

hm_ref ms_clone(hm_mutator *m, hm_name *to, hm_name *from);

static struct ms_heap *heap_of(hm_mutator *m)
{
    return (struct ms_heap *)m->heap;
}

/* ---- taking memory, without collecting ---- */

/* The next run of free cells: in the current span, or in the next one. */
static struct ms_piece find_run(struct ms_heap *heap, struct ms_current *current,
                                uint32_t size_class, bool force)
{
    size_t most = heap->every.every != 0 ? 1 : RUN_BYTES;
    struct ms_piece run = {NULL, 0, false};
    if (current->block != 0)
        run = ms_next_run(heap, current->block, most);
    while (run.memory == NULL) {
        pthread_mutex_lock(&heap->lock);
        current->block = ms_take_span(heap, size_class, force);
        pthread_mutex_unlock(&heap->lock);
        if (current->block == 0)
            break;
        run = ms_next_run(heap, current->block, most);
    }
    return run;
}

/* A cell out of a new run, which the mutator then goes on with. */
static void *take_run(struct ms_heap *heap, struct ms_mutator *mutator, size_t bytes, bool force)
{
    uint32_t size_class = kit_size_class(bytes);
    struct ms_current *current = &mutator->current[size_class];
    ms_count_run(mutator, size_class);
    struct ms_piece run = find_run(heap, current, size_class, force);
    if (run.memory == NULL)
        return NULL;
    ms_clear(&run);
    current->counted = run.memory;
    mutator->runs[size_class].free = run.memory + kit_size_class_bytes(size_class);
    mutator->runs[size_class].limit = run.memory + run.bytes;
    return run.memory;
}

/* Memory that no run is made of. */
static void *take_piece(struct ms_heap *heap, struct ms_mutator *mutator, size_t bytes, bool force)
{
    pthread_mutex_lock(&heap->lock);
    struct ms_piece piece = bytes > KIT_MOST_CELL_BYTES
                                ? ms_take_large(heap, bytes, force)
                                : ms_take_cell(heap, kit_size_class(bytes), force);
    pthread_mutex_unlock(&heap->lock);
    if (piece.memory == NULL)
        return NULL;
    ms_clear(&piece);
    ms_add(&mutator->allocated, 1, piece.bytes);
    return piece.memory;
}

/* The last resort of a heap that is full but not in this class: a cell that is too large. Without
 * it a heap could be out of memory with half of it free. */
static void *take_larger(struct ms_heap *heap, struct ms_mutator *mutator, size_t bytes)
{
    if (bytes > KIT_MOST_CELL_BYTES)
        return NULL;
    pthread_mutex_lock(&heap->lock);
    struct ms_piece cell = ms_take_larger_cell(heap, kit_size_class(bytes));
    pthread_mutex_unlock(&heap->lock);
    if (cell.memory == NULL)
        return NULL;
    ms_clear(&cell);
    ms_add(&mutator->allocated, 1, cell.bytes);
    return cell.memory;
}

static void *take(struct ms_heap *heap, struct ms_mutator *mutator, size_t bytes, bool force)
{
    void *memory = bytes <= MS_RUN_MOST_BYTES ? take_run(heap, mutator, bytes, force)
                                              : take_piece(heap, mutator, bytes, force);
    if (memory != NULL)
        return memory;
    pthread_mutex_lock(&heap->lock);
    bool scarce = heap->scarce;
    pthread_mutex_unlock(&heap->lock);
    return scarce ? take_larger(heap, mutator, bytes) : NULL;
}

/* ---- allocation ---- */

/* Out of memory is decided by the thread whose own collection just ended, with the world still
 * stopped: what other threads take cannot come between, and a collection by another thread is
 * only a reason to try again. A heap that is scarce stays so until the next collection, lest
 * each object that needs a larger cell costs one. */
static void *collect_and_take(struct ms_heap *heap, struct ms_mutator *mutator, size_t bytes)
{
    while (!kit_world_stop(&heap->world, &mutator->kit)) {
        void *memory = take(heap, mutator, bytes, false);
        if (memory != NULL)
            return memory;
    }
    ms_collect_stopped(heap, &mutator->kit, HM_COLLECT_FULL);
    void *memory = take(heap, mutator, bytes, true);
    if (memory == NULL) {
        heap->scarce = true;
        memory = take_larger(heap, mutator, bytes);
    }
    kit_world_resume(&heap->world, &mutator->kit);
    return memory;
}

/* Zeroed memory for an object, or null when the heap cannot hold it. A safepoint. */
static void *acquire(hm_mutator *m, size_t bytes)
{
    struct ms_mutator *mutator = (struct ms_mutator *)m;
    struct ms_heap *heap = heap_of(m);
    if (atomic_load_explicit(&m->poll, memory_order_relaxed) != 0)
        kit_world_poll(&heap->world, &mutator->kit);
    bool due = kit_every_is_due(&heap->every);
    void *memory = due ? NULL : take(heap, mutator, bytes, false);
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

/* A cell of the run, if there is one. */
static void *bump(struct ms_mutator *mutator, size_t bytes)
{
    if (bytes > MS_RUN_MOST_BYTES)
        return NULL;
    uint32_t size_class = kit_size_class(bytes);
    struct ms_run *run = &mutator->runs[size_class];
    if (run->free == run->limit)
        return NULL;
    void *cell = run->free;
    run->free += kit_size_class_bytes(size_class);
    return cell;
}

hm_ref ms_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    size_t bytes = kit_layout_bytes(kit_object(hm_at(from))->layout);
    void *copy = bump((struct ms_mutator *)m, bytes);
    if (copy == NULL)
        copy = acquire(m, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    memcpy(copy, kit_object(hm_at(from)), bytes);
    to->bits = (uintptr_t)copy;
    return hm_at(to);
}

void ms_leave_spans(struct ms_heap *heap, struct ms_mutator *mutator)
{
    pthread_mutex_lock(&heap->lock);
    for (uint32_t i = 0; i < MS_RUN_CLASSES; i++)
        if (mutator->current[i].block != 0)
            ms_put_span(heap, mutator->current[i].block);
    pthread_mutex_unlock(&heap->lock);
    memset(mutator->runs, 0, sizeof mutator->runs);
    memset(mutator->current, 0, sizeof mutator->current);
}

/* ---- the other safepoints ---- */

static void poll(hm_mutator *m)
{
    struct ms_heap *heap = heap_of(m);
    kit_world_poll(&heap->world, (struct kit_mutator *)m);
    if (kit_every_is_due(&heap->every))
        ms_collect(&heap->head, m, HM_COLLECT_FULL);
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

const struct hm_slow ms_slow = {
    .size = sizeof ms_slow,
    .allocate = allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};
