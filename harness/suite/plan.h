/* SPDX-License-Identifier: MIT
 *
 * The matrix of a suite: every collector on every workload, at every number of threads, heap
 * and dispatch, as often as was asked, in an order that the seed decides.
 *
 * Interleaved blocks: each block holds every point once, in random order, before the next block
 * begins, so that what slows the machine for a while slows all collectors alike, and ratios can
 * be paired by block.
 */
#ifndef HEAPMARK_SUITE_PLAN_H
#define HEAPMARK_SUITE_PLAN_H

#include "suite/request.h"

/* What collectors are compared on: a workload at one number of threads, one heap, one dispatch. */
struct suite_row {
    size_t workload;
    uint32_t threads;
    uint64_t heap_bytes;
    uint64_t rate;         /* requests a second; 0: as the workload's parameters say */
    bool heap_is_standard; /* the default heap, not one that was asked for */
    double heap_multiple;  /* of the smallest heap, as it was asked for; 0: it was not */
    bool heap_is_pending;  /* what it is a multiple of is not known yet */
    bool is_unlimited;     /* beside rows of multiples: for those collectors that take no limit */
    enum trial_dispatch dispatch;
};

/* One collector in one row. */
struct suite_point {
    size_t row;
    size_t collector;
    struct trial_spec spec;
    char *unsupported; /* why the collector cannot run the row; NULL where it can */
};

struct suite_trial {
    size_t point;
    uint32_t block; /* from 0 */
};

struct suite_plan {
    const struct suite_request *request;
    struct suite_row *rows;
    size_t row_count;
    /* By row, then collector. Where heaps are multiples, collectors that take no limit are in a row
     * of their own and in no other; else points[row * collector_count + collector]. */
    struct suite_point *points;
    size_t point_count;
    struct suite_trial *trials; /* in the order in which they are run */
    size_t trial_count;
};

/* No run has more trials than this. */
enum { SUITE_TRIALS_MOST = 1000000 };

/* Check that every point can be asked for, and lay them out. The request lives at least as long
 * as the plan. Mistakes are the user's: no collector, no workload, parameters that do not fit
 * together, a heap below a collector's declared minimum. Free it with suite_plan_free. */
bool suite_make_plan(const struct suite_request *request, struct suite_plan *plan,
                     struct error *error);
void suite_plan_free(struct suite_plan *plan);

/* The parameters of a workload that takes a rate, all of them, with this one: owned by the caller.
 */
char *suite_parameters_at(const char *parameters, uint64_t rate);

/* The default heap for the workload with this plan on these collectors, in bytes. */
uint64_t suite_standard_heap(const struct suite_entries *entries,
                             const struct hm_workload *workload, const struct hm_plan *plan);

/* Append why a collector with these capabilities cannot run the workload at this number of
 * threads, as one sentence; false, with nothing appended, where it can. */
bool suite_is_unsupported(const struct plugin_info *info, const struct plugin_variant_info *can,
                          const struct hm_workload *workload, uint32_t threads, struct text *cause);

/* Append "binary-trees:depth=10, 2 threads, inline, heap 64 MiB". */
void suite_append_row(struct text *text, const struct suite_request *request,
                      const struct suite_row *row);

#endif
