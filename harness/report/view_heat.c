/* SPDX-License-Identifier: MIT
 *
 * Workloads down, collectors across: each time over the least of its row, in a colour that grows
 * with it. The figures say the same as the colours.
 */
#include <math.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/verdict.h"
#include "report/view.h"

enum { DEEPEST_PERCENT = 70 };

static void append_cell(const struct chart *chart, size_t series, size_t category,
                        struct text *page)
{
    const struct chart_mark *mark = &chart->series[series].marks[category];
    if (chart_is_drawn(chart, mark)) {
        text_format(page, "<td data-column=\"%zu\" style=\"--depth:%.0f%%\">%.2f</td>", series,
                    DEEPEST_PERCENT * chart_heat_depth(mark->value), mark->value);
        return;
    }
    text_format(page, "<td data-column=\"%zu\"%s>", series, mark->failed ? " class=\"bad\"" : "");
    html_text(page, mark->note != NULL ? mark->note : "");
    text_append(page, "</td>");
}

static void append_row(const struct chart *chart, size_t category, struct text *page)
{
    text_format(page, "<tr data-point=\"%zu\"><th scope=\"row\">",
                chart->category_points[category]);
    html_text(page, chart->categories[category]);
    text_append(page, "</th>");
    for (size_t s = 0; s < chart->series_count; s++)
        append_cell(chart, s, category, page);
    text_append(page, "</tr>\n");
}

static void append_table(const struct view *view, const struct chart *chart, struct text *page)
{
    struct text caption = {0};
    text_append(&caption, "Time over the least of the row: ");
    group_name(view->headline, &caption);
    text_append(&caption, ". 1.00 is the fastest; what is not told apart stands in All points.");
    html_begin_table(page, text_chars(&caption), "heat");
    text_free(&caption);
    text_append(page, "<thead><tr><th scope=\"col\">Workload</th>");
    for (size_t s = 0; s < chart->series_count; s++) {
        text_format(page, "<th scope=\"col\" data-column=\"%zu\">", s);
        html_text(page, chart->series[s].name);
        text_append(page, "</th>");
    }
    text_append(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < chart->category_count; i++)
        append_row(chart, i, page);
    text_append(page, "</tbody>");
    html_end_table(page);
}

void view_heat(struct view *view, struct text *page)
{
    if (view->headline == NULL || view->summary.collector_count < 2)
        return;
    struct chart chart = charts_heat(&view->summary, view->headline);
    struct text noise = {0};
    verdict_noise(&view->summary, &noise);
    chart_set_text(&chart.noise, &noise);
    if (view->figures.take != NULL && chart_has_marks(&chart))
        view->figures.take(view->figures.taker, &chart, false);
    append_table(view, &chart, page);
    chart_free(&chart);
}
