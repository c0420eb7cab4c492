/* SPDX-License-Identifier: MIT
 *
 * Mark stacks and how workers share them; see mark_stack.h.
 */
#include <kit/mark_stack.h>

#include <kit/fault.h>

#include <string.h>

enum {
    SEGMENT_BYTES = KIT_NARROWED(4096, 80),
    HEAD_BYTES = 64,
    LEAST_ENTRIES = KIT_NARROWED(16, 4),
    SEGMENTS_A_WORKER = 2,
    STANDARD_SEGMENTS = KIT_NARROWED(0, 3), /* for a worker, where no option says; 0: any number */
};

struct block_head {
    struct block_head *next;
};

static void carve(struct kit_mark_share *share, struct block_head *head)
{
    size_t stride = sizeof(struct kit_mark_segment) + share->entries * sizeof(uintptr_t);
    for (size_t at = HEAD_BYTES; at + stride <= KIT_BLOCK_BYTES; at += stride) {
        struct kit_mark_segment *segment = (struct kit_mark_segment *)(void *)((char *)head + at);
        segment->next = share->empty;
        share->empty = segment;
    }
}

/* Lock held. A block more of segments; false when the pool has none. */
static bool take_block(struct kit_mark_share *share)
{
    bool zeroed;
    struct block_head *head = kit_pool_take(share->pool, 1, &zeroed);
    if (head == NULL)
        return false;
    head->next = share->blocks;
    share->blocks = head;
    share->block_count++;
    carve(share, head);
    return true;
}

/* Give all blocks back but the oldest `keep`, whose segments are all empty again. */
static void give_blocks(struct kit_mark_share *share, size_t keep)
{
    struct block_head *head = share->blocks;
    for (; share->block_count > keep; share->block_count--) {
        struct block_head *next = head->next;
        kit_pool_give(share->pool, head, 1);
        head = next;
    }
    share->blocks = head;
    share->empty = NULL;
    for (; head != NULL; head = head->next)
        carve(share, head);
}

/* Lock held. */
static struct kit_mark_segment *take_empty(struct kit_mark_share *share)
{
    if (share->segments == share->most_segments || (share->empty == NULL && !take_block(share)))
        return NULL;
    struct kit_mark_segment *segment = share->empty;
    share->empty = segment->next;
    share->segments++;
    return segment;
}

/* Lock held. */
static void put_empty(struct kit_mark_share *share, struct kit_mark_segment *segment)
{
    segment->next = share->empty;
    share->empty = segment;
    share->segments--;
}

/* Lock held. */
static void put_work(struct kit_mark_share *share, struct kit_mark_segment *segment)
{
    segment->next = share->work;
    share->work = segment;
    pthread_cond_signal(&share->changed);
}

/* How many entries a segment has, and how many segments there may be, within `most_bytes`. */
static void size_segments(struct kit_mark_share *share, uint64_t most_bytes)
{
    size_t room = (SEGMENT_BYTES - sizeof(struct kit_mark_segment)) / sizeof(uintptr_t);
    size_t least = (size_t)SEGMENTS_A_WORKER * share->workers;
    if (most_bytes == 0)
        most_bytes = (uint64_t)STANDARD_SEGMENTS * SEGMENT_BYTES * share->workers;
    size_t most = most_bytes / sizeof(uintptr_t);
    share->entries = (uint32_t)room;
    share->most_segments = SIZE_MAX;
    if (most_bytes == 0)
        return;
    if (most / least < room)
        share->entries = most / least < LEAST_ENTRIES ? LEAST_ENTRIES : (uint32_t)(most / least);
    share->most_segments = most / share->entries < least ? least : most / share->entries;
}

/* The blocks that all workers' first segments lie in. */
static bool take_least(struct kit_mark_share *share)
{
    size_t segments = (size_t)SEGMENTS_A_WORKER * share->workers;
    size_t a_block = (KIT_BLOCK_BYTES - HEAD_BYTES) / SEGMENT_BYTES;
    share->kept_count = (segments + a_block - 1) / a_block;
    for (size_t i = 0; i < share->kept_count; i++)
        if (!take_block(share))
            return false;
    return true;
}

bool kit_mark_share_open(struct kit_mark_share *share, struct kit_pool *pool, uint32_t workers,
                         uint64_t most_bytes, uint64_t reserve_bytes)
{
    memset(share, 0, sizeof *share);
    share->pool = pool;
    share->workers = workers;
    size_segments(share, most_bytes);
    if (!take_least(share) || !kit_pool_charge(pool, reserve_bytes)) {
        give_blocks(share, 0);
        return false;
    }
    share->reserved = reserve_bytes;
    pthread_mutex_init(&share->lock, NULL);
    pthread_cond_init(&share->changed, NULL);
    return true;
}

void kit_mark_share_close(struct kit_mark_share *share)
{
    give_blocks(share, 0);
    kit_pool_discharge(share->pool, share->reserved);
    pthread_cond_destroy(&share->changed);
    pthread_mutex_destroy(&share->lock);
}

void kit_mark_share_begin(struct kit_mark_share *share)
{
    kit_pool_discharge(share->pool, share->reserved);
    share->work = NULL;
    share->idle = 0;
    share->done = false;
    atomic_store_explicit(&share->hungry, 0, memory_order_relaxed);
}

