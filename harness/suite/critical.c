/* SPDX-License-Identifier: MIT
 *
 * Bisection for the critical rate; see critical.h.
 */
#include "suite/critical.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "statistics/statistics.h"

/* ---- the search ---- */

struct search {
    const struct critical_range *range;
    enum critical_answer (*probe)(void *user, uint64_t rate);
    void *user;
    struct critical_found found;
};

static void ask(struct search *search, uint64_t rate)
{
    enum critical_answer answer = search->probe(search->user, rate);
    search->found.stopped = answer == CRITICAL_STOP;
    if (answer == CRITICAL_KEPT)
        search->found.kept = rate;
    else if (answer == CRITICAL_BROKEN)
        search->found.broken = rate;
}

/* From the start upwards by doubling, to the most. */
static void find_broken(struct search *search)
{
    struct critical_found *found = &search->found;
    uint64_t most = search->range->most;
    while (!found->stopped && found->broken == 0 && found->kept < most)
        ask(search, found->kept <= most / 2 ? 2 * found->kept : most);
}

/* From the start downwards by halving, to the least. */
static void find_kept(struct search *search)
{
    struct critical_found *found = &search->found;
    uint64_t least = search->range->least;
    while (!found->stopped && found->kept == 0 && found->broken > least)
        ask(search, found->broken / 2 > least ? found->broken / 2 : least);
}

/* Between both, by the middle of their ratio, which is what the precision is of. */
static void close_in(struct search *search)
{
    struct critical_found *found = &search->found;
    while (!found->stopped && found->kept != 0 && found->broken > found->kept + 1 &&
           (double)found->broken > (double)found->kept * (1 + search->range->precision)) {
        uint64_t middle = (uint64_t)sqrt((double)found->kept * (double)found->broken);
        ask(search, middle > found->kept ? middle : found->kept + 1);
    }
}

struct critical_found critical_search(const struct critical_range *range,
                                      enum critical_answer (*probe)(void *user, uint64_t rate),
                                      void *user)
{
    struct search search = {.range = range, .probe = probe, .user = user};
    ask(&search, range->start);
    if (search.found.kept != 0)
        find_broken(&search);
    else
        find_kept(&search);
    close_in(&search);
    return search.found;
}

/* ---- of a workload ---- */

static bool accepts(const struct trial_spec *spec, uint64_t rate)
{
    struct trial_spec at;
    struct hm_plan plan;
    const struct hm_workload *workload = trial_find_workload(spec->workload, NULL);
    trial_spec_copy(&at, spec);
    free(at.parameters);
    at.parameters = suite_parameters_at(spec->parameters, rate);
    bool fine = trial_spec_plan(&at, workload, &plan, NULL);
    if (fine)
        free((void *)plan.parameters);
    trial_spec_free(&at);
    return fine;
}

static struct hm_schedule schedule_of(const struct trial_spec *spec)
{
    struct hm_plan plan;
    struct hm_schedule schedule = {0};
    const struct hm_workload *workload = trial_find_workload(spec->workload, NULL);
    bool fine = trial_spec_plan(spec, workload, &plan, NULL);
    CHECK(fine && workload->schedule != NULL, "%s has no rate", spec->workload);
    workload->schedule(&plan, &schedule);
    free((void *)plan.parameters);
    return schedule;
}

double critical_length_ns(const struct trial_spec *spec)
{
    struct hm_schedule schedule = schedule_of(spec);
    return (double)schedule.requests / schedule.rate * 1e9;
}

uint64_t critical_seed(uint64_t seed, uint32_t try)
{
    struct random random = {seed};
    uint64_t of_try = seed;
    for (uint32_t i = 0; i < try; i++)
        of_try = random_next(&random) >> 1; /* as it is stored: a signed number */
    return of_try;
}

/* The last that is accepted on the way from one that is to one that is not. */
static uint64_t last_accepted(const struct trial_spec *spec, uint64_t accepted, uint64_t refused)
{
    while (accepted > refused ? accepted - refused > 1 : refused - accepted > 1) {
        uint64_t middle = accepted / 2 + refused / 2 + (accepted & refused & 1);
        if (accepts(spec, middle))
            accepted = middle;
        else
            refused = middle;
    }
    return accepted;
}

struct critical_range critical_range_of(const struct trial_spec *spec, double precision)
{
    uint64_t start = (uint64_t)schedule_of(spec).rate;
    return (struct critical_range){
        .start = start,
        .least = last_accepted(spec, start, 0),
        .most = last_accepted(spec, start, INT32_MAX),
        .precision = precision,
    };
}

/* NAN: it has no requests. */
static double percentile_of(const struct trial_record *record, double percent)
{
    size_t count = record->requests.count;
    if (count == 0)
        return NAN;
    double *latencies = memory_new(count * sizeof *latencies);
    for (size_t i = 0; i < count; i++)
        latencies[i] = (double)record->requests.latency_ns[i];
    double found = stats_percentile(latencies, count, percent);
    free(latencies);
    return found;
}

enum critical_answer critical_judge(const struct trial_record *record, double percent,
                                    uint64_t bound_ns)
{
    enum trial_outcome outcome = record_outcome(record, OUTCOME_REFUSED);
    if (outcome == OUTCOME_OUT_OF_MEMORY || outcome == OUTCOME_HANG)
        return CRITICAL_BROKEN;
    if (outcome != OUTCOME_OK || record->requests.count == 0)
        return CRITICAL_STOP;
    return percentile_of(record, percent) <= (double)bound_ns ? CRITICAL_KEPT : CRITICAL_BROKEN;
}

void critical_tell(struct trial_record *record, double percent, uint64_t bound_ns)
{
    double found = percentile_of(record, percent);
    record_set_count(record, TRIAL_BOUND_NS, bound_ns);
    record_set_real(record, TRIAL_BOUND_PERCENTILE, percent);
    if (isfinite(found))
        record_set_real(record, TRIAL_BOUND_LATENCY_NS, found);
}
