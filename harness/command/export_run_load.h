/* SPDX-License-Identifier: MIT
 *
 * Inside the exports of a run: loading it.
 */
#ifndef HEAPMARK_COMMAND_EXPORT_RUN_LOAD_H
#define HEAPMARK_COMMAND_EXPORT_RUN_LOAD_H

#include <stdio.h>

#include "report/summary.h"
#include "store/store.h"

struct export_run {
    struct store_run_list runs; /* one */
    struct store_trial_list trials;
    struct store_environment environment;
    struct summary summary; /* borrows from the trials */
    bool has_summary;
};

/* The run with this id, or STORE_LATEST_RUN. On failure there is nothing to free. */
bool export_load(struct store *store, int64_t run_id, struct export_run *run, struct error *error);
void export_free(struct export_run *run);

/* Write and flush. */
bool export_put(FILE *file, const char *chars, struct error *error);

#endif
