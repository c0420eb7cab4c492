/* SPDX-License-Identifier: MIT
 *
 * Points are sorted by workload first; groups are gathered from all over them.
 */
#include "report/group.h"

#include <stdlib.h>
#include <string.h>

static int compare_groups(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    int order = strcmp(a->dispatch, b->dispatch);
    return order != 0 ? order : (a->threads > b->threads) - (a->threads < b->threads);
}

static bool is_known(const struct group_list *list, const struct summary_point *point)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->groups[i].threads == point->threads &&
            strcmp(list->groups[i].dispatch, point->dispatch) == 0)
            return true;
    }
    return false;
}

static bool is_of_kind(const struct summary_point *point, bool micro, bool open)
{
    return point->micro == micro && (point->load != LOAD_WORK) == open;
}

static void gather(const struct summary *summary, struct group *group)
{
    group->points = memory_new((summary->point_count + 1) * sizeof *group->points);
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *point = &summary->points[i];
        if (!is_of_kind(point, group->micro, group->open) || point->threads != group->threads ||
            strcmp(point->dispatch, group->dispatch) != 0)
            continue;
        group->points[group->point_count++] = i;
        for (size_t c = 0; c < summary->collector_count; c++)
            group->completed +=
                group->open ? summary_cell(summary, i, c)->completed_count > 0
                            : summary_cell(summary, i, c)->figures[FIGURE_TIME_NS].count > 0;
    }
}

static struct group_list make(const struct summary *summary, bool micro, bool open)
{
    struct group_list list = {memory_new((summary->point_count + 1) * sizeof *list.groups), 0};
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *point = &summary->points[i];
        if (!is_of_kind(point, micro, open) || is_known(&list, point))
            continue;
        struct group *group = &list.groups[list.count++];
        *group = (struct group){
            .micro = micro, .open = open, .dispatch = point->dispatch, .threads = point->threads};
        gather(summary, group);
    }
    qsort(list.groups, list.count, sizeof *list.groups, compare_groups);
    return list;
}

struct group_list group_list_make(const struct summary *summary, bool micro)
{
    return make(summary, micro, false);
}

struct group_list group_list_make_open(const struct summary *summary)
{
    return make(summary, false, true);
}

void group_list_free(struct group_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->groups[i].points);
    free(list->groups);
    *list = (struct group_list){0};
}

const struct group *group_headline(const struct group_list *list)
{
    const struct group *best = list->count > 0 ? &list->groups[0] : NULL;
    for (size_t i = 1; i < list->count; i++) {
        if (list->groups[i].completed > best->completed)
            best = &list->groups[i];
    }
    return best;
}

void group_name(const struct group *group, struct text *name)
{
    text_append(name, group->dispatch);
    if (group->threads > 0)
        text_format(name, ", %lld thread%s", (long long)group->threads,
                    group->threads == 1 ? "" : "s");
    if (group->open)
        text_append(name, ", load on a schedule");
}

bool group_has_completed(const struct summary *summary, const struct group *group, size_t collector)
{
    for (size_t i = 0; i < group->point_count; i++) {
        if (summary_cell(summary, group->points[i], collector)->completed_count > 0)
            return true;
    }
    return false;
}

bool group_has_tried(const struct summary *summary, const struct group *group, size_t collector)
{
    for (size_t i = 0; i < group->point_count; i++) {
        if (summary_cell(summary, group->points[i], collector)->tried > 0)
            return true;
    }
    return false;
}
