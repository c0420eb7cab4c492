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
    const char *out_path;
};

/* Append the page to `page`, which runs gnuplot for each chart. Where gnuplot is missing or fails,
 * the page has tables in the charts' place and says so: that is no error. The user's mistake: no
 * trials, or a baseline that is not in the run. */
bool report_make_page(const struct report_request *request, struct text *page, struct error *error);

/* Write the page to out_path: beside it first, and renamed when it is whole on the disk, so that a
 * report that was there is replaced or left as it was. The user's mistake, besides those above: a
 * path that is a directory or anything but a plain file, lies in no folder, or may not be
 * written. Other failures, such as a full disk, are the system's. */
bool report_write(const struct report_request *request, struct error *error);

#endif
