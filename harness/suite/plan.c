/* SPDX-License-Identifier: MIT
 *
 * The matrix of a suite and its order; see plan.h.
 */
#include "suite/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "suite/order.h"

static const struct suite_workload *workload_of(const struct suite_plan *plan,
                                                const struct suite_row *row)
{
    return &plan->request->entries.workloads[row->workload];
}

char *suite_parameters_at(const char *parameters, uint64_t rate)
{
    struct text_list pieces = {0};
    struct text text = {0};
    text_split(&pieces, parameters, ',');
    for (size_t i = 0; i < pieces.count; i++) {
        text_append(&text, i == 0 ? "" : ",");
        if (strncmp(pieces.items[i], "rate=", 5) == 0)
            text_format(&text, "rate=%ju", (uintmax_t)rate);
        else
            text_append(&text, pieces.items[i]);
    }
    char *changed = memory_copy_text(text_chars(&text));
    text_list_free(&pieces);
    text_free(&text);
    return changed;
}

/* A spec without a collector. */
static void describe_row(const struct suite_plan *plan, const struct suite_row *row,
                         struct trial_spec *spec)
{
    const struct suite_workload *workload = workload_of(plan, row);
    trial_spec_copy(spec, &plan->request->common);
    free(spec->workload);
    free(spec->parameters);
    spec->workload = memory_copy_text(workload->kernel->name);
    spec->parameters = row->rate == 0 ? memory_copy_text(workload->parameters)
                                      : suite_parameters_at(workload->parameters, row->rate);
    spec->threads = row->threads;
    spec->dispatch = row->dispatch;
    spec->heap_bytes = row->heap_bytes;
}

/* Is the row possible at all? Finds its default heap, if that is meant. */
static bool settle_row(const struct suite_plan *plan, struct suite_row *row, struct error *error)
{
    struct trial_spec spec;
    struct hm_plan work;
    const struct hm_workload *kernel = workload_of(plan, row)->kernel;
    describe_row(plan, row, &spec);
    bool fine = trial_spec_plan(&spec, kernel, &work, error);
    if (fine && row->heap_is_standard)
        row->heap_bytes = suite_standard_heap(&plan->request->entries, kernel, &work);
    if (fine)
        free((void *)work.parameters);
    trial_spec_free(&spec);
    return fine;
}

static bool heap_suffices(const struct suite_row *row, const struct suite_collector *collector,
                          struct error *error)
{
    const struct hm_capabilities *can = &collector->can->capabilities;
    uint64_t least = can->least_heap_bytes + row->threads * can->least_mutator_bytes;
    /* What is too small of what was asked for as a multiple is a result. */
    if (row->heap_bytes == 0 || row->heap_multiple > 0 || row->heap_bytes >= least)
        return true;
    char given[UNITS_TEXT_BYTES], needed[UNITS_TEXT_BYTES];
    units_format_bytes(row->heap_bytes, given);
    units_format_bytes(least, needed);
    return error_user(error,
                      "a heap of %s is too small for %s with %u thread%s; it needs at least %s "
                      "(%ju bytes)",
                      given, collector->label, row->threads, row->threads == 1 ? "" : "s", needed,
                      (uintmax_t)least);
}

static bool settle_point(const struct suite_plan *plan, struct suite_point *point,
                         struct error *error)
{
    const struct suite_row *row = &plan->rows[point->row];
    const struct suite_collector *collector = &plan->request->entries.collectors[point->collector];
    describe_row(plan, row, &point->spec);
    const char *const texts[] = {collector->label, collector->info->path, collector->can->name,
                                 collector->options};
    char **const fields[] = {&point->spec.label, &point->spec.plugin_path, &point->spec.variant,
                             &point->spec.options};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        free(*fields[i]);
        *fields[i] = memory_copy_text(texts[i]);
    }
    struct text cause = {0};
    if (suite_is_unsupported(collector->info, collector->can, workload_of(plan, row)->kernel,
                             row->threads, &cause))
        point->unsupported = memory_copy_text(text_chars(&cause));
    text_free(&cause);
    return point->unsupported != NULL || heap_suffices(row, collector, error);
}

/* All heaps that are multiples are whole multiples of this, as smallest heaps are. */
enum { MULTIPLE_STEP_BYTES = 4096 };