/* At the most what was held before the marking is held again, so the charge cannot fail. */
void kit_mark_share_end(struct kit_mark_share *share)
{
    give_blocks(share, share->kept_count);
    if (!kit_pool_charge(share->pool, share->reserved))
        abort();
}

/* ---- a worker's stack ---- */

static void use(struct kit_mark_stack *stack, struct kit_mark_segment *segment, uintptr_t *top)
{
    stack->own = segment;
    stack->base = segment->entries;
    stack->limit = segment->entries + stack->share->entries;
    stack->top = top;
}

void kit_mark_stack_begin(struct kit_mark_stack *stack, struct kit_mark_share *share)
{
    memset(stack, 0, sizeof *stack);
    stack->share = share;
    pthread_mutex_lock(&share->lock);
    struct kit_mark_segment *own = take_empty(share);
    stack->other = take_empty(share);
    pthread_mutex_unlock(&share->lock);
    if (own == NULL || stack->other == NULL)
        abort();
    use(stack, own, own->entries);
}

void kit_mark_stack_end(struct kit_mark_stack *stack)
{
    pthread_mutex_lock(&stack->share->lock);
    put_empty(stack->share, stack->own);
    put_empty(stack->share, stack->other);
    pthread_mutex_unlock(&stack->share->lock);
}

/* Exchange the two segments; `other` keeps its top. */
static void swap_segments(struct kit_mark_stack *stack)
{
    struct kit_mark_segment *own = stack->own;
    own->top = stack->top;
    struct kit_mark_segment *other = stack->other;
    stack->other = own;
    use(stack, other, stack->other_full ? other->top : other->entries);
}

/* `other` holds entries: give it away and take an empty one for it. */
static bool give_other(struct kit_mark_stack *stack)
{
    struct kit_mark_share *share = stack->share;
    pthread_mutex_lock(&share->lock);
    struct kit_mark_segment *fresh = take_empty(share);
    if (fresh != NULL)
        put_work(share, stack->other);
    pthread_mutex_unlock(&share->lock);
    if (fresh == NULL)
        return false;
    stack->other = fresh;
    stack->other_full = false;
    return true;
}

bool kit_mark_make_room(struct kit_mark_stack *stack)
{
    if (stack->other_full && !give_other(stack))
        return false;
    swap_segments(stack);
    stack->other_full = true;
    return true;
}

/* Lock held: exchange the empty `own` for a segment of the common list. */
static bool take_work(struct kit_mark_stack *stack)
{
    struct kit_mark_share *share = stack->share;
    struct kit_mark_segment *segment = share->work;
    if (segment == NULL)
        return false;
    share->work = segment->next;
    put_empty(share, stack->own);
    use(stack, segment, segment->top);
    return true;
}

bool kit_mark_refill(struct kit_mark_stack *stack)
{
    if (HM_FAULT(tr13) && stack->share->done)
        return false;
    if (stack->other_full) {
        swap_segments(stack);
        stack->other_full = false;
        return true;
    }
    pthread_mutex_lock(&stack->share->lock);
    bool found = take_work(stack);
    pthread_mutex_unlock(&stack->share->lock);
    return found;
}

/* Marking is over when all wait: only one who does not wait can make work. */
bool kit_mark_wait(struct kit_mark_stack *stack)
{
    struct kit_mark_share *share = stack->share;
    pthread_mutex_lock(&share->lock);
    bool found = take_work(stack);
    if (!found) {
        share->idle++;
        atomic_store_explicit(&share->hungry, share->idle, memory_order_relaxed);
        if (share->idle == share->workers) {
            share->done = true;
            pthread_cond_broadcast(&share->changed);
        }
        if (HM_FAULT(tr13) && share->idle + 1 == share->workers) {
            share->done = true;
            pthread_cond_broadcast(&share->changed);
        }
        while (!share->done && share->work == NULL)
            pthread_cond_wait(&share->changed, &share->lock);
        share->idle--;
        atomic_store_explicit(&share->hungry, share->idle, memory_order_relaxed);
        found = !share->done && take_work(stack);
    }
    pthread_mutex_unlock(&share->lock);
    return found;
}

/* The lower half of `own` is the older one, with more behind each entry. A pair stays whole: its
 * upper word is the one with bit 0 set. */
void kit_mark_give(struct kit_mark_stack *stack)
{
    if (stack->other_full) {
        give_other(stack);
        return;
    }
    size_t count = (size_t)(stack->top - stack->base);
    size_t given = count / 2;
    if (given > 0 && (stack->base[given] & 1) != 0)
        given--;
    if (given == 0)
        return;
    struct kit_mark_segment *segment = stack->other;
    memcpy(segment->entries, stack->base, given * sizeof(uintptr_t));
    segment->top = segment->entries + given;
    stack->other_full = true;
    if (!give_other(stack)) {
        stack->other_full = false;
        return;
    }
    if (HM_FAULT(tr12))
        given++;
    memmove(stack->base, stack->base + given, (count - given) * sizeof(uintptr_t));
    stack->top -= given;
}
