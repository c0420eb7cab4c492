/* SPDX-License-Identifier: MIT
 *
 * The copying phase, while the world is stopped.
 */
#ifndef HEAPMARK_SEMISPACE_COPY_H
#define HEAPMARK_SEMISPACE_COPY_H

#include <semispace/heap.h>

/* In an object's own word. Not copied yet, during a collection: tell kit_traced_noticed when it is.
 * Else: it is watched. */
enum { SEMISPACE_NOTED = 2 };

/* Copy what names and globals reach into the idle space, make that the active one, and poison
 * the old one. Every mutator's buffer has been retired. Cannot fail: a space is as large as the
 * other, and copies have no gaps. Returns how many watched objects entered the finalizer queue. */
uint64_t semispace_copy(struct semispace_heap *heap);

#endif
