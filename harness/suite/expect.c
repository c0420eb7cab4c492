/* SPDX-License-Identifier: MIT
 *
 * How long a plan will take; see expect.h.
 */
#include "suite/expect.h"

#include <stdlib.h>

/* What a trial of the point will be stored as, as far as it tells what is done. */
static double time_of_like(const struct suite_plan *plan, const struct suite_point *point,
                           const struct store_time_list *times)
{
    struct trial_record record = {0};
    struct text likeness = {0};
    trial_spec_describe(&point->spec, &record);
    record_set_text(&record, TRIAL_COLLECTOR,
                    plan->request->entries.collectors[point->collector].info->name);
    store_append_likeness(&likeness, &record);
    double time_ns = store_time_of(times, text_chars(&likeness));
    text_free(&likeness);
    record_free(&record);
    return time_ns;
}

/* The mean of the known points of a workload that are tried, or of all where the workload is
 * SIZE_MAX; below 0 where there is none. */
static double mean_known_ns(const struct suite_plan *plan,
                            const struct suite_expectation *expectation, size_t workload)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < plan->point_count; i++) {
        const struct suite_point *point = &plan->points[i];
        bool counts = workload == SIZE_MAX || plan->rows[point->row].workload == workload;
        if (!counts || point->unsupported != NULL || expectation->point_ns[i] < 0)
            continue;
        sum += expectation->point_ns[i];
        count++;
    }
    return count > 0 ? sum / (double)count : -1;
}

/* One mean for each workload, once, since there may be many points. */
static double *mean_of_workloads(const struct suite_plan *plan,
                                 const struct suite_expectation *expectation)
{
    size_t count = plan->request->entries.workload_count;
    double otherwise = mean_known_ns(plan, expectation, SIZE_MAX);
    double *means = memory_new(count * sizeof *means);
    for (size_t i = 0; i < count; i++) {
        means[i] = mean_known_ns(plan, expectation, i);
        if (means[i] < 0)
            means[i] = otherwise;
    }
    return means;
}

static void sum_up(const struct suite_plan *plan, struct suite_expectation *expectation)
{
    double *means = mean_of_workloads(plan, expectation);
    for (size_t i = 0; i < plan->point_count && expectation->total_ns >= 0; i++) {
        double time_ns = expectation->point_ns[i];
        if (time_ns < 0)
            time_ns = means[plan->rows[plan->points[i].row].workload];
        if (time_ns < 0)
            expectation->total_ns = -1;
        else
            expectation->total_ns += time_ns * plan->request->invocations;
    }
    free(means);
}

static void look_up(const struct suite_plan *plan, const struct store_time_list *times,
                    struct suite_expectation *expectation)
{
    *expectation = (struct suite_expectation){
        .point_ns = memory_new(plan->point_count * sizeof *expectation->point_ns)};
    for (size_t i = 0; i < plan->point_count; i++) {
        const struct suite_point *point = &plan->points[i];
        expectation->point_ns[i] =
            point->unsupported != NULL ? 0 : time_of_like(plan, point, times);
        expectation->known_points += expectation->point_ns[i] >= 0;
    }
    sum_up(plan, expectation);
}

bool suite_expect(const struct suite_plan *plan, struct store *store,
                  struct suite_expectation *expectation, struct error *error)
{
    struct store_time_list times = {0};
    bool fine = store_load_times(store, &times, error);
    if (fine)
        look_up(plan, &times, expectation);
    store_time_list_free(&times);
    return fine;
}

void suite_expect_nothing(const struct suite_plan *plan, struct suite_expectation *expectation)
{
    look_up(plan, &(const struct store_time_list){0}, expectation);
}

void suite_expectation_free(struct suite_expectation *expectation)
{
    free(expectation->point_ns);
    *expectation = (struct suite_expectation){0};
}
