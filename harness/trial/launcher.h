/* SPDX-License-Identifier: MIT
 *
 * A trial's process that another program starts, such as valgrind.
 */
#ifndef HEAPMARK_TRIAL_LAUNCHER_H
#define HEAPMARK_TRIAL_LAUNCHER_H

#include "trial/trial.h"

/* A trial under callgrind warns so where the mutators' part was not counted to the end. */
#define TRIAL_WORK_UNTOLD                                                                          \
    "the collector said that work begins, and never told of it: what instructions its releases "   \
    "and sweeps take is not to be had"

struct trial_launcher {
    const char *program;        /* looked for in PATH */
    struct text_list arguments; /* its own name, its options, and this program's file */
    enum trial_counting counting;
    uint32_t rounds; /* as in struct trial_state */
};

/* As trial_supervise, by a launcher; NULL: none. */
bool trial_supervise_by(const struct trial_launcher *launcher, const struct trial_spec *spec,
                        const struct trial_limits *limits, const struct trial_attention *attention,
                        struct trial_record *record, struct error *error);

#endif
