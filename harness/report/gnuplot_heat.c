/* SPDX-License-Identifier: MIT
 *
 * Cells of ratios in gnuplot's language: rectangles and labels, as there is nothing to plot.
 */
#include <math.h>

#include "report/gnuplot_parts.h"

enum { LEANING = 30, MOST_NAME = 20 };

static const double DEEPEST = 0.7; /* of the colour: the figure has to be read on it */

/* Names lean: so many pixels above the cells, and as many beside the last one. */
double parts_heat_top(const struct chart *chart, const struct frame *frame)
{
    size_t longest = 0;
    for (size_t s = 0; s < chart->series_count; s++) {
        size_t length = parts_count_characters(chart->series[s].name);
        longest = length > longest ? length : longest;
    }
    double width =
        parts_character_width(frame) * (double)(longest < MOST_NAME ? longest : MOST_NAME);
    return 20 + 0.6 * width;
}

static void append_column_name(struct text *script, const struct chart *chart,
                               const struct frame *frame, size_t series)
{
    text_append(script, "set label ");
    parts_append_string(script, chart->series[series].name, MOST_NAME);
    text_format(script, " at first %zu, screen %.4f left rotate by %d textcolor rgb ", series,
                1 - (frame->top - 8) / frame->height, LEANING);
    parts_append_colour(script, LOOK_INK);
    text_append(script, "\n");
}

/* Why there is no value, where that fits. */
static const char *words_of(const struct chart_mark *mark, size_t room)
{
    return mark->failed && parts_count_characters(mark->note) > room ? "failed" : mark->note;
}

static void append_cell(struct text *script, const struct chart *chart, size_t series,
                        size_t category, size_t room)
{
    const struct chart_mark *mark = &chart->series[series].marks[category];
    bool drawn = chart_is_drawn(chart, mark);
    char value[CHART_LABEL_BYTES];
    if (!drawn && mark->note == NULL)
        return;
    if (drawn) {
        text_format(script,
                    "set object rectangle from first %.1f, first %.1f to first %.1f, first %.1f "
                    "back fillstyle transparent solid %.2f noborder fillcolor rgb ",
                    (double)series - 0.5, (double)category - 0.5, (double)series + 0.5,
                    (double)category + 0.5, DEEPEST * chart_heat_depth(mark->value));
        parts_append_colour(script, LOOK_SERIES_3);
        text_append(script, "\n");
    }
    snprintf(value, sizeof value, "%.2f", mark->value);
    text_append(script, "set label ");
    parts_append_string(script, drawn ? value : words_of(mark, room), room);
    text_format(script, " at first %zu, first %zu center textcolor rgb ", series, category);
    parts_append_colour(script, drawn ? LOOK_INK : mark->failed ? LOOK_BAD : LOOK_MUTED);
    text_append(script, "\n");
}

void parts_append_heat(struct text *script, const struct chart *chart, const struct frame *frame)
{
    double inner = frame->width - frame->left - frame->right;
    size_t room = parts_characters_in(
        frame, inner / (double)(chart->series_count > 0 ? chart->series_count : 1));
    for (size_t s = 0; s < chart->series_count; s++) {
        append_column_name(script, chart, frame, s);
        for (size_t c = 0; c < chart->category_count; c++)
            append_cell(script, chart, s, c, room);
    }
}
