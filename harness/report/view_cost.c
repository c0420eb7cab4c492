/* SPDX-License-Identifier: MIT
 *
 * Sections on what collecting costs in CPU: in whole programs, and in single operations.
 */
#include <string.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/view_parts.h"

void view_overhead(struct view *view, struct text *page)
{
    if (view->whole.count == 0)
        return;
    view_begin(
        page, "overhead", "Cost of collecting",
        "How much more than the program alone, at the least: a collector that took no time is "
        "not to be had, but every run shows what is left of it without its pauses. Collecting on "
        "threads of its own hides in the wall time and shows in the CPU.");
    for (size_t i = 0; i < view->whole.count; i++) {
        struct chart chart = charts_overhead(&view->summary, &view->whole.groups[i]);
        view_append_wide(view, &chart, page);
        if (charts_overhead_instructions(&view->summary, &view->whole.groups[i], &chart))
            view_append_wide(view, &chart, page);
    }
    view_end(page);
}

/* ---- Where CPU time goes ---- */

static void append_parts_legend(struct view *view, size_t point, struct text *page)
{
    struct chart chart = charts_cost(&view->summary, point);
    figure_append_parts(&chart, page);
    chart_free(&chart);
}

void view_cost(struct view *view, struct text *page)
{
    struct text panels = {0};
    if (view->headline == NULL || view->headline->micro)
        return;
    view_append_panels(view, view->headline, "Where CPU time goes", charts_cost, NULL, &panels);
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        view_begin(
            page, "cpu", "Where CPU time goes",
            "What runs on whatever processor, taken apart: a collector costs a program not only "
            "while it collects, but also by what it asks of every load, store and allocation. Two "
            "variants of one collector side by side (refcount/plain and refcount/atomic) tell "
            "what just their difference costs.");
        view_append_group_heading(view->headline, page);
        append_parts_legend(view, view->headline->points[0], page);
        text_append(page, text_chars(&panels));
        view_end(page);
    }
    text_free(&panels);
}

/* ---- Single operations, table against inline ---- */

static const struct group *find_group(const struct group_list *list, const char *dispatch,
                                      int64_t threads)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->groups[i].threads == threads && strcmp(list->groups[i].dispatch, dispatch) == 0)
            return &list->groups[i];
    }
    return NULL;
}

static bool has_both(const struct group_list *list, int64_t threads)
{
    return find_group(list, "inline", threads) != NULL &&
           find_group(list, "table", threads) != NULL;
}

void view_operations(struct view *view, struct text *page)
{
    if (view->micro.count == 0)
        return;
    view_begin(
        page, "operations", "Single operations",
        "Micro workloads do one operation over and over, under Google Benchmark&#39;s timing "
        "loop. They tell what an operation costs, not what a program gains.");
    for (size_t i = 0; i < view->micro.count; i++) {
        struct chart chart = charts_barriers(&view->summary, &view->micro.groups[i]);
        view_append_wide(view, &chart, page);
        chart = charts_barriers_instructions(&view->summary, &view->micro.groups[i]);
        view_append_wide(view, &chart, page);
    }
    for (size_t i = 0; i < view->micro.count; i++) {
        const struct group *group = &view->micro.groups[i];
        const struct group *table = find_group(&view->micro, "table", group->threads);
        if (!has_both(&view->micro, group->threads)) {
            view_append_group_heading(group, page);
            view_append_panels(view, group, "Time of one operation", charts_time, NULL, page);
        } else if (group != table) {
            struct chart chart = charts_dispatch(&view->summary, group, table);
            view_append_wide(view, &chart, page);
        }
    }
    view_end(page);
}

static double table_over_inline(const struct summary *summary, size_t inlined, size_t table,
                                size_t collector)
{
    return summary_cell(summary, table, collector)->figures[FIGURE_TIME_NS].median /
           summary_cell(summary, inlined, collector)->figures[FIGURE_TIME_NS].median;
}

static void append_dispatch_row(const struct view *view, size_t inlined, size_t table,
                                struct text *page)
{
    struct text name = {0};
    summary_point_name(&view->summary, inlined, PART_DISPATCH, &name);
    text_append(page, "<tr><th scope=\"row\">");
    html_text(page, text_chars(&name));
    text_append(page, "</th>");
    text_free(&name);
    for (size_t c = 0; c < view->summary.collector_count; c++) {
        double ratio = table_over_inline(&view->summary, inlined, table, c);
        char value[CHART_LABEL_BYTES] = "";
        if (ratio > 0)
            chart_format(CHART_TIMES, ratio, value);
        text_format(page, "<td>%s</td>", value);
    }
    text_append(page, "</tr>\n");
}

static size_t append_dispatch_rows(const struct view *view, struct text *page)
{
    size_t rows = 0;
    for (size_t i = 0; i < view->summary.point_count; i++) {
        const struct summary_point *point = &view->summary.points[i];
        size_t table = summary_sibling(&view->summary, i, "table", point->threads);
        if (strcmp(point->dispatch, "inline") != 0 || table == SIZE_MAX)
            continue;
        append_dispatch_row(view, i, table, page);
        rows++;
    }
    return rows;
}

static void append_collector_headings(const struct summary *summary, struct text *page)
{
    text_append(page, "<thead><tr><td></td>");
    for (size_t c = 0; c < summary->collector_count; c++) {
        text_append(page, "<th scope=\"col\">");
        html_text(page, summary->collectors[c]);
        text_append(page, "</th>");
    }
    text_append(page, "</tr></thead><tbody>\n");
}

void view_dispatch(struct view *view, struct text *page)
{
    struct text rows = {0};
    if (append_dispatch_rows(view, &rows) > 0) {
        view_begin(
            page, "dispatch", "Table against inline",
            "The same workload reaches a collector through a table of functions, or compiled "
            "inline against its fast paths. All other charts keep the two apart. Here is time "
            "through the table over time inline: 1.2&times; means that the table takes a fifth "
            "more.");
        html_begin_table(page, "Time through the table over time inline, medians", "values");
        append_collector_headings(&view->summary, page);
        text_append(page, text_chars(&rows));
        text_append(page, "</tbody>");
        html_end_table(page);
        view_end(page);
    }
    text_free(&rows);
}
