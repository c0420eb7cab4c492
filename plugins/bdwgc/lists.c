/* SPDX-License-Identifier: MIT
 *
 * The mutators' lists of free objects, which their inline allocation takes from.
 *
 * Bdwgc fills a list with what is free in one block, and takes those objects for allocated: they
 * stay because push_lists gives them to each trace, and are reclaimed when their mutator has left.
 */
#include <bdwgc/mutator.h>

#include <bdwgc/library.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>

/* Fill an empty list: with a block's objects at the most, or with none. */
static void fill_list(struct bdwgc_mutator *mutator, bool scanned, size_t granules, void **list)
{
    bool *filled = scanned ? &mutator->filled_scanned[granules] : &mutator->filled_plain[granules];
    if (!*filled) {
        struct bdwgc_heap *heap = (struct bdwgc_heap *)mutator->kit.head.heap;
        *filled = true;
        mutator->list_bytes += BDWGC_BLOCK_BYTES;
        atomic_fetch_add(&heap->list_bytes, BDWGC_BLOCK_BYTES);
    }
    GC_generic_malloc_many(granules * BDWGC_GRANULE_BYTES, scanned ? GC_I_NORMAL : GC_I_PTRFREE,
                           list);
}

/* With `taking` held. */
static void *take(struct bdwgc_mutator *mutator, bool scanned, size_t bytes)
{
    size_t granules = (bytes + BDWGC_GRANULE_BYTES - 1) / BDWGC_GRANULE_BYTES;
    if (granules > BDWGC_LISTED_GRANULES) {
        void *memory = scanned ? GC_malloc(bytes) : GC_malloc_atomic(bytes);
        return memory == NULL || scanned ? memory : memset(memory, 0, bytes);
    }
    void **list = scanned ? &mutator->scanned[granules] : &mutator->plain[granules];
    if (*list == NULL)
        fill_list(mutator, scanned, granules, list);
    return *list == NULL ? NULL : memset(bdwgc_unlink(list), 0, bytes);
}

void *bdwgc_memory(struct bdwgc_mutator *mutator, bool scanned, size_t bytes)
{
    struct bdwgc_heap *heap = (struct bdwgc_heap *)mutator->kit.head.heap;
    pthread_rwlock_rdlock(&heap->cells.taking);
    void *memory = take(mutator, scanned, bytes);
    pthread_rwlock_unlock(&heap->cells.taking);
    return memory;
}

/* Bdwgc does not look into objects without pointers, so it would find the first of a list only. It
 * marks those of its own lists in the same way. */
static void mark_list(const void *object)
{
    while (object != NULL) {
        GC_set_mark_bit(object);
        memcpy(&object, object, sizeof object);
    }
}

void bdwgc_push_lists(struct bdwgc_mutator *mutator)
{
    GC_push_all(mutator->scanned, mutator->scanned + BDWGC_LISTED_GRANULES + 1);
    for (size_t i = 0; i <= BDWGC_LISTED_GRANULES; i++)
        mark_list(mutator->plain[i]);
}

static uint64_t count_list(const void *object, size_t granules)
{
    uint64_t bytes = 0;
    for (; object != NULL; memcpy(&object, object, sizeof object))
        bytes += granules * BDWGC_GRANULE_BYTES;
    return bytes;
}

uint64_t bdwgc_listed_bytes(const struct bdwgc_mutator *mutator)
{
    uint64_t bytes = 0;
    for (size_t i = 1; i <= BDWGC_LISTED_GRANULES; i++)
        bytes += count_list(mutator->scanned[i], i) + count_list(mutator->plain[i], i);
    return bytes;
}
