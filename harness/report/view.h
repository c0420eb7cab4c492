/* SPDX-License-Identifier: MIT
 *
 * The parts of the page. Each appends its section, or nothing where it has nothing to say.
 */
#ifndef HEAPMARK_REPORT_VIEW_H
#define HEAPMARK_REPORT_VIEW_H

#include "report/figure.h"
#include "report/group.h"
#include "report/report.h"
#include "report/summary.h"

/* What all parts look at. */
struct view {
    const struct report_request *request;
    struct summary summary;
    struct group_list whole, micro, open;
    const struct group *headline; /* of whole workloads; of micro ones if there are no others */
    struct figures figures;
};

/* The charts. */
void view_overview(struct view *view, struct text *page); /* headline's picture, no heading */
void view_versus(struct view *view, struct text *page);
void view_time(struct view *view, struct text *page);
void view_latency(struct view *view, struct text *page);
void view_pauses(struct view *view, struct text *page);
void view_overhead(struct view *view, struct text *page);
void view_utilization(struct view *view, struct text *page);
void view_footprint(struct view *view, struct text *page);
void view_space(struct view *view, struct text *page);
void view_cost(struct view *view, struct text *page);
void view_heap(struct view *view, struct text *page);
void view_operations(struct view *view, struct text *page);
void view_dispatch(struct view *view, struct text *page);
void view_scaling(struct view *view, struct text *page);

/* The tables. */
void view_ranking(struct view *view, struct text *page); /* no heading */
void view_heat(struct view *view, struct text *page);    /* no heading */
void view_points(struct view *view, struct text *page);
void view_requests(struct view *view, const struct group *group, struct text *page); /* a table */
void view_heap_maps(struct view *view, struct text *page);
void view_explicit(struct view *view, struct text *page);
void view_drag(struct view *view, struct text *page);
void view_failures(struct view *view, struct text *page);

/* The words. */
void view_compared(struct view *view, struct text *page);
void view_method(struct view *view, struct text *page);
void view_environment(struct view *view, struct text *page);

#endif
