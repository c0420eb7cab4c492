/* SPDX-License-Identifier: MIT
 *
 * Critical rates as a table, beside their chart.
 */
#include "base/units.h"
#include "report/charts.h"
#include "report/html.h"
#include "report/view_parts.h"

/* Any of the point's trials: all were held to the same. */
static const struct trial_record *bound_of(const struct summary_cell *cell)
{
    return cell->completed_count > 0 ? cell->completed[0] : cell->failed[0];
}

static void append_rate(struct text *page, double rate)
{
    if (rate > 0)
        text_format(page, "<td class=\"n\">%.6g</td>", rate);
    else
        text_append(page, "<td class=\"n\">none</td>");
}

static void append_row(struct text *page, const struct summary *summary, size_t point,
                       size_t collector)
{
    struct charts_critical_rate found = charts_find_critical(summary, point, collector);
    char bound[UNITS_TEXT_BYTES] = "";
    struct text name = {0};
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    const struct trial_record *record = bound_of(cell);
    units_format_ns(record_real(record, TRIAL_BOUND_NS, 0), bound);
    /* Of many points, so that no single one's trials are behind it. */
    text_format(page, "<tr data-collector=\"%zu\"><th scope=\"row\">", collector);
    summary_rates_name(summary, point, &name);
    html_text(page, text_chars(&name));
    text_free(&name);
    text_append(page, "</th><td>");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, summary->collectors[collector]);
    text_format(page, "</td><td class=\"n\">p%.6g within %s</td>",
                record_real(record, TRIAL_BOUND_PERCENTILE, 0), bound);
    append_rate(page, found.kept);
    append_rate(page, found.broken);
    text_format(page, "<td class=\"n\">%zu</td></tr>\n", found.tries);
}

/* The first rate that the collector was tried at stands for all that are like it. */
static bool is_first(const struct summary *summary, size_t point, size_t collector)
{
    if (summary_cell(summary, point, collector)->tried == 0)
        return false;
    for (size_t i = 0; i < point; i++)
        if (summary_same_but_rate(&summary->points[i], &summary->points[point]) &&
            summary_cell(summary, i, collector)->tried > 0)
            return false;
    return true;
}

void view_append_critical(const struct view *view, const struct group *group, struct text *page)
{
    static const char *const headings[] = {"Workload",        "Collector", "Bound", "Highest kept",
                                           "Lowest too high", "Trials",    NULL};
    struct text rows = {0};
    for (size_t i = 0; i < group->point_count; i++)
        for (size_t c = 0; c < view->summary.collector_count; c++)
            if (charts_has_bound(&view->summary, group->points[i]) &&
                is_first(&view->summary, group->points[i], c))
                append_row(&rows, &view->summary, group->points[i], c);
    if (rows.length > 0)
        view_append_table(page, "Critical rates, in requests a second", headings, &rows);
    text_free(&rows);
}
