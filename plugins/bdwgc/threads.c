/* SPDX-License-Identifier: MIT
 *
 * Making threads known to bdwgc, which aborts where it finds no memory for that.
 *
 * So for each thread that may come there is an object put aside, of the size that bdwgc takes for a
 * thread. To register one such cell is freed, which makes it the first of bdwgc's list of free
 * objects of that size, and bdwgc takes it from there. To unregister bdwgc frees it, and it is
 * taken back in the same way. Neither needs any other memory, nor a collection, which a thread that
 * is not registered could not do.
 * Invariant: meanwhile nobody else takes memory or collects: `taking` is held, for writing. Every
 * other use of bdwgc that does one of the two holds it for reading. A thread that is stopped while
 * it holds it holds up those that register, and no collection: who collects has it already.
 */
#include <bdwgc/heap.h>

#include <bdwgc/library.h>
#include <gc/gc_mark.h>
#include <string.h>

/* What a thread takes, by one that comes and goes. */
static void *measure(void *bytes)
{
    struct GC_stack_base base;
    if (GC_get_stack_base(&base) != GC_SUCCESS)
        return NULL;
    size_t before = GC_get_total_bytes();
    if (GC_register_my_thread(&base) == GC_SUCCESS) {
        *(size_t *)bytes = GC_get_total_bytes() - before;
        GC_unregister_my_thread();
    }
    return NULL;
}

/* What bdwgc counts as allocated for threads is no object's. */
static bool add_cell(struct bdwgc_heap *heap)
{
    struct bdwgc_cells *cells = &heap->cells;
    atomic_fetch_add(&heap->left_bytes, cells->bytes);
    void *cell = GC_malloc(cells->bytes);
    if (cell == NULL)
        return false;
    memcpy(cell, &cells->first, sizeof cells->first);
    cells->first = cell;
    cells->count++;
    return true;
}

static void free_cell(struct bdwgc_cells *cells)
{
    void *cell = cells->first;
    memcpy(&cells->first, cell, sizeof cells->first);
    cells->count--;
    GC_free(cell);
}

/* Who registers comes before who takes memory, as these may go on for ever. */
static void make_locks(struct bdwgc_cells *cells)
{
    pthread_rwlockattr_t kind;
    pthread_rwlockattr_init(&kind);
    pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&cells->taking, &kind);
    pthread_rwlockattr_destroy(&kind);
    pthread_mutex_init(&cells->outside, NULL);
}

bool bdwgc_cells_open(struct bdwgc_heap *heap, uint32_t threads)
{
    struct bdwgc_cells *cells = &heap->cells;
    pthread_t one;
    make_locks(cells);
    if (pthread_create(&one, NULL, measure, &cells->bytes) != 0 || pthread_join(one, NULL) != 0)
        return false;
    while (cells->count < threads)
        if (!add_cell(heap))
            return false;
    return true;
}

void bdwgc_cells_close(struct bdwgc_heap *heap)
{
    while (heap->cells.count > 0)
        free_cell(&heap->cells);
    pthread_mutex_destroy(&heap->cells.outside);
    pthread_rwlock_destroy(&heap->cells.taking);
}

void bdwgc_push_cells(struct bdwgc_heap *heap)
{
    GC_push_all(&heap->cells.first, &heap->cells.first + 1);
}

bool bdwgc_register(struct bdwgc_heap *heap, uint32_t rest, bool *registered)
{
    struct bdwgc_cells *cells = &heap->cells;
    struct GC_stack_base base;
    *registered = false;
    if (GC_thread_is_registered())
        return true;
    pthread_rwlock_wrlock(&cells->taking);
    if (cells->count > rest && GC_get_stack_base(&base) == GC_SUCCESS) {
        free_cell(cells);
        atomic_fetch_add(&heap->left_bytes, cells->bytes);
        *registered = GC_register_my_thread(&base) == GC_SUCCESS;
    }
    pthread_rwlock_unlock(&cells->taking);
    return *registered;
}

void bdwgc_unregister(struct bdwgc_heap *heap)
{
    pthread_rwlock_wrlock(&heap->cells.taking);
    GC_unregister_my_thread();
    add_cell(heap);
    pthread_rwlock_unlock(&heap->cells.taking);
}

void bdwgc_collect(struct bdwgc_heap *heap)
{
    pthread_rwlock_rdlock(&heap->cells.taking);
    GC_gcollect();
    pthread_rwlock_unlock(&heap->cells.taking);
}
