/* SPDX-License-Identifier: MIT
 *
 * The option `every` of collectors that stop the world, for tests: a collection at each so many-th
 * allocation or poll. The collector hands out memory for one object at a time, so that every
 * allocation is slow; this keeps every poll slow, and counts.
 */
#ifndef HEAPMARK_KIT_EVERY_H
#define HEAPMARK_KIT_EVERY_H

#include <heapmark/plugin.h>

struct kit_every {
    uint64_t every; /* 0: off */
    _Atomic uint64_t count;
};

/* Does a collection fall due at this allocation or poll? */
HM_INLINE bool kit_every_is_due(struct kit_every *every)
{
    if (every->every == 0)
        return false;
    return (atomic_fetch_add_explicit(&every->count, 1, memory_order_relaxed) + 1) % every->every ==
           0;
}

/* The word that a stop sets stays set. Every way out of a place where the end of a stop can have
 * cleared it calls this. */
HM_INLINE void kit_every_keep_polling(const struct kit_every *every, hm_mutator *m)
{
    if (every->every != 0)
        atomic_store_explicit(&m->poll, 1, memory_order_relaxed);
}

/* The row for struct hm_plugin.options. */
static const struct hm_setting kit_every_option __attribute__((unused)) = {
    .name = "every",
    .help = "for tests: collect at each so many-th allocation or poll; 0: when memory is short",
    .type = HM_INTEGER,
    .least.integer = 0,
    .most.integer = INT64_C(1) << 40,
    .standard.integer = 0,
};

#endif
