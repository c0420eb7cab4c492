/* SPDX-License-Identifier: MIT
 *
 * Mark stacks: one a worker, made of segments, with work shared by the segment.
 *
 * A worker pushes to and pops from a segment of its own and keeps a second one, so that a stack
 * that breathes at a segment's border costs nothing. Full segments go to a common list, from
 * which any worker takes. Segments are carved out of blocks of the heap's pool, so they count
 * as held; when the pool refuses, a push is refused, and the collector has to find that object
 * again by itself. So the stack cannot overflow its memory, and never needs more than there is.
 *
 * Entries are words that the collector understands. An entry with bit 0 set has a second word
 * below it (kit_mark_push_pair); the two are never torn apart.
 *
 * Locks: `lock` guards the lists; the inline functions touch a worker's own segments only.
 */
#ifndef HEAPMARK_KIT_MARK_STACK_H
#define HEAPMARK_KIT_MARK_STACK_H

#include <kit/pool.h>

struct kit_mark_segment {
    struct kit_mark_segment *next;
    uintptr_t *top; /* while it is in a list */
    uintptr_t entries[];
};

/* What the workers of one heap share. */
struct kit_mark_share {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct kit_pool *pool;
    struct kit_mark_segment *work;  /* segments with entries */
    struct kit_mark_segment *empty; /* segments without */
    void *blocks;                   /* taken from the pool, linked by their first word */
    size_t block_count, kept_count; /* how many; the first so many stay for ever */
    size_t segments, most_segments; /* carved out so far; the most that may be */
    size_t reserved;                /* of the pool's bytes, outside of a collection */
    uint32_t entries;               /* in a segment */
    uint32_t workers, idle;
    bool done;
    _Atomic uint32_t hungry; /* idle, for workers to look at without the lock */
};

/* One worker's stack. Invariant: base <= top <= limit, all in `own`. */
struct kit_mark_stack {
    uintptr_t *top, *base, *limit;
    struct kit_mark_segment *own, *other;
    bool other_full; /* `other` holds entries: all it has room for */
    struct kit_mark_share *share;
};

/* Take what the workers need at the least, for good: marking cannot fail for want of it.
 * `most_bytes` (0: any) bounds the stacks, for tests; `reserve_bytes` are charged to the pool until
 * a marking needs them. False: the pool refused. */
bool kit_mark_share_open(struct kit_mark_share *share, struct kit_pool *pool, uint32_t workers,
                         uint64_t most_bytes, uint64_t reserve_bytes);
/* Before the pool is closed. */
void kit_mark_share_close(struct kit_mark_share *share);

/* Around a marking, by one thread: the reserve goes to the stacks and comes back. */
void kit_mark_share_begin(struct kit_mark_share *share);
void kit_mark_share_end(struct kit_mark_share *share);

/* A worker's stack for this marking, and its end, when it is empty. */
void kit_mark_stack_begin(struct kit_mark_stack *stack, struct kit_mark_share *share);
void kit_mark_stack_end(struct kit_mark_stack *stack);

/* Slow paths. make_room: at least two entries are free, or false. refill: there is an entry, or
 * false: neither this worker nor the common list has one. */
bool kit_mark_make_room(struct kit_mark_stack *stack);
bool kit_mark_refill(struct kit_mark_stack *stack);

/* The stack is empty: wait until it is not (true), or until all workers wait (false). */
bool kit_mark_wait(struct kit_mark_stack *stack);

/* Give about half of this worker's entries to those who wait. */
void kit_mark_give(struct kit_mark_stack *stack);

HM_INLINE bool kit_mark_push(struct kit_mark_stack *stack, uintptr_t entry)
{
    if (HM_UNLIKELY(stack->top == stack->limit) && !kit_mark_make_room(stack))
        return false;
    *stack->top++ = entry;
    return true;
}

/* `entry` has bit 0 set, and comes out first; `below` does not. */
HM_INLINE bool kit_mark_push_pair(struct kit_mark_stack *stack, uintptr_t entry, uintptr_t below)
{
    if (HM_UNLIKELY(stack->limit - stack->top < 2) && !kit_mark_make_room(stack))
        return false;
    *stack->top++ = below;
    *stack->top++ = entry;
    return true;
}

HM_INLINE bool kit_mark_pop(struct kit_mark_stack *stack, uintptr_t *entry)
{
    if (HM_UNLIKELY(stack->top == stack->base) && !kit_mark_refill(stack))
        return false;
    *entry = *--stack->top;
    return true;
}

/* The word below an entry that had bit 0 set. */
HM_INLINE uintptr_t kit_mark_pop_below(struct kit_mark_stack *stack)
{
    return *--stack->top;
}

#endif
