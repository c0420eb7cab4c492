/* SPDX-License-Identifier: MIT
 *
 * The shadow of a heap: what every object should be, who owns it, and which are alive.
 *
 * The shadow counts references itself, so it knows at once what a pure reference count should have
 * left (cycles stay); what a tracer should have left it finds by marking, while nobody runs.
 *
 * Threads: an object is changed by the thread that it belongs to; counts are atomic, as names and
 * slots of several threads may own a frozen object. An object dies (and its shadow is freed) by
 * the drop that takes its last owner, whichever thread does it.
 */
#ifndef HEAPMARK_CHECK_SHADOW_H
#define HEAPMARK_CHECK_SHADOW_H

#include <stdatomic.h>

#include <heapmark/program.h>

enum { SHADOW_MOST_OBJECTS = 1 << 24 };

struct shadow {
    struct hm_shadow head;
    /* Slots under shared use that may hold it, until the next meeting; it does not die meanwhile.
     */
    _Atomic uint32_t holds;
    uint32_t least;   /* names and slots of reachable holders that own it, as last tallied */
    uint32_t reached; /* by marking: a bit for each thread's names, SHADOW_BY_GLOBALS for those */
    struct shadow *next; /* in a list of those to be freed or visited */
};

#define SHADOW_BY_GLOBALS (UINT32_C(1) << 31)

struct shadows {
    struct hm_shadow *_Atomic *table; /* by id; null: never made, or dead */
    _Atomic uint32_t last_id;
    _Atomic uint64_t made, alive;         /* objects; the globals are not counted */
    _Atomic uint64_t alive_nominal_bytes; /* hm_nominal_bytes of those alive */
    struct hm_shadow *globals;
};

/* `globals`: slots of the globals. Ends the process (exit status 3) when memory is out. */
void shadows_open(struct shadows *shadows, uint32_t globals);

/* A shadow of a new object of `owner`, not alive yet: every slot null, every byte zero; or, with
 * `from`, as its clone. */
struct hm_shadow *shadow_make(struct shadows *shadows, const struct hm_shape *shape, size_t n,
                              const struct hm_shadow *from, uint32_t owner);
/* It was made in the heap: it is alive, stamped, owned by nobody yet, and its slots own. */
void shadow_born(struct shadows *shadows, struct hm_shadow *object);
/* It was not. */
void shadow_discard(struct hm_shadow *object);

uint64_t shadow_nominal_bytes(const struct hm_shadow *object);

/* A name or slot owns it, or does so no more; null is nothing. The drop of the last owner frees it
 * and what falls with it. */
void shadow_own(struct hm_shadow *object);
void shadow_drop(struct shadows *shadows, struct hm_shadow *object);
/* A slot or name that should own `object` (maybe null) from now on. */
void shadow_store(struct shadows *shadows, struct hm_shadow **place, struct hm_shadow *object);

void shadow_hold(struct hm_shadow *object);
void shadow_release_hold(struct shadows *shadows, struct hm_shadow *object);

/* The object that a stamp names; null when no object alive has it. */
struct hm_shadow *shadow_by_stamp(const struct shadows *shadows, uint64_t stamp);

/* From now on nobody writes it, nor what it leads to. */
void shadow_freeze(struct hm_shadow *object);

/* ---- while nobody else runs ---- */

void shadows_clear_marks(struct shadows *shadows);
/* Mark the object (maybe null) and what it leads to by `bit`. */
void shadow_mark(struct hm_shadow *object, uint32_t bit);
/* Objects, and nominal bytes, that bear a mark; the globals are not counted. */
uint64_t shadows_marked(const struct shadows *shadows, uint64_t *nominal_bytes);
/* Tally `least` of all: by slots of what bears a mark; names are the caller's, by shadow_tally. */
void shadows_tally(struct shadows *shadows);
void shadow_tally(struct hm_shadow *object);
uint32_t shadow_least(const struct hm_shadow *object);
/* What one thread alone reaches belongs to it; all else is frozen. */
void shadows_share_out(struct shadows *shadows);
/* Forget what is not marked: a collector that reclaims cycles has done so. */
void shadows_sweep(struct shadows *shadows);

#endif
