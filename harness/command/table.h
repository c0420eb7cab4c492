/* SPDX-License-Identifier: MIT
 *
 * The table that a run ends with, for people: workload by collector.
 */
#ifndef HEAPMARK_COMMAND_TABLE_H
#define HEAPMARK_COMMAND_TABLE_H

#include "base/text.h"
#include "command/paint.h"
#include "report/summary.h"

/* Append, for each point, a line for each collector (the baseline first): median time, its ratio
 * to the baseline with the interval, pauses, footprint, how the trials ended. Then geometric
 * means, what failed and the command that repeats it, warnings, and how to read it all. Where the
 * stream shows pictures, bars show the times, unless a table would be wider with them than it. */
void table_append(struct text *text, const struct summary *summary, const struct paint *paint);

#endif
