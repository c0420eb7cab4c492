/* SPDX-License-Identifier: MIT
 *
 * What the collector counts, and what is in its heap.
 */
#ifndef HEAPMARK_MARK_SWEEP_REPORT_H
#define HEAPMARK_MARK_SWEEP_REPORT_H

#include <mark-sweep/heap.h>

/* hm_heap_ops: statistics, census, walk, verify */
void ms_statistics(hm_heap *base, struct hm_statistics *statistics);
void ms_census(hm_heap *base, hm_mutator *m, struct hm_census *census);
void ms_walk(hm_heap *base, hm_mutator *m, void (*visit)(void *user, const struct hm_walked *piece),
             void *user);
bool ms_verify(hm_heap *base, hm_mutator *m, struct hm_refusal *broken);

#endif
