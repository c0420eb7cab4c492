/* SPDX-License-Identifier: MIT
 *
 * Sections that consist of charts: each dispatch and number of threads has charts of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/verdict.h"
#include "report/view.h"

/* ---- Shapes ---- */

static void begin(struct text *page, const char *id, const char *heading, const char *words)
{
    text_format(page, "<section><h2 id=\"%s\">%s</h2>\n<p>%s</p>\n", id, heading, words);
}

static void end(struct text *page)
{
    text_append(page, "</section>\n");
}

static void append_group_heading(const struct group *group, struct text *page)
{
    struct text name = {0};
    group_name(group, &name);
    html_element(page, "h3", text_chars(&name));
    text_free(&name);
}

static void append_wide(struct view *view, struct chart *chart, struct text *page)
{
    struct text noise = {0};
    verdict_noise(&view->summary, &noise);
    chart_set_text(&chart->noise, &noise);
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

typedef struct chart panel_maker(const struct summary *summary, size_t point);

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

/* A grid with a chart for each point of the group that has one; where the charts do not name them,
 * with a legend above it, of all collectors that the group `named` has. */
static void append_panels(struct view *view, const struct group *group, const char *about,
                          panel_maker *make, const struct group *named, struct text *page)
{
    struct text panels = {0};
    struct chart legend = chart_new(CHART_LINES, CHART_PLAIN, "", "");
    for (size_t i = 0; i < group->point_count; i++) {
        struct chart chart = make(&view->summary, group->points[i]);
        if (make != charts_scaling) /* which is of many points */
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

/* ---- Time ---- */

void view_overview(struct view *view, struct text *page)
{
    if (view->headline == NULL)
        return;
    struct chart chart = charts_ratio(&view->summary, view->headline);
    append_wide(view, &chart, page);
}

void view_time(struct view *view, struct text *page)
{
    if (view->whole.count == 0)
        return;
    begin(page, "time", "Time",
          "Wall time of the timed part, from the first mutator&#39;s start to the last one&#39;s "
          "end: the median over trials. The work is the same for every collector, so less is "
          "better.");
    for (size_t i = 0; i < view->whole.count; i++) {
        const struct group *group = &view->whole.groups[i];
        append_group_heading(group, page);
        if (group != view->headline) {
            struct chart chart = charts_ratio(&view->summary, group);
            append_wide(view, &chart, page);
        }
        append_panels(view, group, "Time", charts_time, NULL, page);
    }
    end(page);
}

/* ---- Pauses ---- */

static bool list_has_figure(const struct view *view, const struct group_list *list,
                            enum summary_figure_name name)
{
    for (size_t g = 0; g < list->count; g++) {
        const struct group *group = &list->groups[g];
        for (size_t i = 0; i < group->point_count; i++) {
            for (size_t c = 0; c < view->summary.collector_count; c++) {
                if (summary_cell(&view->summary, group->points[i], c)->figures[name].median > 0)
                    return true;
            }
        }
    }
    return false;
}

static bool has_figure(const struct view *view, enum summary_figure_name name)
{
    return list_has_figure(view, &view->whole, name) || list_has_figure(view, &view->open, name);
}

typedef struct chart wide_maker(const struct summary *summary, const struct group *group);

/* A chart for each group of whole workloads, of fixed work and open-loop ones apart. */
static void append_wide_of_all(struct view *view, wide_maker *make, struct text *page)
{
    const struct group_list *const lists[] = {&view->whole, &view->open};
    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < lists[list]->count; i++) {
            struct chart chart = make(&view->summary, &lists[list]->groups[i]);
            append_wide(view, &chart, page);
        }
    }
}

void view_pauses(struct view *view, struct text *page)
{
    if (!has_figure(view, FIGURE_PAUSE_MAX_NS) && !has_figure(view, FIGURE_RELEASE_MAX_NS))
        return;
    begin(page, "pauses", "Pauses",
          "A pause is an interval in which the collector stops at least one mutator, as its own "
          "events tell. Short pauses are not yet low latency: work done inside a mutator&#39;s "
          "operations, and waiting for memory, delay a program as well.");
    append_wide_of_all(view, charts_pauses, page);
    if (view->headline != NULL && !view->headline->micro && has_figure(view, FIGURE_PAUSE_MAX_NS)) {
        struct text heading = {0};
        text_append(&heading, "Pauses by percentile: ");
        group_name(view->headline, &heading);
        html_element(page, "h3", text_chars(&heading));
        text_free(&heading);
        append_panels(view, view->headline, "Pauses by percentile", charts_percentiles,
                      view->headline, page);
    }
    end(page);
}

void view_overhead(struct view *view, struct text *page)
{
    if (view->whole.count == 0)
        return;
    begin(page, "overhead", "Cost of collecting",
          "How much more than the program alone, at the least: a collector that took no time is "
          "not to be had, but every run shows what is left of it without its pauses. Collecting on "
          "threads of its own hides in the wall time and shows in the CPU.");
    for (size_t i = 0; i < view->whole.count; i++) {
        struct chart chart = charts_overhead(&view->summary, &view->whole.groups[i]);
        append_wide(view, &chart, page);
        if (charts_overhead_instructions(&view->summary, &view->whole.groups[i], &chart))
            append_wide(view, &chart, page);
    }
    end(page);
}

void view_utilization(struct view *view, struct text *page)
{
    struct text panels = {0};
    if (view->headline == NULL || view->headline->micro)
        return;
    append_panels(view, view->headline, "Mutator utilization", charts_utilization, view->headline,
                  &panels);
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        begin(page, "utilization", "Mutator utilization",
              "How much of any stretch of time the collector leaves to the program: short pauses "
              "in a row are as bad as a long one, and only this shows it.");
        append_group_heading(view->headline, page);
        text_append(page, text_chars(&panels));
        end(page);
    }
    text_free(&panels);
}

