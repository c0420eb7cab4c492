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
#include <semispace/report.h>

static const size_t LEAST_CAPACITY = KIT_NARROWED((size_t)4 << 20, (size_t)16 << 10);
static const size_t UNLIMITED_SPACE_BYTES = (size_t)32 << 30;
static const size_t CAPACITY_UNIT_BYTES = KIT_NARROWED((size_t)64 << 10, (size_t)4 << 10);
static const size_t PAGE_BYTES = 4096;
/* Grow under a limit too, in small steps: so that small programs are collected. */
enum { ALWAYS_GROW = KIT_NARROWED(0, 1) };

void semispace_policy_open(struct semispace_heap *heap, uint64_t heap_bytes, double growth)
{
    heap->growth = growth;
    if (heap_bytes == 0) {
        heap->space_bytes = heap->room = UNLIMITED_SPACE_BYTES;
        heap->capacity = LEAST_CAPACITY;
        return;
    }
    heap->space_bytes = heap->room = heap_bytes / 2 & ~(CAPACITY_UNIT_BYTES - 1);
    heap->capacity = ALWAYS_GROW ? LEAST_CAPACITY : heap->space_bytes;
}

/* Room for what survived and the request, as far as there is any. */
void semispace_policy_after(struct semispace_heap *heap, size_t request_bytes)
{
    if (heap->request->heap_bytes != 0 && !ALWAYS_GROW)
        return;
    size_t needed = semispace_used(&heap->active);
    double wanted = (double)needed * heap->growth;
    needed += request_bytes < heap->room ? request_bytes : 0;
    size_t capacity = wanted < (double)heap->room ? (size_t)wanted : heap->room;
    if (capacity < needed)
        capacity = needed;
    if (HM_FAULT(rp12))
        capacity = heap->capacity + heap->capacity / 2;
    if (capacity < LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    capacity = (capacity + CAPACITY_UNIT_BYTES - 1) & ~(CAPACITY_UNIT_BYTES - 1);
    heap->capacity = capacity < heap->room ? capacity : heap->room;
}

/* Under a limit: what each space may hold beside `charged` bytes. */
static size_t room_beside(const struct semispace_heap *heap, size_t charged)
{
    size_t room = (heap->request->heap_bytes - charged) / 2 & ~(PAGE_BYTES - 1);
    return room < heap->space_bytes ? room : heap->space_bytes;
}

static void set_room(struct semispace_heap *heap, size_t room)
{
    heap->room = room;
    if (heap->capacity > room || !ALWAYS_GROW)
        heap->capacity = room;
    semispace_trim(&heap->active, room);
    semispace_trim(&heap->idle, room);
}

bool semispace_charge(struct semispace_heap *heap, size_t bytes)
{
    size_t limit = heap->request->heap_bytes;
    if (limit != 0) {
        if (limit - heap->charged < bytes ||
            semispace_used(&heap->active) > room_beside(heap, heap->charged + bytes))
            return false;
        set_room(heap, room_beside(heap, heap->charged + bytes));
    }
    heap->charged += bytes;
    semispace_note_held(heap);
    return true;
}

void semispace_discharge(struct semispace_heap *heap, size_t bytes)
{
    heap->charged -= bytes;
    if (heap->request->heap_bytes != 0)
        set_room(heap, room_beside(heap, heap->charged));
    semispace_note_held(heap);
}