static void set_multiple(const struct suite_request *request, struct suite_row *row, size_t thread)
{
    uint64_t smallest =
        request->smallest_bytes != NULL
            ? request->smallest_bytes[row->workload * request->thread_count + thread]
            : 0;
    double bytes = ceil(row->heap_multiple * (double)smallest / MULTIPLE_STEP_BYTES);
    row->heap_is_pending = smallest == 0;
    row->heap_bytes = bytes < (double)(INT64_MAX / MULTIPLE_STEP_BYTES)
                          ? (uint64_t)bytes * MULTIPLE_STEP_BYTES
                          : INT64_MAX / MULTIPLE_STEP_BYTES * MULTIPLE_STEP_BYTES;
}

static bool is_there(const struct suite_plan *plan, const struct suite_row *row)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct suite_row *other = &plan->rows[i];
        if (other->workload == row->workload && other->threads == row->threads &&
            other->rate == row->rate && other->dispatch == row->dispatch &&
            other->heap_bytes == row->heap_bytes && other->is_unlimited == row->is_unlimited)
            return true;
    }
    return false;
}

/* Multiples of a small heap may come to the same bytes. */
static void add_row(struct suite_plan *plan, struct suite_row row, enum trial_dispatch dispatch)
{
    row.dispatch = dispatch;
    bool may_repeat = row.heap_multiple > 0 && !row.heap_is_pending;
    if (!may_repeat || !is_there(plan, &row))
        plan->rows[plan->row_count++] = row;
}

static void add_row_of_dispatches(struct suite_plan *plan, const struct suite_row *row)
{
    if (plan->request->dispatch_table)
        add_row(plan, *row, TRIAL_DISPATCH_TABLE);
    if (plan->request->dispatch_inline)
        add_row(plan, *row, TRIAL_DISPATCH_INLINE);
}

static bool takes_limit(const struct suite_plan *plan, size_t collector)
{
    return plan->request->entries.collectors[collector].can->capabilities.heap_limit;
}

static bool all_take_limits(const struct suite_plan *plan)
{
    for (size_t i = 0; i < plan->request->entries.collector_count; i++)
        if (!takes_limit(plan, i))
            return false;
    return true;
}

static size_t rates_of(const struct suite_request *request, size_t workload)
{
    bool takes = suite_takes_rate(request->entries.workloads[workload].kernel);
    return takes && request->rate_count > 0 ? request->rate_count : 0;
}

static void add_rows_of(struct suite_plan *plan, size_t workload, uint64_t rate, size_t thread)
{
    const struct suite_request *request = plan->request;
    struct suite_row row = {.workload = workload,
                            .rate = rate,
                            .threads = request->threads[thread],
                            .heap_is_standard = request->heap_count == 0};
    if (request->heap_count == 0)
        add_row_of_dispatches(plan, &row);
    for (size_t i = 0; i < request->heap_count; i++) {
        row.heap_bytes = request->heaps[i].bytes;
        row.heap_multiple = request->heaps[i].multiple;
        row.heap_is_pending = false;
        if (row.heap_multiple > 0)
            set_multiple(request, &row, thread);
        add_row_of_dispatches(plan, &row);
    }
    if (suite_asks_multiples(request) && !all_take_limits(plan)) {
        row = (struct suite_row){.workload = workload,
                                 .rate = rate,
                                 .threads = request->threads[thread],
                                 .is_unlimited = true};
        add_row_of_dispatches(plan, &row);
    }
}

static bool make_rows(struct suite_plan *plan, struct error *error)
{
    const struct suite_request *request = plan->request;
    size_t heaps = request->heap_count + 1;
    plan->rows = memory_new(2 * request->entries.workload_count * (request->rate_count + 1) *
                            request->thread_count * heaps * sizeof *plan->rows);
    for (size_t w = 0; w < request->entries.workload_count; w++) {
        size_t rates = rates_of(request, w);
        for (size_t r = 0; r < (rates > 0 ? rates : 1); r++)
            for (size_t t = 0; t < request->thread_count; t++)
                add_rows_of(plan, w, rates > 0 ? request->rates[r] : 0, t);
    }
    for (size_t i = 0; i < plan->row_count; i++)
        if (!settle_row(plan, &plan->rows[i], error))
            return false;
    return true;
}

