/* SPDX-License-Identifier: MIT
 *
 * Results for other programs, streamed trial by trial.
 *
 * The run is an id, STORE_LATEST_RUN or STORE_ALL_RUNS. The file is flushed before a function
 * returns true, so that a full disk is noticed; the caller closes it. A write that fails is
 * ERROR_SYSTEM, and what was written until then is not whole.
 */
#ifndef HEAPMARK_STORE_EXPORT_H
#define HEAPMARK_STORE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "store/store.h"

/* One object: "schema" (the version), "runs" (array), "environment" (object: run id, then key to
 * value) and "trials" (array: "id", "run_id", each field by its column name, and "pauses" as
 * pairs [start_ns, duration_ns]). One run or trial a line. */
bool export_json(struct store *store, int64_t run_id, FILE *file, struct error *error);

/* A header row of column names, then one row a trial; an empty cell is unknown. Pauses are left
 * out. Texts that a spreadsheet would take for a formula begin with an apostrophe. */
bool export_csv(struct store *store, int64_t run_id, FILE *file, struct error *error);

#endif
