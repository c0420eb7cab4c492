/* SPDX-License-Identifier: MIT
 *
 * Workloads down, collectors across: each time over the least of its row, in a colour that grows
 * with it. The figures say the same as the colours.
 */
#include <math.h>

#include "report/html.h"
#include "report/view.h"

enum { DEEPEST_PERCENT = 70 };

static double least_time(const struct summary *summary, size_t point)
{
    double least = NAN;
    for (size_t c = 0; c < summary->collector_count; c++)
        least = fmin(least, summary_cell(summary, point, c)->figures[FIGURE_TIME_NS].median);
    return least;
}

/* Three times the least, and more, is the deepest. */
static double depth_of(double ratio)
{
    double share = log(ratio) / log(3);
    return DEEPEST_PERCENT * (share > 1 ? 1 : share);
}

static void append_cell(const struct view *view, size_t point, size_t collector, double least,
                        struct text *page)
{
    const struct summary_cell *cell = summary_cell(&view->summary, point, collector);
    double ratio = cell->figures[FIGURE_TIME_NS].median / least;
    if (isfinite(ratio)) {
        text_format(page, "<td data-column=\"%zu\" style=\"--depth:%.0f%%\">%.2f</td>", collector,
                    depth_of(ratio), ratio);
        return;
    }
    bool failed = cell->failed_count > 0;
    text_format(page, "<td data-column=\"%zu\"%s>", collector, failed ? " class=\"bad\"" : "");
    html_text(page, failed ? record_text(cell->failed[0], TRIAL_OUTCOME, "unknown") : "");
    text_append(page, "</td>");
}

static void append_row(const struct view *view, size_t point, struct text *page)
{
    struct text name = {0};
    double least = least_time(&view->summary, point);
    summary_point_name(&view->summary, point, PART_DISPATCH | PART_THREADS, &name);
    text_format(page, "<tr data-point=\"%zu\"><th scope=\"row\">", point);
    html_text(page, text_chars(&name));
    text_append(page, "</th>");
    for (size_t c = 0; c < view->summary.collector_count; c++)
        append_cell(view, point, c, least, page);
    text_append(page, "</tr>\n");
    text_free(&name);
}

void view_heat(struct view *view, struct text *page)
{
    const struct summary *summary = &view->summary;
    if (view->headline == NULL || summary->collector_count < 2)
        return;
    struct text caption = {0};
    text_append(&caption, "Time over the least of the row: ");
    group_name(view->headline, &caption);
    text_append(&caption, ". 1.00 is the fastest; what is not told apart stands in All points.");
    html_begin_table(page, text_chars(&caption), "heat");
    text_free(&caption);
    text_append(page, "<thead><tr><th scope=\"col\">Workload</th>");
    for (size_t c = 0; c < summary->collector_count; c++) {
        text_format(page, "<th scope=\"col\" data-column=\"%zu\">", c);
        html_text(page, summary->collectors[c]);
        text_append(page, "</th>");
    }
    text_append(page, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < view->headline->point_count; i++)
        append_row(view, view->headline->points[i], page);
    text_append(page, "</tbody>");
    html_end_table(page);
}
