/* SPDX-License-Identifier: MIT
 *
 * What points may take of which nothing is known; see estimate_fit.h.
 */
#include "command/estimate_fit.h"

#include <stdlib.h>
#include <string.h>

enum { WORKLOADS, ROWS, COLLECTORS, WAYS };

/* In how many points, besides those that are known, a factor is taken to be 1. */
static const double RESERVE[WAYS] = {[WORKLOADS] = 0.5, [ROWS] = 0.5, [COLLECTORS] = 2};

/* Each round takes the factors nearer to where they stay. */
enum { ROUNDS = 8 };

/* Where the factors of this way begin, and behind them all: how many there are. */
static size_t begin_of(const struct suite_plan *plan, int way)
{
    size_t begin = way > WORKLOADS ? plan->request->entries.workload_count : 0;
    begin += way > ROWS ? plan->row_count : 0;
    return begin + (way > COLLECTORS ? plan->request->entries.collector_count : 0);
}

static size_t place_of(const struct suite_plan *plan, int way, size_t point)
{
    const struct suite_point *planned = &plan->points[point];
    const size_t places[WAYS] = {[WORKLOADS] = plan->rows[planned->row].workload,
                                 [ROWS] = planned->row,
                                 [COLLECTORS] = planned->collector};
    return begin_of(plan, way) + places[way];
}

void estimate_fit_open(struct estimate_fit *fit, const struct suite_plan *plan)
{
    size_t count = begin_of(plan, WAYS) + 1;
    *fit = (struct estimate_fit){
        .plan = plan,
        .factors = memory_new(count * sizeof *fit->factors),
        .sums = memory_new(count * sizeof *fit->sums),
        .counts = memory_new(count * sizeof *fit->counts),
    };
}

void estimate_fit_close(struct estimate_fit *fit)
{
    free(fit->factors);
    free(fit->sums);
    free(fit->counts);
    *fit = (struct estimate_fit){0};
}

static bool is_known(const struct estimate_fit *fit, const double *values, size_t point)
{
    return values[point] > 0 && fit->plan->points[point].unsupported == NULL;
}

double estimate_fit_at(const struct estimate_fit *fit, size_t point)
{
    double value = fit->level;
    for (int way = 0; way < WAYS; way++)
        value *= fit->factors[place_of(fit->plan, way, point)];
    return fit->level > 0 ? value : -1;
}

static void make_level(struct estimate_fit *fit, const double *values)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < fit->plan->point_count; i++)
        if (is_known(fit, values, i)) {
            sum += values[i];
            count++;
        }
    fit->level = count > 0 ? sum / (double)count : 0;
    for (size_t i = 0; i < begin_of(fit->plan, WAYS); i++)
        fit->factors[i] = 1;
}

static void make_factors(struct estimate_fit *fit, const double *values, int way)
{
    size_t begin = begin_of(fit->plan, way), end = begin_of(fit->plan, way + 1);
    memset(fit->sums + begin, 0, (end - begin) * sizeof *fit->sums);
    memset(fit->counts + begin, 0, (end - begin) * sizeof *fit->counts);
    for (size_t i = 0; i < fit->plan->point_count; i++) {
        if (!is_known(fit, values, i))
            continue;
        size_t place = place_of(fit->plan, way, i);
        fit->sums[place] += values[i] * fit->factors[place] / estimate_fit_at(fit, i);
        fit->counts[place]++;
    }
    for (size_t i = begin; i < end; i++)
        fit->factors[i] = (fit->sums[i] + RESERVE[way]) / ((double)fit->counts[i] + RESERVE[way]);
}

void estimate_fit_make(struct estimate_fit *fit, const double *values)
{
    make_level(fit, values);
    for (int round = 0; fit->level > 0 && round < ROUNDS; round++)
        for (int way = 0; way < WAYS; way++)
            make_factors(fit, values, way);
}
