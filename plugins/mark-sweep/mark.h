/* SPDX-License-Identifier: MIT
 *
 * The marking phase, while the world is stopped.
 */
#ifndef HEAPMARK_MARK_SWEEP_MARK_H
#define HEAPMARK_MARK_SWEEP_MARK_H

#include <mark-sweep/heap.h>

/* Set the mark of everything that names and globals reach, with all workers. Marks are clear
 * before. Needs no more memory than there is. Returns how many objects it marked. */
uint64_t ms_mark(struct ms_heap *heap);

#endif
