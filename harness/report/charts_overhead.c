/* SPDX-License-Identifier: MIT
 *
 * Lower-bound overhead of wall time and CPU, and of instructions.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"
#include "report/overhead.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS, MOST_COSTS = 2 };

/* One of the two charts. */
struct shown {
    enum overhead_cost costs[MOST_COSTS]; /* the second one hollow */
    size_t count;
    const char *title, *what, *explanation;
};

static const struct shown times = {
    {OVERHEAD_WALL, OVERHEAD_CPU},
    2,
    "Lower-bound overhead (",
    "wall time is",
    "Filled marks: wall time; hollow ones: CPU of all threads. Both are over the least that any "
    "collector of the row takes once what it spent explicitly on collecting is taken off. That "
    "least one still pays for barriers, slow allocation and bad locality, so these are lower "
    "bounds. Lines are 95% intervals, which count the least one as the estimate that it is; of "
    "fewer than six trials, they span their range.",
};

static const struct shown instructions = {
    {OVERHEAD_INSTRUCTIONS},
    1,
    "Lower-bound overhead in instructions (",
    "instructions are",
    "Instructions as callgrind counts them, over the least that any collector of the row takes "
    "once those in stops of the world, releases, sweeps and on collector threads are taken off. "
    "They do not depend on what else the machine does; they say nothing of misses of caches.",
};

/* Of each point of the group, once for all collectors. Owned by the caller. */
static struct overhead_floor *find_floors(const struct summary *summary, const struct group *group,
                                          enum overhead_cost cost)
{
    struct overhead_floor *floors = memory_new((group->point_count + 1) * sizeof *floors);
    for (size_t i = 0; i < group->point_count; i++)
        floors[i] = overhead_floor(summary, group->points[i], cost);
    return floors;
}

static void set_mark(struct chart_mark *mark, const struct summary *summary, size_t point,
                     size_t collector, enum overhead_cost cost, const struct overhead_floor *floor)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    struct stats_interval interval;
    mark->value = overhead_of(cell, floor, cost, &interval);
    mark->low = interval.low;
    mark->high = interval.high;
    if (isfinite(mark->value))
        return;
    bool failed = cell->completed_count == 0 && cell->failed_count > 0;
    mark->failed = failed && cost != OVERHEAD_CPU;
    mark->note = memory_copy_text(
        failed             ? record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED))
        : cell->tried == 0 ? "not in this run"
                           : "unknown");
}

static void add_collector(struct chart *chart, const struct summary *summary,
                          const struct group *group, size_t collector, const struct shown *shown,
                          struct overhead_floor *const floors[MOST_COSTS])
{
    size_t lane = chart->series_count;
    for (size_t which = 0; which < shown->count; which++) {
        struct text name = {0};
        text_append(&name, summary->collectors[collector]);
        text_append(&name, which == 1 ? ": CPU" : "");
        struct chart_series *series = chart_add_series(chart, text_chars(&name), collector);
        text_free(&name);
        series->follows = lane;
        series->hollow = which == 1;
        for (size_t i = 0; i < group->point_count; i++)
            set_mark(&series->marks[i], summary, group->points[i], collector, shown->costs[which],
                     &floors[which][i]);
    }
}

/* Rows from before version 18 of the schema do not say it: those that Heapmark had then are known
 * by name. */
static bool counts_references(const struct trial_record *record)
{
    const char *name = record_text(record, TRIAL_COLLECTOR, "");
    return record_is_known(record, TRIAL_COUNTS_REFERENCES)
               ? record_integer(record, TRIAL_COUNTS_REFERENCES, 0) != 0
               : strcmp(name, "refcount") == 0 || strcmp(name, "refcount-cycles") == 0;
}

/* Does every completed trial that figures are of count references? */
static bool count_all_references(const struct summary *summary, const struct group *group)
{
    for (size_t i = 0; i < group->point_count; i++)
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, group->points[i], c);
            for (size_t t = 0; t < cell->completed_count; t++)
                if (!summary_is_instrument(cell->completed[t]) &&
                    !counts_references(cell->completed[t]))
                    return false;
        }
    return true;
}

