/* SPDX-License-Identifier: MIT
 *
 * What a collector that traces does for weak objects, ephemerons and watched objects at the end of
 * its marking or copying, with the world stopped, by one thread:
 *
 *     1. the value of an ephemeron is reached once the ephemeron and its key are, to a fixed point;
 *     2. weak objects whose target was not reached are cleared, ephemerons by their key;
 *     3. watched objects that were not reached enter the queue, and what they refer to is reached;
 *     4. weak objects, ephemerons and records find where what they refer to is now, and what was
 *        not reached leaves the lists.
 *
 * The roots of the marking before are names, globals and the queue (kit_watch_each_queued).
 *
 * Work: each ephemeron is looked at twice and looked up once by its key, whatever the order of a
 * chain; a look-up follows at most 64 links, about the binary logarithm of how many wait. So n
 * ephemerons cost n log n at the most, and no memory: they wait in a tree made of themselves.
 *
 * The collector tells by a bit in an object's own word that this wants to know when the object is
 * reached: it is free in objects that are not reached yet, and reaching one clears it. Outside of a
 * collection the same bit says that an object is watched.
 */
#ifndef HEAPMARK_KIT_TRACED_H
#define HEAPMARK_KIT_TRACED_H

#include <kit/traced_objects.h>
#include <kit/watch.h>

struct kit_traced {
    _Atomic uintptr_t weaks, ephemerons; /* every one, newest first */
    hm_ref ready;                        /* ephemerons to look at, linked by `same` */
    hm_ref waiting;                      /* the tree of those whose key is not reached */
    uint32_t bit;                        /* of the own word */
    struct kit_watch watch;
};

/* What the collector can do. A reference that it gets is as it was before the collection; what it
 * returns is where the object is now. */
struct kit_traced_functions {
    /* Where the object is now; null when it was not reached. */
    hm_ref (*find)(void *user, hm_ref ref);
    /* Reach it, if that was not done yet. Calls kit_traced_noticed for objects that have the bit.
     * Null is legal. */
    hm_ref (*reach)(void *user, hm_ref ref);
    /* Reach what the reached objects refer to, until nothing is left. */
    void (*drain)(void *user);
};

void kit_traced_open(struct kit_traced *traced, struct kit_watch_memory memory, uint32_t bit);
void kit_traced_close(struct kit_traced *traced);

/* ---- mutators ---- */

/* Make a weak object, an ephemeron, of this memory, and enter it; `own` is that of a new object. */
void kit_traced_weak_born(struct kit_traced *traced, void *memory, uint32_t own, hm_ref target);
void kit_traced_ephemeron_born(struct kit_traced *traced, void *memory, uint32_t own, hm_ref key,
                               hm_ref value);
/* hm_watch; lands. */
void kit_traced_watch(struct kit_traced *traced, hm_mutator *m, hm_name *name);

/* ---- the collector, while the world is stopped ---- */

/* The object was reached, and had the bit. It is not followed here: no recursion. */
void kit_traced_noticed(struct kit_traced *traced, hm_ref before, hm_ref now);

/* Steps 1 to 4. Returns how many objects entered the queue. */
uint64_t kit_traced_finish(struct kit_traced *traced, const struct kit_traced_functions *functions,
                           void *user);

#endif
