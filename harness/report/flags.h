/* SPDX-License-Identifier: MIT
 *
 * Flags of trials, as words beside a point.
 */
#ifndef HEAPMARK_REPORT_FLAGS_H
#define HEAPMARK_REPORT_FLAGS_H

#include "report/summary.h"

/* "too few collections, thrashing": of any completed trial of the cell. Appends nothing where there
 * is no flag. */
void report_append_flags(const struct summary_cell *cell, struct text *text);

/* What the words mean. */
#define REPORT_FLAGS_MEANING                                                                       \
    "Too few collections: fewer than 10 in the timed part of a trial, so one more or less would "  \
    "swing its figures. Thrashing: more than half of its time, or of its CPU, went into "          \
    "collecting, while it held nine tenths of its heap limit."

#endif
