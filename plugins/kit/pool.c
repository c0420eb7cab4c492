/* SPDX-License-Identifier: MIT
 *
 * The pool: reserving, taking and giving blocks. See pool.h for the invariant.
 */
#include <kit/pool.h>

#include <kit/fault.h>
#include <kit/hooks.h>
#include <kit/poison.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { KEEP_LEAST_BLOCKS = KIT_NARROWED(16, 2), KEEP_SHARE = 8, ADDRESS_SHARE = 4 };

static const uint64_t UNLIMITED_RESERVE_BYTES = (uint64_t)64 << 30;

static char *align_to_block(void *memory)
{
    uintptr_t bits = ((uintptr_t)memory + KIT_BLOCK_BYTES - 1) & ~(uintptr_t)(KIT_BLOCK_BYTES - 1);
    return (char *)bits;
}

/* Without a limit, take less when the system refuses (a limit on address space). */
static void *reserve(uint64_t *bytes, bool may_shrink)
{
    for (;;) {
        void *memory = kit_map_fails() ? MAP_FAILED
                                       : mmap(NULL, *bytes, PROT_READ | PROT_WRITE,
                                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory != MAP_FAILED)
            return memory;
        if (!may_shrink || *bytes <= (uint64_t)64 << 20)
            return NULL;
        *bytes /= 2;
    }
}

static uint64_t address_bytes(uint64_t limit_bytes)
{
    if (limit_bytes == 0)
        return UNLIMITED_RESERVE_BYTES;
    uint64_t bytes = ADDRESS_SHARE * limit_bytes + 16 * (uint64_t)KIT_BLOCK_BYTES;
    return (bytes + KIT_BLOCK_BYTES - 1) & ~(uint64_t)(KIT_BLOCK_BYTES - 1);
}

bool kit_pool_open(struct kit_pool *pool, uint64_t limit_bytes, struct hm_refusal *refusal)
{
    memset(pool, 0, sizeof *pool);
    uint64_t bytes = address_bytes(limit_bytes) + KIT_BLOCK_BYTES;
    pool->mapping = reserve(&bytes, limit_bytes == 0);
    if (pool->mapping == NULL) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "the system gives no address space for a heap of %llu bytes",
                 (unsigned long long)limit_bytes);
        refusal->out_of_memory = true;
        return false;
    }
    pool->mapping_bytes = bytes;
    pool->base = align_to_block(pool->mapping);
    pool->block_count = (bytes - (size_t)(pool->base - (char *)pool->mapping)) >> KIT_BLOCK_BITS;
    pool->state = calloc(pool->block_count, 1);
    if (pool->state == NULL) {
        munmap(pool->mapping, pool->mapping_bytes);
        snprintf(refusal->sentence, sizeof refusal->sentence, "no memory for the block table");
        refusal->out_of_memory = true;
        return false;
    }
    pool->limit_bytes = limit_bytes == 0 ? UINT64_MAX : limit_bytes;
    pool->keep_blocks = KEEP_LEAST_BLOCKS;
    pthread_mutex_init(&pool->lock, NULL);
    return true;
}

void kit_pool_close(struct kit_pool *pool)
{
    kit_unpoison(pool->base, pool->high_water << KIT_BLOCK_BITS);
    munmap(pool->mapping, pool->mapping_bytes);
    free(pool->state);
    pthread_mutex_destroy(&pool->lock);
}

/* Lock held. */
static void add_held(struct kit_pool *pool, uint64_t bytes)
{
    uint64_t held = kit_pool_held_bytes(pool) + bytes;
    atomic_store_explicit(&pool->held_bytes, held, memory_order_relaxed);
    if (held > atomic_load_explicit(&pool->held_peak_bytes, memory_order_relaxed))
        atomic_store_explicit(&pool->held_peak_bytes, held, memory_order_relaxed);
}

/* Lock held. */
static void subtract_held(struct kit_pool *pool, uint64_t bytes)
{
    atomic_store_explicit(&pool->held_bytes, kit_pool_held_bytes(pool) - bytes,
                          memory_order_relaxed);
}

/* Lock held: the first run of `count` untaken blocks, or block_count. */
static size_t find_run(const struct kit_pool *pool, size_t count)
{
    size_t run = 0;
    for (size_t i = pool->search_from; i < pool->high_water; i++) {
        run = pool->state[i] == KIT_BLOCK_TAKEN ? 0 : run + 1;
        if (run == count)
            return i + 1 - count;
    }
    size_t first = pool->high_water - run;
    return pool->block_count - first >= count ? first : pool->block_count;
}

static size_t count_in_state(const struct kit_pool *pool, size_t first, size_t count,
                             enum kit_block_state state)
{
    size_t found = 0;
    for (size_t i = first; i < first + count; i++)
        found += pool->state[i] == state;
    return found;
}

/* Lock held: give the memory of block i back. Its address space stays. */
static void release_memory(struct kit_pool *pool, size_t i)
{
    char *block = pool->base + (i << KIT_BLOCK_BITS);
    madvise(block, KIT_BLOCK_BYTES, MADV_DONTNEED);
    kit_hide(block, KIT_BLOCK_BYTES);
    pool->state[i] = KIT_BLOCK_RESERVED;
    pool->free_blocks--;
    subtract_held(pool, KIT_BLOCK_BYTES);
}

/* Lock held: can so many bytes more be held? al8: free blocks do not count. */
static bool fits(const struct kit_pool *pool, uint64_t more)
{
    uint64_t held = kit_pool_held_bytes(pool);
    if (HM_FAULT(al8))
        held -= pool->free_blocks << KIT_BLOCK_BITS;
    return held + more <= pool->limit_bytes;
}

