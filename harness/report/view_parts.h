/* SPDX-License-Identifier: MIT
 *
 * What sections of charts are made of.
 */
#ifndef HEAPMARK_REPORT_VIEW_PARTS_H
#define HEAPMARK_REPORT_VIEW_PARTS_H

#include "report/view.h"

/* A section with its heading and first paragraph, which are markup; and its end. */
void view_begin(struct text *page, const char *id, const char *heading, const char *words);
void view_end(struct text *page);

/* A table of rows that are there as markup already, under a list of headings that ends with NULL.
 */
void view_append_table(struct text *page, const char *caption, const char *const *headings,
                       const struct text *rows);

/* "inline, 2 threads" as a heading. */
void view_append_group_heading(const struct group *group, struct text *page);

/* The chart over the whole width, with the noise; it is freed. */
void view_append_wide(struct view *view, struct chart *chart, struct text *page);

typedef struct chart view_panel_maker(const struct summary *summary, size_t point);

/* A grid with a chart for each point of the group that has one, of which each is `about` the same;
 * where the charts do not name them, with a legend above it, of all collectors that the group
 * `named` has. */
void view_append_panels(struct view *view, const struct group *group, const char *about,
                        view_panel_maker *make, const struct group *named, struct text *page);

/* A table of the critical rates in the group; nothing where none was searched for. */
void view_append_critical(const struct view *view, const struct group *group, struct text *page);

/* A table of the utilization of each mutator; nothing where no trial had several. */
void view_append_mutators(const struct view *view, struct text *page);

#endif
