/* SPDX-License-Identifier: MIT
 *
 * Inside `heapmark run`: what the command line asks for, and carrying it out.
 */
#ifndef HEAPMARK_COMMAND_RUN_H
#define HEAPMARK_COMMAND_RUN_H

#include "suite/plan.h"
#include "trial/trial.h"

struct run_options {
    struct suite_request request;
    struct trial_limits limits;
    const char *baseline; /* a collector's label */
    const char *label;    /* NULL where none was given */
    const char *database;
    const char *command; /* the whole command line */
    bool quiet;
    bool json; /* the trials on stdout as JSON, and no table */
};

/* Run the plan, store it, print the table. Returns the exit status. */
int run_carry_out(const struct run_options *given, const struct suite_plan *plan);

#endif
