/* SPDX-License-Identifier: MIT
 *
 * The policy of the collector `mark-sweep`; see policy.h.
 *
 * The budget counts bytes handed out, not blocks taken, so that a heap in which much is free but
 * scattered does not collect at every block.
 */
#include <mark-sweep/policy.h>

static const uint64_t LEAST_BUDGET_BYTES = 8 << 20;
enum { LEAST_SHARE_OF_LIMIT = 32, MARK_SHARE_OF_LIMIT = 64 };

/* Up to `trigger` of the limit may be live or handed out; but never so little that collections
 * follow on each other's heels. */
static uint64_t budget_within_limit(const struct ms_heap *heap)
{
    uint64_t limit = heap->request->heap_bytes;
    uint64_t full = (uint64_t)((double)limit * heap->trigger);
    uint64_t least = limit / LEAST_SHARE_OF_LIMIT;
    return full > heap->live_bytes + least ? full - heap->live_bytes : least;
}

static uint64_t budget_by_growth(const struct ms_heap *heap)
{
    uint64_t more = (uint64_t)((double)heap->live_bytes * (heap->growth - 1));
    return more > LEAST_BUDGET_BYTES ? more : LEAST_BUDGET_BYTES;
}

void ms_policy_open(struct ms_heap *heap)
{
    ms_policy_after(heap);
}

void ms_policy_after(struct ms_heap *heap)
{
    bool limited = heap->request->heap_bytes != 0;
    heap->handed_out_bytes = 0;
    heap->budget_bytes = limited ? budget_within_limit(heap) : budget_by_growth(heap);
    kit_pool_keep(&heap->pool, heap->budget_bytes);
}

uint64_t ms_policy_mark_bytes(uint64_t heap_bytes)
{
    return heap_bytes / MARK_SHARE_OF_LIMIT;
}
