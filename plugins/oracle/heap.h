/* SPDX-License-Identifier: MIT
 *
 * What the oracle keeps: each object with all that is known of it, and what has died.
 *
 * Time is a thread's own count of its allocations, and every object is its maker's alone: so no
 * lock guards any of this, and another thread's touch ends the trial.
 */
#ifndef HEAPMARK_ORACLE_HEAP_H
#define HEAPMARK_ORACLE_HEAP_H

#include <kit/common.h>
#include <kit/globals.h>
#include <kit/recording.h>
#include <kit/world.h>

struct oracle_mutator;

/* Before each object, in memory of the C library's. */
struct oracle_head {
    struct oracle_head *next, *previous; /* of the mutator's objects */
    struct oracle_mutator *owner;        /* null once it has detached */
    uint32_t ordinal;
    uint32_t stamp;   /* when it was last known to be reachable, for certain */
    uint32_t count;   /* references from names, slots and the globals */
    uint32_t inner;   /* while cycles are sought: those from objects of the list; then its death */
    uint32_t reached; /* likewise: reached, or its death is known */
    uint32_t reserved;
    uint64_t bytes; /* that it occupies as the oracle counts, its header included */
    uint64_t born;  /* bytes that its thread had allocated, itself included */
};

/* What statistics are made of. Of one mutator; several have a time each, and no common one. */
struct oracle_figures {
    _Atomic uint64_t allocated_objects, allocated_bytes, live_objects, live_bytes;
    /* Over the dead: bytes times what was allocated from birth to death; over the living: bytes
     * times what had been allocated at birth. Both may wrap, their difference does not. */
    _Atomic uint64_t spent, owed;
    _Atomic uint32_t mutators; /* that ever attached */
};

struct oracle_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_object *globals;
    const struct hm_open *request;
    struct oracle_head *left; /* objects of mutators that have detached; world.lock */
    struct kit_recording recording;
    struct oracle_figures figures;
    _Atomic bool failed; /* it has no memory for what has died, or too many objects */
};

struct oracle_mutator {
    struct kit_mutator kit;
    struct oracle_head *objects;
    uint64_t object_count, cycles_due; /* cycles are sought when there are so many */
    uint32_t clock;                    /* allocations so far */
    uint64_t bytes;
    uint64_t *passed; /* bytes allocated by each time of the clock, from 0 */
    uint64_t passed_room;
    struct kit_death *deaths;
    uint64_t death_count, death_room;
};

HM_INLINE struct oracle_heap *oracle_heap_of(hm_mutator *m)
{
    return (struct oracle_heap *)m->heap;
}

HM_INLINE struct oracle_head *oracle_head_of(hm_ref ref)
{
    return (struct oracle_head *)(void *)kit_object(ref) - 1;
}

HM_INLINE struct kit_object *oracle_object_of(struct oracle_head *head)
{
    return (struct kit_object *)(void *)(head + 1);
}

/* A reference more, and one less: by the mutator that made the object, or the trial ends. */
void oracle_own(hm_mutator *m, hm_ref ref);
void oracle_drop(hm_mutator *m, uintptr_t bits);

/* Note a death, and give the object's memory back. */
void oracle_bury(struct oracle_mutator *mutator, struct oracle_head *head, uint32_t when);

/* Find the cycles that have died since, and when (cycles.c). */
void oracle_seek_cycles(struct oracle_mutator *mutator);

hm_ref oracle_new(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                  uint32_t flags);
hm_ref oracle_clone(hm_mutator *m, hm_name *to, hm_name *from);
void oracle_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref);
void oracle_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n);

#endif
