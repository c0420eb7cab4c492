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

#include <pthread.h>
#include <stdatomic.h>

#include <heapmark/program.h>

enum { SHADOW_MOST_OBJECTS = 1 << 24 };

enum shadow_kind { SHADOW_PLAIN, SHADOW_WEAK, SHADOW_EPHEMERON };

struct shadow {
    struct hm_shadow head;
    enum shadow_kind kind;
    /* Slots under shared use that may hold it until the next meeting: it does not die meanwhile. */
    _Atomic uint32_t placed;
    /* Weak objects and ephemerons that refer to it: its shadow is not freed meanwhile. */
    _Atomic uint32_t referred;
    _Atomic bool dying;
    /* Of a weak object its target, of an ephemeron its key, held; null once that is known to be
     * dead or was seen to be. `value` is an ephemeron's, owned. Guarded by shadows.weak_lock. */
    struct shadow *target;
    struct hm_shadow *value;
    uint32_t target_deaths;    /* the target's, when this was made: others now mean another life */
    _Atomic uint32_t deaths;   /* how often it was found dead: by a weak read, by the queue */
    _Atomic bool watched;      /* it enters the queue when it dies */
    _Atomic bool waiting;      /* it has died by counting: the queue owns it */
    _Atomic bool kept_besides; /* ever watched, or referred to: not by owners alone */
    bool husk;                 /* dead, and held: only its deaths count */
    _Atomic bool may_come;     /* it was dead, maybe, with what came out of the queue */
    uint32_t least;   /* names and slots of reachable holders that own it, as last tallied */
    uint32_t reached; /* by marking: a bit for each thread's names, SHADOW_BY_GLOBALS for those */
    struct shadow *next; /* in a list of those to be freed or visited */
};

#define SHADOW_BY_GLOBALS (UINT32_C(1) << 31)
#define SHADOW_BY_QUEUE (UINT32_C(1) << 30)

struct shadows {
    struct hm_shadow *_Atomic *table; /* by id; null: never made, or dead */
    _Atomic uint32_t last_id;
    _Atomic uint64_t made, alive;         /* objects; the globals are not counted */
    _Atomic uint64_t alive_nominal_bytes; /* hm_nominal_bytes of those alive */
    _Atomic uint64_t peak_nominal_bytes;  /* the most that alive_nominal_bytes has been */
    _Atomic uint64_t recent_peak_bytes;   /* the same since shadows_forget_peak */
    _Atomic uint64_t earlier_peak_bytes;  /* and between the two calls of it before */
    _Atomic uint64_t waiting;             /* objects that died watched, by counting */
    _Atomic uint64_t watched;             /* not yet out of the queue */
    _Atomic bool ever_watched;
    /* The one object in the queue's care that is no carrier: it is watched alone, by one thread, so
     * what comes out of the queue is known to be it. */
    struct hm_shadow *stranger;
    /* The drop of the last owner is the end, whatever holds: for collectors that reclaim by it,
     * where one thread alone runs. */
    bool exact;
    struct hm_shadow *globals;
    pthread_mutex_t weak_lock;
    /* Held while an object that was ever watched, or referred to weakly, loses an owner, and while
     * the queue's share in it ends: who takes it from the queue, or gets it by a weak reference,
     * does not wait for others to tell of drops that they have done. Inside weak_lock. */
    pthread_mutex_t queue_lock;
};

/* `globals`: slots of the globals. `alone`: one thread only comes here. Ends the process (exit
 * status 3) when memory is out. */
void shadows_open(struct shadows *shadows, uint32_t globals, bool exact, bool alone);

/* A shadow of a new object of `owner`, not alive yet: every slot null, every byte zero; or, with
 * `from`, as its clone. */
struct hm_shadow *shadow_make(struct shadows *shadows, const struct hm_shape *shape, size_t n,
                              const struct hm_shadow *from, uint32_t owner);
/* The same for a weak object, or an ephemeron: objects without slots or payload. */
struct hm_shadow *shadow_make_weak(struct shadows *shadows, struct hm_shadow *target,
                                   uint32_t owner);
struct hm_shadow *shadow_make_ephemeron(struct shadows *shadows, struct hm_shadow *key,
                                        struct hm_shadow *value, uint32_t owner);
