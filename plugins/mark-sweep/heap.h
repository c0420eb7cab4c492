/* SPDX-License-Identifier: MIT
 *
 * What the collector `mark-sweep` keeps.
 */
#ifndef HEAPMARK_MARK_SWEEP_HEAP_H
#define HEAPMARK_MARK_SWEEP_HEAP_H

#include <kit/globals.h>
#include <kit/mark_stack.h>
#include <kit/size_class.h>
#include <kit/workers.h>
#include <kit/world.h>

enum {
    /* Mutators have runs of cells up to this size; larger cells are handed out one by one. */
    MS_RUN_CLASSES = 31,
    MS_RUN_MOST_BYTES = 2048,
    /* A mark bit for each 8 bytes of a block. */
    MS_BLOCK_MARK_WORDS = KIT_BLOCK_BYTES / 8 / 64,
};

enum ms_kind {
    MS_UNUSED, /* not ours, or behind the first block of a span or run */
    MS_CELLS,  /* the first block of a span of cells */
    MS_LARGE,  /* the first block of one large object */
};

/* One block of the pool. What is said of a span or run is said in its first block.
 *
 * Invariants: a bit is set in a span's marks exactly for the cells whose objects were found by
 * the last marking. Cells below `cursor` are swept: each holds an object exactly if its layout is
 * not 0, as runs are cleared when they are handed out. Cells from `cursor` on are as the last
 * marking left them: an object if the bit is set, else free, and their old bytes mean nothing.
 * A span is either in its class's list of partial ones, or current in one mutator, or full. */
struct ms_block {
    uint8_t kind;
    uint8_t size_class;
    bool zeroed;               /* the memory from cursor on is zero */
    _Atomic uint8_t truncated; /* an object of this block was marked but not traced */
    uint32_t blocks;           /* in the span or run */
    uint32_t first;            /* behind the first: the number of the first block */
    uint32_t cursor;           /* bytes into the span */
    uint32_t live;             /* cells marked by the last marking */
    uint32_t next;             /* of the partial list: block number + 1, or 0 */
};

/* A run of free cells of one class, all zero, between `free` and `limit`. */
struct ms_run {
    char *free;
    char *limit;
};

struct ms_counters {
    _Atomic uint64_t objects; /* written by one thread at a time */
    _Atomic uint64_t bytes;
};

/* What belongs to a run, apart from what the fast path touches. */
struct ms_current {
    char *counted;  /* cells below it are in the counters */
    uint32_t block; /* the span that the run lies in: block number + 1, or 0 */
};

struct ms_mutator {
    struct kit_mutator kit;
    struct ms_run runs[MS_RUN_CLASSES];
    struct ms_current current[MS_RUN_CLASSES];
    struct ms_counters allocated;
};

struct ms_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_pool pool;
    struct kit_object *globals;
    const struct hm_open *request;

    /* Side tables over the whole of the pool's address space, touched where blocks are. */
    uint64_t *marks;
    struct ms_block *blocks;
    void *tables;
    size_t tables_bytes;

    pthread_mutex_t lock;      /* guards the following while the world runs */
    size_t charged_blocks;     /* blocks whose part of the tables counts as held */
    uint64_t budget_bytes;     /* to hand out before the next collection; policy */
    uint64_t handed_out_bytes; /* since the last one, by the span */
    uint32_t partial[KIT_SIZE_CLASSES]; /* block number + 1, or 0 */

    struct kit_mark_share share;
    struct kit_workers workers;
    double growth;
    double trigger;
    uint64_t every; /* option: 0, or collect at every so many-th allocation or poll */
    _Atomic uint64_t slow_allocations;

    /* Guarded by world.lock. */
    struct ms_counters detached; /* allocated by mutators that are gone */
    uint64_t collections;
    uint64_t live_objects, live_bytes;             /* found by the last marking */
    uint64_t allocated_objects, allocated_bytes; /* at that moment */
};

#endif
