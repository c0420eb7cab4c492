/* SPDX-License-Identifier: MIT
 *
 * The section of open-loop workloads.
 */
#include <string.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/view_parts.h"

static bool is_drawn(const struct chart *chart)
{
    return chart_has_marks(chart) || chart_has_failures(chart);
}

/* The words of one chart stand for all of the kind. */
static void append_words(const struct chart *chart, struct text *page)
{
    text_append(page, "<p class=\"note\">");
    html_text(page, chart->explanation);
    text_append(page, "</p>\n");
}

static void name_panel(const struct group *group, const char *heading, struct chart *chart)
{
    struct text about = {0};
    text_format(&about, "%s (", heading);
    group_name(group, &about);
    text_append(&about, ")");
    chart_set_text(&chart->about, &about);
}

/* One panel for each chart that `make` has of the group's points; `heading` names what they show.
 * False where there is none. */
static bool append_panels(struct view *view, const struct group *group, const char *heading,
                          struct chart (*make)(const struct summary *summary, size_t point),
                          struct text *page)
{
    struct text panels = {0}, words = {0};
    for (size_t i = 0; i < group->point_count; i++) {
        struct chart chart = make(&view->summary, group->points[i]);
        if (make != charts_rate && make != charts_critical) /* which are of many points */
            chart.point = group->points[i];
        name_panel(group, heading, &chart);
        if (is_drawn(&chart)) {
            figure_append_panel(&view->figures, &chart, &panels);
            if (words.length == 0)
                append_words(&chart, &words);
        }
        chart_free(&chart);
    }
    bool any = panels.length > 0;
    if (any) {
        html_element(page, "h5", heading);
        text_append(page, text_chars(&words));
        text_format(page, "<div class=\"panels\">%s</div>\n", text_chars(&panels));
    }
    text_free(&panels);
    text_free(&words);
    return any;
}

static void append_legend(struct view *view, const struct group *group, struct text *page)
{
    struct chart legend = chart_new(CHART_LINES, CHART_PLAIN, "", "");
    for (size_t c = 0; c < view->summary.collector_count; c++)
        if (group_has_completed(&view->summary, group, c))
            chart_add_series(&legend, view->summary.collectors[c], c);
    figure_append_legend(&legend, page);
    chart_free(&legend);
}

static void append_group(struct view *view, const struct group *group, struct text *page)
{
    struct text name = {0};
    group_name(group, &name);
    html_element(page, "h4", text_chars(&name));
    text_free(&name);
    append_legend(view, group, page);
    /* The second stands beside the first: low pauses are not yet low latency. */
    if (append_panels(view, group, "Requests by percentile", charts_latency, page))
        append_panels(view, group, "Pauses by percentile, of the same trials", charts_percentiles,
                      page);
    append_panels(view, group, "Rate against p99", charts_rate, page);
    append_panels(view, group, "Critical rates", charts_critical, page);
    view_append_critical(view, group, page);
    view_requests(view, group, page);
    append_panels(view, group, "Offered in vain", charts_deficit, page);
}

void view_latency(struct view *view, struct text *page)
{
    if (view->open.count == 0)
        return;
    text_append(page,
                "<section><h3 id=\"latency\">Load on a schedule</h3>\n<p>Here requests are due at "
                "set times, or allocation is offered at a set rate, whatever the collector does. "
                "So these trials tell how long requests take and what was lost, and their time "
                "tells nothing: there is no verdict about speed from them, and none about latency "
                "from the others.</p>\n");
    for (size_t i = 0; i < view->open.count; i++)
        append_group(view, &view->open.groups[i], page);
    text_append(page, "</section>\n");
}
