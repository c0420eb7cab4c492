/* SPDX-License-Identifier: MIT
 *
 * Charts of which each row or panel is a point of the summary.
 */
#include "report/charts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/verdict.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS };

/* ---- Parts ---- */

static void add_rows(struct chart *chart, const struct summary *summary, const struct group *group)
{
    for (size_t i = 0; i < group->point_count; i++) {
        struct text name = {0};
        summary_point_name(summary, group->points[i], NOT_NAMED, &name);
        chart_add_point(chart, text_chars(&name), group->points[i]);
        text_free(&name);
    }
}

static void set_text(char **slot, const char *chars)
{
    struct text text = {0};
    text_append(&text, chars);
    chart_set_text(slot, &text);
}

/* Why a cell has no figure. */
static void explain_gap(struct chart_mark *mark, const struct summary_cell *cell)
{
    if (isfinite(mark->value) || mark->note != NULL)
        return;
    if (cell->completed_count == 0 && cell->failed_count > 0) {
        enum trial_outcome outcome = record_outcome(cell->failed[0], OUTCOME_REFUSED);
        mark->failed = true;
        mark->note = memory_copy_text(record_outcome_word(outcome));
    } else {
        mark->note = memory_copy_text(cell->tried == 0 ? "not in this run" : "unknown");
    }
}

static void set_mark(struct chart_mark *mark, double value, struct stats_interval interval)
{
    mark->value = value;
    mark->low = interval.low;
    mark->high = interval.high;
}

static void set_figure(struct chart_mark *mark, const struct summary_cell *cell,
                       enum summary_figure_name name, double over)
{
    const struct summary_figure *figure = &cell->figures[name];
    set_mark(mark, figure->median / over,
             (struct stats_interval){figure->interval.low / over, figure->interval.high / over,
                                     figure->interval.kind});
    explain_gap(mark, cell);
}

static const char *interval_words(const struct summary *summary)
{
    if (summary->most_blocks < 2)
        return "Each point has one trial, so there is no interval.";
    if (summary->most_blocks < STATS_BOOTSTRAP_LEAST)
        return "Lines span all trials (too few for a confidence interval).";
    if (summary->least_blocks < STATS_BOOTSTRAP_LEAST)
        return "Lines are 95 % bootstrap intervals; of points with fewer than 6 trials, the range.";
    return "Lines are 95 % bootstrap intervals.";
}

/* ---- Time ---- */

struct chart charts_ratio(const struct summary *summary, const struct group *group)
{
    struct text title = {0}, verdict = {0};
    text_format(&title, "Time relative to %s (", summary->collectors[summary->baseline]);
    group_name(group, &title);
    text_append(&title, ")");
    struct chart chart = chart_new(CHART_DOTS, CHART_TIMES, text_chars(&title),
                                   "times the baseline's time (log axis; left is faster)");
    text_free(&title);
    chart.log_axis = true;
    chart.reference = 1;
    add_rows(&chart, summary, group);
    for (size_t c = 0; c < summary->collector_count; c++) {
        if (!group_has_tried(summary, group, c))
            continue;
        struct chart_series *series = chart_add_series(&chart, summary->collectors[c], c);
        for (size_t i = 0; i < group->point_count; i++) {
            const struct summary_cell *cell = summary_cell(summary, group->points[i], c);
            set_mark(&series->marks[i], cell->ratio.ratio, cell->ratio.interval);
            explain_gap(&series->marks[i], cell);
        }
    }
    verdict_extremes(summary, group, FIGURE_TIME_NS, "Time", &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation, interval_words(summary));
    return chart;
}

struct chart charts_time(const struct summary *summary, size_t point)
{
    bool micro = summary->points[point].micro;
    struct text name = {0}, verdict = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart = chart_new(CHART_BARS, CHART_NS, text_chars(&name),
                                   micro ? "time of one operation" : "time");
    chart_add_category(&chart, text_chars(&name));
    text_free(&name);
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->tried == 0)
            continue;
        struct chart_series *series = chart_add_series(&chart, summary->collectors[c], c);
        set_figure(&series->marks[0], cell, FIGURE_TIME_NS, 1);
    }
    verdict_point(summary, point, FIGURE_TIME_NS, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation, interval_words(summary));
    return chart;
}

