/* SPDX-License-Identifier: MIT
 *
 * What a summary says, in words. All functions append plain text: names in it are data still, and
 * whoever shows it escapes it.
 */
#ifndef HEAPMARK_REPORT_VERDICT_H
#define HEAPMARK_REPORT_VERDICT_H

#include "report/chart.h"
#include "report/group.h"
#include "report/summary.h"

/* Which collector took the least time in the group, by how much, and how sure that is. In the
 * running are those that completed every point which any collector completed and, if there is one
 * that did not, left no garbage. NULL stands for no group: then only
 * open-loop points may have completed, which is said. */
void verdict_lead(const struct summary *summary, const struct group *group, struct text *lead);

/* What must be known beside it, a sentence each: who did not complete or left garbage, noise,
 * failures, warnings. */
void verdict_caveats(const struct summary *summary, const struct group *group,
                     struct text_list *caveats);

/* How far figures differ by chance, and whether trials are enough for statistics. */
void verdict_noise(const struct summary *summary, struct text *noise);

/* Bytes that a collector left unreachable and unreclaimed, the most over the group's points;
 * NAN where no census told. */
double verdict_leaked(const struct summary *summary, const struct group *group, size_t collector);

/* The figure of each collector at the point, least first: "a 1.2 ms, b 3.4 ms, c out-of-memory". */
void verdict_point(const struct summary *summary, size_t point, enum summary_figure_name figure,
                   struct text *verdict);

/* Who has the least and who the most of the figure on how many rows; `what` begins a sentence. */
void verdict_extremes(const struct summary *summary, const struct group *group,
                      enum summary_figure_name figure, const char *what, struct text *verdict);

/* How much longer operations take through the table. */
void verdict_dispatch(const struct summary *summary, const struct group *inlined,
                      const struct group *table, struct text *verdict);

/* Each collector's gain at the most threads of a scaling chart. */
void verdict_scaling(const struct chart *chart, struct text *verdict);

#endif