/* ---- Footprint ---- */

/* Over time, of the headline, where trials have the curves. */
static void append_memory(struct view *view, struct text *page)
{
    struct text panels = {0};
    if (view->headline != NULL && !view->headline->micro)
        append_panels(view, view->headline, "Memory over time", charts_memory, view->headline,
                      &panels);
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        struct text heading = {0};
        text_append(&heading, "Memory over time: ");
        group_name(view->headline, &heading);
        html_element(page, "h3", text_chars(&heading));
        text_append(page, text_chars(&panels));
        text_free(&heading);
    }
    text_free(&panels);
}

void view_footprint(struct view *view, struct text *page)
{
    if (!has_figure(view, FIGURE_HELD_PEAK_BYTES) && !has_figure(view, FIGURE_FOOTPRINT_PEAK_BYTES))
        return;
    begin(page, "footprint", "Memory",
          "The most memory that the heap held, over the bytes that the workload keeps alive: "
          "2&times; "
          "is as much again as is needed. Time and memory are traded for each other, so read this "
          "beside the time.");
    append_wide_of_all(view, charts_footprint, page);
    append_memory(view, page);
    end(page);
}

/* ---- Time against heap ---- */

/* Of the points that differ in their heap only, the first of each kind: `group` filtered. */
static struct group sweep_group(const struct view *view, const struct group *group)
{
    struct group sweeps = *group;
    sweeps.points = memory_new((group->point_count + 1) * sizeof *sweeps.points);
    sweeps.point_count = 0;
    for (size_t i = 0; i < group->point_count; i++) {
        const struct summary_point *point = &view->summary.points[group->points[i]];
        const struct summary_point *before =
            i > 0 ? &view->summary.points[group->points[i - 1]] : NULL;
        if (before == NULL || strcmp(before->workload, point->workload) != 0 ||
            strcmp(before->parameters, point->parameters) != 0)
            sweeps.points[sweeps.point_count++] = group->points[i];
    }
    return sweeps;
}