/* It was made in the heap: it is alive, stamped, owned by nobody yet, and its slots own. */
void shadow_born(struct shadows *shadows, struct hm_shadow *object);
/* It was not. */
void shadow_discard(struct shadows *shadows, struct hm_shadow *object);

uint64_t shadow_nominal_bytes(const struct hm_shadow *object);
/* The recent peak is what is alive now. While others run it may be less by an object of each. */
void shadows_forget_peak(struct shadows *shadows);

/* A name or slot owns it, or does so no more; null is nothing. The drop of the last owner frees it
 * and what falls with it. */
void shadow_own(struct hm_shadow *object);
void shadow_drop(struct shadows *shadows, struct hm_shadow *object);
/* A slot or name that should own `object` (maybe null) from now on. */
void shadow_store(struct shadows *shadows, struct hm_shadow **place, struct hm_shadow *object);

void shadow_hold(struct hm_shadow *object);
void shadow_release_hold(struct shadows *shadows, struct hm_shadow *object);

enum shadow_kind shadow_kind(const struct hm_shadow *object);
/* Is it of the one shape whose stamp can be read before it is known which object it is? */
bool shadow_is_carrier(const struct hm_shadow *object);
/* What a weak object refers to, or an ephemeron's key, as long as it may be alive; else null. Under
 * weak_lock. */
struct hm_shadow *shadow_target(const struct hm_shadow *object);
struct hm_shadow *shadow_value(const struct hm_shadow *object);
/* It was seen to be null, so its target is dead, for all who refer to it. Under weak_lock. */
void shadow_target_died(struct shadows *shadows, struct hm_shadow *object);
/* It enters the finalizer queue when it dies. What is no carrier has to be the only one. */
void shadow_watch(struct shadows *shadows, struct hm_shadow *object);
bool shadow_is_watched(const struct hm_shadow *object);
/* The watch did not succeed. */
void shadow_unwatch(struct shadows *shadows, struct hm_shadow *object);
/* It is reached, but was dead, maybe, with what came out of the queue: it may wait there too. */
void shadow_let_come(struct hm_shadow *object);
bool shadow_may_come(const struct hm_shadow *object);
/* It has died by counting, and waits. */
bool shadow_is_waiting(const struct hm_shadow *object);
/* It was got by a weak reference, so it is not in the queue: whoever got it owns it already. */
void shadow_lives_on(struct shadows *shadows, struct hm_shadow *object);
/* It came out of the queue: whoever took it owns it already. Under weak_lock. */
void shadow_left_queue(struct shadows *shadows, struct hm_shadow *object);

/* The object that a stamp names; null when no object alive has it. */
struct hm_shadow *shadow_by_stamp(const struct shadows *shadows, uint64_t stamp);

/* From now on nobody writes it, nor what it leads to. */
void shadow_freeze(struct hm_shadow *object);

/* ---- while nobody else runs ---- */

void shadows_clear_marks(struct shadows *shadows);
/* Mark the object (maybe null) and what it leads to by `bit`. */
void shadow_mark(struct hm_shadow *object, uint32_t bit);
/* Mark the values of ephemerons that are marked, as is their key, until nothing changes. */
void shadows_mark_values(struct shadows *shadows);
/* Mark what the finalizer queue keeps: what is watched and bears no mark, and what that leads to.
 */
void shadows_mark_queue(struct shadows *shadows);
/* For collectors that reclaim at the last drop: targets that nothing owns any more are dead. */
void shadows_clear_targets(struct shadows *shadows);
/* Objects, and nominal bytes, that bear a mark; the globals are not counted. */
uint64_t shadows_marked(const struct shadows *shadows, uint64_t *nominal_bytes);
/* Tally `least` of all: by slots of what bears a mark; names are the caller's, by shadow_tally. */
void shadows_tally(struct shadows *shadows);
void shadow_tally(struct hm_shadow *object);
uint32_t shadow_least(const struct hm_shadow *object);
/* What one thread alone reaches belongs to it; all else is frozen. */
void shadows_share_out(struct shadows *shadows, uint32_t threads);
/* Forget what is not marked: a collector that reclaims cycles has done so. */
void shadows_sweep(struct shadows *shadows);

#endif
