/* SPDX-License-Identifier: MIT
 *
 * How long the rest of a plan may take; see estimate.h.
 */
#include "command/estimate.h"

#include <stdlib.h>
#include <string.h>

/* A fit looks at every point some dozen times, and a plan may have a million. So one is made where
 * the trials that are known have become more by one in so many. */
enum { TRIALS_A_FIT = 64 };

void estimate_open(struct estimate *estimate, const struct suite_plan *plan)
{
    size_t count = plan->point_count + 1;
    *estimate = (struct estimate){
        .plan = plan,
        .points = memory_new(count * sizeof *estimate->points),
        .left = memory_new(count * sizeof *estimate->left),
        .before_ns = memory_new(count * sizeof *estimate->before_ns),
        .each_ns = memory_new(count * sizeof *estimate->each_ns),
        .values = memory_new(count * sizeof *estimate->values),
    };
    estimate_fit_open(&estimate->change, plan);
    estimate_fit_open(&estimate->like, plan);
    for (size_t i = 0; i < plan->trial_count; i++)
        estimate->left[plan->trials[i].point]++;
}

void estimate_close(struct estimate *estimate)
{
    free(estimate->points);
    free(estimate->left);
    free(estimate->before_ns);
    free(estimate->each_ns);
    free(estimate->values);
    estimate_fit_close(&estimate->change);
    estimate_fit_close(&estimate->like);
    *estimate = (struct estimate){0};
}

void estimate_remember(struct estimate *estimate, const double *before_ns)
{
    memcpy(estimate->before_ns, before_ns,
           estimate->plan->point_count * sizeof *estimate->before_ns);
    estimate->fresh = false;
    estimate->seen = 0;
}

void estimate_add(struct estimate *estimate, size_t trial, uint64_t took_ns)
{
    size_t point = estimate->plan->trials[trial].point;
    CHECK(estimate->left[point] > 0, "point %zu is over more often than it was planned", point);
    estimate->left[point]--;
    if (took_ns == ESTIMATE_UNKNOWN || estimate->plan->points[point].unsupported != NULL)
        return;
    estimate->points[point].total_ns += took_ns;
    estimate->points[point].tried++;
    estimate->known++;
    estimate->fresh = false;
}

/* Of this run; 0 where it was not tried. */
static double own_ns(const struct estimate *estimate, size_t point)
{
    const struct estimate_sum *sum = &estimate->points[point];
    return sum->tried > 0 ? (double)sum->total_ns / (double)sum->tried : 0;
}

/* How much of what they took earlier points take now. */
static void fit_change(struct estimate *estimate)
{
    for (size_t i = 0; i < estimate->plan->point_count; i++)
        estimate->values[i] = estimate->before_ns[i] > 0 && estimate->points[i].tried > 0
                                  ? own_ns(estimate, i) / estimate->before_ns[i]
                                  : 0;
    estimate_fit_make(&estimate->change, estimate->values);
}

/* Of this run or an earlier one; 0 where there is neither. */
static double met_ns(const struct estimate *estimate, size_t point)
{
    double change = estimate_fit_at(&estimate->change, point);
    if (estimate->points[point].tried > 0)
        return own_ns(estimate, point);
    return estimate->before_ns[point] > 0 ? estimate->before_ns[point] * (change > 0 ? change : 1)
                                          : 0;
}

static void fit(struct estimate *estimate)
{
    fit_change(estimate);
    for (size_t i = 0; i < estimate->plan->point_count; i++)
        estimate->values[i] = met_ns(estimate, i);
    estimate_fit_make(&estimate->like, estimate->values);
    estimate->seen = estimate->known;
}

static void look(struct estimate *estimate)
{
    if (estimate->fresh)
        return;
    if (estimate->seen == 0 || estimate->known - estimate->seen > estimate->seen / TRIALS_A_FIT)
        fit(estimate);
    for (size_t i = 0; i < estimate->plan->point_count; i++) {
        double met = met_ns(estimate, i);
        bool is_supported = estimate->plan->points[i].unsupported == NULL;
        estimate->each_ns[i] = !is_supported ? 0
                               : met > 0     ? met
                                             : estimate_fit_at(&estimate->like, i);
    }
    estimate->fresh = true;
}

uint64_t estimate_point_ns(struct estimate *estimate, size_t point)
{
    look(estimate);
    double each_ns = estimate->each_ns[point];
    return each_ns >= 0 ? (uint64_t)each_ns : ESTIMATE_UNKNOWN;
}

uint64_t estimate_left_ns(struct estimate *estimate)
{
    double left_ns = 0;
    look(estimate);
    for (size_t i = 0; i < estimate->plan->point_count; i++) {
        if (estimate->left[i] > 0 && estimate->each_ns[i] < 0)
            return ESTIMATE_UNKNOWN;
        left_ns += estimate->left[i] * estimate->each_ns[i];
    }
    return left_ns < 1e18 ? (uint64_t)left_ns : ESTIMATE_UNKNOWN;
}
