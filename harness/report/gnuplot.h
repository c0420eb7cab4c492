/* SPDX-License-Identifier: MIT
 *
 * Charts drawn by gnuplot, a program of its own: a script goes in, a picture comes out.
 */
#ifndef HEAPMARK_REPORT_GNUPLOT_H
#define HEAPMARK_REPORT_GNUPLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "report/chart.h"

enum gnuplot_format { GNUPLOT_SVG, GNUPLOT_PNG, GNUPLOT_PDF, GNUPLOT_FORMAT_COUNT };

/* "svg", "png", "pdf": names of formats, and how files of it end; NULL after the last. */
extern const char *const gnuplot_format_words[GNUPLOT_FORMAT_COUNT + 1];

struct gnuplot_picture {
    enum gnuplot_format format;
    unsigned width; /* in pixels; of PNG there are twice as many, and 880 are 7 inches of a PDF */
    bool alone;     /* with title, verdict, legend and noise, on white; else those are the page's */
};

/* Append the script that draws the chart. Texts become quoted strings in which nothing is run or
 * marked up; control codes are shown as in text_append_terminal, and what is too long for its place
 * is cut. */
void gnuplot_script(const struct chart *chart, const struct gnuplot_picture *picture,
                    struct text *script);

/* Run the script, without a shell and without the user's gnuplot settings, and append what
 * gnuplot drew, which may hold any bytes. Blocks until it is done or `limit_ns` is over; it is
 * killed then. All errors are the system's: gnuplot is not installed (`missing` is set), cannot
 * draw this format, fails (its own words are told), takes too long, or draws more than is sensible.
 * `drawn` is unchanged then. */
bool gnuplot_run(const char *script, uint64_t limit_ns, struct text *drawn, bool *missing,
                 struct error *error);

#endif
