/* SPDX-License-Identifier: MIT
 *
 * What points may take of which nothing is known, from others: a level, times a factor of the
 * workload, times one of the row, times one of the collector.
 *
 * Each factor is the mean of what is left of its points without it, together with a few points in
 * which it would be 1: so one point alone says little, and many are believed. The weights were
 * chosen by playing recorded runs over (docs/decisions/0130-what-is-left-of-a-run.md). One thread
 * at a time.
 */
#ifndef HEAPMARK_COMMAND_ESTIMATE_FIT_H
#define HEAPMARK_COMMAND_ESTIMATE_FIT_H

#include "suite/plan.h"

struct estimate_fit {
    const struct suite_plan *plan; /* outlives it */
    double level;                  /* 0: nothing was known */
    double *factors;               /* of workloads, then rows, then collectors */
    double *sums;                  /* room for what they are made of */
    size_t *counts;
};

void estimate_fit_open(struct estimate_fit *fit, const struct suite_plan *plan);
void estimate_fit_close(struct estimate_fit *fit);

/* A value for each point; one that is not above 0 is not known, and what is unsupported has none.
 * Costs a few looks at every point. */
void estimate_fit_make(struct estimate_fit *fit, const double *values);

/* The value of a point; below 0 where nothing was known. */
double estimate_fit_at(const struct estimate_fit *fit, size_t point);

#endif
