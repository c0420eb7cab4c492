/* SPDX-License-Identifier: MIT
 *
 * Open-loop workloads: times of requests, by percentile and by rate, and what was not offered.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"
#include "report/verdict.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS };

/* ---- marks ---- */

static void set_mark(struct chart_mark *mark, const struct summary_cell *cell,
                     enum summary_figure_name name)
{
    const struct summary_figure *figure = &cell->figures[name];
    mark->value = figure->median;
    mark->low = figure->interval.low;
    mark->high = figure->interval.high;
    if (figure->count > 0 || cell->failed_count == 0)
        return;
    mark->failed = true;
    mark->note =
        memory_copy_text(record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED)));
}

static void set_text(char **slot, const char *chars)
{
    struct text text = {0};
    text_append(&text, chars);
    chart_set_text(slot, &text);
}

static struct chart begin(const struct summary *summary, size_t point, enum chart_form form,
                          enum chart_unit unit, const char *axis)
{
    struct text name = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart = chart_new(form, unit, text_chars(&name), axis);
    text_free(&name);
    return chart;
}

/* ---- by percentile ---- */

struct chart charts_latency(const struct summary *summary, size_t point)
{
    static const struct {
        const char *name;
        enum summary_figure_name figure;
    } rows[] = {
        {"p50", FIGURE_LATENCY_P50_NS}, {"p90", FIGURE_LATENCY_P90_NS},
        {"p99", FIGURE_LATENCY_P99_NS}, {"p99.9", FIGURE_LATENCY_P999_NS},
        {"max", FIGURE_LATENCY_MAX_NS},
    };
    enum { COUNT = sizeof rows / sizeof *rows };
    struct text verdict = {0};
    struct chart chart = begin(summary, point, CHART_LINES, CHART_NS, "percentile of requests");
    chart.log_axis = chart.bands = true;
    for (size_t i = 0; i < COUNT; i++)
        chart_add_category(&chart, rows[i].name);
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->figures[FIGURE_LATENCY_P50_NS].count == 0)
            continue;
        struct chart_series *series = chart_add_series(&chart, summary->collectors[c], c);
        for (size_t i = 0; i < COUNT; i++)
            set_mark(&series->marks[i], cell, rows[i].figure);
    }
    text_append(&verdict, "p99 of requests: ");
    verdict_point(summary, point, FIGURE_LATENCY_P99_NS, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation,
             "A request's time runs from when it was due, whatever kept its thread from beginning "
             "it. Percentiles are exact, over all requests of a trial; marks are medians over "
             "trials, areas their 95 % bootstrap intervals, or, under 6 trials, all of them.");
    return chart;
}

/* ---- by rate ---- */

static void add_rates(struct chart *chart, const struct summary *summary, const size_t *points,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text name = {0};
        text_format(&name, "%.6g", summary->points[points[i]].rate);
        chart_add_point(chart, text_chars(&name), points[i]);
        text_free(&name);
    }
    for (size_t c = 0; c < summary->collector_count; c++) {
        struct chart_series *series = chart_add_series(chart, summary->collectors[c], c);
        for (size_t i = 0; i < count; i++)
            set_mark(&series->marks[i], summary_cell(summary, points[i], c), FIGURE_LATENCY_P99_NS);
    }
}

struct chart charts_rate(const struct summary *summary, size_t point)
{
    struct text verdict = {0}, title = {0};
    size_t *points = memory_new((summary->point_count + 1) * sizeof *points);
    size_t count = summary->points[point].load == LOAD_REQUESTS && !charts_has_bound(summary, point)
                       ? summary_by_rate(summary, point, points)
                       : 0;
    summary_rates_name(summary, point, &title);
    struct chart chart =
        chart_new(CHART_LINES, CHART_NS, text_chars(&title), "requests a second, and their p99");
    text_free(&title);
    chart.log_axis = chart.bands = true;
    if (count > 1 && points[0] == point) {
        add_rates(&chart, summary, points, count);
        text_format(&verdict, "p99 at the highest rate (%.6g a second): ",
                    summary->points[points[count - 1]].rate);
        verdict_point(summary, points[count - 1], FIGURE_LATENCY_P99_NS, &verdict);
    }
    chart_set_text(&chart.verdict, &verdict);
    set_text(
        &chart.explanation,
        "Places are rates, not to scale. Where a line turns up, requests come faster than they "
        "can be served beside the collector's work, and wait for each other. Marks are "
        "medians over trials, areas their 95 % bootstrap intervals, or, under 6 trials, all of "
        "them.");
    free(points);
    return chart;
}

/* ---- offers ---- */

static void append_deficits(const struct summary *summary, size_t point, struct text *verdict)
{
    const char *separator = "Not offered in time: ";
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_figure *figure =
            &summary_cell(summary, point, c)->figures[FIGURE_DEFICIT_SHARE];
        if (figure->count == 0)
            continue;
        text_format(verdict, "%s%s %.2f %%", separator, summary->collectors[c],
                    100 * figure->median);
        separator = ", ";
    }
}

struct chart charts_deficit(const struct summary *summary, size_t point)
{
    struct text verdict = {0};
    struct chart chart =
        begin(summary, point, CHART_BARS, CHART_SHARE, "share of what was offered, lost");
    chart_add_category(&chart, summary->points[point].workload);
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->tried == 0)
            continue;
        struct chart_series *series = chart_add_series(&chart, summary->collectors[c], c);
        set_mark(&series->marks[0], cell, FIGURE_DEFICIT_SHARE);
    }
    append_deficits(summary, point, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    set_text(&chart.explanation,
             "Bytes that were to be allocated and were not, since the mutator was kept until the "
             "next ones were due: it is not made up for. Medians over trials; lines span all of "
             "them.");
    return chart;
}
