/* SPDX-License-Identifier: MIT
 *
 * Whether all collectors gave the same answer.
 */
#ifndef HEAPMARK_SUITE_ANSWERS_H
#define HEAPMARK_SUITE_ANSWERS_H

#include "suite/plan.h"

/* A trial checks its answer itself where the workload can compute what is expected. Elsewhere
 * the answers of all trials of one workload, parameters, number of threads and seed must be
 * equal: one that differs from the majority's becomes a wrong answer in results[] (one for each
 * of the first `done` trials of the plan), with a cause that says so. Without a majority all of
 * them do, as none can be believed. Returns how many records it changed; the database keeps
 * what each trial said for itself. */
size_t suite_compare_answers(const struct suite_plan *plan, struct trial_record *results,
                             size_t done);

#endif
