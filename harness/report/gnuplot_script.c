/* SPDX-License-Identifier: MIT
 *
 * From a chart to gnuplot's language.
 */
#include <math.h>

#include "report/gnuplot_parts.h"

const char *const gnuplot_format_words[] = {
    [GNUPLOT_SVG] = "svg", [GNUPLOT_PNG] = "png", [GNUPLOT_PDF] = "pdf", NULL};

enum {
    FONT_WIDE = 13,
    FONT_NARROW = 12,
    NARROW_BELOW = 480,
    BAR_HEIGHT = 25,
    LINES_HEIGHT = 250,
    SCATTER_HEIGHT = 300,
    HEAT_HEIGHT = 24,
    TITLE_HEIGHT = 10, /* of its middle above the lower edge */
    BAR_LABEL_ROOM = 74,
};

/* ---- The frame ---- */

/* In each row a series, rather than a category. */
static bool has_series_rows(const struct chart *chart)
{
    return chart->form == CHART_BARS || chart->form == CHART_STACK;
}

static bool has_rows(const struct chart *chart)
{
    return chart->form == CHART_DOTS || chart->form == CHART_HEAT || has_series_rows(chart);
}

/* Names at the left take what the longest needs, up to two fifths of the width. */
static double name_margin(const struct chart *chart, const struct frame *frame)
{
    size_t longest = 0;
    bool bars = has_series_rows(chart);
    size_t count = bars ? chart->series_count : chart->category_count;
    for (size_t i = 0; i < count; i++) {
        size_t length = parts_count_characters(bars ? chart->series[i].name : chart->categories[i]);
        longest = length > longest ? length : longest;
    }
    double wanted = (double)longest * parts_character_width(frame) + 14;
    return fmin(wanted, frame->width * 0.4);
}

static void set_height(struct frame *frame, const struct chart *chart)
{
    size_t lanes = chart_lane_count(chart);
    double row = chart->form == CHART_HEAT ? HEAT_HEIGHT : (double)(lanes * LANE_HEIGHT + ROW_GAP);
    double rows =
        has_series_rows(chart) ? (double)(lanes * BAR_HEIGHT) : row * (double)chart->category_count;
    frame->height = chart->form == CHART_LINES     ? LINES_HEIGHT
                    : chart->form == CHART_SCATTER ? SCATTER_HEIGHT
                                                   : frame->top + frame->bottom + rows;
}

static struct frame frame_of(const struct chart *chart, const struct gnuplot_picture *picture)
{
    struct frame frame = {.width = picture->width, .top = 8, .bottom = 46, .right = 14};
    frame.font = picture->width < NARROW_BELOW ? FONT_NARROW : FONT_WIDE;
    /* A page's font is narrow; what draws PNG and PDF takes what there is, as DejaVu. */
    frame.character = picture->alone ? 0.64 : 0.57;
    if (chart->form == CHART_SCATTER)
        frame.top = 2.2 * frame.font; /* the name of the other axis is there */
    if (chart->form == CHART_SCATTER && picture->alone)
        frame.right = 4 * parts_character_width(&frame); /* half a label of the last tick */
    frame.left = has_rows(chart)              ? name_margin(chart, &frame)
                 : chart->unit == CHART_BYTES ? 68
                                              : 58;
    if (chart->form == CHART_HEAT) {
        frame.top = parts_heat_top(chart, &frame);
        frame.right = frame.top; /* names lean over the last column */
    }
    set_height(&frame, chart);
    if (chart->form == CHART_DOTS && chart_has_failures(chart))
        frame.right = 46;
    if (picture->alone)
        parts_make_room(chart, &frame);
    return frame;
}

/* gnuplot takes a font's size as pixels in SVG, and as 4/3 and 3/4 of the terminal's units in PNG
 * and PDF: so the same text has the same share of the width everywhere. */
