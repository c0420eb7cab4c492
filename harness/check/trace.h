/* SPDX-License-Identifier: MIT
 *
 * What the threads of a program did, as statements of C: for `heapmark replay --c`. Operations of a
 * program leave open which name and slot they use until they run; here that is settled.
 *
 * The statements use `m` (the mutator), `n` (its first name) and the macros and functions of
 * harness/command/replay_c.c.
 */
#ifndef HEAPMARK_CHECK_TRACE_H
#define HEAPMARK_CHECK_TRACE_H

#include "check/program.h"

enum { TRACE_THREAD_BYTES = 4 << 20 };

/* Shared with the program's process, which may die at any time. */
struct check_trace {
    char text[PROGRAM_MOST_THREADS][TRACE_THREAD_BYTES];
    bool cut[PROGRAM_MOST_THREADS]; /* there was no more room */
};

/* NULL where memory is out. */
struct check_trace *check_trace_new(void);
void check_trace_free(struct check_trace *trace);

#endif
