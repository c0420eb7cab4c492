/* SPDX-License-Identifier: MIT
 *
 * Sweeps: one program is run again and again, with one thing changed from run to run.
 */
#ifndef HEAPMARK_CHECK_SWEEP_H
#define HEAPMARK_CHECK_SWEEP_H

#include "base/random.h"
#include "check/check.h"

/* What is run, and what comes of it: all is owned by the caller. */
struct check_sweep {
    const struct check_target *target;
    const struct check_limits *limits;
    const _Atomic uint32_t *enough; /* not 0: no further run; may be NULL */
    /* What is changed is left as it was in the run that broke something, so that the program's file
     * repeats that. */
    struct program *program;
    /* The first that broke something; else sound, or refused where all runs were. Figures are those
     * of all runs. */
    struct check_verdict verdict;
    uint64_t runs;
};

/* The program as it is. False when the system failed, as below. */
bool check_sweep_once(struct check_sweep *sweep, struct error *error);

/* Nothing more is to be run: something broke, or somebody said enough. */
bool check_sweep_ended(const struct check_sweep *sweep);

/* Each of the limits that check_swept_limits gives, in that order. */
bool check_sweep_limits(struct check_sweep *sweep, struct error *error);

/* The first request for memory (or for a thread) is refused, then the second, and so on, alone and
 * with all after it, until a run in which none was: so each that the program makes is refused once.
 * A collector that is not built for it refuses none. */
bool check_sweep_refusals(struct check_sweep *sweep, bool threads, struct error *error);

/* A few of these runs by chance, for programs whose requests are too many: each twofold of their
 * number has the same share of the runs, so that the first ones, which are mostly what a heap
 * begins with, do not take them all. */
bool check_draw_refusals(struct check_sweep *sweep, bool threads, struct random *random,
                         struct error *error);

#endif
