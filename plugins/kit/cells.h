/* SPDX-License-Identifier: MIT
 *
 * Cells: size-segregated memory for collectors that free one object at a time.
 *
 * A block of the pool begins with its own head and holds cells of one size. A block belongs to an
 * owner, and an owner to the one mutator that uses it. A mutator allocates from free lists of its
 * own, one a size class; it frees a cell of its own block onto that block's list, and one of
 * another's onto that block's remote list (after Leijen, Zorn and de Moura, Mimalloc: Free List
 * Sharding in Action, APLAS 2019). So the fast paths take no lock and use no atomic instruction,
 * memory freed by one thread serves the thread that it came from, and a block whose cells are all
 * free goes back to the pool, where other sizes find it.
 *
 * Owners outlive mutators: a detached mutator leaves its owner to the next one that attaches.
 * Objects that are larger than the last class get blocks of their own, without owner.
 *
 * Invariants: a free cell has a header of zero. `live` counts a block's cells that are in no list
 * of the block: handed to the mutator (in its free list or in use), or waiting in `remote`. live ==
 * 0 means that all cells are in `local` or never carved. A block is in its owner's list of partial
 * ones exactly if `partial` is set; the blocks with `local` cells are, but for the current.
 */
#ifndef HEAPMARK_KIT_CELLS_H
#define HEAPMARK_KIT_CELLS_H

#include <kit/object.h>
#include <kit/poison.h>
#include <kit/pool.h>
#include <kit/size_class.h>
#include <kit/world.h>

enum {
    KIT_CELL_MOST_BYTES = KIT_NARROWED(16 << 10, 512), /* larger objects get blocks of their own */
    KIT_CELL_CLASSES = KIT_NARROWED(43, 23),           /* classes up to that */
    KIT_CELL_HEAD_BYTES = 128,
};

/* A free cell: poisoned as a whole, header and link included. */
struct kit_cell {
    uint64_t header; /* 0 */
    uint64_t next;   /* address of the next free cell */
};

HM_INLINE struct kit_cell *kit_cell_next(const struct kit_cell *cell)
{
    return (struct kit_cell *)(uintptr_t)kit_read_poisoned(&cell->next);
}

/* Make a free cell of this memory, poisoned or not, and put it before `next`. */
HM_INLINE void kit_cell_link(struct kit_cell *cell, const struct kit_cell *next)
{
    kit_write_poisoned(&cell->header, 0);
    kit_write_poisoned(&cell->next, (uint64_t)(uintptr_t)next);
}

struct kit_cell_block {
    struct kit_cell_owner *owner; /* null: one large object */
    struct kit_cell *local;       /* freed by the owner's mutator */
    _Atomic(struct kit_cell *) remote;
    uint32_t frees;  /* see above; counts down */
    uint32_t carved; /* cells that were ever handed out */
    uint32_t capacity;
    uint32_t cell_bytes;
    uint32_t size_class;
    uint32_t block_count; /* blocks of the pool */
    bool partial;
    bool full;            /* frees == 1, and all that was carved is live */
    bool touched;         /* the collector's own, while the world is stopped */
    _Atomic bool flagged; /* the collector's own: a block with candidates */
    bool unswept;         /* mark-sweep: may hold cells that the last marking found dead */
    struct kit_cell_block *next_partial, *previous_partial;
    struct kit_cell_block *next_unswept;
    struct kit_cell_block *next_remote;     /* in the owner's stack of blocks with remote cells */
    struct kit_cell_block *next, *previous; /* all blocks of the heap; kit_cells.lock */
    _Atomic(struct kit_side *) side;        /* side.h; null in nearly every block */
};

_Static_assert(sizeof(struct kit_cell_block) <= KIT_CELL_HEAD_BYTES, "the head fits");

struct kit_cell_owner {
    struct kit_cells *cells;
    struct kit_cell_owner *next; /* all owners, for ever */
    bool in_use;                 /* kit_cells.lock */
    struct kit_cell_block *current[KIT_CELL_CLASSES];
    /* A queue: what entered first is used first, as it had the most time to gather free cells. */
    struct kit_cell_block *partial[KIT_CELL_CLASSES], *partial_end[KIT_CELL_CLASSES];
    struct kit_cell_block *unswept[KIT_CELL_CLASSES]; /* mark-sweep's own */
    uint32_t kept; /* empty blocks among the partial ones, kept for a next burst */
    _Atomic(struct kit_cell_block *) remote_blocks;
    /* Written by the mutator alone (or while it is stopped), read by anybody. Handed out counts
     * what lies in the mutator's free lists too, until a flush takes it back; used lags by as much,
     * and never falls. */
    _Atomic uint64_t handed_objects, handed_bytes;
    _Atomic uint64_t used_objects, used_bytes;
    _Atomic uint64_t freed_objects, freed_bytes;
};

/* All cells of a heap. */
struct kit_cells {
    struct kit_pool *pool;
    uint32_t keep;        /* how many empty blocks an owner may keep */
    pthread_mutex_t lock; /* guards the lists of owners and blocks */
    struct kit_cell_owner *owners;
    struct kit_cell_block *blocks;
};

