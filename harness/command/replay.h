/* SPDX-License-Identifier: MIT
 *
 * A program that was run as C; see replay_c.c.
 */
#ifndef HEAPMARK_COMMAND_REPLAY_H
#define HEAPMARK_COMMAND_REPLAY_H

#include "check/check.h"
#include "check/trace.h"
#include "suite/entries.h"

struct replay_c {
    const char *file;
    const struct check_target *target;
    const struct suite_collector *collector;
    const struct program *program;
    const struct check_trace *trace;     /* of a run, */
    const struct check_verdict *verdict; /* which came to this */
};

extern const char replay_c_prologue[], replay_c_inside[], replay_c_epilogue[];

/* Append the C program. */
void replay_append_c(struct text *text, const struct replay_c *replay);

#endif
