/* SPDX-License-Identifier: MIT
 *
 * The pool: a heap's memory from the operating system, in blocks of 64 KiB.
 *
 * One contiguous range of address space is reserved at open, so that every block has a number
 * (side tables are arrays, "is this ours" is one compare) and runs of blocks can hold large
 * objects. A block is taken or free; a free one may keep its memory for the next taker.
 *
 * Held bytes are those of taken blocks, of free ones that keep their memory, and of what the
 * collector adds for tables of its own (kit_pool_charge). Invariant: held <= limit, always, as
 * every way to raise it is checked under `lock` before memory is touched.
 *
 * Blocks that are not taken are poisoned (poison.h); a taken block is not: the taker poisons
 * what it does not hand out.
 */
#ifndef HEAPMARK_KIT_POOL_H
#define HEAPMARK_KIT_POOL_H

#include <pthread.h>

#include <heapmark/plugin.h>

#include <kit/narrow.h>

/* At least a page. */
enum { KIT_BLOCK_BITS = KIT_NARROWED(16, 12), KIT_BLOCK_BYTES = 1 << KIT_BLOCK_BITS };

/* The state of a block. */
enum kit_block_state {
    KIT_BLOCK_RESERVED, /* address space only: zero when touched */
    KIT_BLOCK_FREE,     /* not taken, keeps its memory, which holds old data */
    KIT_BLOCK_TAKEN,
};

struct kit_pool {
    pthread_mutex_t lock;
    char *base;           /* block 0, aligned to KIT_BLOCK_BYTES */
    size_t block_count;   /* reserved */
    size_t high_water;    /* blocks at and above it have never been taken */
    size_t search_from;   /* no untaken block below it */
    unsigned char *state; /* enum kit_block_state, one a block */
    uint64_t free_blocks; /* in state FREE */
    uint64_t keep_blocks; /* free blocks that keep their memory in any case */
    _Atomic uint64_t held_bytes;
    _Atomic uint64_t held_peak_bytes;
    uint64_t limit_bytes; /* UINT64_MAX: none */
    void *mapping;        /* what munmap gives back */
    size_t mapping_bytes;
};

/* Reserve address space for `limit_bytes` (0: no limit but what can be reserved), and several times
 * that: it costs nothing, and room for a run beside scattered blocks is what lets large objects be
 * made in a fragmented heap. False with a refusal when the system gives no address space. */
bool kit_pool_open(struct kit_pool *pool, uint64_t limit_bytes, struct hm_refusal *refusal);
void kit_pool_close(struct kit_pool *pool);

/* `count` contiguous blocks, or null when the limit or the address space does not allow it.
 * *zeroed says whether the memory is known to be zero. First fit, so the heap stays low. */
void *kit_pool_take(struct kit_pool *pool, size_t count, bool *zeroed);

/* Give blocks back. Their memory is kept for the next taker up to a bound (an eighth of what is
 * taken, or what kit_pool_keep asked for), and returned to the operating system beyond it. */
void kit_pool_give(struct kit_pool *pool, void *first, size_t count);

/* Let at least `bytes` of free blocks keep their memory from now on: what will be taken soon is
 * cheaper to keep than to fault in again. At open it is 1 MiB. */
void kit_pool_keep(struct kit_pool *pool, uint64_t bytes);

/* Return the memory of all free blocks to the operating system. */
void kit_pool_trim(struct kit_pool *pool);

/* Account for memory of the collector's own (tables, mark stacks). False: over the limit, and
 * nothing was charged. */
bool kit_pool_charge(struct kit_pool *pool, uint64_t bytes);
void kit_pool_discharge(struct kit_pool *pool, uint64_t bytes);

HM_INLINE uint64_t kit_pool_held_bytes(const struct kit_pool *pool)
{
    return atomic_load_explicit(&pool->held_bytes, memory_order_relaxed);
}

HM_INLINE bool kit_pool_contains(const struct kit_pool *pool, const void *memory)
{
    return (size_t)((const char *)memory - pool->base) >> KIT_BLOCK_BITS < pool->block_count;
}

HM_INLINE size_t kit_pool_block_number(const struct kit_pool *pool, const void *memory)
{
    return (size_t)((const char *)memory - pool->base) >> KIT_BLOCK_BITS;
}

/* The block that holds this address. */
HM_INLINE void *kit_block_of(const void *memory)
{
    return (void *)((uintptr_t)memory & ~(uintptr_t)(KIT_BLOCK_BYTES - 1));
}

#endif
