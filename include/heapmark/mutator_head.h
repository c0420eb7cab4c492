/* SPDX-License-Identifier: MIT
 *
 * The part of a mutator that a collector, an inline kernel and the harness share: 128 bytes
 * at the beginning of whatever the collector allocates for a mutator. Everything after them
 * belongs to the collector.
 *
 * Only this head, the tables and the descriptor are binary interface. A table is only ever
 * appended to; its first field is its size.
 */
#ifndef HEAPMARK_MUTATOR_HEAD_H
#define HEAPMARK_MUTATOR_HEAD_H

#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <heapmark/types.h>

struct hm_ops;
struct hm_slow;
struct hm_log;

/* Why an operation could not be done: X(code, name, words). Codes are never reused. */
#define HM_CAUSES(X)                                                                               \
    X(1, OUT_OF_MEMORY, "the heap limit does not suffice")                                         \
    X(2, NAMES_FULL, "the name stack is full")                                                     \
    X(3, SPARES_FULL, "the stack of spares is full")                                               \
    X(4, NO_BUFFER, "a barrier got no buffer")                                                     \
    X(5, CANCELLED, "another thread of the step landed")                                           \
    X(6, NO_THREAD, "the collector could not start a thread")                                      \
    X(7, BROKEN_RULE, "the workload broke a rule of the contract")                                 \
    X(8, TOO_LARGE, "the object is larger than the collector can make")

enum hm_cause {
    HM_NO_CAUSE = 0,
#define HM_CAUSE_ENUM(code, name, words) HM_##name = (code),
    HM_CAUSES(HM_CAUSE_ENUM)
#undef HM_CAUSE_ENUM
};

/* Where a mutator lands when an operation cannot be done. The caller of a workload's step
 * owns it; it is good while that call runs. A kernel therefore holds nothing but names over
 * an operation that can fail: no malloc, no lock but those of the workload interface. */
struct hm_landing {
    jmp_buf buffer;
    hm_name *name_top;   /* the stacks as they were; whoever lands pops down to them */
    hm_spare *spare_top; /* by hm_pop and hm_pop_spare */
    enum hm_cause cause;
};

struct hm_mutator {
    const struct hm_ops *ops;   /* every operation, as a function: the table dispatch */
    const struct hm_slow *slow; /* slow paths, by pointer so that the harness can wrap them */
    hm_name *name_top;          /* first free name; a contiguous stack owned by the collector */
    hm_name *name_limit;        /* one past the last name */
    /* Not zero: the next hm_poll must call slow->poll. Set by the collector to stop the mutator
     * (and perhaps by the harness: slow->poll then finds no stop, and returns); cleared by the
     * collector. */
    _Atomic uint32_t poll;
    uint32_t lends;      /* 1: spares are never touched; 0: they hold borrows */
    hm_spare *spare_top; /* first free spare; fixed, and never read, in a lender */
    hm_spare *spare_limit;
    struct hm_landing *landing; /* set by the caller of a step */

    hm_name *name_base;
    hm_spare *spare_base;
    hm_heap *heap;
    struct hm_log *log;  /* where this thread's events go; given at attach */
    void *harness;       /* the harness's own; a collector leaves it alone */
    uint32_t index;      /* 0 … most_mutators-1, unique among the attached */
    uint32_t reserved32; /* zero */
    uint64_t reserved[2];
};

enum { HM_MUTATOR_HEAD_BYTES = 128 };

_Static_assert(sizeof(struct hm_mutator) == HM_MUTATOR_HEAD_BYTES, "the head is ABI");
_Static_assert(offsetof(struct hm_mutator, name_top) == 16, "the head is ABI");
_Static_assert(offsetof(struct hm_mutator, poll) == 32, "the head is ABI");
_Static_assert(offsetof(struct hm_mutator, landing) == 56, "the head is ABI");
_Static_assert(offsetof(struct hm_mutator, heap) == 80, "the head is ABI");
_Static_assert(offsetof(struct hm_mutator, index) == 104, "the head is ABI");

enum hm_allocate_flags {
    HM_MAY_FAIL = 1, /* hm_try_…: return null instead of landing */
};

/* The slow paths of a collector. Inline fast paths and table functions alike reach them by
 * `m->slow->…`, so that the harness, which may put a wrapped copy into the head, sees inline
 * kernels too (stamps, stress). The pointer may change after attach, so it is read at each call. A
 * collector fills in what it has; a null entry means that its fast paths never call it. Plain
 * functions of the plugin may be called from mutator.h as well: wrappers just do not see them. A
 * wrapper calls the original with the same arguments. Where a slow path is a safepoint (allocate,
 * poll, block) a wrapper that mutator.h or the table called may have called the heap's collect with
 * this mutator before: it is at the safepoint already. Before unblock, and in release and barrier,
 * it calls nothing of the heap, and after allocate neither. */
struct hm_slow {
    uint32_t size;
    /* The rest of hm_new and its kin: a safepoint; may collect, lands or returns null. The
     * name is already clear; it may be any cell that the collector scans. */
    hm_ref (*allocate)(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags);
    /* m->poll was not zero: a safepoint. */
    void (*poll)(hm_mutator *m);
    /* hm_block, hm_unblock: from block to unblock the mutator counts as stopped. */
    void (*block)(hm_mutator *m);
    void (*unblock)(hm_mutator *m);
    /* Counting: `dead` lost its last reference; it, and all that falls with it, is released. */
    void (*release)(hm_mutator *m, hm_ref dead);
    /* Barriers that log, remember or shade: `obj`'s slot is about to hold `value`. */
    void (*barrier)(hm_mutator *m, hm_ref obj, size_t slot, hm_ref value);
};

/* Give up the running operation and go to the mutator's landing. Never returns. A mutator
 * that has none was driven wrongly: the process ends, which the supervisor reports. */
static _Noreturn __attribute__((cold, unused)) void hm_land(hm_mutator *m, enum hm_cause cause)
{
    if (m->landing == NULL)
        abort();
    m->landing->cause = cause;
    longjmp(m->landing->buffer, 1);
}

#endif
