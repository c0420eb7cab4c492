/* SPDX-License-Identifier: MIT
 *
 * What the collector `semispace` keeps.
 */
#ifndef HEAPMARK_SEMISPACE_HEAP_H
#define HEAPMARK_SEMISPACE_HEAP_H

#include <kit/every.h>
#include <kit/globals.h>
#include <kit/traced.h>
#include <kit/world.h>

#include <semispace/space.h>

struct semispace_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_object *globals;
    const struct hm_open *request;

    pthread_mutex_t lock; /* guards the spaces, `capacity` and `charged` while the world runs */
    struct semispace_space active;
    struct semispace_space idle;
    size_t capacity;    /* how far `active` may be filled before a collection */
    size_t charged;     /* held outside of the spaces: records of watched objects */
    size_t space_bytes; /* address space of each space */
    size_t room;        /* the most that `capacity` may be */
    double growth;
    struct kit_every every;
    struct kit_traced traced;

    /* Guarded by world.lock. */
    uint64_t detached_bytes; /* allocated by mutators that are gone */
    uint64_t collections;
    uint64_t live_bytes;    /* at the end of the last collection */
    uint64_t live_at_bytes; /* allocated bytes at that moment */

    _Atomic uint64_t held_bytes;
    _Atomic uint64_t held_peak_bytes;
};

struct semispace_mutator {
    struct kit_mutator kit;
    char *free;                       /* the next object; from here to limit all is zero */
    char *limit;                      /* the end of this mutator's buffer */
    char *counted;                    /* what lies below in the buffer is in allocated_bytes */
    _Atomic uint64_t allocated_bytes; /* written by its thread, or under world.lock when safe */
};

#endif
