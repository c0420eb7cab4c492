/* SPDX-License-Identifier: MIT
 *
 * Charts drawn by gnuplot, a program of its own: a script goes in, an SVG picture comes out.
 */
#ifndef HEAPMARK_REPORT_GNUPLOT_H
#define HEAPMARK_REPORT_GNUPLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "report/chart.h"

/* Append the script that draws the chart `width` pixels wide, without title and legend: these are
 * for the page. Texts become quoted strings in which nothing is run or marked up; control codes
 * are shown as in text_append_terminal, and what is too long for its place is cut. */
void gnuplot_script(const struct chart *chart, unsigned width, struct text *script);

/* Run the script, without a shell and without the user's gnuplot settings, and append what
 * gnuplot drew. Blocks until it is done or `limit_ns` is over; it is killed then.
 * All errors are the system's: gnuplot is not installed (`missing` is set), fails (its own words
 * are told), takes too long, or draws more than is sensible. `svg` is unchanged then. */
bool gnuplot_run(const char *script, uint64_t limit_ns, struct text *svg, bool *missing,
                 struct error *error);

#endif
