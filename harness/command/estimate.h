/* SPDX-License-Identifier: MIT
 *
 * How long the rest of a plan may take, from how long its trials took so far.
 *
 * A point that was tried takes what it took on average; one that was not, the average of the
 * other points of its row, else that of all. What is unsupported takes no time. One thread at a
 * time.
 */
#ifndef HEAPMARK_COMMAND_ESTIMATE_H
#define HEAPMARK_COMMAND_ESTIMATE_H

#include "suite/plan.h"

/* Nothing has been tried yet. */
#define ESTIMATE_UNKNOWN UINT64_MAX

struct estimate {
    const struct suite_plan *plan; /* outlives the estimate */
    struct estimate_sum {
        uint64_t total_ns;
        uint64_t tried; /* trials in the total */
    } * points, *rows, all;
    uint32_t *left; /* trials of each point that are still to come */
};

void estimate_open(struct estimate *estimate, const struct suite_plan *plan);
void estimate_close(struct estimate *estimate);

/* This trial of the plan is over, and took so long; ESTIMATE_UNKNOWN where that is not known. */
void estimate_add(struct estimate *estimate, size_t trial, uint64_t took_ns);

/* How long a trial of this point takes, and all that are left together (at the cost of a look at
 * every point); ESTIMATE_UNKNOWN while nothing is known. */
uint64_t estimate_point_ns(const struct estimate *estimate, size_t point);
uint64_t estimate_left_ns(const struct estimate *estimate);

#endif
