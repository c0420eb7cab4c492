/* SPDX-License-Identifier: MIT
 *
 * What the conformance tests of the finalizer queue share.
 */
#ifndef HEAPMARK_TESTS_FINALIZERS_H
#define HEAPMARK_TESTS_FINALIZERS_H

#include "rig.h"

/* Has it a queue, and reclaims what it handed over? */
bool queue_is_there(const struct hm_capabilities *can);

/* Nothing waits, now or after a collection, and then no object is left. Uses the name F. */
void queue_assert_gone(struct rig *rig);

/* Bind a new box with this number to the name, and watch it. */
void queue_watched_box(hm_mutator *m, hm_name *name, uint64_t number);

/* Use the memory that is free for other things. Uses the name F. */
void queue_churn(struct rig *rig);

#endif
