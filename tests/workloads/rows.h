/* SPDX-License-Identifier: MIT
 *
 * Small runs of every workload: each way that its parameters can send it, in milliseconds.
 */
#ifndef HEAPMARK_TESTS_WORKLOADS_ROWS_H
#define HEAPMARK_TESTS_WORKLOADS_ROWS_H

enum { ROW_MOST_PARAMETERS = 12 };

struct row {
    const char *workload;
    const char *parameters[ROW_MOST_PARAMETERS]; /* "name=value", null-terminated */
};

/* Ends with a row whose workload is null. */
extern const struct row rows[];

#endif
