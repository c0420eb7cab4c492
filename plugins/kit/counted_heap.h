/* SPDX-License-Identifier: MIT
 *
 * The heap side of a collector over cells. Shared by refcount and refcount-cycles, which differ in
 * their count functions and in what a collection does, and, but for allocation and collection,
 * by mark-sweep.
 */
#ifndef HEAPMARK_KIT_COUNTED_HEAP_H
#define HEAPMARK_KIT_COUNTED_HEAP_H

#include <kit/cells.h>
#include <kit/dead_queue.h>
#include <kit/globals.h>
#include <kit/heap_side.h>
#include <kit/weak.h>

struct kit_counted_heap;

/* What differs between plain and atomic counts: one row for each set of operations. */
struct kit_counted_functions {
    const struct hm_slow *slow;
    hm_ref (*clone)(hm_mutator *m, hm_name *to, hm_name *from);
    /* Raise the count of a weak object's target: its bits, or 0 once it is dead. */
    uintptr_t (*own_weak)(hm_mutator *m, hm_ref weak);
};

struct kit_counted_heap {
    struct hm_heap head;
    struct kit_world world;
    struct kit_pool pool;
    struct kit_cells cells;
    struct kit_object *globals;
    const struct hm_open *request;
    const struct kit_counted_functions *functions;
    uint32_t count_shift; /* the count's place in an object's own word */
    struct kit_weaks weaks;
    struct kit_dead_queue dead;

    /* Reclaim what counting does not, while the world is stopped; null where there is nothing. */
    void (*detect)(struct kit_counted_heap *heap, struct kit_mutator *m);
    /* Is it time for that? Looked at on the slow path of allocation; null likewise. */
    bool (*wants_detection)(struct kit_counted_heap *heap, struct kit_cell_mutator *m);

    /* Names that own besides those of mutators; null where there are none. */
    void (*each_other_name)(struct kit_counted_heap *heap, void (*visit)(void *user, hm_name *name),
                            void *user);

    _Atomic uint64_t longest_cascade;
    _Atomic uint64_t told_objects, told_bytes; /* the most that statistics said was allocated */
    _Atomic uint64_t collections, candidates, cycle_freed;
};

struct kit_counted_mutator {
    struct kit_cell_mutator cells;
    uint64_t new_candidates; /* refcount-cycles: marked by this mutator since the last detection */
    uint32_t mark_word;      /* mark-sweep: the own word of what is marked, or new */
};

HM_INLINE struct kit_counted_heap *kit_counted_heap_of(hm_mutator *m)
{
    return (struct kit_counted_heap *)m->heap;
}

/* A heap of `bytes` bytes, which begins with a kit_counted_heap. Null with a refusal. The globals'
 * own word is set to `globals_own`, so that it never looks dead. */
struct kit_counted_heap *kit_counted_open(size_t bytes, const struct hm_open *request,
                                          const struct hm_kernel_set *set,
                                          const struct kit_counted_functions *functions,
                                          uint32_t globals_own, struct hm_refusal *refusal);

/* The functions of struct hm_heap_ops. */
void kit_counted_close(hm_heap *heap);
hm_mutator *kit_counted_attach(hm_heap *heap, uint32_t index, struct hm_log *log,
                               struct hm_refusal *refusal);
void kit_counted_detach(hm_mutator *m);
void kit_counted_collect(hm_heap *heap, hm_mutator *m, enum hm_collection kind);
void kit_counted_statistics(hm_heap *heap, struct hm_statistics *statistics);
void kit_counted_census(hm_heap *heap, hm_mutator *m, struct hm_census *census);
void kit_counted_walk(hm_heap *heap, hm_mutator *m,
                      void (*visit)(void *user, const struct hm_walked *piece), void *user);
bool kit_counted_verify(hm_heap *heap, hm_mutator *m, struct hm_refusal *broken);
uint64_t kit_counted_count(hm_mutator *m, hm_ref ref);

/* The world is stopped: every mutator's free lists and remote cells go home. */
void kit_counted_bring_home(struct kit_counted_heap *heap);

/* Slow paths that do not depend on the kind of counts. */
hm_ref kit_counted_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                            uint32_t flags);
void kit_counted_poll(hm_mutator *m);
void kit_counted_block(hm_mutator *m);
void kit_counted_unblock(hm_mutator *m);

/* Memory for a new object whose header and fields are then the caller's to write, or null: the
 * last resort stops the world, gathers what other threads freed, and detects cycles. */
struct kit_object *kit_counted_take(hm_mutator *m, size_t bytes);

/* ---- weak references and the finalizer queue: counted_optional.c ---- */

/* The rest of hm_new_weak; the name is clear. */
hm_ref kit_counted_new_weak(hm_mutator *m, hm_name *name, hm_name *target);
void kit_counted_watch(hm_mutator *m, hm_name *name);

/* The object is dead. Weak references to it read null from now on. True: it is the caller's to
 * free. False: it was watched; it waits in the finalizer queue, counted as owned once by that. */
bool kit_counted_bury(struct kit_counted_heap *heap, struct kit_object *object);

/* ---- */

/* Account for a release that freed so many objects; since `start_ns` (0: too short to tell). */
void kit_counted_released(hm_mutator *m, uint64_t objects, uint64_t bytes, uint64_t start_ns);

#endif