static void append_terminal(struct text *script, const struct gnuplot_picture *picture,
                            struct frame *frame)
{
    const double points = 7.0 * 72 / 880; /* for a pixel */
    frame->font_scale = picture->format == GNUPLOT_PDF ? points / 0.75 : 1;
    text_append(script, "set terminal ");
    if (picture->format == GNUPLOT_SVG)
        text_format(script, "svg noenhanced size %.0f,%.0f linewidth 1", frame->width,
                    frame->height);
    else if (picture->format == GNUPLOT_PNG)
        text_format(script,
                    "pngcairo noenhanced size %.0f,%.0f fontscale 1.5 linewidth 2 pointscale 3",
                    2 * frame->width, 2 * frame->height);
    else
        text_format(script, "pdfcairo noenhanced size %.4fin,%.4fin linewidth 1.2 pointscale 0.85",
                    frame->width * points / 72, frame->height * points / 72);
    text_format(script, " font 'sans-serif,%.4g'%s\n", frame->font * frame->font_scale,
                picture->alone ? " background rgb '#FFFFFF'" : "");
}

static void append_frame(struct text *script, const struct frame *frame)
{
    text_append(script, "set encoding utf8\nset border 0\nset tics scale 0\nunset key\n"
                        "set errorbars 0\n");
    text_format(script, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
                frame->left / frame->width, 1 - frame->right / frame->width);
    text_format(script, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                1 - frame->top / frame->height, frame->bottom / frame->height);
}

/* ---- Axes ---- */

/* From left to right labels stand beside each other: one that would run into the one before is left
 * out. `end` is where that ends, in pixels. */
static bool has_room(const struct frame *frame, const struct chart_axis *axis, bool is_log,
                     double high, size_t tick, double *end)
{
    double part = is_log ? log(axis->ticks[tick] / axis->low) / log(high / axis->low)
                         : (axis->ticks[tick] - axis->low) / (high - axis->low);
    double character = parts_character_width(frame);
    double half = character * (double)parts_count_characters(axis->labels[tick]) / 2;
    double middle = (frame->width - frame->left - frame->right) * part;
    if (tick > 0 && middle - half < *end + character)
        return false;
    *end = middle + half;
    return true;
}

/* The value axis is `name` ("x" or "y"); `high` may be more than the axis needs. */
static void append_value_axis(struct text *script, const struct frame *frame, bool is_log,
                              const char *name, const struct chart_axis *axis, double high)
{
    double end = 0;
    bool across = name[0] == 'x';
    if (is_log)
        text_format(script, "set logscale %s\n", name);
    text_format(script, "set %srange [%.9g:%.9g]\nset %stics (", name, axis->low, high, name);
    for (size_t i = 0; i < axis->tick_count; i++) {
        text_append(script, i > 0 ? ", " : "");
        bool labelled = !across || has_room(frame, axis, is_log, high, i, &end);
        parts_append_tick_label(script, labelled ? axis->labels[i] : "", CHART_LABEL_BYTES);
        text_format(script, " %.9g", axis->ticks[i]);
    }
    text_append(script, ") textcolor rgb ");
    parts_append_colour(script, LOOK_MUTED);
    text_format(script, "\nset grid %stics back linetype 1 linewidth 1 linecolor rgb ", name);
    parts_append_colour(script, LOOK_GRID);
    text_append(script, "\n");
}

/* At a fixed place: where gnuplot puts the title of an axis depends on the fonts that it finds, and
 * may be below the picture. */
static void append_axis_title(struct text *script, const struct chart *chart,
                              const struct frame *frame)
{
    bool scatter = chart->form == CHART_SCATTER;
    double middle = (frame->left + frame->width - frame->right) / 2;
    text_append(script, "set label ");
    parts_append_string(script, scatter ? chart->across : chart->axis,
                        parts_characters_in(frame, frame->width));
    text_format(script, " at screen %.4f, screen %.4f center textcolor rgb ", middle / frame->width,
                (TITLE_HEIGHT + frame->foot) / frame->height);
    parts_append_colour(script, LOOK_MUTED);
    text_append(script, "\n");
    if (!scatter)
        return;
    text_append(script, "set label ");
    parts_append_string(script, chart->axis, parts_characters_in(frame, frame->width));
    text_format(script, " at screen 0.01, screen %.4f left textcolor rgb ",
                1 - (frame->head + 0.8 * frame->font) / frame->height);
    parts_append_colour(script, LOOK_MUTED);
    text_append(script, "\n");
}

