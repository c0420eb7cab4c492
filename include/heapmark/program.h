/* SPDX-License-Identifier: MIT
 *
 * Programs: the workload that stress testing runs. Its kernel (workloads/program.c) is an
 * interpreter of actions; what to do next, and what must be seen, the harness says through the
 * tables below. So programs run in both dispatches, and everything but the operations themselves
 * exists once.
 *
 * Beside the heap runs a shadow of it, in memory that no collector knows: an hm_shadow for each
 * object, changed by the harness as the operations are carried out. A kernel only reads it.
 *
 * Which thread may touch what, so that a program has no race that it does not mean: an object
 * belongs to the thread that made it, until something that leads to it is stored in a shared slot;
 * from then on it is frozen: everybody may read it, nobody writes it (docs/stress.md).
 */
#ifndef HEAPMARK_PROGRAM_H
#define HEAPMARK_PROGRAM_H

#include <heapmark/mutator.h>
#include <heapmark/plugin.h>

struct hm_thread;

/* What an object should be. Payload and slots are the harness's copies. */
struct hm_shadow {
    const struct hm_shape *shape;
    uint32_t id; /* from 1; never used again in a program */
    uint32_t slot_count;
    uint32_t bytes;          /* of payload; the first 8, where there are so many, hold the stamp,
                                and so do the last whole word's in a large object */
    uint32_t owner;          /* index of the thread that may write it, or HM_SHADOW_FROZEN, … */
    _Atomic uint32_t counts; /* names and slots that own it */
    uint32_t flags;          /* the harness's own */
    struct hm_shadow **slots;
    unsigned char *payload;
};

enum { HM_SHADOW_LARGE_BYTES = 64 << 10 }; /* more is a large object */

enum {
    HM_SHADOW_FROZEN = 0xfffffffe, /* may be read by all threads */
    HM_SHADOW_SHARED = 0xffffffff, /* its slots take shared operations only, between meetings */
};

/* Only objects of this shape are ever stored in a slot that takes shared operations: their stamp
 * can be read before it is known which one it is. */
enum { HM_CARRIER_SLOTS = 2, HM_CARRIER_BYTES = 16 };
/* Boards hang in the first slots of the globals, for good, and have slots of this number. */
enum { HM_BOARD_SLOTS = 4 };
#define HM_NO_BOARD SIZE_MAX

/* What a program asks the kernel to do, one at a time: X(NAME). The operands that each uses are
 * in the kernel; names are null where the globals are meant. */
#define HM_ACTIONS(X)                                                                              \
    X(NOTHING)                                                                                     \
    X(NEW)                                                                                         \
    X(NEW_N)                                                                                       \
    X(TRY_NEW)                                                                                     \
    X(TRY_NEW_N)                                                                                   \
    X(CLONE)                                                                                       \
    X(GET)                                                                                         \
    X(PEEK_BIND)                                                                                   \
    X(PEEK_GET)                                                                                    \
    X(PEEK_SET)                                                                                    \
    X(INIT)                                                                                        \
    X(INIT_GIVE)                                                                                   \
    X(SET)                                                                                         \
    X(SET_SLOT)                                                                                    \
    X(UNLINK)                                                                                      \
    X(CUT_CLEAR)                                                                                   \
    X(CUT_SHIFT)                                                                                   \
    X(FILL_SLOT)                                                                                   \
    X(GIVE)                                                                                        \
    X(TAKE)                                                                                        \
    X(MOVE)                                                                                        \
    X(BIND)                                                                                        \
    X(CLEAR)                                                                                       \
    X(SAME)                                                                                        \
    X(PUSH)                                                                                        \
    X(POP)                                                                                         \
    X(COPY_SLOTS)                                                                                  \
    X(CLEAR_SLOTS)                                                                                 \
    X(FILL_SLOTS)                                                                                  \
    X(GET_SHARED)                                                                                  \
    X(SET_SHARED)                                                                                  \
    X(SWAP_SHARED)                                                                                 \
    X(PUT_WORD)                                                                                    \
    X(WRITE)                                                                                       \
    X(POLL)                                                                                        \
    X(POLL_KEEP)                                                                                   \
    X(PAUSE)                                                                                       \
    X(MEET)                                                                                        \
    X(CALL)                                                                                        \
    X(ADOPT)                                                                                       \
    X(VERIFY)                                                                                      \
    X(NEW_WEAK)                                                                                    \
    X(WEAK_GET)                                                                                    \
    X(NEW_EPHEMERON)                                                                               \
    X(EPHEMERON_GET)                                                                               \
    X(WATCH)                                                                                       \
    X(NEXT_DEAD)

enum hm_action_kind {
#define HM_ACTION_ENUM(NAME) HM_ACTION_##NAME,
    HM_ACTIONS(HM_ACTION_ENUM)
#undef HM_ACTION_ENUM
        HM_ACTION_COUNT
};

