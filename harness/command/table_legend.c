/* SPDX-License-Identifier: MIT
 *
 * How to read the table of a run; see table_legend.h.
 */
#include "command/table_legend.h"

#include <math.h>

#include "report/flags.h"

static bool has_load(const struct summary *summary, enum summary_load load)
{
    for (size_t i = 0; i < summary->point_count; i++)
        if (summary->points[i].load == load)
            return true;
    return false;
}

static void append_open_legend(struct text *text, const struct summary *summary)
{
    if (has_load(summary, LOAD_REQUESTS))
        text_append(text,
                    "Requests are due at set times, and theirs run from then on: p50 to max "
                    "are medians of the trials' figures over all requests; ratio, interval and "
                    "verdict are of the p99.\n");
    if (has_load(summary, LOAD_OFFERS))
        text_append(text, "Deficit is what was offered and not allocated, since its time was over "
                          "when the mutator came to it.\n");
    if (has_load(summary, LOAD_REQUESTS) || has_load(summary, LOAD_OFFERS))
        text_append(text, "Where the load is set there is no verdict about time: cost is told by "
                          "workloads whose work is fixed.\n");
}

static void append_work_legend(struct text *text, const struct summary *summary)
{
    text_append(text,
                "Time is the median of the timed part; ratio is the median time over that of ");
    text_append_terminal(text, summary->collectors[summary->baseline]);
    text_append(text, " (the baseline), below 1 is faster.\n");
    text_format(text,
                "[low, high] is its 95%% bootstrap interval, paired by block; low to high is the "
                "range, where under %d blocks are too few for an interval.\n",
                STATS_BOOTSTRAP_LEAST);
}

static bool has_flags(const struct summary *summary)
{
    struct text flags = {0};
    for (size_t i = 0; i < summary->point_count * summary->collector_count; i++)
        report_append_flags(&summary->cells[i], &flags);
    bool any = flags.length > 0;
    text_free(&flags);
    return any;
}

static bool has_instructions(const struct summary *summary)
{
    for (size_t i = 0; i < summary->point_count * summary->collector_count; i++)
        if (summary->cells[i].figures[FIGURE_COUNTED_INSTRUCTIONS].count > 0 ||
            summary->cells[i].figures[FIGURE_INSTRUCTIONS_PER_OPERATION].count > 0)
            return true;
    return false;
}

void table_append_legend(struct text *text, const struct summary *summary, bool bars)
{
    if (has_load(summary, LOAD_WORK))
        append_work_legend(text, summary);
    append_open_legend(text, summary);
    if (bars)
        text_append(
            text,
            "Bars show the time, or the p99 of requests, beside the greatest of the block.\n");
    text_append(text, "Pauses: the median count of a trial, the median of the trials' p99, the "
                      "longest of all. Footprint: the median of the trials' peaks.\n");
    if (has_instructions(summary))
        text_append(text, "Instructions are as callgrind counts them, of the point's first trial "
                          "repeated; of micro workloads those of an operation.\n");
    if (has_flags(summary))
        text_append(text, REPORT_FLAGS_MEANING "\n");
    if (isfinite(summary->noise.repeat_median))
        text_format(text, "Repeats of one point differ by %.1f%% (median) and by up to %.1f%%.\n",
                    100 * summary->noise.repeat_median, 100 * summary->noise.repeat_worst);
    if (isfinite(summary->noise.twin)) {
        text_append(text, "The twins ");
        text_append_terminal(text, summary->noise.twin_a);
        text_append(text, " and ");
        text_append_terminal(text, summary->noise.twin_b);
        text_format(text, " differ by up to %.1f%%: no smaller difference means anything.\n",
                    100 * summary->noise.twin);
    }
}
