/* SPDX-License-Identifier: MIT
 *
 * From a chart to gnuplot's language.
 *
 * Strings are in single quotes, within which gnuplot knows no escape but the doubled quote: in
 * double quotes it would run what stands between backticks. Everything is drawn "noenhanced", so
 * that braces, carets and underscores are themselves.
 */
#include <math.h>
#include <string.h>

#include "report/gnuplot.h"
#include "report/look.h"

/* Where things are, in pixels. */
struct frame {
    double width, height;
    double left, right, top, bottom; /* margins */
    double font;
};

enum {
    FONT_WIDE = 13,
    FONT_NARROW = 12,
    NARROW_BELOW = 480,
    LANE_HEIGHT = 12,
    ROW_GAP = 10,
    BAR_HEIGHT = 25,
    LINES_HEIGHT = 250,
    TITLE_HEIGHT = 10, /* of its middle above the lower edge */
    BAR_LABEL_ROOM = 74,
};

/* ---- Strings ---- */

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xC0u) != 0x80u;
}

static size_t count_characters(const char *chars)
{
    size_t count = 0;
    for (; *chars != '\0'; chars++)
        count += starts_character(*chars);
    return count;
}

/* At most `most` characters, the last one an ellipsis if any were left out. A label of a tick is a
 * format to gnuplot, in which a percent sign is written twice. */
static void append_quoted(struct text *script, const char *chars, size_t most, bool is_format)
{
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    bool cut = count_characters(text_chars(&shown)) > most;
    size_t room = cut ? most - 1 : most;
    text_append(script, "'");
    for (const char *at = text_chars(&shown); *at != '\0'; at++) {
        if (starts_character(*at) && room-- == 0)
            break;
        text_append_bytes(script, at, 1);
        if (*at == '\'' || (*at == '%' && is_format))
            text_append_bytes(script, at, 1);
    }
    text_append(script, cut ? "…'" : "'");
    text_free(&shown);
}

static void append_string(struct text *script, const char *chars, size_t most)
{
    append_quoted(script, chars, most, false);
}

static void append_tick_label(struct text *script, const char *chars, size_t most)
{
    append_quoted(script, chars, most, true);
}

static void append_colour(struct text *script, enum look_colour colour)
{
    text_format(script, "'#%06X'", look_colours[colour].light);
}

/* ---- The frame ---- */

static double character_width(const struct frame *frame)
{
    return frame->font * 0.57;
}

static size_t characters_in(const struct frame *frame, double pixels)
{
    double count = pixels / character_width(frame);
    return count < 4 ? 4 : (size_t)count;
}

/* Names at the left take what the longest needs, up to two fifths of the width. */
static double name_margin(const struct chart *chart, const struct frame *frame)
{
    size_t longest = 0;
    bool bars = chart->form == CHART_BARS;
    size_t count = bars ? chart->series_count : chart->category_count;
    for (size_t i = 0; i < count; i++) {
        size_t length = count_characters(bars ? chart->series[i].name : chart->categories[i]);
        longest = length > longest ? length : longest;
    }
    double wanted = (double)longest * character_width(frame) + 14;
    return fmin(wanted, frame->width * 0.4);
}

static struct frame frame_of(const struct chart *chart, unsigned width)
{
    struct frame frame = {.width = width, .top = 8, .bottom = 46, .right = 14};
    frame.font = width < NARROW_BELOW ? FONT_NARROW : FONT_WIDE;
    size_t lanes = chart_lane_count(chart);
    if (chart->form == CHART_LINES) {
        frame.left = chart->unit == CHART_BYTES ? 68 : 58;
        frame.height = LINES_HEIGHT;
        return frame;
    }
    frame.left = name_margin(chart, &frame);
    double row = chart->form == CHART_BARS ? (double)lanes * BAR_HEIGHT
                                           : (double)(lanes * LANE_HEIGHT) + ROW_GAP;
    frame.height = frame.top + frame.bottom + row * (double)chart->category_count;
    if (chart->form == CHART_DOTS && chart_has_failures(chart))
        frame.right = 46;
    return frame;
}

