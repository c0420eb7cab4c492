/* SPDX-License-Identifier: MIT
 *
 * Mutator utilization by length of window.
 */
#include <math.h>
#include <stdlib.h>

#include "report/charts.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS, MOST_WINDOWS = 64 };

/* The window of which the verdict speaks: that of a picture at 100 a second. */
static const double TOLD_NS = 1e7;

/* ---- medians over trials ---- */

static double value_at(const struct trial_record *record, enum trial_curve name, double window_ns)
{
    const struct curve *curve = &record->curves[name];
    for (size_t i = 0; i < curve->count; i++)
        if (curve->points[i].x == window_ns)
            return curve->points[i].y;
    return NAN;
}

/* Of the trials whose timed part is as long as the window. */
static void set_mark(struct chart_mark *mark, const struct summary_cell *cell,
                     enum trial_curve name, double window_ns)
{
    double *values = memory_new((cell->completed_count + 1) * sizeof *values);
    size_t count = 0;
    for (size_t i = 0; i < cell->completed_count; i++) {
        double value = value_at(cell->completed[i], name, window_ns);
        if (isfinite(value))
            values[count++] = value;
    }
    if (count > 0) {
        mark->value = stats_median(values, count);
        mark->low = stats_min(values, count);
        mark->high = stats_max(values, count);
    }
    free(values);
}

/* ---- the chart ---- */

/* The windows of the trial that has the most, so of the longest. */
static size_t find_windows(const struct summary *summary, size_t point,
                           double windows[MOST_WINDOWS])
{
    const struct curve *longest = NULL;
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        for (size_t i = 0; i < cell->completed_count; i++) {
            const struct curve *curve = &cell->completed[i]->curves[CURVE_BMU];
            if (longest == NULL || curve->count > longest->count)
                longest = curve;
        }
    }
    size_t count = longest == NULL ? 0 : longest->count;
    count = count < MOST_WINDOWS ? count : MOST_WINDOWS;
    for (size_t i = 0; i < count; i++)
        windows[i] = longest->points[i].x;
    return count;
}

static void add_window(struct chart *chart, double window_ns)
{
    char label[CHART_LABEL_BYTES];
    chart_format(CHART_NS, window_ns, label);
    chart_add_category(chart, label);
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t point,
                          size_t collector, const double *windows, size_t count)
{
    static const enum trial_curve curves[] = {CURVE_BMU, CURVE_MMU};
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    size_t lane = chart->series_count;
    for (size_t which = 0; which < 2; which++) {
        struct text name = {0};
        text_append(&name, summary->collectors[collector]);
        text_append(&name, which == 1 ? ": minimum" : "");
        struct chart_series *series = chart_add_series(chart, text_chars(&name), collector);
        text_free(&name);
        series->follows = lane;
        series->hollow = which == 1;
        for (size_t i = 0; i < count; i++)
            set_mark(&series->marks[i], cell, curves[which], windows[i]);
    }
}

static bool has_curve(const struct summary_cell *cell)
{
    for (size_t i = 0; i < cell->completed_count; i++)
        if (cell->completed[i]->curves[CURVE_BMU].count > 0)
            return true;
    return false;
}

/* ---- the verdict ---- */

/* The bound of each at the window of the verdict, or at the longest that there is below it. */
static void append_verdict(struct text *verdict, const struct chart *chart, const double *windows,
                           size_t count)
{
    char window[CHART_LABEL_BYTES];
    size_t at = 0;
    while (at + 1 < count && windows[at + 1] <= TOLD_NS)
        at++;
    chart_format(CHART_NS, windows[at], window);
    text_format(verdict, "Of any stretch of %s or longer, mutators have for themselves at least",
                window);
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct chart_series *series = &chart->series[s];
        char share[CHART_LABEL_BYTES];
        if (series->hollow || !isfinite(series->marks[at].value))
            continue;
        chart_format(CHART_SHARE, series->marks[at].value, share);
        text_format(verdict, "%s %s (%s)", s == 0 ? "" : ",", share, series->name);
    }
    text_append(verdict, ".");
}

struct chart charts_utilization(const struct summary *summary, size_t point)
{
    double windows[MOST_WINDOWS];
    struct text name = {0}, verdict = {0}, explanation = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart =
        chart_new(CHART_LINES, CHART_SHARE, text_chars(&name), "length of the window");
    text_free(&name);
    size_t count = find_windows(summary, point, windows);
    for (size_t i = 0; i < count; i++)
        add_window(&chart, windows[i]);
    for (size_t c = 0; c < summary->collector_count && count > 0; c++)
        if (has_curve(summary_cell(summary, point, c)))
            add_collector(&chart, summary, point, c, windows, count);
    if (chart_has_marks(&chart))
        append_verdict(&verdict, &chart, windows, count);
    chart_set_text(&chart.verdict, &verdict);
    text_append(
        &explanation,
        "Filled marks: the least share that a mutator has of any window of that length or "
        "longer; hollow ones: of any window of just that length. Pauses keep every mutator "
        "from its work, releases, sweeps and slow paths of allocating "
        "and polling, as the harness stamped them, their own one; shown is the mutator that fared "
        "worst, as the median over trials. Right and up is better.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
