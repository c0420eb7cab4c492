/* SPDX-License-Identifier: MIT
 *
 * Inside the shadow: what its life and its marks share.
 */
#ifndef HEAPMARK_CHECK_SHADOW_INTERNAL_H
#define HEAPMARK_CHECK_SHADOW_INTERNAL_H

#include "check/shadow.h"

static inline struct shadow *whole(struct hm_shadow *object)
{
    return (struct shadow *)object;
}

/* The object of this id, or null. */
static inline struct shadow *at(const struct shadows *shadows, uint32_t id)
{
    struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
    return object == NULL ? NULL : whole(object);
}

/* It is dead: out of the table, and freed unless it is still referred to. */
void shadow_forget(struct shadows *shadows, struct hm_shadow *object);

#endif