static void append_frame(struct text *script, const struct frame *frame)
{
    text_format(script,
                "set terminal svg noenhanced size %.0f,%.0f font 'sans-serif,%.0f' linewidth 1\n",
                frame->width, frame->height, frame->font);
    text_append(script, "set encoding utf8\nset border 0\nset tics scale 0\nunset key\n"
                        "set errorbars 0\n");
    text_format(script, "set lmargin at screen %.4f\nset rmargin at screen %.4f\n",
                frame->left / frame->width, 1 - frame->right / frame->width);
    text_format(script, "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                1 - frame->top / frame->height, frame->bottom / frame->height);
}

/* ---- Axes ---- */

/* The value axis is `name` ("x" or "y"); `high` may be more than the axis needs. */
static void append_value_axis(struct text *script, const struct chart *chart, const char *name,
                              const struct chart_axis *axis, double high)
{
    if (chart->log_axis)
        text_format(script, "set logscale %s\n", name);
    text_format(script, "set %srange [%.9g:%.9g]\nset %stics (", name, axis->low, high, name);
    for (size_t i = 0; i < axis->tick_count; i++) {
        text_append(script, i > 0 ? ", " : "");
        append_tick_label(script, axis->labels[i], CHART_LABEL_BYTES);
        text_format(script, " %.9g", axis->ticks[i]);
    }
    text_append(script, ") textcolor rgb ");
    append_colour(script, LOOK_MUTED);
    text_format(script, "\nset grid %stics back linetype 1 linewidth 1 linecolor rgb ", name);
    append_colour(script, LOOK_GRID);
    text_append(script, "\n");
}

/* At a fixed place: where gnuplot puts the title of an axis depends on the fonts that it finds, and
 * may be below the picture. */
static void append_axis_title(struct text *script, const struct chart *chart,
                              const struct frame *frame)
{
    double middle = (frame->left + frame->width - frame->right) / 2;
    text_append(script, "set label ");
    append_string(script, chart->axis, characters_in(frame, frame->width));
    text_format(script, " at screen %.4f, screen %.4f center textcolor rgb ", middle / frame->width,
                TITLE_HEIGHT / frame->height);
    append_colour(script, LOOK_MUTED);
    text_append(script, "\n");
}

/* A straight line across the plot at a place of the category axis or the value axis. */
static void append_line(struct text *script, const char *from, const char *to,
                        enum look_colour colour, const char *style)
{
    text_format(script, "set arrow from %s to %s nohead back %s linecolor rgb ", from, to, style);
    append_colour(script, colour);
    text_append(script, "\n");
}

static void append_reference(struct text *script, const struct chart *chart)
{
    if (!isfinite(chart->reference))
        return;
    char from[64], to[64];
    bool lines = chart->form == CHART_LINES;
    snprintf(from, sizeof from, lines ? "graph 0, first %.9g" : "first %.9g, graph 0",
             chart->reference);
    snprintf(to, sizeof to, lines ? "graph 1, first %.9g" : "first %.9g, graph 1",
             chart->reference);
    append_line(script, from, to, LOOK_MUTED, "linewidth 1.5");
}

/* Places along a line that are more than have room for a name of this length: every n-th has one.
 * Windows and sizes go by 1, 2, 5, so that thirds are decades. */
static size_t name_step(const struct chart *chart, const struct frame *frame)
{
    enum { NAME_CHARACTERS = 8 };
    double room = frame->width - frame->left;
    double most = fmax(1, room / (NAME_CHARACTERS * character_width(frame)));
    size_t step = (size_t)ceil((double)chart->category_count / most);
    if (chart->form != CHART_LINES || chart->category_count <= 8 || step <= 1)
        return 1;
    return (step + 2) / 3 * 3;
}

static void append_names(struct text *script, const struct chart *chart, const struct frame *frame)
{
    size_t step = name_step(chart, frame);
    bool bars = chart->form == CHART_BARS;
    bool rows = chart->form != CHART_LINES;
    size_t count = bars ? chart->series_count : chart->category_count;
    double room =
        rows ? frame->left - 10
             : (frame->width - frame->left) * (double)step / (double)(count > 0 ? count : 1);
    text_format(script, "set %stics (", rows ? "y" : "x");
    for (size_t i = 0; i < count; i += step) {
        text_append(script, i > 0 ? ", " : "");
        append_tick_label(script, bars ? chart->series[i].name : chart->categories[i],
                          characters_in(frame, room));
        text_format(script, " %zu", bars ? chart_lane(chart, i) : i);
    }
    text_append(script, ") textcolor rgb ");
    append_colour(script, LOOK_INK);
    text_append(script, "\n");
}

/* ---- Marks ---- */

/* The place of a series in a row of category `category`. */
static double lane_place(const struct chart *chart, size_t series, size_t category)
{
    size_t lanes = chart_lane_count(chart);
    double share = (double)lanes * LANE_HEIGHT / (double)(lanes * LANE_HEIGHT + ROW_GAP);
    double lane = (double)chart_lane(chart, series) + 0.5;
    return (double)category - share / 2 + share * lane / (double)lanes;
}

static double place_of(const struct chart *chart, size_t series, size_t category)
{
    switch (chart->form) {
    case CHART_DOTS:
        return lane_place(chart, series, category);
    case CHART_BARS:
        return (double)chart_lane(chart, series);
    case CHART_LINES:
        break;
    }
    return (double)category;
}

static double clamp(double value, double otherwise, const struct chart *chart)
{
    return isfinite(value) && (value > 0 || !chart->log_axis) ? value : otherwise;
}

/* place value low high. Returns how many marks there are. */
static size_t append_data(struct text *script, const struct chart *chart, size_t series)
{
    size_t count = 0;
    text_format(script, "$series%zu << END\n", series);
    for (size_t c = 0; c < chart->category_count; c++) {
        const struct chart_mark *mark = &chart->series[series].marks[c];
        if (!chart_is_drawn(chart, mark))
            continue;
        count++;
        text_format(script, "%.6g %.9g %.9g %.9g\n", place_of(chart, series, c), mark->value,
                    clamp(mark->low, mark->value, chart), clamp(mark->high, mark->value, chart));
    }
    text_append(script, "END\n");
    return count;
}

static void append_point_style(struct text *script, const struct chart_series *series)
{
    const struct look_marker *marker = look_marker(series->look);
    text_format(script, "pointtype %d pointsize %s linewidth 1.5 linecolor rgb ",
                series->hollow ? marker->hollow : marker->filled, series->hollow ? "0.6" : "0.65");
    append_colour(script, look_colour(series->look));
}

static void append_dots(struct text *script, const struct chart *chart, size_t series)
{
    text_format(script, "$series%zu using 2:1:3:4 with xerrorbars ", series);
    append_point_style(script, &chart->series[series]);
}

static void append_bars(struct text *script, const struct chart *chart, size_t series)
{
    text_format(script,
                "$series%zu using (0):1:(0):2:($1-0.32):($1+0.32) with boxxyerror "
                "fillstyle solid noborder linecolor rgb ",
                series);
    append_colour(script, look_colour(chart->series[series].look));
    text_format(script,
                ", $series%zu using 3:1:($4-$3):(0) with vectors nohead linewidth 2 linecolor rgb ",
                series);
    append_colour(script, LOOK_INK);
}

/* Of more places than that, marks would lie on each other: a bare line, dashed for a second figure.
 */
enum { MOST_MARKED = 24 };

static void append_bare_line(struct text *script, const struct chart_series *series, size_t index)
{
    text_format(script, "$series%zu using 1:2 with lines linewidth 1.5 dashtype %s linecolor rgb ",
                index, series->hollow ? "'.'" : "solid");
    append_colour(script, look_colour(series->look));
}

static void append_lines(struct text *script, const struct chart *chart, size_t series)
{
    if (chart->category_count > MOST_MARKED) {
        append_bare_line(script, &chart->series[series], series);
        return;
    }
    text_format(script, "$series%zu using 1:2:3:4 with yerrorlines ", series);
    append_point_style(script, &chart->series[series]);
}

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
                        place, lane_place(chart, s, c));
            append_colour(script, look_colour(chart->series[s].look));
            text_append(script, "\n");
        }
    }
    text_format(script, "set label 'failed' at screen %.4f, screen %.4f center textcolor rgb ",
                place, (frame->bottom - frame->font - 4) / frame->height);
    append_colour(script, LOOK_BAD);
    text_append(script, "\n");
}