/* Memory for a walk over the shadow, owned by the harness; one for each thread. */
struct hm_walk {
    struct hm_shadow **objects; /* those met, in the order in which they were */
    hm_ref *refs;               /* the references to them, where the collector lends */
    uint32_t *place;            /* by id: index in objects; need not be cleared */
    size_t count, capacity;     /* objects that fit; the walk never meets more */
    size_t looks;               /* walks so far */
    /* Whose walk it is: what may be changed by another thread meanwhile is not looked into, as what
     * a thread gets from the finalizer queue or through a weak object may lead to what another one
     * has. `quiet`: nobody changes anything. */
    uint32_t reader;
    bool quiet;
};

struct hm_action {
    enum hm_action_kind kind;
    bool counts;               /* VERIFY: the collector's counts are to be compared */
    bool fresh;                /* NEW and CLONE: the whole object is looked at at once */
    hm_name *a, *b, *c;        /* names */
    size_t board;              /* of a shared operation: a slot of the globals, or HM_NO_BOARD */
    size_t x, y, n;            /* slots, words, numbers; of weak reads and the queue: where in the
                                  object that is got its stamp stands */
    uint64_t value;            /* for the payload; of weak reads and the queue: if not zero, what
                                  is got has no stamp (or nothing can be), and this is seen */
    const void *bytes;         /* WRITE */
    struct hm_walk *walk;      /* VERIFY */
    struct hm_shadow **at;     /* VERIFY: what the names from a on should own, n of them */
    struct hm_shadow *globals; /* VERIFY: null where they do not belong to the walk */
    const struct hm_shape *shape;
    struct hm_shadow *object; /* NEW and its kin: the shadow of the object to be made */
    uint64_t saw;             /* written by the kernel: what the harness is to judge */
};

/* Properties that a program can break: X(NAME, "name", "in words"). */
#define HM_PROPERTIES(X)                                                                           \
    X(SAFETY, "safety", "every reachable object is there, whole")                                  \
    X(IDENTITY, "identity", "one object stays one, and two never overlap")                         \
    X(COMPLETENESS, "completeness", "after full collections nothing unreachable is held")          \
    X(COUNTS, "counts", "a count is the number of references from slots and names")                \
    X(PROMPTNESS, "promptness", "the last drop reclaims")                                          \
    X(WEAK, "weak references", "null once the object is gone, never before, never another")        \
    X(FINALIZERS, "finalizers", "once each, after unreachable, before reuse")                      \
    X(LIMIT, "limit", "bytes held stay under the limit, and out of memory passes")                 \
    X(THREADS, "threads", "attach, detach and block at any time and in any order")                 \
    X(SAFEPOINT, "safepoint", "nobody runs while the world is stopped")                            \
    X(PROGRESS, "progress", "everything ends in bounded work")                                     \
    X(PACING, "pacing", "with constant live size, memory and work stay bounded")                   \
    X(SCALING, "scaling", "twice the input is at most twice the work")                             \
    X(HONESTY, "honesty", "what is reported agrees with what was seen")                            \
    X(LIFETIME, "lifetime", "open and close leave nothing behind")

enum hm_property {
#define HM_PROPERTY_ENUM(NAME, name, words) HM_PROPERTY_##NAME,
    HM_PROPERTIES(HM_PROPERTY_ENUM)
#undef HM_PROPERTY_ENUM
        HM_PROPERTY_COUNT
};

/* What the harness gives the kernel, in hm_services.script. */
struct hm_script {
    uint32_t size;
    uint32_t reserved;
    /* Judge what the last action saw, and say what comes next; false when the program has ended or
     * this life of the thread has. */
    bool (*next)(struct hm_thread *t, hm_mutator *m, struct hm_action *action);
    /* Something of the harness's, with all borrows given up: a safepoint. */
    void (*call)(struct hm_thread *t, hm_mutator *m, struct hm_action *action);
    /* ADOPT, while nobody else runs: the slots that take shared operations, index counting up from
     * 0; board is a slot of the globals, or HM_NO_BOARD for a slot of the globals themselves. False
     * when there is none left. Then what stamp it holds (0: null). */
    bool (*shared_slot)(struct hm_thread *t, size_t index, size_t *board, size_t *slot);
    void (*adopt)(struct hm_thread *t, size_t index, uint64_t stamp);
    /* The collector's count of the object is to be compared with the shadow's. */
    void (*count)(struct hm_thread *t, hm_mutator *m, hm_ref ref, const struct hm_shadow *object);
    /* Report what is broken and end the process. */
    __attribute__((noreturn, format(printf, 3, 4))) void (*broken)(struct hm_thread *t,
                                                                   enum hm_property property,
                                                                   const char *format, ...);
};

/* What the first 8 payload bytes of an object hold: its id, mixed so that no two stamps and no
 * small numbers look alike. (Steele, Lea and Flood's mixer, 2014.) */
HM_INLINE uint64_t hm_shadow_stamp(uint32_t id)
{
    uint64_t z = (uint64_t)id * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (z & ~UINT64_C(0xffffffff)) | id;
}

#endif
