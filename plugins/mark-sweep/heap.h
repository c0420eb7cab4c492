/* SPDX-License-Identifier: MIT
 *
 * The heap of `mark-sweep`, and what its parts owe each other.
 *
 * An object's own word is its mark: an epoch, above one bit. Objects are born with the current
 * epoch, and a marking begins by counting the epoch up, so that nothing has to be unmarked. When it
 * begins again at 1, everything is swept before the marking and after it: before, so that nothing
 * dead has an epoch that comes again soon; after, for what had the last one and died.
 */
#ifndef HEAPMARK_MARK_SWEEP_HEAP_H
#define HEAPMARK_MARK_SWEEP_HEAP_H

#include <kit/counted_heap.h>
#include <kit/counts.h>
#include <kit/mark_stack.h>
#include <kit/traced.h>
#include <kit/workers.h>

enum { MS_MOST_EPOCH = KIT_NARROWED(INT32_MAX, 7) };

/* One bit, with a meaning in each state of an object. Marked, during a marking: the stack had no
 * room, so its slots are to be followed. Not marked, during a marking: tell kit_traced_noticed when
 * it is marked. Between markings: it is watched. Marking clears it, and what is still watched gets
 * it back at the end. */
enum { MS_PENDING = 1, MS_NOTED = 1 };

struct ms_heap {
    struct kit_counted_heap base;
    struct kit_mark_share marks;
    struct kit_workers workers;
    struct kit_traced traced;
    struct kit_mark_stack stacks[KIT_MOST_WORKERS]; /* in use during a marking */
    uint32_t epoch;                                 /* changes while the world is stopped */
    _Atomic bool overflowed;                        /* some marked object is pending */
    _Atomic uint64_t marked_objects, marked_bytes;  /* by the latest marking */
    double growth;                                  /* option */
    /* policy.c, without a limit: held bytes at which to collect; what mutators took since the
     * latest marking, in whole free lists. */
    _Atomic uint64_t next_bytes, taken_bytes;
};

HM_INLINE uint32_t ms_mark_word(const struct ms_heap *heap)
{
    return heap->epoch << 1;
}

/* mark.c: mark everything that names and globals reach. The world is stopped. */
void ms_mark(struct ms_heap *heap, struct kit_mutator *m);

/* mark_sweep.c: memory for an object, or null; a safepoint. */
void *ms_take(struct ms_heap *heap, struct kit_cell_mutator *m, size_t bytes);

/* sweep.c. After a marking every block is unswept; large objects are swept at once. A block is
 * swept by its owner's mutator when that needs cells of its size, or by anybody while the world is
 * stopped. */
void ms_begin_sweep(struct ms_heap *heap);
/* Sweep blocks of this size until one has room; false when none had. By the owner's mutator. */
bool ms_sweep_for(struct ms_heap *heap, struct kit_cell_mutator *m, uint32_t size_class);
/* Sweep all blocks of one mutator, or of all while the world is stopped; whether there were any. */
bool ms_sweep_own(struct ms_heap *heap, struct kit_cell_mutator *m);
bool ms_sweep_all(struct ms_heap *heap);

/* policy.c: when to collect, apart from how. */
void ms_plan(struct ms_heap *heap);
bool ms_is_beyond_plan(const struct ms_heap *heap);
bool ms_wants_collection(const struct ms_heap *heap);

#endif
