/* SPDX-License-Identifier: MIT
 *
 * Below the table of a run: what failed and why, what casts doubt on a figure, and what ran in
 * another way than was asked.
 */
#ifndef HEAPMARK_COMMAND_FAILURES_H
#define HEAPMARK_COMMAND_FAILURES_H

#include "base/text.h"
#include "report/summary.h"

/* Append a section for each of them that has something to say. */
void failures_append(struct text *text, const struct summary *summary);

#endif
