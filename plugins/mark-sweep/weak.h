/* SPDX-License-Identifier: MIT
 *
 * The optional operations of `mark-sweep`, out of line; for mutator.h.
 */
#ifndef HEAPMARK_MARK_SWEEP_WEAK_H
#define HEAPMARK_MARK_SWEEP_WEAK_H

#include <heapmark/operations.h>

struct ms_heap;

void ms_weak_open(struct ms_heap *heap);

hm_ref ms_new_weak(hm_mutator *m, hm_name *name, hm_name *target);
hm_ref ms_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value);
void ms_watch(hm_mutator *m, hm_name *name);
void ms_next_dead(hm_mutator *m, hm_name *name);

#endif
