/* SPDX-License-Identifier: MIT
 *
 * Carrying a plan out: each trial in a process of its own, each result stored the moment it is
 * there.
 */
#ifndef HEAPMARK_SUITE_RUN_H
#define HEAPMARK_SUITE_RUN_H

#include "store/store.h"
#include "suite/plan.h"

/* How a plan is carried out. All is owned by the caller. */
struct suite_conduct {
    const struct suite_plan *plan;
    struct store *store;
    int64_t run_id; /* begun already; suite_run finishes it */
    /* Called before each trial, many times a second while it runs, and once it is stored; each
     * may be NULL. `trial` is its place in the plan's order. */
    void (*begins)(void *user, size_t trial);
    void (*tick)(void *user);
    void (*ended)(void *user, size_t trial, const struct trial_record *record);
    void *user;
};

enum suite_end {
    SUITE_COMPLETED,   /* each trial was tried, whatever came of it */
    SUITE_INTERRUPTED, /* by SIGINT, SIGTERM or SIGHUP */
    SUITE_FAILED,      /* by the system: the error says it */
};

/* Try all trials of the plan in its order. results[] has a zeroed record for each, or that of an
 * earlier part of the run, whose trial is then not tried again; *done is how many of them, from the
 * first on, are filled in. A crash or hang is a result; a point that is unsupported is one
 * without a process. A trial that was running when a signal came is stored as interrupted and
 * not counted in *done. Signals are caught from the first trial to the return, unless they were
 * ignored before. Call it from one thread of the process at a time. */
enum suite_end suite_run(const struct suite_conduct *conduct, struct trial_record *results,
                         size_t *done, struct error *error);

/* Set what a trial's process does not know of it: its place in the run, and the collector's file.
 */
void suite_identify(const struct plugin_info *info, size_t sequence, uint32_t block,
                    struct trial_record *record);

#endif
