/* SPDX-License-Identifier: MIT
 *
 * Smallest heaps of the collectors of a request: looked up in a database, else searched for and
 * kept there.
 */
#ifndef HEAPMARK_SUITE_SMALLEST_HEAP_H
#define HEAPMARK_SUITE_SMALLEST_HEAP_H

#include "store/smallest.h"
#include "suite/plan.h"
#include "suite/smallest.h"

/* How thoroughly `heapmark run` and, unless told otherwise, `heapmark minheap` search. Macros,
 * since the help texts spell them out. */
#define SMALLEST_TRIES_STANDARD 2
#define SMALLEST_PRECISION_PERCENT_STANDARD 2

/* A search looks no further than this many times the heap that it begins with. */
#define SMALLEST_MOST_TIMES_START 64

/* How it is gone about. All is owned by the caller. */
struct smallest_quest {
    const struct suite_plan *plan; /* of smallest_heap_plan, or one like it */
    struct store *store;           /* NULL: nothing is known, and nothing is kept */
    bool anew;                     /* search for what is known, too */
    unsigned tries;                /* that have to complete in a heap */
    double precision;              /* 0.02: what is found is at most 2 % above what is enough */
    const volatile _Atomic int *interrupted;
    /* Each may be NULL: before a search, after each of its trials, after it, and instead of it
     * where smallest_heap_foresee would have to search. */
    void (*begins)(void *user, const struct suite_point *point);
    void (*tried)(void *user, uint64_t heap_bytes, const struct trial_record *record);
    void (*ended)(void *user, const struct suite_point *point, const struct store_smallest *found);
    void (*missing)(void *user, const struct suite_point *point);
    void *user;
};

/* The request as searches need it, and its plan: one row for each workload and number of threads,
 * with the standard heap, from which they begin. What the copy points to is the request's; it lives
 * as long as the plan. That no collector takes a limit is the user's mistake. */
bool smallest_heap_plan(const struct suite_request *request, struct suite_request *copy,
                        struct suite_plan *plan, struct error *error);

/* The smallest heap at a point, or of a collector without a limit what it held. What no search
 * would answer (a crash, a wrong answer, an interruption) is a cause, and is not kept; so is not
 * what a collector cannot do. `found->cause` is the caller's; `found->trials` are
 * those of now, so 0 for what was known. */
bool smallest_heap_find(const struct smallest_quest *quest, const struct suite_point *point,
                        struct store_smallest *found, struct error *error);

/* Fill in request->smallest_bytes: the least over the collectors that take a limit. False with an
 * error of the user's where a row has none, and, without one, when it was interrupted. */
bool smallest_heap_settle(const struct smallest_quest *quest, struct suite_request *request,
                          struct error *error);

/* The same by what is known already: calls `missing` for what would be searched for, and leaves
 * rows of which anything is missing at 0. */
bool smallest_heap_foresee(const struct smallest_quest *quest, struct suite_request *request,
                           struct error *error);

#endif