/* ---- Pauses ---- */

/* The two ends of one collector's pauses at a point. */
static void set_pauses(struct chart_mark *mark, const struct summary_cell *cell)
{
    const struct summary_figure *longest = &cell->figures[FIGURE_PAUSE_MAX_NS];
    const struct summary_figure *count = &cell->figures[FIGURE_PAUSE_COUNT];
    const struct summary_figure *median = &cell->figures[FIGURE_PAUSE_P50_NS];
    if (count->count > 0 && count->median == 0 && !(longest->median > 0)) {
        mark->note = memory_copy_text("no pause");
        return;
    }
    set_mark(mark, longest->median,
             (struct stats_interval){median->median, longest->median, STATS_NONE});
    explain_gap(mark, cell);
}

static void set_releases(struct chart_mark *mark, const struct summary_cell *cell)
{
    const struct summary_figure *longest = &cell->figures[FIGURE_RELEASE_MAX_NS];
    if (longest->count > 0 && longest->median > 0)
        set_mark(mark, longest->median, (struct stats_interval){NAN, NAN, STATS_NONE});
    else
        mark->note = memory_copy_text(longest->count > 0 ? "no release" : "unknown");
}

static void add_pause_series(struct chart *chart, const struct summary *summary,
                             const struct group *group, size_t collector)
{
    struct text name = {0};
    struct chart_series *pauses =
        chart_add_series(chart, summary->collectors[collector], collector);
    size_t lane = pauses->follows;
    for (size_t i = 0; i < group->point_count; i++)
        set_pauses(&pauses->marks[i], summary_cell(summary, group->points[i], collector));
    text_format(&name, "%s: release", summary->collectors[collector]);
    struct chart_series *releases = chart_add_series(chart, text_chars(&name), collector);
    text_free(&name);
    releases->follows = lane;
    releases->hollow = true;
    for (size_t i = 0; i < group->point_count; i++)
        set_releases(&releases->marks[i], summary_cell(summary, group->points[i], collector));
}

struct chart charts_pauses(const struct summary *summary, const struct group *group)
{
    struct text title = {0}, verdict = {0};
    text_append(&title, "Longest pause (");
    group_name(group, &title);
    text_append(&title, ")");
    struct chart chart =
        chart_new(CHART_DOTS, CHART_NS, text_chars(&title), "length (log axis; left is shorter)");
    text_free(&title);
    chart.log_axis = true;
    add_rows(&chart, summary, group);
    for (size_t c = 0; c < summary->collector_count; c++) {
        if (group_has_tried(summary, group, c))
            add_pause_series(&chart, summary, group, c);
    }
    verdict_extremes(summary, group, FIGURE_PAUSE_MAX_NS, "The longest pause", &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation,
             "Filled marks: the longest pause of a trial, as the median over trials; the line "
             "reaches back to the median pause. Hollow marks: the longest release, work of "
             "reclaiming done inside a mutator's own operation, which is no pause by name and "
             "stops that mutator all the same. A row without a mark of a collector had neither.");
    return chart;
}

static const struct {
    const char *name;
    enum summary_figure_name pause, safepoint;
} percentiles[] = {
    {"p50", FIGURE_PAUSE_P50_NS, FIGURE_SAFEPOINT_P50_NS},
    {"p90", FIGURE_PAUSE_P90_NS, FIGURE_SAFEPOINT_P90_NS},
    {"p99", FIGURE_PAUSE_P99_NS, FIGURE_SAFEPOINT_P99_NS},
    {"p99.9", FIGURE_PAUSE_P999_NS, FIGURE_SAFEPOINT_P999_NS},
    {"max", FIGURE_PAUSE_MAX_NS, FIGURE_SAFEPOINT_MAX_NS},
};

enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

