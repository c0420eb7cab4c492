/* SPDX-License-Identifier: MIT
 *
 * What the collector `none` keeps: the layout that mutator.h and none.c share.
 */
#ifndef HEAPMARK_NONE_HEAP_H
#define HEAPMARK_NONE_HEAP_H

#include <kit/globals.h>
#include <kit/pool.h>
#include <kit/world.h>

/* The head of a run of blocks; objects follow without gaps. */
struct none_run {
    struct none_run *next;
    char *end; /* of its objects; of a mutator's own run only known once it is left */
};

struct none_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_pool pool;
    struct kit_object *globals;
    const struct hm_open *request;
    struct none_run *runs; /* all of them; guarded by world.lock */
    uint64_t bytes;        /* what detached mutators allocated; guarded by world.lock */
};

struct none_mutator {
    struct kit_mutator kit;
    char *free;                 /* the next object; everything from here to limit is zero */
    char *limit;                /* the end of this mutator's run of blocks */
    char *run;                  /* its beginning */
    _Atomic uint64_t run_bytes; /* of the runs before this one, all used up */
};

#endif