/* The value, or why there is none, beside each bar. */
static void append_bar_label(struct text *script, const struct chart *chart,
                             const struct frame *frame, size_t series)
{
    const struct chart_mark *mark = &chart->series[series].marks[0];
    char value[CHART_LABEL_BYTES];
    bool drawn = chart_is_drawn(chart, mark);
    if (!drawn && mark->note == NULL)
        return;
    chart_format(chart->unit, mark->value, value);
    text_append(script, "set label ");
    append_string(script, drawn ? value : mark->note, characters_in(frame, frame->width * 0.5));
    text_format(script, " at first %.9g, first %zu left offset character 0.8,0 textcolor rgb ",
                drawn ? fmax(mark->value, clamp(mark->high, 0, chart)) : 0,
                chart_lane(chart, series));
    append_colour(script, drawn ? LOOK_INK : LOOK_BAD);
    text_append(script, "\n");
}

/* ---- The whole ---- */

static void append_rows(struct text *script, const struct chart *chart, const struct frame *frame)
{
    double inner = frame->width - frame->left - frame->right;
    struct chart_axis axis = chart_axis(chart, inner < 300 ? 5 : 9);
    double high = axis.high;
    size_t rows = chart->form == CHART_BARS ? chart_lane_count(chart) : chart->category_count;
    if (chart->form == CHART_BARS)
        high = axis.low + (axis.high - axis.low) * inner / (inner - BAR_LABEL_ROOM);
    append_value_axis(script, chart, "x", &axis, high);
    append_axis_title(script, chart, frame);
    append_names(script, chart, frame);
    text_format(script, "set yrange [%.1f:-0.5]\n", (double)rows - 0.5);
    for (size_t row = 1; chart->form == CHART_DOTS && row < rows; row++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "graph 0, first %.1f", (double)row - 0.5);
        snprintf(to, sizeof to, "graph 1, first %.1f", (double)row - 0.5);
        append_line(script, from, to, LOOK_GRID, "linewidth 1");
    }
    for (size_t s = 0; chart->form == CHART_BARS && s < chart->series_count; s++)
        append_bar_label(script, chart, frame, s);
    append_failures(script, chart, frame);
}

