/* SPDX-License-Identifier: MIT
 *
 * The marks of a chart in gnuplot's language.
 */
#include <math.h>
#include <stdlib.h>

#include "report/gnuplot_parts.h"

/* In lanes; as in chart.js. */
#define SECOND_LOWER 0.4

double parts_lane_place(const struct chart *chart, size_t series, size_t category)
{
    size_t lanes = chart_lane_count(chart);
    double share = (double)lanes * LANE_HEIGHT / (double)(lanes * LANE_HEIGHT + ROW_GAP);
    double lane = (double)chart_lane(chart, series) + 0.5;
    return (double)category - share / 2 + share * lane / (double)lanes;
}

/* A second figure stands a little below the first, or their lines would lie on one another. */
static double dot_place(const struct chart *chart, size_t series, size_t category)
{
    size_t lanes = chart_lane_count(chart);
    const double lane = (double)LANE_HEIGHT / (double)(lanes * LANE_HEIGHT + ROW_GAP);
    const bool second = chart->series[series].follows != series;
    return parts_lane_place(chart, series, category) + (second ? SECOND_LOWER * lane : 0);
}

static double place_of(const struct chart *chart, size_t series, size_t category)
{
    switch (chart->form) {
    case CHART_DOTS:
        return dot_place(chart, series, category);
    case CHART_BARS:
    case CHART_STACK:
        return (double)chart_lane(chart, series);
    case CHART_SCATTER:
        return chart->series[series].marks[category].across;
    case CHART_LINES:
    case CHART_HEAT:
        break;
    }
    return (double)category;
}

double parts_clamp(double value, double otherwise, const struct chart *chart)
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
        text_format(script, "%.6g %.9g %.9g %.9g %d\n", place_of(chart, series, c), mark->value,
                    parts_clamp(mark->low, mark->value, chart),
                    parts_clamp(mark->high, mark->value, chart), mark->accent);
    }
    text_append(script, "END\n");
    return count;
}

static void append_point_style(struct text *script, const struct chart_series *series)
{
    const struct look_marker *marker = look_marker(series->look);
    text_format(script, "pointtype %d pointsize %s linewidth 1.5 linecolor rgb ",
                series->hollow ? marker->hollow : marker->filled, series->hollow ? "0.6" : "0.65");
    parts_append_colour(script, look_colour(series->look));
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
    parts_append_colour(script, look_colour(chart->series[series].look));
    text_format(script,
                ", $series%zu using 3:1:($4-$3):(0) with vectors nohead linewidth 2 linecolor rgb ",
                series);
    parts_append_colour(script, LOOK_INK);
}

/* Of more places than that, marks would lie on each other: a bare line, dashed for a second figure.
 */
enum { MOST_MARKED = 24 };

static void append_bare_line(struct text *script, const struct chart_series *series, size_t index)
{
    text_format(script, "$series%zu using 1:2 with lines linewidth 1.5 dashtype %s linecolor rgb ",
                index, series->hollow ? "'.'" : "solid");
    parts_append_colour(script, look_colour(series->look));
}

static bool has_accents(const struct chart *chart, size_t series)
{
    for (size_t c = 0; c < chart->category_count; c++)
        if (chart->series[series].marks[c].accent)
            return true;
    return false;
}

/* An area needs two places. */
static bool has_band(const struct chart *chart, size_t series)
{
    size_t count = 0;
    for (size_t c = 0; c < chart->category_count; c++)
        count += chart_is_drawn(chart, &chart->series[series].marks[c]);
    return chart->bands && count > 1;
}

static void append_lines(struct text *script, const struct chart *chart, size_t series)
{
    if (chart->category_count > MOST_MARKED) {
        append_bare_line(script, &chart->series[series], series);
        if (!has_accents(chart, series))
            return;
        text_format(script, ", $series%zu using 1:($5 > 0 ? $2 : NaN) with points ", series);
        append_point_style(script, &chart->series[series]);
        return;
    }
    if (has_band(chart, series)) {
        text_format(script,
                    "$series%zu using 1:3:4 with filledcurves fillstyle transparent solid 0.15 "
                    "noborder linecolor rgb ",
                    series);
        parts_append_colour(script, look_colour(chart->series[series].look));
        text_format(script, ", $series%zu using 1:2 with linespoints ", series);
    } else {
        text_format(script, "$series%zu using 1:2:3:4 with yerrorlines ", series);
    }
    append_point_style(script, &chart->series[series]);
}

