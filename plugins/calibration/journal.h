/* SPDX-License-Identifier: MIT
 *
 * The journal of a calibration: what really happened, by this plugin's own readings of the clock,
 * for a test to hold the harness's figures against. It is kept in memory, and written at the end to
 * the file that the environment variable HEAPMARK_CALIBRATION_LOG names: a line an entry, a word
 * and three numbers. Where that is a folder, which searches of many trials need, it is written to a
 * file in it that is named after the process.
 */
#ifndef HEAPMARK_CALIBRATION_JOURNAL_H
#define HEAPMARK_CALIBRATION_JOURNAL_H

#include <stdint.h>

/* X(NAME, "word"): what the three numbers are. */
#define JOURNAL_ENTRIES(X)                                                                         \
    X(PAUSE, "pause")         /* asked to stop, let go on (ns on the clock); CPU of it (ns) */     \
    X(SAFEPOINT, "safepoint") /* asked to stop, all stopped (ns on the clock); nothing */          \
    X(AROUND, "around") /* before asking to stop, after letting go on (ns); within, of work */     \
    X(STALL, "stall")   /* began, ended; waited for a processor meanwhile (ns) */                  \
    X(SLOW, "slow")     /* the slow path of that stall: entered, left; nothing */                  \
    X(BURST, "burst")   /* began, ended; CPU of the helper's thread (ns) */                        \
    X(WORK, "work")     /* a release or sweep: began, ended; CPU of it (ns) */                     \
    X(THREAD, "thread") /* when, the mutator's CPU until then (ns); nothing */                     \
    X(COUNTS, "counts") /* when; counts raised and lowered then */                                 \
    X(STEPS, "steps")   /* when; instructions of a release or sweep then; nothing */               \
    X(LIVE, "live")     /* when, bytes not reclaimed; nothing */                                   \
    X(HELD, "held")     /* when, bytes held from then on; nothing */                               \
    X(ALLOCATED, "allocated") /* objects, bytes that were ever made; nothing */                    \
    X(BARRIERS, "barriers")   /* how often, instructions of each; nothing */                       \
    X(DRAG, "drag")           /* bytes allocated, held and not reclaimed, from then on */          \
    X(SERVED, "served")       /* a request: its service began, ended (ns on the clock); nothing */ \
    X(LIMIT, "limit")         /* the heap's limit, whether it was enough; nothing */

enum journal_entry {
#define JOURNAL_ENUM(NAME, word) JOURNAL_##NAME,
    JOURNAL_ENTRIES(JOURNAL_ENUM)
#undef JOURNAL_ENUM
};

/* CLOCK_MONOTONIC and this thread's CPU, read here and by nobody else. */
uint64_t journal_now_ns(void);
uint64_t journal_cpu_ns(void);
/* Now, and how long this thread has waited for a processor until now (0 where the kernel does not
 * tell). Both are read again until nothing came between them. */
struct journal_moment {
    uint64_t ns, waited_ns;
};
struct journal_moment journal_moment(void);

/* By any thread. */
void journal_note(enum journal_entry entry, uint64_t a, uint64_t b, uint64_t c);
/* Write it, and forget it. */
void journal_close(void);

#endif
