/* SPDX-License-Identifier: MIT
 *
 * Time against memory.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/charts.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS | PART_HEAP };

static bool is_like(const struct summary_point *a, const struct summary_point *b)
{
    return a->micro == b->micro && a->threads == b->threads &&
           strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0;
}

/* As the system saw it, which is the same measure for what counts and for what does not. */
static double memory_of(const struct summary_cell *cell)
{
    double grown = cell->figures[FIGURE_FOOTPRINT_PEAK_BYTES].median;
    return isfinite(grown) ? grown : cell->figures[FIGURE_HELD_PEAK_BYTES].median;
}

static void add_heap(struct chart *chart, const struct summary_point *point, size_t index)
{
    char bytes[UNITS_TEXT_BYTES];
    struct text name = {0};
    if (point->heap_bytes >= 0)
        units_format_bytes((uint64_t)point->heap_bytes, bytes);
    if (point->heap_multiple > 0)
        text_format(&name, "%.4g\u00d7 ", point->heap_multiple);
    text_append(&name, point->heap_bytes >= 0 ? bytes : "no limit");
    chart_add_point(chart, text_chars(&name), index);
    text_free(&name);
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t collector)
{
    bool any = false;
    for (size_t i = 0; i < chart->category_count; i++)
        any =
            any || summary_cell(summary, chart->category_points[i], collector)->completed_count > 0;
    if (!any)
        return;
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    for (size_t i = 0; i < chart->category_count; i++) {
        const struct summary_cell *cell =
            summary_cell(summary, chart->category_points[i], collector);
        const struct summary_figure *time = &cell->figures[FIGURE_TIME_NS];
        struct chart_mark *mark = &series->marks[i];
        mark->value = time->median;
        mark->low = time->interval.low;
        mark->high = time->interval.high;
        mark->across = memory_of(cell);
        if (isfinite(mark->value))
            continue;
        mark->failed = cell->failed_count > 0;
        mark->note = memory_copy_text(
            mark->failed ? record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED))
                         : "not in this run");
    }
}

/* Who has marks on the front, with how many. */
static void append_verdict(struct text *verdict, const struct chart *chart)
{
    bool any = false;
    for (size_t s = 0; s < chart->series_count; s++) {
        size_t count = 0;
        for (size_t c = 0; c < chart->category_count; c++)
            count += chart->series[s].marks[c].accent;
        if (count == 0)
            continue;
        text_format(verdict, "%s %s", any ? "," : "Nothing is both faster and smaller than",
                    chart->series[s].name);
        if (chart->category_count > 1)
            text_format(verdict, " (in %zu heap%s)", count, count == 1 ? "" : "s");
        any = true;
    }
    text_append(verdict, any ? "." : "");
}

static size_t count_drawn(const struct chart *chart)
{
    size_t count = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t c = 0; c < chart->category_count; c++)
            count += chart_is_drawn(chart, &chart->series[s].marks[c]);
    return count;
}

static struct chart make(const struct summary *summary, size_t point)
{
    struct text name = {0}, across = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart =
        chart_new(CHART_SCATTER, CHART_NS, text_chars(&name), "time (log axis; down is faster)");
    text_free(&name);
    text_append(&across, "memory grown by (log axis; left is smaller)");
    chart_set_text(&chart.across, &across);
    chart.log_axis = chart.log_across = chart.joined = true;
    chart.across_unit = CHART_BYTES;
    return chart;
}

struct chart charts_space(const struct summary *summary, size_t point)
{
    struct text verdict = {0}, explanation = {0};
    struct chart chart = make(summary, point);
    for (size_t i = 0; i < summary->point_count; i++)
        if (is_like(&summary->points[i], &summary->points[point]))
            add_heap(&chart, &summary->points[i], i);
    for (size_t c = 0; c < summary->collector_count; c++)
        add_collector(&chart, summary, c);
    if (count_drawn(&chart) < 2) { /* nothing to choose from */
        chart_free(&chart);
        chart = make(summary, point);
    }
    chart_find_front(&chart);
    append_verdict(&verdict, &chart);
    chart_set_text(&chart.verdict, &verdict);
    text_append(&explanation,
                "Each mark is a collector in one heap: its median time, and by how much the "
                "process's resident memory grew at the most (median). Its heaps are joined, small "
                "ones first. Marks on the dashed line are those that no other mark beats in both.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
