/* SPDX-License-Identifier: MIT
 *
 * Programs of stress testing: lists of operations, one list a thread, as they are generated,
 * shrunk, written to files and read back.
 *
 * Every list is a program: operands are numbers that are taken modulo what there is when the
 * operation comes (names, slots), and an operation that cannot be done (a null name, an object that
 * belongs to another thread) is left out. So a shrinker may remove any operation, and a fuzzer may
 * write any bytes.
 */
#ifndef HEAPMARK_CHECK_PROGRAM_H
#define HEAPMARK_CHECK_PROGRAM_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* X(NAME, "word", "operands"): n a name (b the second, c the third), s a slot or word, h a shape,
 * k a count, v a value, p a place that takes shared operations. In the order a b c x y z of struct
 * program_op: the letters say which fields are used.
 *     n: a   m: b   o: c   h: shape in c   x y z: numbers */
#define PROGRAM_OPERATIONS(X)                                                                      \
    X(NEW, "new", "nhx")               /* a = new shape c with n = x */                            \
    X(TRY_NEW, "try-new", "nhx")       /* the same, may give null */                               \
    X(FLOOD, "flood", "nmhxz")         /* b = new c with n = x, a[i] = b: z times, or till null */ \
    X(CLONE, "clone", "nm")            /* a = clone of b */                                        \
    X(GET, "get", "nmx")               /* a = b[x] */                                              \
    X(PEEK_BIND, "peek-bind", "nmx")   /* a = b[x], borrowed first */                              \
    X(PEEK_GET, "peek-get", "nmxy")    /* a = b[x][y], the middle borrowed */                      \
    X(PEEK_SET, "peek-set", "nmxy")    /* b[x][y] = a, the middle borrowed */                      \
    X(INIT, "init", "nxm")             /* a[x] = b, a fresh */                                     \
    X(INIT_GIVE, "init-give", "nxm")   /* the same, b given up */                                  \
    X(SET, "set", "nxm")               /* a[x] = b */                                              \
    X(SET_SLOT, "set-slot", "nxmy")    /* a[x] = b[y], borrowed: maybe the same slot */            \
    X(UNLINK, "unlink", "nxy")         /* a[x] = a[x][y], all borrowed */                          \
    X(CUT_CLEAR, "cut-clear", "nxyz")  /* borrow a[x], a[x] = null, clear z of its slots from y */ \
    X(CUT_SHIFT, "cut-shift", "nxyz")  /* the same, but z slots from y + 1 move to y */            \
    X(FILL_SLOT, "fill-slot", "nxzmy") /* a[x..] = b[y], borrowed, z slots */                      \
    X(GIVE, "give", "nxm")             /* a[x] = b, b given up */                                  \
    X(TAKE, "take", "nmx")             /* a = b[x], b[x] = null */                                 \
    X(MOVE, "move", "nm")              /* a = b, b = null */                                       \
    X(BIND, "bind", "nm")              /* a = b */                                                 \
    X(CLEAR, "clear", "n")             /* a = null */                                              \
    X(SAME, "same", "nm")              /* compare a and b */                                       \
    X(PUSH, "push", "x")               /* a frame of x names */                                    \
    X(POP, "pop", "")                  /* the latest frame */                                      \
    X(COPY, "copy", "nxmyz")           /* a[x..] = b[y..], z slots */                              \
    X(CLEAR_SLOTS, "clear-slots", "nxz") /* a[x..] = null, z slots */                              \
    X(FILL, "fill", "nxzm")              /* a[x..] = b, z slots */                                 \
    X(GET_SHARED, "get-shared", "nx")    /* a = place x */                                         \
    X(SET_SHARED, "set-shared", "xn")    /* place x = a */                                         \
    X(CLEAR_SHARED, "clear-shared", "x") /* place x = null */                                      \
    X(SWAP_SHARED, "swap-shared", "xn")  /* place x and a exchange */                              \
    X(PUT, "put", "nxy")                 /* payload word x of a = something of y */                \
    X(WRITE, "write", "nxyz")            /* z payload bytes of a from x on = something of y */     \
    X(POLL, "poll", "")                                                                            \
    X(POLL_KEEP, "poll-keep", "nm") /* keep a borrow of b over a poll, by a */                     \
    X(PAUSE, "pause", "x")          /* wait, blocked, for x microseconds */                        \
    X(COLLECT, "collect", "x")      /* a collection of kind x */                                   \
    X(VERIFY, "verify", "")         /* walk from the thread's own names */                         \
    X(MEET, "meet", "x")            /* all threads: everything is compared; x: collect fully */    \
    X(LOOK, "look", "")             /* statistics, while others run */                             \
    X(DROP_ALL, "drop-all", "")     /* clear all names of the thread */                            \
    X(REBIRTH, "rebirth", "")       /* detach, attach again */                                     \
    X(NEW_WEAK, "new-weak", "nm")   /* a = weak reference to b */                                  \
    X(WEAK_GET, "weak-get", "nm")   /* a = what the weak b refers to */                            \
    X(NEW_EPHEMERON, "new-ephemeron", "nmo") /* a = ephemeron of key b and value c */              \
    X(EPHEMERON_GET, "ephemeron-get", "nm")                                                        \
    X(WATCH, "watch", "n")         /* a enters the finalizer queue when it dies */                 \
    X(NEXT_DEAD, "next-dead", "n") /* a = next of the finalizer queue */                           \
    X(AWAIT, "await",                                                                              \
      "xy") /* run until phase x was met y % 4 + 1 times more by others, who then */               \
            /* wait until 2 ^ (y / 4 % 8) operations of this thread were done */                   \
    X(AWAIT_BLOCKED, "await-blocked", "xy") /* the same, blocked */

