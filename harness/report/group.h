/* SPDX-License-Identifier: MIT
 *
 * Points that may stand in one chart: of one kind, one dispatch and one number of threads.
 */
#ifndef HEAPMARK_REPORT_GROUP_H
#define HEAPMARK_REPORT_GROUP_H

#include "report/summary.h"

struct group {
    bool micro;
    bool open;            /* open-loop: no point has a time */
    const char *dispatch; /* borrowed from the summary */
    int64_t threads;
    size_t *points; /* indices, in the summary's order */
    size_t point_count;
    size_t completed; /* cells with a completed trial */
};

struct group_list {
    struct group *groups; /* inline before table, few threads before many */
    size_t count;
};

/* Of micro workloads, or of whole ones whose work is fixed. */
struct group_list group_list_make(const struct summary *summary, bool micro);
/* Of open-loop workloads. */
struct group_list group_list_make_open(const struct summary *summary);
void group_list_free(struct group_list *list);

/* The group that says most: the one with the most cells completed, the first of equals; NULL in an
 * empty list. */
const struct group *group_headline(const struct group_list *list);

/* "inline, 2 threads" */
void group_name(const struct group *group, struct text *name);

/* Whether any point of the group has a completed trial of the collector, or any trial. */
bool group_has_completed(const struct summary *summary, const struct group *group,
                         size_t collector);
bool group_has_tried(const struct summary *summary, const struct group *group, size_t collector);

#endif
