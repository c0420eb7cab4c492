/* SPDX-License-Identifier: MIT
 *
 * How to read the table of a run, in sentences below it.
 */
#ifndef HEAPMARK_COMMAND_TABLE_LEGEND_H
#define HEAPMARK_COMMAND_TABLE_LEGEND_H

#include "base/text.h"
#include "report/summary.h"

/* Append a sentence for each thing that is in this table, and none for another. */
void table_append_legend(struct text *text, const struct summary *summary, bool bars);

#endif
