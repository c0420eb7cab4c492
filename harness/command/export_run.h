/* SPDX-License-Identifier: MIT
 *
 * Exports that show one run whole, from its summary: for pull requests and for tools that compare.
 */
#ifndef HEAPMARK_COMMAND_EXPORT_RUN_H
#define HEAPMARK_COMMAND_EXPORT_RUN_H

#include <stdio.h>

#include "store/store.h"

/* All need one run: STORE_ALL_RUNS is the user's mistake. The file is flushed before they return
 * true; a write that fails is ERROR_SYSTEM. */

/* A table for a pull request or a README, as GitHub renders it: points down, collectors across,
 * median times and ratios to the run's baseline; then what failed. Names are data. */
bool export_markdown(struct store *store, int64_t run_id, FILE *file, struct error *error);

/* The JSON of Google Benchmark 1.7: a benchmark for each collector at each point, an entry for each
 * trial, then mean, median, stddev and cv. docs/command-line.md says how fields are filled. */
bool export_gbench(struct store *store, int64_t run_id, FILE *file, struct error *error);

/* A row for each collector at each point: what the report says of it, by the names that
 * docs/database.md has. An array in an object that names run and baseline; or a line a row. */
bool export_summary_json(struct store *store, int64_t run_id, FILE *file, struct error *error);
bool export_summary_csv(struct store *store, int64_t run_id, FILE *file, struct error *error);

#endif