/* Lock held: release free blocks outside [first, first + count) until `bytes` more fit. */
static void make_room(struct kit_pool *pool, uint64_t bytes, size_t first, size_t count)
{
    for (size_t i = pool->high_water; i-- > 0 && pool->free_blocks > 0;) {
        if (fits(pool, bytes))
            return;
        if (pool->state[i] == KIT_BLOCK_FREE && (i < first || i >= first + count))
            release_memory(pool, i);
    }
}

/* Lock held: what a free block held is what it was filled with. */
static void check_free(const struct kit_pool *pool, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        if (KIT_REDZONE_BYTES != 0 && pool->state[i] == KIT_BLOCK_FREE)
            kit_check_filled(pool->base + (i << KIT_BLOCK_BITS), KIT_BLOCK_BYTES);
}

/* al12: what is left of a free run that was split is entered nowhere. */
static void lose_rest(struct kit_pool *pool, size_t i)
{
    for (; i < pool->high_water && pool->state[i] == KIT_BLOCK_FREE; i++) {
        pool->state[i] = KIT_BLOCK_TAKEN;
        pool->free_blocks--;
    }
}

/* Lock held: mark the run taken; true when all of it was fresh. */
static bool mark_taken(struct kit_pool *pool, size_t first, size_t count)
{
    size_t kept = count_in_state(pool, first, count, KIT_BLOCK_FREE);
    memset(&pool->state[first], KIT_BLOCK_TAKEN, count);
    pool->free_blocks -= kept;
    add_held(pool, (uint64_t)(count - kept) << KIT_BLOCK_BITS);
    if (first + count > pool->high_water)
        pool->high_water = first + count;
    if (first == pool->search_from)
        pool->search_from = first + count;
    if (HM_FAULT(al12) && count > 1)
        lose_rest(pool, first + count);
    return kept == 0;
}

void *kit_pool_take(struct kit_pool *pool, size_t count, bool *zeroed)
{
    void *memory = NULL;
    pthread_mutex_lock(&pool->lock);
    size_t first = count <= pool->block_count ? find_run(pool, count) : pool->block_count;
    if (first < pool->block_count) {
        size_t in_mapped = first + count <= pool->high_water ? count
                           : first < pool->high_water        ? pool->high_water - first
                                                             : 0;
        size_t kept = count_in_state(pool, first, in_mapped, KIT_BLOCK_FREE);
        uint64_t more = (uint64_t)(count - kept) << KIT_BLOCK_BITS;
        make_room(pool, more, first, count);
        if (fits(pool, more) && !(more != 0 && kit_map_fails())) {
            check_free(pool, first, in_mapped);
            kit_show(pool->base + (first << KIT_BLOCK_BITS), count << KIT_BLOCK_BITS);
            *zeroed = mark_taken(pool, first, count);
            memory = pool->base + (first << KIT_BLOCK_BITS);
        }
    }
    if (!HM_FAULT(al9) || memory != NULL || count == 1)
        pthread_mutex_unlock(&pool->lock);
    if (memory != NULL)
        kit_unpoison(memory, count << KIT_BLOCK_BITS);
    return memory;
}

/* Lock held. */
static uint64_t blocks_to_keep(const struct kit_pool *pool)
{
    uint64_t taken = (kit_pool_held_bytes(pool) >> KIT_BLOCK_BITS) - pool->free_blocks;
    return taken / KEEP_SHARE > pool->keep_blocks ? taken / KEEP_SHARE : pool->keep_blocks;
}

void kit_pool_give(struct kit_pool *pool, void *first, size_t count)
{
    size_t number = kit_pool_block_number(pool, first);
    kit_fill(first, count << KIT_BLOCK_BITS);
    kit_poison(first, count << KIT_BLOCK_BITS);
    pthread_mutex_lock(&pool->lock);
    memset(&pool->state[number], KIT_BLOCK_FREE, count);
    pool->free_blocks += count;
    if (number < pool->search_from && (count == 1 || !HM_FAULT(al20)))
        pool->search_from = number;
    uint64_t keep = blocks_to_keep(pool);
    for (size_t i = number + count; i-- > number && pool->free_blocks > keep;)
        release_memory(pool, i);
    pthread_mutex_unlock(&pool->lock);
}

/* Lock held: release free blocks, the highest first, until `keep` are left. */
static void release_beyond(struct kit_pool *pool, uint64_t keep)
{
    for (size_t i = pool->high_water; i-- > 0 && pool->free_blocks > keep;)
        if (pool->state[i] == KIT_BLOCK_FREE)
            release_memory(pool, i);
}

void kit_pool_keep(struct kit_pool *pool, uint64_t bytes)
{
    pthread_mutex_lock(&pool->lock);
    pool->keep_blocks = bytes >> KIT_BLOCK_BITS;
    release_beyond(pool, blocks_to_keep(pool));
    pthread_mutex_unlock(&pool->lock);
}

void kit_pool_trim(struct kit_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    release_beyond(pool, 0);
    pthread_mutex_unlock(&pool->lock);
}

bool kit_pool_charge(struct kit_pool *pool, uint64_t bytes)
{
    pthread_mutex_lock(&pool->lock);
    make_room(pool, bytes, 0, 0);
    bool charged = fits(pool, bytes);
    if (charged || HM_FAULT(al15))
        add_held(pool, bytes);
    pthread_mutex_unlock(&pool->lock);
    return charged;
}

void kit_pool_discharge(struct kit_pool *pool, uint64_t bytes)
{
    pthread_mutex_lock(&pool->lock);
    subtract_held(pool, bytes);
    pthread_mutex_unlock(&pool->lock);
}