/* Pauses, and what of them went by until all mutators stood, where the collector tells. */
static void add_percentiles(struct chart *chart, const struct summary *summary, size_t collector,
                            const struct summary_cell *cell)
{
    struct chart_series *pauses =
        chart_add_series(chart, summary->collectors[collector], collector);
    size_t lane = pauses->follows;
    for (size_t i = 0; i < PERCENTILES; i++)
        set_figure(&pauses->marks[i], cell, percentiles[i].pause, 1);
    if (!(cell->figures[FIGURE_SAFEPOINT_P50_NS].count > 0))
        return;
    struct text name = {0};
    text_format(&name, "%s: to safepoint", summary->collectors[collector]);
    struct chart_series *waits = chart_add_series(chart, text_chars(&name), collector);
    text_free(&name);
    waits->follows = lane;
    waits->hollow = true;
    for (size_t i = 0; i < PERCENTILES; i++) {
        set_figure(&waits->marks[i], cell, percentiles[i].safepoint, 1);
        waits->marks[i].failed = false;
    }
}

struct chart charts_percentiles(const struct summary *summary, size_t point)
{
    struct text name = {0}, verdict = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart =
        chart_new(CHART_LINES, CHART_NS, text_chars(&name), "percentile of pauses");
    text_free(&name);
    chart.bands = true;
    chart.log_axis = true;
    for (size_t i = 0; i < PERCENTILES; i++)
        chart_add_category(&chart, percentiles[i].name);
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->figures[FIGURE_PAUSE_COUNT].median > 0)
            add_percentiles(&chart, summary, c, cell);
    }
    verdict_point(summary, point, FIGURE_PAUSE_MAX_NS, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation,
             "Medians over trials; lines span all trials. Hollow: the time to safepoint, from the "
             "request to stop to the last mutator stopped, which is a part of each pause.");
    return chart;
}

/* ---- Footprint ---- */

static void add_footprint_series(struct chart *chart, const struct summary *summary,
                                 const struct group *group, size_t collector)
{
    static const enum summary_figure_name figures[] = {FIGURE_HELD_PEAK_BYTES,
                                                       FIGURE_FOOTPRINT_PEAK_BYTES};
    size_t lane = chart->series_count;
    for (size_t which = 0; which < 2; which++) {
        struct text name = {0};
        text_append(&name, summary->collectors[collector]);
        text_append(&name, which == 1 ? ": resident" : "");
        struct chart_series *series = chart_add_series(chart, text_chars(&name), collector);
        text_free(&name);
        series->follows = lane;
        series->hollow = which == 1;
        for (size_t i = 0; i < group->point_count; i++) {
            int64_t live = summary->points[group->points[i]].live_bytes_nominal;
            const struct summary_cell *cell = summary_cell(summary, group->points[i], collector);
            set_figure(&series->marks[i], cell, figures[which],
                       live > 0 ? (double)live : (double)NAN);
            series->marks[i].failed = series->marks[i].failed && which == 0;
        }
    }
}

struct chart charts_footprint(const struct summary *summary, const struct group *group)
{
    struct text title = {0}, verdict = {0};
    text_append(&title, "Peak memory over live bytes (");
    group_name(group, &title);
    text_append(&title, ")");
    struct chart chart = chart_new(CHART_DOTS, CHART_TIMES, text_chars(&title),
                                   "times the live bytes (log axis; left is smaller)");
    text_free(&title);
    chart.log_axis = true;
    add_rows(&chart, summary, group);
    for (size_t c = 0; c < summary->collector_count; c++) {
        if (group_has_tried(summary, group, c))
            add_footprint_series(&chart, summary, group, c);
    }
    verdict_extremes(summary, group, FIGURE_HELD_PEAK_BYTES, "Peak memory", &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation,
             "Filled marks: the most bytes that the collector says it held from the operating "
             "system. Hollow marks: how much the process's resident memory grew, as the system "
             "saw it. Both are over the bytes that the workload says it keeps alive; lines span "
             "all trials.");
    return chart;
}

/* ---- Table against inline ---- */

