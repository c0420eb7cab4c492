/* SPDX-License-Identifier: MIT
 *
 * What the files that write gnuplot's language share.
 */
#ifndef HEAPMARK_REPORT_GNUPLOT_PARTS_H
#define HEAPMARK_REPORT_GNUPLOT_PARTS_H

#include <stddef.h>

#include "base/text.h"
#include "report/chart.h"
#include "report/gnuplot.h"
#include "report/look.h"

/* Where things are, in pixels: of a picture that stands alone, its head and foot included. */
struct frame {
    double width, height;
    double left, right, top, bottom; /* margins */
    double head, foot;               /* room that a picture in a page does not need */
    double font;
    double character;  /* width of one over the font, more than most have */
    double font_scale; /* points of the terminal for a pixel */
};

enum { LANE_HEIGHT = 12, ROW_GAP = 10 };

/* ---- words ---- */

size_t parts_count_characters(const char *chars);

/* At most `most` characters, the last one an ellipsis if any were left out. A label of a tick is a
 * format to gnuplot, in which a percent sign is written twice. */
void parts_append_string(struct text *script, const char *chars, size_t most);
void parts_append_tick_label(struct text *script, const char *chars, size_t most);

void parts_append_colour(struct text *script, enum look_colour colour);

double parts_character_width(const struct frame *frame);
size_t parts_characters_in(const struct frame *frame, double pixels);

/* A straight line across the plot at a place of the category axis or the value axis. */
void parts_append_line(struct text *script, const char *from, const char *to,
                       enum look_colour colour, const char *style);

/* ---- marks ---- */

/* The value, or where there can be no such mark, the other one. */
double parts_clamp(double value, double otherwise, const struct chart *chart);

/* The place of a series in a row of category `category`. */
double parts_lane_place(const struct chart *chart, size_t series, size_t category);

/* Append data to the script, and what draws them to the list that follows the word plot. */
void parts_append_series(struct text *script, struct text *plot, const struct chart *chart,
                         size_t series);
/* The line below which no mark of a scatter is, from the top to the right of the axes. */
void parts_append_front(struct text *script, struct text *plot, const struct chart *chart,
                        double high, double right);

/* ---- cells ---- */

/* Room above the cells for the names of columns. */
double parts_heat_top(const struct chart *chart, const struct frame *frame);
void parts_append_heat(struct text *script, const struct chart *chart, const struct frame *frame);

/* ---- what stands alone ---- */

/* Widen the frame for title, verdict, legend and noise; then append them. */
void parts_make_room(const struct chart *chart, struct frame *frame);
void parts_append_surroundings(struct text *script, const struct chart *chart,
                               const struct frame *frame);

#endif