/* Is the collector in the row? What takes no limit would do the same at each multiple. */
static bool belongs(const struct suite_plan *plan, const struct suite_row *row, size_t collector)
{
    if (row->heap_multiple > 0)
        return takes_limit(plan, collector);
    return !row->is_unlimited || !takes_limit(plan, collector);
}

static bool make_points(struct suite_plan *plan, struct error *error)
{
    size_t collectors = plan->request->entries.collector_count;
    plan->points = memory_new(plan->row_count * collectors * sizeof *plan->points);
    for (size_t row = 0; row < plan->row_count; row++) {
        for (size_t i = 0; i < collectors; i++) {
            if (!belongs(plan, &plan->rows[row], i))
                continue;
            struct suite_point *point = &plan->points[plan->point_count++];
            point->row = row;
            point->collector = i;
            if (!settle_point(plan, point, error))
                return false;
        }
    }
    return true;
}

static void make_order(struct suite_plan *plan)
{
    struct random random = {.state = plan->request->common.seed};
    size_t *order = memory_new(plan->point_count * sizeof *order);
    plan->trials =
        memory_new(plan->point_count * plan->request->invocations * sizeof *plan->trials);
    for (uint32_t block = 0; block < plan->request->invocations; block++) {
        for (size_t i = 0; i < plan->point_count; i++)
            order[i] = i;
        order_shuffle(&random, order, plan->point_count);
        for (size_t i = 0; i < plan->point_count; i++)
            plan->trials[plan->trial_count++] =
                (struct suite_trial){.point = order[i], .block = block};
    }
    free(order);
}

/* The factors are bounded each, but their product is not, and is to be known before memory is
 * taken for it. */
static bool is_bearable(const struct suite_request *request, struct error *error)
{
    const size_t factors[] = {
        request->entries.collector_count,
        request->entries.workload_count,
        request->thread_count,
        request->heap_count + (request->heap_count == 0 || suite_asks_multiples(request)),
        request->rate_count == 0 ? 1 : request->rate_count,
        (size_t)request->dispatch_table + request->dispatch_inline,
        request->invocations,
    };
    size_t trials = 1;
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        if (trials > SUITE_TRIALS_MOST / factors[i])
            return error_user(
                error,
                "that makes more than %d trials, which is the most that a run has; "
                "take fewer collectors, workloads, threads, heaps, rates or invocations",
                SUITE_TRIALS_MOST);
        trials *= factors[i];
    }
    return true;
}

bool suite_make_plan(const struct suite_request *request, struct suite_plan *plan,
                     struct error *error)
{
    *plan = (struct suite_plan){.request = request};
    CHECK(request->entries.collector_count > 0 && request->entries.workload_count > 0,
          "a plan without collectors or workloads");
    bool fine = is_bearable(request, error) && make_rows(plan, error) && make_points(plan, error);
    if (!fine) {
        suite_plan_free(plan);
        return false;
    }
    make_order(plan);
    return true;
}

void suite_plan_free(struct suite_plan *plan)
{
    for (size_t i = 0; i < plan->point_count; i++) {
        trial_spec_free(&plan->points[i].spec);
        free(plan->points[i].unsupported);
    }
    free(plan->points);
    free(plan->rows);
    free(plan->trials);
    *plan = (struct suite_plan){0};
}

void suite_append_row(struct text *text, const struct suite_request *request,
                      const struct suite_row *row)
{
    char heap[UNITS_TEXT_BYTES] = "without a limit";
    if (row->heap_is_pending)
        snprintf(heap, sizeof heap, "unknown");
    else if (row->heap_bytes != 0)
        units_format_bytes(row->heap_bytes, heap);
    text_append(text, request->entries.workloads[row->workload].label);
    if (row->rate != 0)
        text_format(text, " at %ju/s", (uintmax_t)row->rate);
    text_format(text, ", %u thread%s, %s, heap %s", row->threads, row->threads == 1 ? "" : "s",
                row->dispatch == TRIAL_DISPATCH_INLINE ? "inline" : "table", heap);
    if (row->heap_multiple > 0)
        text_format(text, " (%.4gx)", row->heap_multiple);
}
