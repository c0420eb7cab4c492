/* SPDX-License-Identifier: MIT
 *
 * Sections that consist of charts: each dispatch and number of threads has charts of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"
#include "report/html.h"
#include "report/verdict.h"
#include "report/view_parts.h"

/* ---- Time ---- */

void view_overview(struct view *view, struct text *page)
{
    if (view->headline == NULL)
        return;
    struct chart chart = charts_ratio(&view->summary, view->headline);
    view_append_wide(view, &chart, page);
}

void view_time(struct view *view, struct text *page)
{
    if (view->whole.count == 0)
        return;
    view_begin(
        page, "time", "Time",
        "Wall time of the timed part, from the first mutator&#39;s start to the last one&#39;s "
        "end: the median over trials. The work is the same for every collector, so less is "
        "better.");
    for (size_t i = 0; i < view->whole.count; i++) {
        const struct group *group = &view->whole.groups[i];
        view_append_group_heading(group, page);
        if (group != view->headline) {
            struct chart chart = charts_ratio(&view->summary, group);
            view_append_wide(view, &chart, page);
        }
        view_append_panels(view, group, "Time", charts_time, NULL, page);
    }
    view_end(page);
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
            view_append_wide(view, &chart, page);
        }
    }
}

static void append_timeline(struct view *view, struct text *page)
{
    struct text heading = {0};
    text_append(&heading, "Pauses on a time line: ");
    group_name(view->headline, &heading);
    html_element(page, "h4", text_chars(&heading));
    view_append_panels(view, view->headline, "Pauses on a time line", charts_timeline,
                       view->headline, page);
    text_free(&heading);
}

void view_pauses(struct view *view, struct text *page)
{
    if (!has_figure(view, FIGURE_PAUSE_MAX_NS) && !has_figure(view, FIGURE_RELEASE_MAX_NS))
        return;
    view_begin(
        page, "pauses", "Pauses",
        "A pause is an interval in which the collector stops at least one mutator, as its own "
        "events tell. Short pauses are not yet low latency: work done inside a mutator&#39;s "
        "operations, and waiting for memory, delay a program as well.");
    append_wide_of_all(view, charts_pauses, page);
    if (view->headline != NULL && !view->headline->micro && has_figure(view, FIGURE_PAUSE_MAX_NS)) {
        struct text heading = {0};
        text_append(&heading, "Pauses by percentile: ");
        group_name(view->headline, &heading);
        html_element(page, "h4", text_chars(&heading));
        text_free(&heading);
        view_append_panels(view, view->headline, "Pauses by percentile", charts_percentiles,
                           view->headline, page);
        append_timeline(view, page);
    }
    view_end(page);
}

void view_utilization(struct view *view, struct text *page)
{
    struct text panels = {0}, mutators = {0};
    if (view->headline == NULL || view->headline->micro)
        return;
    view_append_panels(view, view->headline, "Mutator utilization", charts_utilization,
                       view->headline, &panels);
    view_append_mutators(view, &mutators);
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        view_begin(
            page, "utilization", "Mutator utilization",
            "How much of any stretch of time the collector leaves to the program: short pauses "
            "in a row are as bad as a long one, and only this shows it.");
        view_append_group_heading(view->headline, page);
        text_append(page, text_chars(&panels));
        text_append(page, text_chars(&mutators));
        view_end(page);
    }
    text_free(&panels);
    text_free(&mutators);
}

/* ---- Footprint ---- */

/* Over time, of the headline, where trials have the curves. */
static void append_memory(struct view *view, struct text *page)
{
    struct text panels = {0};
    if (view->headline != NULL && !view->headline->micro)
        view_append_panels(view, view->headline, "Memory over time", charts_memory, view->headline,
                           &panels);
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        struct text heading = {0};
        text_append(&heading, "Memory over time: ");
        group_name(view->headline, &heading);
        html_element(page, "h4", text_chars(&heading));
        text_append(page, text_chars(&panels));
        text_free(&heading);
    }
    text_free(&panels);
}

void view_footprint(struct view *view, struct text *page)
{
    if (!has_figure(view, FIGURE_HELD_PEAK_BYTES) && !has_figure(view, FIGURE_FOOTPRINT_PEAK_BYTES))
        return;
    view_begin(
        page, "footprint", "Memory",
        "The most memory that the heap held, over the bytes that the workload keeps alive: "
        "2&times; "
        "is as much again as is needed. Time and memory are traded for each other, so read this "
        "beside the time.");
    append_wide_of_all(view, charts_footprint, page);
    append_memory(view, page);
    view_end(page);
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
            view_append_group_heading(&sweeps, &panels);
            view_append_panels(view, &sweeps, "Time against heap", charts_heap,
                               &view->whole.groups[i], &panels);
        }
        free(sweeps.points);
    }
    if (strstr(text_chars(&panels), "<figure") != NULL) {
        view_begin(
            page, "heap", "Time against heap",
            "What memory buys: the same work in heaps of several sizes. A collector that has more "
            "room collects less often. One that is ahead in a large heap may be behind in a small "
            "one, or fail there.");
        text_append(page, text_chars(&panels));
        view_end(page);
    }
    text_free(&panels);
}

void view_space(struct view *view, struct text *page)
{
    struct text panels = {0};
    for (size_t i = 0; i < view->whole.count; i++) {
        struct text grid = {0};
        struct group sweeps = sweep_group(view, &view->whole.groups[i]);
        view_append_panels(view, &sweeps, "Time against memory", charts_space,
                           &view->whole.groups[i], &grid);
        if (strstr(text_chars(&grid), "<figure") != NULL) {
            view_append_group_heading(&sweeps, &panels);
            text_append(&panels, text_chars(&grid));
        }
        text_free(&grid);
        free(sweeps.points);
    }
    if (panels.length > 0) {
        view_begin(page, "space", "Time against memory",
                   "Time can be bought with memory, so neither says much alone: what is further "
                   "down and further left than another is better in both. What takes no heap limit "
                   "is here on equal terms.");
        text_append(page, text_chars(&panels));
        view_end(page);
    }
    text_free(&panels);
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
    view_begin(
        page, "scaling", "Threads",
        "Work done in the same time, relative to the fewest threads: 2&times; at 2 threads is "
        "perfect, 1&times; (the line) is nothing gained. Where there are more threads than "
        "processors, no collector can gain.");
    for (size_t i = 0; i < view->whole.count; i++) {
        if (i > 0 &&
            strcmp(view->whole.groups[i].dispatch, view->whole.groups[i - 1].dispatch) == 0)
            continue;
        struct group group = scaling_group(view, view->whole.groups[i].dispatch);
        view_append_group_heading(&group, page);
        view_append_panels(view, &group, "Threads", charts_scaling, &group, page);
        free(group.points);
    }
    view_end(page);
}