static void append_reference(struct text *script, const struct chart *chart)
{
    if (!isfinite(chart->reference))
        return;
    char from[64], to[64];
    bool lines = chart->form == CHART_LINES || chart->form == CHART_SCATTER;
    snprintf(from, sizeof from, lines ? "graph 0, first %.9g" : "first %.9g, graph 0",
             chart->reference);
    snprintf(to, sizeof to, lines ? "graph 1, first %.9g" : "first %.9g, graph 1",
             chart->reference);
    parts_append_line(script, from, to, LOOK_MUTED, "linewidth 1.5");
}

/* Places along a line that are more than have room for a name of this length: every n-th has one.
 * Windows and sizes go by 1, 2, 5, so that thirds are decades. */
static size_t name_step(const struct chart *chart, const struct frame *frame)
{
    enum { NAME_CHARACTERS = 8 };
    double room = frame->width - frame->left;
    double most = fmax(1, room / (NAME_CHARACTERS * parts_character_width(frame)));
    size_t step = (size_t)ceil((double)chart->category_count / most);
    if (chart->form != CHART_LINES || chart->category_count <= 8 || step <= 1)
        return 1;
    return (step + 2) / 3 * 3;
}

static void append_names(struct text *script, const struct chart *chart, const struct frame *frame)
{
    size_t step = name_step(chart, frame);
    bool bars = has_series_rows(chart);
    bool rows = has_rows(chart);
    size_t count = bars ? chart->series_count : chart->category_count;
    double room =
        rows ? frame->left - 10
             : (frame->width - frame->left) * (double)step / (double)(count > 0 ? count : 1);
    text_format(script, "set %stics (", rows ? "y" : "x");
    for (size_t i = 0; i < count; i += step) {
        text_append(script, i > 0 ? ", " : "");
        parts_append_tick_label(script, bars ? chart->series[i].name : chart->categories[i],
                                parts_characters_in(frame, room));
        text_format(script, " %zu", bars ? chart_lane(chart, i) : i);
    }
    text_append(script, ") textcolor rgb ");
    parts_append_colour(script, LOOK_INK);
    text_append(script, "\n");
}

/* ---- Beside the marks ---- */

/* A cross in the strip at the right, under the word "failed". */
static void append_failures(struct text *script, const struct chart *chart,
                            const struct frame *frame)
{
    if (!chart_has_failures(chart) || chart->form != CHART_DOTS)
        return;
    double place = 1 - 22 / frame->width;
    for (size_t s = 0; s < chart->series_count; s++) {
        for (size_t c = 0; c < chart->category_count; c++) {
            if (!chart->series[s].marks[c].failed)
                continue;
            text_format(script,
                        "set label '' at screen %.4f, first %.6g point pointtype 2 pointsize 0.6 "
                        "linewidth 2 linecolor rgb ",
                        place, parts_lane_place(chart, s, c));
            parts_append_colour(script, look_colour(chart->series[s].look));
            text_append(script, "\n");
        }
    }
    text_format(script, "set label 'failed' at screen %.4f, screen %.4f center textcolor rgb ",
                place, (frame->bottom - frame->font - 4) / frame->height);
    parts_append_colour(script, LOOK_BAD);
    text_append(script, "\n");
}

/* The value, or why there is none, beside each bar. */
static void append_bar_label(struct text *script, const struct chart *chart,
                             const struct frame *frame, size_t series)
{
    const struct chart_mark *mark = &chart->series[series].marks[0];
    char value[CHART_LABEL_BYTES];
    double end =
        chart->form == CHART_STACK ? chart_stack_end(chart, &chart->series[series]) : mark->value;
    bool drawn = isfinite(end);
    if (!drawn && mark->note == NULL)
        return;
    chart_format(chart->unit, end, value);
    text_append(script, "set label ");
    parts_append_string(script, drawn ? value : mark->note,
                        parts_characters_in(frame, frame->width * 0.5));
    text_format(script, " at first %.9g, first %zu left offset character 0.8,0 textcolor rgb ",
                drawn ? fmax(end, parts_clamp(mark->high, 0, chart)) : 0,
                chart_lane(chart, series));
    parts_append_colour(script, drawn ? LOOK_INK : LOOK_BAD);
    text_append(script, "\n");
}