static void add_dispatch_series(struct chart *chart, const struct summary *summary,
                                const struct group *inlined, const struct group *table,
                                size_t collector)
{
    size_t lane = chart->series_count;
    for (size_t which = 0; which < 2; which++) {
        struct text name = {0};
        text_append(&name, summary->collectors[collector]);
        text_append(&name, which == 1 ? ": table" : "");
        struct chart_series *series = chart_add_series(chart, text_chars(&name), collector);
        text_free(&name);
        series->follows = lane;
        series->hollow = which == 1;
        for (size_t i = 0; i < inlined->point_count; i++) {
            size_t point = which == 0 ? inlined->points[i]
                                      : summary_sibling(summary, inlined->points[i],
                                                        table->dispatch, table->threads);
            if (point == SIZE_MAX)
                continue;
            set_figure(&series->marks[i], summary_cell(summary, point, collector), FIGURE_TIME_NS,
                       1);
        }
    }
}

struct chart charts_dispatch(const struct summary *summary, const struct group *inlined,
                             const struct group *table)
{
    struct text title = {0}, verdict = {0};
    text_format(&title, "One operation, inline and through the table (%lld thread%s)",
                (long long)inlined->threads, inlined->threads == 1 ? "" : "s");
    struct chart chart = chart_new(CHART_DOTS, CHART_NS, text_chars(&title),
                                   "time of one operation (log axis; left is faster)");
    text_free(&title);
    chart.log_axis = true;
    add_rows(&chart, summary, inlined);
    for (size_t c = 0; c < summary->collector_count; c++) {
        if (group_has_completed(summary, inlined, c) || group_has_completed(summary, table, c))
            add_dispatch_series(&chart, summary, inlined, table, c);
    }
    verdict_dispatch(summary, inlined, table, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation, "Filled marks: compiled inline against the collector. Hollow "
                                 "marks: the same through its table of functions.");
    return chart;
}

/* ---- Scaling ---- */

/* Work done in a second, in whatever unit is the same at both points. */
static double throughput(const struct summary_point *point, const struct summary_cell *cell)
{
    double time = cell->figures[FIGURE_TIME_NS].median;
    const struct summary_figure *operations = &cell->figures[FIGURE_OPERATIONS];
    if (point->micro)
        return (double)point->threads / time;
    if (operations->count > 0 && operations->median > 0)
        return operations->median / time;
    return (strcmp(point->work_sharing, "each") == 0 ? (double)point->threads : 1) / time;
}

/* The points that differ from `like` in threads only, few threads first. Returns how many. */
static size_t find_steps(const struct summary *summary, size_t like, size_t *steps)
{
    size_t count = 0;
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *point = &summary->points[i];
        if (summary_sibling(summary, like, summary->points[like].dispatch, point->threads) == i)
            steps[count++] = i;
    }
    return count;
}

static void add_scaling_series(struct chart *chart, const struct summary *summary,
                               const size_t *steps, size_t count, size_t collector)
{
    const struct summary_cell *first = summary_cell(summary, steps[0], collector);
    double base = throughput(&summary->points[steps[0]], first);
    if (!isfinite(base))
        return;
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    for (size_t i = 0; i < count; i++) {
        const struct summary_cell *cell = summary_cell(summary, steps[i], collector);
        series->marks[i].value = throughput(&summary->points[steps[i]], cell) / base;
        explain_gap(&series->marks[i], cell);
    }
}

struct chart charts_scaling(const struct summary *summary, size_t like)
{
    struct text name = {0}, verdict = {0};
    summary_point_name(summary, like, NOT_NAMED | PART_HEAP, &name);
    struct chart chart = chart_new(CHART_LINES, CHART_TIMES, text_chars(&name), "threads");
    text_free(&name);
    size_t *steps = memory_new((summary->point_count + 1) * sizeof *steps);
    size_t count = find_steps(summary, like, steps);
    for (size_t i = 0; i < count; i++) {
        char threads[24];
        snprintf(threads, sizeof threads, "%lld", (long long)summary->points[steps[i]].threads);
        chart_add_point(&chart, threads, steps[i]);
    }
    for (size_t c = 0; count > 1 && c < summary->collector_count; c++)
        add_scaling_series(&chart, summary, steps, count, c);
    chart.reference = 1;
    verdict_scaling(&chart, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    free(steps);
    return chart;
}