static bool has_intervals(const struct chart *chart, size_t series)
{
    for (size_t c = 0; c < chart->category_count; c++)
        if (isfinite(chart->series[series].marks[c].low))
            return true;
    return false;
}

static void append_scatter(struct text *script, const struct chart *chart, size_t series)
{
    if (chart->joined) {
        text_format(script, "$series%zu using 1:2 with lines linewidth 0.75 linecolor rgb ",
                    series);
        parts_append_colour(script, look_colour(chart->series[series].look));
        text_append(script, ", ");
    }
    /* Not "yerrorbars": gnuplot 5.4 paints the ground around their points. */
    if (has_intervals(chart, series)) {
        text_format(
            script,
            "$series%zu using 1:3:(0):($4-$3) with vectors nohead linewidth 1.5 linecolor rgb ",
            series);
        parts_append_colour(script, look_colour(chart->series[series].look));
        text_append(script, ", ");
    }
    text_format(script, "$series%zu using 1:2 with points ", series);
    append_point_style(script, &chart->series[series]);
}

/* A part has data of its own: where it begins and ends. */
static void append_part(struct text *script, struct text *plot, const struct chart *chart,
                        size_t series, size_t part, double *end)
{
    const struct chart_mark *mark = &chart->series[series].marks[part];
    double row = (double)chart_lane(chart, series);
    if (!chart_is_drawn(chart, mark) || !(mark->value > 0))
        return;
    text_format(script, "$part%zu_%zu << END\n%.9g %.6g %.9g %.9g %.6g %.6g\nEND\n", series, part,
                *end, row, *end, *end + mark->value, row - 0.32, row + 0.32);
    text_format(plot,
                "%s$part%zu_%zu using 1:2:3:4:5:6 with boxxyerror fillstyle transparent solid "
                "%.2f noborder linecolor rgb ",
                plot->length > 0 ? ", \\\n  " : "plot ", series, part,
                chart_part_opacity(chart, part));
    parts_append_colour(plot, look_colour(chart->series[series].look));
    *end += mark->value;
}

static void append_parts(struct text *script, struct text *plot, const struct chart *chart,
                         size_t series)
{
    double end = 0;
    for (size_t part = 0; part < chart->category_count; part++)
        append_part(script, plot, chart, series, part, &end);
}

void parts_append_series(struct text *script, struct text *plot, const struct chart *chart,
                         size_t series)
{
    static void (*const append[])(struct text *, const struct chart *, size_t) = {
        [CHART_DOTS] = append_dots,
        [CHART_BARS] = append_bars,
        [CHART_LINES] = append_lines,
        [CHART_SCATTER] = append_scatter,
    };
    if (chart->form == CHART_STACK) {
        append_parts(script, plot, chart, series);
    } else if (append_data(script, chart, series) > 0) {
        text_append(plot, plot->length > 0 ? ", \\\n  " : "plot ");
        append[chart->form](plot, chart, series);
    }
}

/* The marks of the front from left to right. Returns how many there are. */
static size_t find_front(const struct chart *chart, const struct chart_mark **front)
{
    size_t count = 0;
    for (size_t s = 0; s < chart->series_count; s++) {
        for (size_t c = 0; c < chart->category_count; c++) {
            const struct chart_mark *mark = &chart->series[s].marks[c];
            size_t at = count;
            if (!mark->accent)
                continue;
            for (; at > 0 && front[at - 1]->across > mark->across; at--)
                front[at] = front[at - 1];
            front[at] = mark;
            count++;
        }
    }
    return count;
}

void parts_append_front(struct text *script, struct text *plot, const struct chart *chart,
                        double high, double right)
{
    const struct chart_mark **front =
        memory_new((chart->series_count * chart->category_count + 1) * sizeof *front);
    size_t count = find_front(chart, front);
    if (count > 0) {
        text_format(script, "$front << END\n%.9g %.9g\n", front[0]->across, high);
        for (size_t i = 0; i < count; i++)
            text_format(script, "%.9g %.9g\n", front[i]->across, front[i]->value);
        text_format(script, "%.9g %.9g\nEND\n", right, front[count - 1]->value);
        text_format(plot, "%s$front using 1:2 with steps linewidth 1.5 dashtype '-' linecolor rgb ",
                    plot->length > 0 ? ", \\\n  " : "plot ");
        parts_append_colour(plot, LOOK_MUTED);
    }
    free(front);
}