void view_heap(struct view *view, struct text *page)
{
    struct text panels = {0};
    for (size_t i = 0; i < view->whole.count; i++) {
        struct group sweeps = sweep_group(view, &view->whole.groups[i]);
        if (sweeps.point_count < view->whole.groups[i].point_count) {
            append_group_heading(&sweeps, &panels);
            append_panels(view, &sweeps, "Time against heap", charts_heap, &view->whole.groups[i],
                          &panels);
        }
        free(sweeps.points);
    }
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        begin(
            page, "heap", "Time against heap",
            "What memory buys: the same work in heaps of several sizes. A collector that has more "
            "room collects less often. One that is ahead in a large heap may be behind in a small "
            "one, or fail there.");
        text_append(page, text_chars(&panels));
        end(page);
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
    begin(page, "operations", "Single operations",
          "Micro workloads do one operation over and over, under Google Benchmark&#39;s timing "
          "loop. They tell what an operation costs, not what a program gains.");
    for (size_t i = 0; i < view->micro.count; i++) {
        const struct group *group = &view->micro.groups[i];
        const struct group *table = find_group(&view->micro, "table", group->threads);
        if (!has_both(&view->micro, group->threads)) {
            append_group_heading(group, page);
            append_panels(view, group, "Time of one operation", charts_time, NULL, page);
        } else if (group != table) {
            struct chart chart = charts_dispatch(&view->summary, group, table);
            append_wide(view, &chart, page);
        }
    }
    end(page);
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
        begin(page, "dispatch", "Table against inline",
              "The same workload reaches a collector through a table of functions, or compiled "
              "inline against its fast paths. All other charts keep the two apart. Here is time "
              "through the table over time inline: 1.2&times; means that the table takes a fifth "
              "more.");
        html_begin_table(page, "Time through the table over time inline, medians", "values");
        append_collector_headings(&view->summary, page);
        text_append(page, text_chars(&rows));
        text_append(page, "</tbody>");
        html_end_table(page);
        end(page);
    }
    text_free(&rows);
}

/* ---- Scaling ---- */

/* The first of the points that differ from each other in threads and heap only. */
static bool begins_scaling(const struct summary *summary, size_t point)
{
    for (size_t i = 0; i < point; i++) {
        if (strcmp(summary->points[i].dispatch, summary->points[point].dispatch) == 0 &&
            strcmp(summary->points[i].workload, summary->points[point].workload) == 0 &&
            strcmp(summary->points[i].parameters, summary->points[point].parameters) == 0)
            return false;
    }
    return true;
}

/* The points of a dispatch from which scaling charts start, as a group of their own. */
static struct group scaling_group(const struct view *view, const char *dispatch)
{
    const struct summary *summary = &view->summary;
    struct group group = {.dispatch = dispatch,
                          .points = memory_new((summary->point_count + 1) * sizeof *group.points)};
    for (size_t i = 0; i < summary->point_count; i++) {
        if (strcmp(summary->points[i].dispatch, dispatch) == 0 && !summary->points[i].micro &&
            begins_scaling(summary, i))
            group.points[group.point_count++] = i;
    }
    return group;
}

static bool has_several_thread_counts(const struct group_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        if (list->groups[i].threads != list->groups[0].threads)
            return true;
    }
    return false;
}

void view_scaling(struct view *view, struct text *page)
{
    if (!has_several_thread_counts(&view->whole))
        return;
    begin(page, "scaling", "Threads",
          "Work done in the same time, relative to the fewest threads: 2&times; at 2 threads is "
          "perfect, 1&times; (the line) is nothing gained. Where there are more threads than "
          "processors, no collector can gain.");
    for (size_t i = 0; i < view->whole.count; i++) {
        if (i > 0 &&
            strcmp(view->whole.groups[i].dispatch, view->whole.groups[i - 1].dispatch) == 0)
            continue;
        struct group group = scaling_group(view, view->whole.groups[i].dispatch);
        append_group_heading(&group, page);
        append_panels(view, &group, "Threads", charts_scaling, &group, page);
        free(group.points);
    }
    end(page);
}
