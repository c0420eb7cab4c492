/* SPDX-License-Identifier: MIT
 *
 * What the adapter to bdwgc keeps: the layout that mutator.h and the .c files share.
 */
#ifndef HEAPMARK_BDWGC_HEAP_H
#define HEAPMARK_BDWGC_HEAP_H

#include <kit/world.h>
#include <pthread.h>

struct kit_object;

enum {
    BDWGC_GRANULE_BYTES = 16,
    BDWGC_BLOCK_BYTES = 4096,
    /* Objects of at most so many granules come from lists of the mutator. */
    BDWGC_LISTED_GRANULES = 32,
};

/* Memory for registering threads; see threads.c. */
struct bdwgc_cells {
    pthread_rwlock_t taking; /* for reading by who takes memory from bdwgc, or collects */
    pthread_mutex_t outside; /* by a thread that collects and is no mutator, for as long */
    void *first;             /* linked by their first word; under `taking`, for writing */
    uint32_t count;
    size_t bytes; /* of each */
};

struct bdwgc_heap {
    struct hm_heap head;
    struct kit_world world; /* a list of mutators with their names; bdwgc itself stops threads */
    struct kit_object *globals;
    struct bdwgc_cells cells;
    const struct hm_open *request;
    _Atomic uint64_t held_peak_bytes;
    _Atomic uint64_t collections;
    /* For what was allocated: bdwgc counts an object when it comes to a list. */
    _Atomic uint64_t list_bytes;      /* at the most on lists of attached mutators, a block each */
    _Atomic uint64_t left_bytes;      /* on lists of those that have left */
    _Atomic uint64_t allocated_bytes; /* as reported last */
};

struct bdwgc_mutator {
    struct kit_mutator kit;
    bool registered; /* by attach; else bdwgc knew the thread already */
    /* Free objects of each size in granules, linked by their first word: what
     * GC_generic_malloc_many gives. `plain` have no slots, and are what they were but for the link;
     * all else of `scanned` is zero. Nothing else refers to them: see lists.c. */
    void *scanned[BDWGC_LISTED_GRANULES + 1];
    void *plain[BDWGC_LISTED_GRANULES + 1];
    uint64_t list_bytes; /* its part of the heap's */
    bool filled_scanned[BDWGC_LISTED_GRANULES + 1], filled_plain[BDWGC_LISTED_GRANULES + 1];
};

/* There is one heap in a process, as bdwgc has one. Null before open and after close. */
extern struct bdwgc_heap *bdwgc_heap;
/* The calling thread's mutator, or null. */
extern __thread struct bdwgc_mutator *bdwgc_mutator;
/* Of a thread without one while it collects, as several may at the same time; else null. */
extern __thread struct hm_log *bdwgc_log;

/* lists.c: memory for an object, zeroed; null when bdwgc has none at hand and may not grow. */
void *bdwgc_memory(struct bdwgc_mutator *mutator, bool scanned, size_t bytes);

/* Give the mutator's lists to the trace: with the world stopped, from bdwgc's hook for roots. */
void bdwgc_push_lists(struct bdwgc_mutator *mutator);

/* What is on the mutator's lists; by its own thread. */
uint64_t bdwgc_listed_bytes(const struct bdwgc_mutator *mutator);

/* threads.c: have memory ready for so many threads at once that bdwgc does not know, by a thread
 * that it knows, and before any mutator; false when there is none. And the end, when none is left.
 */
bool bdwgc_cells_open(struct bdwgc_heap *heap, uint32_t threads);
void bdwgc_cells_close(struct bdwgc_heap *heap);

/* Give what is ready to the trace, as bdwgc_push_lists. */
void bdwgc_push_cells(struct bdwgc_heap *heap);

/* Make the calling thread one that bdwgc knows, if it is none yet: then *registered. False when as
 * many as were wanted are known and fewer than `rest` would be left. Whoever is registered by this
 * calls bdwgc_unregister. */
bool bdwgc_register(struct bdwgc_heap *heap, uint32_t rest, bool *registered);
void bdwgc_unregister(struct bdwgc_heap *heap);

/* Collect, by a thread that bdwgc knows. */
void bdwgc_collect(struct bdwgc_heap *heap);

/* events.c: hear of collections from now on, and tell the host; once, before the first one. */
void bdwgc_listen(void);

/* All that bdwgc holds from the operating system: blocks, their headers, mark stacks. Takes no
 * lock. */
uint64_t bdwgc_held_bytes(void);

/* Raise the greatest figure so far to this one, if it is greater; returns what it is then. */
uint64_t bdwgc_raise(_Atomic uint64_t *greatest, uint64_t figure);

#endif