/* ---- The whole ---- */

static void append_rows(struct text *script, const struct chart *chart, const struct frame *frame)
{
    double inner = frame->width - frame->left - frame->right;
    struct chart_axis axis = chart_axis(chart, inner < 300 ? 5 : 9);
    double high = axis.high;
    bool bars = has_series_rows(chart);
    size_t rows = bars ? chart_lane_count(chart) : chart->category_count;
    if (bars)
        high = axis.low + (axis.high - axis.low) * inner / (inner - BAR_LABEL_ROOM);
    append_value_axis(script, frame, chart->log_axis, "x", &axis, high);
    append_axis_title(script, chart, frame);
    append_names(script, chart, frame);
    text_format(script, "set yrange [%.1f:-0.5]\n", (double)rows - 0.5);
    for (size_t row = 1; chart->form == CHART_DOTS && row < rows; row++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "graph 0, first %.1f", (double)row - 0.5);
        snprintf(to, sizeof to, "graph 1, first %.1f", (double)row - 0.5);
        parts_append_line(script, from, to, LOOK_GRID, "linewidth 1");
    }
    for (size_t s = 0; bars && s < chart->series_count; s++)
        append_bar_label(script, chart, frame, s);
    append_failures(script, chart, frame);
}

static void append_columns(struct text *script, const struct chart *chart,
                           const struct frame *frame)
{
    struct chart_axis axis = chart_axis(chart, 7);
    append_value_axis(script, frame, chart->log_axis, "y", &axis, axis.high);
    append_names(script, chart, frame);
    append_axis_title(script, chart, frame);
    text_format(script, "set xrange [-0.3:%.1f]\n", (double)chart->category_count - 0.7);
}

static void append_cells(struct text *script, const struct chart *chart, const struct frame *frame)
{
    append_names(script, chart, frame);
    append_axis_title(script, chart, frame);
    text_format(script, "set xrange [-0.5:%.1f]\nset yrange [%.1f:-0.5]\nunset xtics\n",
                (double)chart->series_count - 0.5, (double)chart->category_count - 0.5);
    parts_append_heat(script, chart, frame);
}

/* Values in both directions. */
static void append_field(struct text *script, const struct chart *chart, const struct frame *frame)
{
    double inner = frame->width - frame->left - frame->right;
    struct chart_axis up = chart_axis(chart, 7);
    struct chart_axis across = chart_axis_across(chart, inner < 400 ? 5 : 8);
    append_value_axis(script, frame, chart->log_axis, "y", &up, up.high);
    append_value_axis(script, frame, chart->log_across, "x", &across, across.high);
    append_axis_title(script, chart, frame);
}

static void append_plot(struct text *script, const struct chart *chart)
{
    struct text plot = {0};
    if (chart->form == CHART_SCATTER)
        parts_append_front(script, &plot, chart, chart_axis(chart, 3).high,
                           chart_axis_across(chart, 3).high);
    for (size_t s = 0; chart->form != CHART_HEAT && s < chart->series_count; s++)
        parts_append_series(script, &plot, chart, s);
    /* gnuplot draws axes only together with something. */
    text_append(script, plot.length > 0 ? text_chars(&plot) : "plot NaN");
    text_append(script, "\n");
    text_free(&plot);
}

void gnuplot_script(const struct chart *chart, const struct gnuplot_picture *picture,
                    struct text *script)
{
    struct frame frame = frame_of(chart, picture);
    append_terminal(script, picture, &frame);
    append_frame(script, &frame);
    if (chart->form == CHART_LINES)
        append_columns(script, chart, &frame);
    else if (chart->form == CHART_HEAT)
        append_cells(script, chart, &frame);
    else if (chart->form == CHART_SCATTER)
        append_field(script, chart, &frame);
    else
        append_rows(script, chart, &frame);
    append_reference(script, chart);
    if (picture->alone)
        parts_append_surroundings(script, chart, &frame);
    append_plot(script, chart);
}
