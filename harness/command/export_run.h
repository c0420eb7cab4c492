/* SPDX-License-Identifier: MIT
 *
 * Exports that show one run whole, from its summary: for pull requests and for tools that compare.
 */
#ifndef HEAPMARK_COMMAND_EXPORT_RUN_H
#define HEAPMARK_COMMAND_EXPORT_RUN_H

#include <stdio.h>

#include "store/store.h"

/* Both need one run: STORE_ALL_RUNS is the user's mistake. The file is flushed before they return
 * true; a write that fails is ERROR_SYSTEM. */

/* A table for a pull request or a README, as GitHub renders it: points down, collectors across,
 * median times and ratios to the run's baseline; then what failed. Names are data. */
bool export_markdown(struct store *store, int64_t run_id, FILE *file, struct error *error);

/* The JSON of Google Benchmark 1.7: a benchmark for each collector at each point, an entry for each
 * trial, then mean, median, stddev and cv. docs/command-line.md says how fields are filled. */
bool export_gbench(struct store *store, int64_t run_id, FILE *file, struct error *error);

#endif
