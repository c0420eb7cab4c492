/* SPDX-License-Identifier: MIT
 *
 * The run against an earlier one: what became better or worse.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/view.h"

static bool is_at(const struct versus_point *point, const struct summary_point *of)
{
    return strcmp(point->workload, of->workload) == 0 &&
           strcmp(point->parameters, of->parameters) == 0 &&
           strcmp(point->dispatch, of->dispatch) == 0 && point->threads == of->threads &&
           point->other_heap_bytes == of->heap_bytes;
}

static const struct versus_point *find(const struct view *view, size_t point, size_t collector)
{
    const struct versus *versus = view->request->versus;
    for (size_t i = 0; i < versus->count; i++)
        if (is_at(&versus->points[i], &view->summary.points[point]) &&
            strcmp(versus->points[i].collector, view->summary.collectors[collector]) == 0)
            return &versus->points[i];
    return NULL;
}

static bool is_compared(const struct view *view, size_t point)
{
    for (size_t c = 0; c < view->summary.collector_count; c++)
        if (find(view, point, c) != NULL)
            return true;
    return false;
}

static void set_mark(struct chart_mark *mark, const struct versus_point *point)
{
    if (point == NULL) {
        mark->note = memory_copy_text("not in both runs");
        return;
    }
    mark->value = point->ratio;
    mark->low = point->interval.low;
    mark->high = point->interval.high;
    mark->failed = versus_is_failure(point->verdict);
    if (!isfinite(mark->value))
        mark->note = memory_copy_text(versus_words(point->verdict));
}

static void append_verdict(const struct versus *versus, struct text *text)
{
    text_format(text, "Of %zu points in both: ", versus->count);
    versus_append_counts(versus, text);
    for (enum versus_metric metric = 0; metric < VERSUS_METRIC_COUNT; metric++) {
        const struct versus_whole *whole = &versus->wholes[metric];
        if (whole->compared > 0)
            text_format(text, ". This run takes %.3f times the %s, by the geometric mean over %zu",
                        whole->ratio, versus_metric_words(metric), whole->compared);
    }
    text_append(text, ".");
    if (versus_fails_together(versus))
        text_append(text, " Trials fail more often over all points together.");
    if (versus->other_work > 0) {
        text_format(text, " %zu not compared, as the work is not the same: ", versus->other_work);
        versus_append_differences(versus, true, text);
        text_append(text, ".");
    }
    if (versus->other_ways > 0) {
        text_format(text, " %zu measured in another way, which is in their ratios too: ",
                    versus->other_ways);
        versus_append_differences(versus, false, text);
        text_append(text, ".");
    }
}

/* Its rows are points, also those of other threads and dispatch than the headline's. */
static struct chart make_chart(const struct view *view)
{
    struct chart chart =
        chart_new(CHART_DOTS, CHART_TIMES, "Time over the earlier run's",
                  "times the time or p99 latency before (log axis; left is better)");
    struct text verdict = {0}, explanation = {0};
    chart.log_axis = true;
    chart.reference = 1;
    for (size_t p = 0; p < view->summary.point_count; p++) {
        struct text name = {0};
        if (!is_compared(view, p))
            continue;
        summary_point_name(&view->summary, p, 0, &name);
        if (view->summary.points[p].load == LOAD_REQUESTS)
            text_append(&name, " (p99 latency)");
        chart_add_point(&chart, text_chars(&name), p);
        text_free(&name);
    }
    for (size_t c = 0; c < view->summary.collector_count; c++) {
        struct chart_series *series = chart_add_series(&chart, view->summary.collectors[c], c);
        for (size_t i = 0; i < chart.category_count; i++)
            set_mark(&series->marks[i], find(view, chart.category_points[i], c));
    }
    append_verdict(view->request->versus, &verdict);
    chart_set_text(&chart.verdict, &verdict);
    text_append(
        &explanation,
        "Lines are 95 % intervals: of the drift between runs of one build (Student's t over "
        "runs) where there are such runs, else bootstrap intervals of the two runs alone; "
        "of points with fewer than 6 trials in a run, the range. The runs were made apart: "
        "where no other runs tell, what else changed on the machine between them is in the "
        "ratios and not in the intervals, and nothing within 30 % is told apart.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}

void view_versus(struct view *view, struct text *page)
{
    if (view->request->versus == NULL)
        return;
    text_append(page, "<section><h3 id=\"versus\">Against an earlier run</h3>\n<p>Before: ");
    html_text(page, view->request->versus_name);
    text_append(page, "</p>\n");
    struct chart chart = make_chart(view);
    figure_append(&view->figures, &chart, page);
    if (!chart_has_marks(&chart))
        html_element(page, "p", chart.verdict);
    chart_free(&chart);
    text_append(page, "</section>\n");
}