static void append_columns(struct text *script, const struct chart *chart,
                           const struct frame *frame)
{
    struct chart_axis axis = chart_axis(chart, 7);
    append_value_axis(script, chart, "y", &axis, axis.high);
    append_names(script, chart, frame);
    append_axis_title(script, chart, frame);
    text_format(script, "set xrange [-0.3:%.1f]\n", (double)chart->category_count - 0.7);
}

void gnuplot_script(const struct chart *chart, unsigned width, struct text *script)
{
    static void (*const append_series[])(struct text *, const struct chart *, size_t) = {
        [CHART_DOTS] = append_dots,
        [CHART_BARS] = append_bars,
        [CHART_LINES] = append_lines,
    };
    struct frame frame = frame_of(chart, width);
    append_frame(script, &frame);
    if (chart->form == CHART_LINES)
        append_columns(script, chart, &frame);
    else
        append_rows(script, chart, &frame);
    append_reference(script, chart);
    struct text plot = {0};
    for (size_t s = 0; s < chart->series_count; s++) {
        if (append_data(script, chart, s) == 0)
            continue;
        text_append(&plot, plot.length > 0 ? ", \\\n  " : "plot ");
        append_series[chart->form](&plot, chart, s);
    }
    /* gnuplot draws axes only together with something. */
    text_append(script, plot.length > 0 ? text_chars(&plot) : "plot NaN");
    text_append(script, "\n");
    text_free(&plot);
}