/* The part of a mutator that allocates. Collectors begin theirs with it. */
struct kit_cell_mutator {
    struct kit_mutator kit;
    struct kit_cell_owner *owner;
    struct kit_cell *free[KIT_CELL_CLASSES];
    uint64_t listed[KIT_CELL_CLASSES]; /* cells of the list when it was handed over */
};

/* `mutators` share what may be kept of empty blocks: a thirty-second of the limit in all, and 1 MiB
 * for each at the most. */
void kit_cells_open(struct kit_cells *cells, struct kit_pool *pool, uint32_t mutators);
void kit_cells_close(struct kit_cells *cells);

/* Give the mutator an owner that nobody uses; false when memory is out. */
bool kit_cells_attach(struct kit_cells *cells, struct kit_cell_mutator *m);
/* Flush, and leave the owner to another. */
void kit_cells_detach(struct kit_cells *cells, struct kit_cell_mutator *m);

/* Take the mutator's free lists back into their blocks, so that the counts are exact and empty
 * blocks go to the pool. By the mutator, or while it is stopped. */
void kit_cells_flush(struct kit_cells *cells, struct kit_cell_mutator *m);

/* Add up what lies in the mutator's free lists, and what of them is used already. It does not run.
 */
void kit_cells_count_unused(const struct kit_cell_mutator *m, uint64_t *objects, uint64_t *bytes,
                            uint64_t *used_objects, uint64_t *used_bytes);

/* Take the remote cells of all owners home; the world is stopped. */
void kit_cells_gather(struct kit_cells *cells);

/* Memory for an object of this size: a cell, or blocks of its own. Its contents are anything; its
 * header is not zero only for large ones that reuse a block. Null when the pool refuses. The slow
 * path: fast ones pop m->free[class] themselves. */
void *kit_cells_take(struct kit_cells *cells, struct kit_cell_mutator *m, size_t bytes);

/* The rare parts of freeing. */
void kit_cells_give_large(struct kit_cells *cells, struct kit_cell_block *block);
void kit_cells_block_event(struct kit_cell_block *block);

/* Of a block that is another's, or of a large object. Returns the bytes that it occupied. */
size_t kit_cells_give_foreign(struct kit_cell_owner *owner, struct kit_cell_block *block,
                              struct kit_cell *cell);

/* Free an object while the world is stopped, whoever owns its block. Accounted here. */
void kit_cells_free_stopped(struct kit_cells *cells, struct kit_object *object);

/* Free the objects of a block for which `dead` says so; how many. By the owner's mutator, or while
 * the world is stopped. The block may be gone afterwards. Accounted here. */
uint32_t kit_cells_sweep_block(struct kit_cell_block *block,
                               bool (*dead)(const void *user, const struct kit_object *object),
                               const void *user);

/* Every object that is there, block by block; the world is stopped or quiet. */
void kit_cells_each(struct kit_cells *cells, void (*visit)(void *user, struct kit_object *object),
                    void *user);
void kit_cells_each_of_block(struct kit_cell_block *block,
                             void (*visit)(void *user, struct kit_object *object), void *user);

HM_INLINE struct kit_cell_block *kit_cell_block_of(const void *object)
{
    return kit_block_of(object);
}

/* Bytes that the object occupies: its cell, or its blocks. */
HM_INLINE size_t kit_cell_occupied(const void *object)
{
    const struct kit_cell_block *block = kit_cell_block_of(object);
    return block->owner != NULL ? block->cell_bytes : (size_t)block->block_count << KIT_BLOCK_BITS;
}

HM_INLINE void kit_cell_account(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

/* Memory of a cell that is free from now on, before it is linked; and its end, before it is used.
 */
HM_INLINE void kit_cell_close(struct kit_cell *cell, size_t bytes)
{
    const struct kit_object *object = (const struct kit_object *)(const void *)cell;
    kit_check_object(object, object->layout, kit_layout_bytes(object->layout));
    kit_fill(cell, bytes);
    kit_poison(cell, bytes);
}

HM_INLINE void kit_cell_open(struct kit_cell *cell, size_t bytes)
{
    kit_unpoison(cell, bytes);
    kit_check_filled(cell + 1, bytes - sizeof *cell);
}

/* Free an object's memory, whose header becomes zero; `owner` is the mutator's own. Returns what it
 * occupied, for the caller to account: once for many. */
HM_INLINE size_t kit_cell_free(struct kit_cell_owner *owner, struct kit_object *object)
{
    struct kit_cell_block *block = kit_cell_block_of(object);
    struct kit_cell *cell = (struct kit_cell *)(void *)object;
    if (HM_UNLIKELY(block->owner != owner))
        return kit_cells_give_foreign(owner, block, cell);
    struct kit_cell *local = block->local;
    size_t bytes = block->cell_bytes;
    uint32_t frees = block->frees - 1;
    kit_cell_close(cell, bytes);
    kit_cell_link(cell, local);
    block->local = cell;
    block->frees = frees;
    if (HM_UNLIKELY(frees == 0))
        kit_cells_block_event(block);
    return bytes;
}

#endif
