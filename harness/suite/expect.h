/* SPDX-License-Identifier: MIT
 *
 * How long the trials of a plan will take, by what was measured before.
 */
#ifndef HEAPMARK_SUITE_EXPECT_H
#define HEAPMARK_SUITE_EXPECT_H

#include "store/store.h"
#include "suite/plan.h"

/* What is known beforehand of a plan. Free it with suite_expectation_free. */
struct suite_expectation {
    double *point_ns;    /* one trial of each point; below 0 where nothing like it was measured */
    size_t known_points; /* how many are known; one that is unsupported is, and takes no time */
    double total_ns;     /* of all trials: a point that is not known is taken to last as long as
                          * those of its workload that are, or else as all of them; below 0 where
                          * none is */
};

/* Look up every point's like in the database: trials of the same collector, variant and options on
 * the same workload, parameters, dispatch, threads and heap, of any run, however they ended unless
 * they were interrupted. The time of a point is the mean of how long their processes ran. */
bool suite_expect(const struct suite_plan *plan, struct store *store,
                  struct suite_expectation *expectation, struct error *error);

/* The same without a database: only what is unsupported is known. */
void suite_expect_nothing(const struct suite_plan *plan, struct suite_expectation *expectation);

void suite_expectation_free(struct suite_expectation *expectation);

#endif
