/* SPDX-License-Identifier: MIT
 *
 * How long the rest of a plan may take; see estimate.h.
 */
#include "command/estimate.h"

#include <stdlib.h>

void estimate_open(struct estimate *estimate, const struct suite_plan *plan)
{
    *estimate = (struct estimate){
        .plan = plan,
        .points = memory_new(plan->point_count * sizeof *estimate->points),
        .rows = memory_new(plan->row_count * sizeof *estimate->rows),
        .left = memory_new(plan->point_count * sizeof *estimate->left),
    };
    for (size_t i = 0; i < plan->trial_count; i++)
        estimate->left[plan->trials[i].point]++;
}

void estimate_close(struct estimate *estimate)
{
    free(estimate->points);
    free(estimate->rows);
    free(estimate->left);
    *estimate = (struct estimate){0};
}

static void add_to(struct estimate_sum *sum, uint64_t ns)
{
    sum->total_ns += ns;
    sum->tried++;
}

void estimate_add(struct estimate *estimate, size_t trial, uint64_t took_ns)
{
    size_t point = estimate->plan->trials[trial].point;
    CHECK(estimate->left[point] > 0, "point %zu is over more often than it was planned", point);
    estimate->left[point]--;
    if (took_ns == ESTIMATE_UNKNOWN || estimate->plan->points[point].unsupported != NULL)
        return;
    add_to(&estimate->points[point], took_ns);
    add_to(&estimate->rows[estimate->plan->points[point].row], took_ns);
    add_to(&estimate->all, took_ns);
}

uint64_t estimate_point_ns(const struct estimate *estimate, size_t point)
{
    const struct suite_point *planned = &estimate->plan->points[point];
    const struct estimate_sum *const sums[] = {&estimate->points[point],
                                               &estimate->rows[planned->row], &estimate->all};
    if (planned->unsupported != NULL)
        return 0;
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        if (sums[i]->tried > 0)
            return sums[i]->total_ns / sums[i]->tried;
    return ESTIMATE_UNKNOWN;
}

uint64_t estimate_left_ns(const struct estimate *estimate)
{
    uint64_t left_ns = 0;
    for (size_t i = 0; i < estimate->plan->point_count; i++) {
        if (estimate->left[i] == 0)
            continue;
        uint64_t each_ns = estimate_point_ns(estimate, i);
        if (each_ns == ESTIMATE_UNKNOWN)
            return ESTIMATE_UNKNOWN;
        left_ns += each_ns * estimate->left[i];
    }
    return left_ns;
}
