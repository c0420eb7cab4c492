/* SPDX-License-Identifier: MIT
 *
 * Utilization of each mutator, and of all together, where there are several.
 */
#include <inttypes.h>
#include <math.h>

#include "base/units.h"
#include "report/charts.h"
#include "report/html.h"
#include "report/view_parts.h"

/* Of so long a window the table speaks, as the chart's verdict does; or of the longest below. */
static const double TOLD_NS = 1e7;

/* More in one cell would make it a page. */
enum { MOST_SHOWN = 16 };

static double choose_window(const struct curve *all)
{
    double window_ns = all->points[0].x;
    for (size_t i = 0; i < all->count && all->points[i].x <= TOLD_NS; i++)
        window_ns = all->points[i].x;
    return window_ns;
}

static double value_at(const struct curve *curve, double window_ns)
{
    for (size_t i = 0; i < curve->count; i++)
        if (curve->points[i].x == window_ns)
            return curve->points[i].y;
    return NAN;
}

static void append_share(struct text *page, double share)
{
    if (isfinite(share))
        text_format(page, "<td class=\"n\">%.3g %%</td>", 100 * share);
    else
        text_append(page, "<td></td>");
}

static void append_each(struct text *page, const struct curve *each, double window_ns)
{
    size_t mutators = 0;
    text_append(page, "<td class=\"n\">");
    for (size_t i = 0; i < each->count; i++)
        if (each->points[i].x == window_ns && mutators++ < MOST_SHOWN)
            text_format(page, "%s%.3g %%", mutators > 1 ? ", " : "", 100 * each->points[i].y);
    if (mutators > MOST_SHOWN)
        text_format(page, " and %zu more", mutators - MOST_SHOWN);
    text_append(page, "</td>");
}

static void append_row(struct text *page, const struct summary *summary, size_t point,
                       size_t collector, const struct trial_record *record)
{
    char window[UNITS_TEXT_BYTES];
    double window_ns = choose_window(&record->curves[CURVE_BMU_ALL]);
    struct text name = {0};
    summary_point_name(summary, point, 0, &name);
    units_format_ns(window_ns, window);
    text_format(page, "<tr data-point=\"%zu\" data-collector=\"%zu\"><th scope=\"row\">", point,
                collector);
    html_text(page, text_chars(&name));
    text_append(page, "</th><td>");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, summary->collectors[collector]);
    text_format(page, "</td><td class=\"n\">%s</td>", window);
    append_share(page, value_at(&record->curves[CURVE_BMU], window_ns));
    append_each(page, &record->curves[CURVE_BMU_EACH], window_ns);
    append_share(page, value_at(&record->curves[CURVE_BMU_ALL], window_ns));
    text_append(page, "</tr>\n");
    text_free(&name);
}

void view_append_mutators(const struct view *view, struct text *page)
{
    static const char *const headings[] = {
        "Point", "Collector", "Windows from", "Worst", "Each mutator", "All together", NULL};
    struct text rows = {0};
    const struct summary *summary = &view->summary;
    for (size_t point = 0; point < summary->point_count; point++)
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct trial_record *record =
                charts_middle_trial(summary_cell(summary, point, c));
            if (record != NULL && record->curves[CURVE_BMU_ALL].count > 0)
                append_row(&rows, summary, point, c, record);
        }
    if (rows.length > 0)
        view_append_table(page,
                          "What several mutators have for themselves of any stretch of that length "
                          "or longer, at least: in the trial whose time is the middle one",
                          headings, &rows);
    text_free(&rows);
}
