/* SPDX-License-Identifier: MIT
 *
 * The policy of the collector `semispace`; see policy.h.
 *
 * Under a limit each space may fill half of it, from the start: the limit was given to be used,
 * and collectors are compared at equal limits. Without one the capacity is `growth` times what
 * survived, which bounds both the copying for an allocated byte and the memory.
 */
#include <semispace/policy.h>

#include <kit/narrow.h>

static const size_t LEAST_CAPACITY = KIT_NARROWED((size_t)4 << 20, (size_t)16 << 10);
static const size_t UNLIMITED_SPACE_BYTES = (size_t)32 << 30;
static const size_t CAPACITY_UNIT_BYTES = KIT_NARROWED((size_t)64 << 10, (size_t)4 << 10);
/* Grow under a limit too, in small steps: so that small programs are collected. */
enum { ALWAYS_GROW = KIT_NARROWED(0, 1) };

void semispace_policy_open(struct semispace_heap *heap, uint64_t heap_bytes, double growth)
{
    heap->growth = growth;
    if (heap_bytes == 0) {
        heap->space_bytes = UNLIMITED_SPACE_BYTES;
        heap->capacity = LEAST_CAPACITY;
        return;
    }
    heap->space_bytes = heap_bytes / 2 & ~(CAPACITY_UNIT_BYTES - 1);
    heap->capacity = ALWAYS_GROW ? LEAST_CAPACITY : heap->space_bytes;
}

/* Room for what survived and the request, as far as there is any. */
void semispace_policy_after(struct semispace_heap *heap, size_t request_bytes)
{
    if (heap->request->heap_bytes != 0 && !ALWAYS_GROW)
        return;
    size_t needed = semispace_used(&heap->active);
    double wanted = (double)needed * heap->growth;
    needed += request_bytes < heap->space_bytes ? request_bytes : 0;
    size_t capacity = wanted < (double)heap->space_bytes ? (size_t)wanted : heap->space_bytes;
    if (capacity < needed)
        capacity = needed;
    if (capacity < LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    capacity = (capacity + CAPACITY_UNIT_BYTES - 1) & ~(CAPACITY_UNIT_BYTES - 1);
    heap->capacity = capacity < heap->space_bytes ? capacity : heap->space_bytes;
}
