/* SPDX-License-Identifier: MIT
 *
 * When to collect and how large the heap gets, apart from how to collect: a collection falls when
 * the active space is filled up to `capacity`, and this decides the capacity.
 */
#ifndef HEAPMARK_SEMISPACE_POLICY_H
#define HEAPMARK_SEMISPACE_POLICY_H

#include <semispace/heap.h>

/* The smallest limit: two spaces of half of it. */
enum { SEMISPACE_LEAST_HEAP_BYTES = 1 << 20 };

/* Set space_bytes, the address space wanted, and the first capacity, for a limit of `heap_bytes`
 * (0: none) and this growth. */
void semispace_policy_open(struct semispace_heap *heap, uint64_t heap_bytes, double growth);

/* Decide the capacity after a collection, before `request_bytes` are allocated. */
void semispace_policy_after(struct semispace_heap *heap, size_t request_bytes);

/* Hold `bytes` more, or fewer, outside of the spaces: under a limit that is room which the spaces
 * lose or get back. False when what is in use does not allow it. heap->lock held. */
bool semispace_charge(struct semispace_heap *heap, size_t bytes);
void semispace_discharge(struct semispace_heap *heap, size_t bytes);

#endif
