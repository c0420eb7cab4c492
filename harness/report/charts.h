/* SPDX-License-Identifier: MIT
 *
 * The charts of the report, made from a summary. Each is owned by the caller (chart_free) and
 * carries its verdict; one without marks has nothing to show. A collector has one look in all.
 */
#ifndef HEAPMARK_REPORT_CHARTS_H
#define HEAPMARK_REPORT_CHARTS_H

#include "report/chart.h"
#include "report/group.h"
#include "report/summary.h"

/* Time over the baseline's time: a row a workload. */
struct chart charts_ratio(const struct summary *summary, const struct group *group);

/* Time over the least of the row: workloads down, collectors across. */
struct chart charts_heat(const struct summary *summary, const struct group *group);

/* Time at one point: a bar a collector. */
struct chart charts_time(const struct summary *summary, size_t point);

/* Longest pause, with a line to the median one; the longest release hollow: a row a workload. */
struct chart charts_pauses(const struct summary *summary, const struct group *group);

/* Pause by percentile at one point: a line a collector. */
struct chart charts_percentiles(const struct summary *summary, size_t point);

/* Time of requests by percentile at one point: a line a collector. */
struct chart charts_latency(const struct summary *summary, size_t point);

/* The 99th percentile of requests by their rate, over the points that are like this one but for the
 * rate, slow ones first: a line a collector. Without marks where there is one rate only, or where
 * this is not the point of the lowest. */
struct chart charts_rate(const struct summary *summary, size_t point);

/* Likewise the percentile that `heapmark maxrate` held against a bound, with the bound and the
 * highest rate that each collector keeps. Without marks where no bound was searched for. */
struct chart charts_critical(const struct summary *summary, size_t point);
bool charts_has_bound(const struct summary *summary, size_t point);

/* Of the points that are like this one but for the rate. */
struct charts_critical_rate {
    double kept;   /* the highest rate that most tries keep; 0: none */
    double broken; /* the lowest that they do not; 0: none */
    size_t tries;  /* 0: the collector was not asked */
};
struct charts_critical_rate charts_find_critical(const struct summary *summary, size_t like,
                                                 size_t collector);

/* What was offered and not allocated, as a share, at one point: a bar a collector. */
struct chart charts_deficit(const struct summary *summary, size_t point);

/* Bounded mutator utilization by length of window at one point: a line a collector; the minimum of
 * windows of just that length hollow. */
struct chart charts_utilization(const struct summary *summary, size_t point);

/* Lower-bound overhead of wall time; that of CPU hollow: a row a workload. */
struct chart charts_overhead(const struct summary *summary, const struct group *group);
#define CHARTS_NOISE_OF_COUNTS                                                                     \
    "Noise: counts of one mutator repeat to 0.1 %, of several to 1 %; smaller differences mean "   \
    "nothing."
/* The same of instructions; false where none were counted. */
bool charts_overhead_instructions(const struct summary *summary, const struct group *group,
                                  struct chart *chart);

/* Peak bytes held over live bytes, and growth of resident memory hollow: a row a workload. */
struct chart charts_footprint(const struct summary *summary, const struct group *group);

/* Bytes held over time at one point, of the trial whose time is the middle one: a line a
 * collector; those of objects not yet reclaimed dotted. */
struct chart charts_memory(const struct summary *summary, size_t point);

/* Pauses of the trial whose time is the middle one, the longest of them, where they began: at one
 * point, a series a collector. */
struct chart charts_timeline(const struct summary *summary, size_t point);

/* Time against memory, for the points that are like this one but for the heap: a mark a heap, a
 * series a collector, and what no other beats in both. */
struct chart charts_space(const struct summary *summary, size_t point);

/* CPU time at one point: a bar a collector, of what the program takes at the least, what more it
 * takes beside this collector, and collecting. */
struct chart charts_cost(const struct summary *summary, size_t point);

/* How much longer an operation takes than with `none`: a row a micro workload. Without series where
 * `none` is not in the group. */
struct chart charts_barriers(const struct summary *summary, const struct group *group);
/* The same of instructions; without marks where none were counted. */
struct chart charts_barriers_instructions(const struct summary *summary, const struct group *group);

/* Time by heap, for the points that are like this one but for the heap: a line a collector. What
 * takes no limit has one hollow mark, at the footprint that it reached. */
struct chart charts_heap(const struct summary *summary, size_t point);

/* Micro workloads inline, and through the table hollow; both groups are of as many threads. */
struct chart charts_dispatch(const struct summary *summary, const struct group *inlined,
                             const struct group *table);

/* Operations a second over those of the fewest threads, by threads: a line a collector, for the
 * points that are like this one but for threads and heap. */
struct chart charts_scaling(const struct summary *summary, size_t point);

/* The completed trial whose time is the middle one, or the first where the schedule sets the time;
 * NULL where there is none. */
const struct trial_record *charts_middle_trial(const struct summary_cell *cell);

#endif
