/* SPDX-License-Identifier: MIT
 *
 * Inside `heapmark run --resume`: finding the run, seeing that it is asked for as it was begun, and
 * taking over what it has.
 */
#ifndef HEAPMARK_COMMAND_RESUME_H
#define HEAPMARK_COMMAND_RESUME_H

#include "command/run.h"
#include "store/store.h"

/* Settle given->run_id (STORE_LATEST_RUN: the latest unfinished one) and give what the run was
 * begun with, which the caller frees. */
bool resume_look_up(struct run_options *given, char **definition, struct error *error);

/* Is given->definition what the run was begun with? Else a sentence says what differs. */
bool resume_agrees(const struct run_options *given, const char *definition, struct error *error);

/* Make the run this process's own, and put what it has into results[], one for each trial of the
 * plan. A machine that is another than when the run began is said. */
bool resume_take_over(struct store *store, const struct run_options *given,
                      const struct suite_plan *plan, struct trial_record *results,
                      struct error *error);

#endif