enum program_kind {
#define PROGRAM_ENUM(NAME, word, operands) PROGRAM_##NAME,
    PROGRAM_OPERATIONS(PROGRAM_ENUM)
#undef PROGRAM_ENUM
        PROGRAM_KIND_COUNT
};

struct program_op {
    uint8_t kind; /* enum program_kind */
    uint8_t c;    /* a third name, or a shape */
    uint16_t a, b;
    uint16_t reserved;
    uint32_t x, y, z;
};

enum { PROGRAM_MOST_THREADS = 32, PROGRAM_VERSION = 1 };
/* The y of PROGRAM_AWAIT. */
enum { PROGRAM_AWAIT_TIMES = 4, PROGRAM_AWAIT_SCALES = 8 };

struct program_thread {
    struct program_op *ops;
    size_t count, capacity;
};

/* Which calls of the collector a program was run by. */
enum program_dispatch { PROGRAM_ANY_DISPATCH, PROGRAM_INLINE, PROGRAM_TABLE };

struct program {
    uint32_t thread_count; /* 1 to PROGRAM_MOST_THREADS */
    uint32_t places;       /* slots that take shared operations, at least 1 */
    uint64_t heap_bytes;   /* 0: no limit */
    uint64_t seed;         /* where it came from, and what payloads are made of */
    uint32_t perturb;      /* one in so many operations and phases is held up; 0: none */
    uint32_t
        interrupt; /* after so many microseconds a thread is held up wherever it is; 0: never */
    /* The request that an altered collector (plugins/kit/hooks.h) refuses itself, from 1 on; 0:
     * none. One of the two at the most; refuse_rest: and all after it. */
    uint32_t refuse_memory, refuse_thread;
    bool refuse_rest;
    /* Of the places inside operations where a thread may ask for a collection (slow_paths.c), it
     * does so at one in so many, and at the one of this number, from 1; 0: at none. */
    uint32_t collect_every, collect_at;
    /* What it failed on, for whoever runs it again. */
    enum program_dispatch dispatch;
    char *collector; /* as `heapmark check` takes it, or NULL; owned */
    struct program_thread threads[PROGRAM_MOST_THREADS];
};

static inline bool program_collects_inside(const struct program *program)
{
    return program->collect_every != 0 || program->collect_at != 0;
}

void program_add(struct program *program, uint32_t thread, struct program_op op);
size_t program_length(const struct program *program);
void program_copy(struct program *to, const struct program *from);
void program_free(struct program *program);

/* The word of a kind ("new"), and its operands' letters. */
const char *program_word(uint32_t kind);
const char *program_operands(uint32_t kind);

/* One operation as in a program's file: "set 3 0 4". */
void program_append_op(struct text *text, const struct program_op *op);
/* The whole program as a file. `comments` (may be NULL) are lines put first, each behind "# ".
 * Control codes in them and in the collector's name are shown as \xNN. */
void program_append(struct text *text, const struct program *program, const char *comments);
/* Read it back. A mistake is the user's, with file and line. */
bool program_parse(struct program *program, const char *file, const char *chars,
                   struct error *error);

#endif
