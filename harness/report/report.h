/* SPDX-License-Identifier: MIT
 *
 * The report on a run: one self-contained HTML page, described in docs/reading-the-report.md.
 */
#ifndef HEAPMARK_REPORT_REPORT_H
#define HEAPMARK_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "report/figure.h"
#include "report/gnuplot.h"
#include "report/versus.h"
#include "store/store.h"

/* What the page is made of; all of it is borrowed. */
struct report_request {
    const struct store_trial *trials; /* of one run */
    size_t trial_count;
    const struct store_run *run;                 /* NULL: nothing is known of it */
    const struct store_environment *environment; /* NULL: likewise */
    /* Label of the collector that ratios refer to. NULL takes the run's own, and where that is
     * unknown or has no trial, the collector that completed the most. */
    const char *baseline;
    const struct versus
        *versus;             /* an earlier run (the base) and this one; NULL: none is asked for */
    const char *versus_name; /* which one */
    const struct text *heap_maps; /* pictures that heapmark heap-map drew, as SVG */
    size_t heap_map_count;
    const char *out_path;
};

/* Is it a picture of a heap over time, as heapmark heap-map draws it? */
bool report_is_heap_map(const struct text *svg);

/* Append the page to `page`, which runs gnuplot for each chart. Where gnuplot is missing or fails,
 * the page has tables in the charts' place and says so: that is no error. The user's mistake: no
 * trials, or a baseline that is not in the run. */
bool report_make_page(const struct report_request *request, struct text *page, struct error *error);

/* Write the page to out_path: beside it first, and renamed when it is whole on the disk, so that a
 * report that was there is replaced or left as it was. The user's mistake, besides those above: a
 * path that is a directory or anything but a plain file, lies in no folder, or may not be
 * written. Other failures, such as a full disk, are the system's. */
bool report_write(const struct report_request *request, struct error *error);

/* Hand each chart of the page that has marks to `take`, in the page's order; NULL only finds the
 * user's mistakes, which are those of report_make_page. */
bool report_visit_charts(const struct report_request *request, chart_taker *take, void *taker,
                         struct error *error);

/* Write each chart into `folder` as a file of its own, which is drawn by gnuplot and named after
 * the chart's title; a folder that is not there is made, if only its last part is missing. Files
 * are replaced as report_write does it. `paths` tells what was written, also where that fails
 * half-way. The user's mistakes are those of report_make_page, a folder that cannot be had, and a
 * run without anything to draw. */
bool report_write_charts(const struct report_request *request, const char *folder,
                         enum gnuplot_format format, struct text_list *paths, struct error *error);

#endif
