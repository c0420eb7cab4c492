/* SPDX-License-Identifier: MIT
 *
 * What the adapter to bdwgc keeps: the layout that mutator.h, bdwgc.c and events.c share.
 */
#ifndef HEAPMARK_BDWGC_HEAP_H
#define HEAPMARK_BDWGC_HEAP_H

#include <kit/world.h>

struct kit_object;

enum {
    BDWGC_GRANULE_BYTES = 16,
    /* Objects with slots of at most so many granules come from lists of the mutator. */
    BDWGC_LISTED_GRANULES = 32,
};

struct bdwgc_heap {
    struct hm_heap head;
    struct kit_world world; /* a list of mutators with their names; bdwgc itself stops threads */
    struct kit_object *globals;
    const struct hm_open *request;
    struct hm_log *log; /* for collections by threads without a mutator; may be null */
    _Atomic uint64_t held_peak_bytes;
    _Atomic uint64_t collections;
};

struct bdwgc_mutator {
    struct kit_mutator kit;
    bool registered; /* by attach; else bdwgc knew the thread already */
    /* Free objects of each size in granules, linked by their first word, all else zero: what
     * GC_generic_malloc_many gives. Roots, as nothing else refers to them. */
    void *free[BDWGC_LISTED_GRANULES + 1];
};

/* There is one heap in a process, as bdwgc has one. Null before open and after close. */
extern struct bdwgc_heap *bdwgc_heap;
/* The calling thread's mutator, or null. */
extern __thread struct bdwgc_mutator *bdwgc_mutator;

/* events.c: hear of collections from now on, and tell the host; once, before the first one. */
void bdwgc_listen(void);

/* All that bdwgc holds from the operating system: blocks, their headers, mark stacks. Takes no
 * lock. */
uint64_t bdwgc_held_bytes(void);

/* The heap holds so much: raise the peak to it. */
void bdwgc_note_held(struct bdwgc_heap *heap, uint64_t held_bytes);

#endif