static double percent_more(double ratio)
{
    return fmax(0, round(100 * (ratio - 1))) + 0.0;
}

/* "At the least, wall time is 12 % more with a (10 to 15), 40 % more with b (31 to 44), by the
 * geometric mean, …" */
static void append_verdict(struct text *verdict, const struct summary *summary,
                           const struct group *group, const struct shown *shown,
                           const struct overhead_floor *floors)
{
    bool any = false;
    struct overhead_common common =
        overhead_common(summary, group->points, group->point_count, shown->costs[0], floors);
    for (size_t c = 0; c < summary->collector_count; c++) {
        size_t over;
        struct stats_interval interval;
        double mean = overhead_mean(summary, common.points, common.floors, common.count, c,
                                    shown->costs[0], &over, &interval);
        if (over == 0)
            continue;
        if (!any)
            text_format(verdict, "At the least, %s", shown->what);
        text_format(verdict, "%s %.0f %% more with %s", any ? "," : "", percent_more(mean),
                    summary->collectors[c]);
        if (interval.high > interval.low)
            text_format(verdict, " (%.0f to %.0f)", percent_more(interval.low),
                        percent_more(interval.high));
        if (over < common.count)
            text_format(verdict, " (over %zu of %zu)", over, common.count);
        any = true;
    }
    if (any)
        text_append(verdict, ", by the geometric mean");
    if (any && common.count < group->point_count)
        text_format(verdict, " over the %zu of %zu points that have them all", common.count,
                    group->point_count);
    if (any)
        text_append(verdict, ", than collecting for nothing would take.");
    if (any && count_all_references(summary, group))
        text_append(verdict, " All of them count references at every store, which cannot be taken "
                             "off: the least is no useful floor, and the true overhead may be much "
                             "more. A tracing collector or `explicit` in the run would give one.");
    overhead_common_free(&common);
}

static struct chart make(const struct summary *summary, const struct group *group,
                         const struct shown *shown)
{
    struct text title = {0}, verdict = {0}, explanation = {0};
    text_append(&title, shown->title);
    group_name(group, &title);
    text_append(&title, ")");
    struct chart chart =
        chart_new(CHART_DOTS, CHART_TIMES, text_chars(&title),
                  "times the least cost without collecting (log axis; left is cheaper)");
    text_free(&title);
    chart.log_axis = true;
    chart.reference = 1;
    for (size_t i = 0; i < group->point_count; i++) {
        struct text name = {0};
        summary_point_name(summary, group->points[i], NOT_NAMED, &name);
        chart_add_point(&chart, text_chars(&name), group->points[i]);
        text_free(&name);
    }
    struct overhead_floor *floors[MOST_COSTS];
    for (size_t cost = 0; cost < shown->count; cost++)
        floors[cost] = find_floors(summary, group, shown->costs[cost]);
    for (size_t c = 0; c < summary->collector_count; c++)
        if (group_has_tried(summary, group, c))
            add_collector(&chart, summary, group, c, shown, floors);
    append_verdict(&verdict, summary, group, shown, floors[0]);
    for (size_t cost = 0; cost < shown->count; cost++)
        free(floors[cost]);
    chart_set_text(&chart.verdict, &verdict);
    text_append(&explanation, shown->explanation);
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}

struct chart charts_overhead(const struct summary *summary, const struct group *group)
{
    return make(summary, group, &times);
}

static bool is_counted(const struct summary *summary, const struct group *group)
{
    for (size_t i = 0; i < group->point_count; i++) {
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, group->points[i], c);
            for (size_t k = 0; k < cell->completed_count; k++)
                if (record_is_known(cell->completed[k], TRIAL_COUNTED_INSTRUCTIONS))
                    return true;
        }
    }
    return false;
}

bool charts_overhead_instructions(const struct summary *summary, const struct group *group,
                                  struct chart *chart)
{
    if (!is_counted(summary, group))
        return false;
    struct text noise = {0};
    *chart = make(summary, group, &instructions);
    text_append(&noise, CHARTS_NOISE_OF_COUNTS);
    chart_set_text(&chart->noise, &noise);
    return true;
}
