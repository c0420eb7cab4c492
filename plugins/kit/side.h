/* SPDX-License-Identifier: MIT
 *
 * Side bits: what is to be known of few objects, and has no place in their headers.
 *
 * A block some of whose objects have side bits has a table of them: two bits for every place where
 * an object may begin. The table is made with the first bit, and lives as long as the block, so
 * that whoever frees an object of the block reads it without a lock. An object without bits costs,
 * when it dies, a test of the block's pointer; in a block with a table, of its bits too.
 *
 * Invariant: the bits of a free cell are zero.
 */
#ifndef HEAPMARK_KIT_SIDE_H
#define HEAPMARK_KIT_SIDE_H

#include <kit/cells.h>

enum {
    KIT_SIDE_WEAK = 1,    /* weak references refer to it, or it is one */
    KIT_SIDE_WATCHED = 2, /* it enters the finalizer queue instead of dying */
    KIT_SIDE_BITS = 2,
    KIT_SIDE_MASK = (1 << KIT_SIDE_BITS) - 1,
    /* Cells are at least so far apart, so no two begin in one place. */
    KIT_SIDE_PLACES = KIT_BLOCK_BYTES / KIT_LEAST_CELL_BYTES,
    KIT_SIDE_PLACES_OF_WORD = 32 / KIT_SIDE_BITS,
};

struct kit_side {
    _Atomic uint32_t words[KIT_SIDE_PLACES / KIT_SIDE_PLACES_OF_WORD];
};

/* The table for the object's block, unless it has one; charged to the pool. False: no memory. */
bool kit_side_make(struct kit_pool *pool, const struct kit_object *object);

/* The block is about to be given back. */
void kit_side_drop(struct kit_pool *pool, struct kit_cell_block *block);

/* Set or clear bits of an object whose block has a table; the bits as they were before. */
uint32_t kit_side_set(const struct kit_object *object, uint32_t bits);
uint32_t kit_side_clear(const struct kit_object *object, uint32_t bits);

HM_INLINE uint32_t kit_side_place(const struct kit_object *object)
{
    return (uint32_t)((uintptr_t)object % KIT_BLOCK_BYTES / KIT_LEAST_CELL_BYTES);
}

/* Has any object of the block had bits? */
HM_INLINE bool kit_has_side(const struct kit_object *object)
{
    return atomic_load_explicit(&kit_cell_block_of(object)->side, memory_order_relaxed) != NULL;
}

/* The bits of an object that the caller owns, or that is dead: nobody else changes them then. */
HM_INLINE uint32_t kit_side_bits(const struct kit_object *object)
{
    const struct kit_side *side =
        atomic_load_explicit(&kit_cell_block_of(object)->side, memory_order_acquire);
    if (HM_LIKELY(side == NULL))
        return 0;
    uint32_t place = kit_side_place(object);
    uint32_t word =
        atomic_load_explicit(&side->words[place / KIT_SIDE_PLACES_OF_WORD], memory_order_relaxed);
    return word >> place % KIT_SIDE_PLACES_OF_WORD * KIT_SIDE_BITS & KIT_SIDE_MASK;
}

#endif
