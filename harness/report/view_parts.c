/* SPDX-License-Identifier: MIT
 *
 * What sections of charts are made of.
 */
#include "report/view_parts.h"

#include "report/html.h"
#include "report/verdict.h"

void view_begin(struct text *page, const char *id, const char *heading, const char *words)
{
    text_format(page, "<section><h3 id=\"%s\">%s</h3>\n<p>%s</p>\n", id, heading, words);
}

void view_end(struct text *page)
{
    text_append(page, "</section>\n");
}

void view_append_table(struct text *page, const char *caption, const char *const *headings,
                       const struct text *rows)
{
    html_begin_table(page, caption, "values");
    html_headings(page, headings);
    text_append(page, "<tbody>\n");
    text_append(page, text_chars(rows));
    text_append(page, "</tbody>");
    html_end_table(page);
}

void view_append_group_heading(const struct group *group, struct text *page)
{
    struct text name = {0};
    group_name(group, &name);
    html_element(page, "h4", text_chars(&name));
    text_free(&name);
}

void view_append_wide(struct view *view, struct chart *chart, struct text *page)
{
    struct text noise = {0};
    verdict_noise(&view->summary, &noise);
    if (chart->noise[0] == '\0') /* of another figure than time */
        chart_set_text(&chart->noise, &noise);
    else
        text_free(&noise);
    figure_append(&view->figures, chart, page);
    chart_free(chart);
}

/* What is common to a grid of panels goes below it; `chart` is one of them. */
static void append_panel_words(const struct view *view, const struct chart *chart,
                               struct text *page)
{
    struct text noise = {0};
    verdict_noise(&view->summary, &noise);
    text_append(page, "<p class=\"note\">");
    html_text(page, chart->explanation);
    text_append(page, " ");
    html_text(page, text_chars(&noise));
    text_append(page, "</p>\n");
    text_free(&noise);
}

static bool has_points(const struct chart *chart)
{
    for (size_t i = 0; i < chart->category_count; i++)
        if (chart->category_points[i] != SIZE_MAX)
            return true;
    return false;
}

/* What a chart of a grid needs to stand alone: what all are about, and the noise. */
static void complete_panel(const struct view *view, const struct group *group, const char *about,
                           struct chart *chart)
{
    struct text full = {0}, noise = {0};
    text_format(&full, "%s (", about);
    group_name(group, &full);
    text_append(&full, ")");
    verdict_noise(&view->summary, &noise);
    chart_set_text(&chart->about, &full);
    chart_set_text(&chart->noise, &noise);
}

void view_append_panels(struct view *view, const struct group *group, const char *about,
                        view_panel_maker *make, const struct group *named, struct text *page)
{
    struct text panels = {0};
    struct chart legend = chart_new(CHART_LINES, CHART_PLAIN, "", "");
    for (size_t i = 0; i < group->point_count; i++) {
        struct chart chart = make(&view->summary, group->points[i]);
        if (!has_points(&chart)) /* all of it is of this one */
            chart.point = group->points[i];
        complete_panel(view, group, about, &chart);
        figure_append_panel(&view->figures, &chart, &panels);
        if (i == 0)
            append_panel_words(view, &chart, page);
        chart_free(&chart);
    }
    for (size_t c = 0; named != NULL && c < view->summary.collector_count; c++) {
        if (group_has_completed(&view->summary, named, c))
            chart_add_series(&legend, view->summary.collectors[c], c);
    }
    if (panels.length > 0 && named != NULL)
        figure_append_legend(&legend, page);
    if (panels.length > 0)
        text_format(page, "<div class=\"panels\">%s</div>\n", text_chars(&panels));
    chart_free(&legend);
    text_free(&panels);
}
