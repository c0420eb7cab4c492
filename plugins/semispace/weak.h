/* SPDX-License-Identifier: MIT
 *
 * The operations of `semispace` that are out of line; for mutator.h.
 */
#ifndef HEAPMARK_SEMISPACE_WEAK_H
#define HEAPMARK_SEMISPACE_WEAK_H

#include <heapmark/operations.h>

hm_ref semispace_clone(hm_mutator *m, hm_name *to, hm_name *from);
hm_ref semispace_new_weak(hm_mutator *m, hm_name *name, hm_name *target);
hm_ref semispace_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value);
void semispace_watch(hm_mutator *m, hm_name *name);
void semispace_next_dead(hm_mutator *m, hm_name *name);

#endif
