/* SPDX-License-Identifier: MIT
 *
 * A chart as a figure of the page: picture, legend, words, and its values as a table.
 */
#ifndef HEAPMARK_REPORT_FIGURE_H
#define HEAPMARK_REPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/text.h"
#include "report/chart.h"

/* Takes a chart that has marks, instead of a page; a panel is one of a grid. */
typedef void chart_taker(void *taker, const struct chart *chart, bool is_panel);

/* What the figures of one page share. Zero-initialise; free with figures_free. */
struct figures {
    size_t pictures;      /* drawn so far: makes ids unlike */
    size_t picture_bytes; /* of markup */
    size_t failures;      /* of gnuplot, other than that it is missing */
    bool gnuplot_is_missing;
    bool page_is_full; /* pictures were left out to keep the page small */
    struct text why;   /* what gnuplot failed of first */
    json_t *charts;    /* for the page's script; NULL where there is none */
    chart_taker *take; /* NULL: charts go into the page */
    void *taker;
};

/* Pictures are left out once they fill so many bytes; sooner where the page has its script, which
 * draws them too. */
enum { FIGURES_MOST_BYTES = 900000, FIGURES_MOST_BYTES_BESIDE_SCRIPT = 400000 };

/* A figure over the whole width, drawn once for wide and once for narrow screens. Where no picture
 * comes, it says so and shows the table of values. A chart without marks leaves nothing. */
void figure_append(struct figures *figures, const struct chart *chart, struct text *page);

/* A small one among others in a grid, which have title, legend and explanation in common. */
void figure_append_panel(struct figures *figures, const struct chart *chart, struct text *page);

/* The legend of the chart's subjects, whose looks are their collectors, for a grid of panels. */
void figure_append_legend(const struct chart *chart, struct text *page);

/* What the parts of a stack are, by how much they cover. */
void figure_append_parts(const struct chart *chart, struct text *page);

/* The markers of so many subjects: once in a page, before the first one is used. */
void figure_append_symbols(size_t looks, struct text *page);
/* The marker of a subject, as a picture within a line of text. */
void figure_append_marker(size_t look, struct text *page);

void figures_free(struct figures *figures);

#endif
