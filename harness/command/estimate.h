/* SPDX-License-Identifier: MIT
 *
 * How long the rest of a plan may take.
 *
 * A point that was tried takes what it took on average. One that was not, but in an earlier run,
 * takes what it took then, times what points of its workload, row and collector take now of what
 * they took then. One of which nothing is known takes what those of its workload, row and collector
 * let expect. What is unsupported takes no time. One thread at a time.
 */
#ifndef HEAPMARK_COMMAND_ESTIMATE_H
#define HEAPMARK_COMMAND_ESTIMATE_H

#include "command/estimate_fit.h"

/* Nothing has been tried yet. */
#define ESTIMATE_UNKNOWN UINT64_MAX

struct estimate {
    const struct suite_plan *plan; /* outlives the estimate */
    struct estimate_sum {
        uint64_t total_ns;
        uint64_t tried; /* trials in the total */
    } * points;
    uint32_t *left;    /* trials of each point that are still to come */
    double *before_ns; /* a trial of each point in earlier runs; not above 0 where there was none */
    double *each_ns;   /* what a trial of each point takes, as of the last look */
    double *values;    /* room for what is fitted */
    struct estimate_fit change, like;
    size_t known, seen; /* trials whose time is known; those that each_ns was made of */
    bool fresh;         /* each_ns was made since something was learnt */
};

void estimate_open(struct estimate *estimate, const struct suite_plan *plan);
void estimate_close(struct estimate *estimate);

/* How long a trial of each point took in earlier runs, not above 0 where that is not known. */
void estimate_remember(struct estimate *estimate, const double *before_ns);

/* This trial of the plan is over, and took so long; ESTIMATE_UNKNOWN where that is not known. */
void estimate_add(struct estimate *estimate, size_t trial, uint64_t took_ns);

/* How long a trial of this point takes, and all that are left together (at the cost of a look at
 * every point, and now and then of a fit); ESTIMATE_UNKNOWN while nothing is known. */
uint64_t estimate_point_ns(struct estimate *estimate, size_t point);
uint64_t estimate_left_ns(struct estimate *estimate);

#endif
