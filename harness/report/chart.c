/* SPDX-License-Identifier: MIT
 *
 * Charts are filled in, and their value axes chosen.
 */
#include "report/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"

struct chart chart_new(enum chart_form form, enum chart_unit unit, const char *title,
                       const char *axis)
{
    return (struct chart){
        .form = form,
        .unit = unit,
        .reference = NAN,
        .point = SIZE_MAX,
        .title = memory_copy_text(title),
        .axis = memory_copy_text(axis),
        .across = memory_copy_text(""),
        .about = memory_copy_text(""),
        .verdict = memory_copy_text(""),
        .noise = memory_copy_text(""),
        .explanation = memory_copy_text(""),
    };
}

static void free_series(struct chart_series *series, size_t category_count)
{
    for (size_t i = 0; i < category_count; i++)
        free(series->marks[i].note);
    free(series->marks);
    free(series->name);
}

void chart_free(struct chart *chart)
{
    for (size_t i = 0; i < chart->series_count; i++)
        free_series(&chart->series[i], chart->category_count);
    for (size_t i = 0; i < chart->category_count; i++)
        free(chart->categories[i]);
    free(chart->series);
    free(chart->categories);
    free(chart->category_points);
    free(chart->title);
    free(chart->axis);
    free(chart->across);
    free(chart->about);
    free(chart->verdict);
    free(chart->noise);
    free(chart->explanation);
    *chart = (struct chart){0};
}

void chart_set_text(char **slot, struct text *text)
{
    free(*slot);
    *slot = memory_copy_text(text_chars(text));
    text_free(text);
}

void chart_add_category(struct chart *chart, const char *name)
{
    chart_add_point(chart, name, SIZE_MAX);
}

void chart_add_point(struct chart *chart, const char *name, size_t point)
{
    CHECK(chart->series_count == 0, "category '%s' after %zu series", name, chart->series_count);
    size_t count = chart->category_count + 1;
    chart->categories = memory_resize(chart->categories, count * sizeof *chart->categories);
    chart->category_points =
        memory_resize(chart->category_points, count * sizeof *chart->category_points);
    chart->category_points[chart->category_count] = point;
    chart->categories[chart->category_count++] = memory_copy_text(name);
}

struct chart_series *chart_add_series(struct chart *chart, const char *name, size_t look)
{
    size_t count = chart->series_count + 1;
    chart->series = memory_resize(chart->series, count * sizeof *chart->series);
    struct chart_series *series = &chart->series[chart->series_count];
    *series = (struct chart_series){
        .name = memory_copy_text(name),
        .look = look,
        .follows = chart->series_count++,
        .marks = memory_new((chart->category_count + 1) * sizeof *series->marks),
    };
    for (size_t i = 0; i < chart->category_count; i++)
        series->marks[i] =
            (struct chart_mark){.value = NAN, .low = NAN, .high = NAN, .across = NAN};
    return series;
}

static bool can_stand_at(double value, bool log_axis)
{
    return isfinite(value) && (value > 0 || !log_axis);
}

bool chart_is_drawn(const struct chart *chart, const struct chart_mark *mark)
{
    return can_stand_at(mark->value, chart->log_axis) &&
           (chart->form != CHART_SCATTER || can_stand_at(mark->across, chart->log_across));
}

void chart_append_title(const struct chart *chart, struct text *title)
{
    text_format(title, "%s%s%s", chart->about, chart->about[0] != '\0' ? ": " : "", chart->title);
}

/* ---- Scatters and stacks ---- */

static bool is_beaten(const struct chart *chart, const struct chart_mark *mark)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        for (size_t c = 0; c < chart->category_count; c++) {
            const struct chart_mark *other = &chart->series[s].marks[c];
            if (chart_is_drawn(chart, other) && other->value <= mark->value &&
                other->across <= mark->across &&
                (other->value < mark->value || other->across < mark->across))
                return true;
        }
    }
    return false;
}

void chart_find_front(struct chart *chart)
{
    CHECK(chart->form == CHART_SCATTER, "a front in a chart of form %d", (int)chart->form);
    for (size_t s = 0; s < chart->series_count; s++) {
        for (size_t c = 0; c < chart->category_count; c++) {
            struct chart_mark *mark = &chart->series[s].marks[c];
            mark->accent = chart_is_drawn(chart, mark) && !is_beaten(chart, mark);
        }
    }
}

double chart_part_opacity(const struct chart *chart, size_t category)
{
    const double least = 0.3;
    size_t steps = chart->category_count > 1 ? chart->category_count - 1 : 1;
    return least + (1 - least) * (double)category / (double)steps;
}

double chart_heat_depth(double ratio)
{
    return fmin(fmax(log(ratio) / log(3), 0), 1);
}

double chart_stack_end(const struct chart *chart, const struct chart_series *series)
{
    double end = NAN;
    for (size_t c = 0; c < chart->category_count; c++) {
        if (chart_is_drawn(chart, &series->marks[c]))
            end = (isfinite(end) ? end : 0) + series->marks[c].value;
    }
    return end;
}

bool chart_has_marks(const struct chart *chart)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        for (size_t c = 0; c < chart->category_count; c++) {
            if (chart_is_drawn(chart, &chart->series[s].marks[c]))
                return true;
        }
    }
    return false;
}

bool chart_has_failures(const struct chart *chart)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        for (size_t c = 0; c < chart->category_count; c++) {
            if (chart->series[s].marks[c].failed)
                return true;
        }
    }
    return false;
}

size_t chart_lane(const struct chart *chart, size_t series)
{
    size_t lane = 0;
    for (size_t s = 0; s < chart->series[series].follows; s++)
        lane += chart->series[s].follows == s;
    return lane;
}

size_t chart_lane_count(const struct chart *chart)
{
    size_t lanes = 0;
    for (size_t s = 0; s < chart->series_count; s++)
        lanes += chart->series[s].follows == s;
    return lanes;
}

/* ---- The value axis ---- */

static void widen(bool log_axis, double value, double *low, double *high)
{
    if (!can_stand_at(value, log_axis))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static void widen_by_marks(const struct chart *chart, double *low, double *high)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        if (chart->form == CHART_STACK)
            widen(false, chart_stack_end(chart, &chart->series[s]), low, high);
        for (size_t c = 0; c < chart->category_count; c++) {
            const struct chart_mark *mark = &chart->series[s].marks[c];
            if (!chart_is_drawn(chart, mark) || chart->form == CHART_STACK)
                continue;
            widen(chart->log_axis, mark->value, low, high);
            widen(chart->log_axis, mark->low, low, high);
            widen(chart->log_axis, mark->high, low, high);
        }
    }
}

static void widen_by_places(const struct chart *chart, double *low, double *high)
{
    for (size_t s = 0; s < chart->series_count; s++)
        for (size_t c = 0; c < chart->category_count; c++)
            if (chart_is_drawn(chart, &chart->series[s].marks[c]))
                widen(chart->log_across, chart->series[s].marks[c].across, low, high);
}

/* The least of 1, 2, 5 times a power of ten that is at least `least`. */
static double nice_step(double least)
{
    double power = pow(10, floor(log10(least)));
    static const double steps[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++) {
        if (steps[i] * power >= least * (1 - 1e-9))
            return steps[i] * power;
    }
    return 10 * power;
}

static void add_tick(struct chart_axis *axis, double tick, enum chart_unit unit)
{
    double slack = (axis->high - axis->low) * 1e-9;
    if (axis->tick_count == CHART_MOST_TICKS || tick < axis->low - slack ||
        tick > axis->high + slack)
        return;
    axis->ticks[axis->tick_count] = tick;
    chart_format(unit, tick, axis->labels[axis->tick_count++]);
}

static void add_even_ticks(struct chart_axis *axis, size_t most, enum chart_unit unit)
{
    double least = (axis->high - axis->low) / (double)(most - 1);
    double step = unit == CHART_BYTES ? exp2(ceil(log2(least))) : nice_step(least);
    double first = ceil(axis->low / step - 1e-9);
    for (size_t i = 0; i < most; i++)
        add_tick(axis, (first + (double)i) * step, unit);
}

/* Ticks at 1, 2, 5 of each decade, or at decades, or at every n-th, as room allows. */
static void add_log_ticks(struct chart_axis *axis, size_t most, enum chart_unit unit)
{
    static const double parts[] = {1, 2, 5};
    double decades = log10(axis->high / axis->low);
    size_t parts_used = decades * 3 <= (double)most ? 3 : 1;
    int every = parts_used == 3 ? 1 : (int)ceil(decades / (double)most);
    int last = (int)floor(log10(axis->high) + 1e-9);
    int exponent = (int)floor(log10(axis->low) + 1e-9);
    for (; exponent <= last; exponent++) {
        for (size_t i = 0; i < parts_used && exponent % (every > 0 ? every : 1) == 0; i++)
            add_tick(axis, parts[i] * pow(10, exponent), unit);
    }
}

/* Bytes at powers of two, or at every n-th. */
static void add_doubling_ticks(struct chart_axis *axis, size_t most)
{
    double doublings = log2(axis->high / axis->low);
    int every = (int)ceil(doublings / (double)(most - 1));
    int exponent = (int)ceil(log2(axis->low) - 1e-9);
    for (int last = (int)floor(log2(axis->high) + 1e-9); exponent <= last; exponent++)
        if (exponent % (every > 0 ? every : 1) == 0)
            add_tick(axis, exp2(exponent), CHART_BYTES);
}

/* A log axis of little span reads better with even steps. */
static struct chart_axis log_axis(enum chart_unit unit, double low, double high, size_t most)
{
    double margin = fmax(pow(high / low, 0.04), 1.02);
    struct chart_axis axis = {.low = low / margin, .high = high * margin};
    if (axis.high / axis.low < 6)
        add_even_ticks(&axis, most, unit);
    else if (unit == CHART_BYTES)
        add_doubling_ticks(&axis, most);
    else
        add_log_ticks(&axis, most, unit);
    return axis;
}

/* Bars start at zero, and so do other linear axes unless values are below it. */
static struct chart_axis linear_axis(enum chart_unit unit, double low, double high, size_t most)
{
    low = fmin(low, 0);
    high = high > low ? high : low + 1;
    double margin = (high - low) * 0.04;
    struct chart_axis axis = {.low = low < 0 ? low - margin : low, .high = high + margin};
    add_even_ticks(&axis, most, unit);
    return axis;
}

static struct chart_axis make_axis(enum chart_unit unit, bool is_log, double low, double high,
                                   size_t most_ticks)
{
    CHECK(most_ticks >= 3 && most_ticks <= CHART_MOST_TICKS, "%zu ticks", most_ticks);
    if (!(low <= high)) {
        low = 1;
        high = 10;
    }
    return is_log ? log_axis(unit, low, high, most_ticks)
                  : linear_axis(unit, low, high, most_ticks);
}

struct chart_axis chart_axis(const struct chart *chart, size_t most_ticks)
{
    double low = INFINITY, high = -INFINITY;
    widen(chart->log_axis, chart->reference, &low, &high);
    widen_by_marks(chart, &low, &high);
    return make_axis(chart->unit, chart->log_axis, low, high, most_ticks);
}

struct chart_axis chart_axis_across(const struct chart *chart, size_t most_ticks)
{
    double low = INFINITY, high = -INFINITY;
    widen_by_places(chart, &low, &high);
    return make_axis(chart->across_unit, chart->log_across, low, high, most_ticks);
}

static void format_plain(double value, char *text)
{
    snprintf(text, CHART_LABEL_BYTES, fabs(value) >= 100 && fabs(value) < 1e9 ? "%.0f" : "%.3g",
             value);
}

static void format_ns(double ns, char *text)
{
    char shown[UNITS_TEXT_BYTES];
    units_format_ns(ns, shown);
    char *micro = strstr(shown, " us");
    if (micro == NULL) {
        snprintf(text, CHART_LABEL_BYTES, "%s", shown);
        return;
    }
    *micro = '\0';
    snprintf(text, CHART_LABEL_BYTES, "%s µs", shown);
}

void chart_format(enum chart_unit unit, double value, char text[static CHART_LABEL_BYTES])
{
    if (unit == CHART_NS) {
        format_ns(value, text);
        return;
    }
    if (unit == CHART_BYTES) {
        units_format_bytes((uint64_t)fmax(value, 0), text);
        return;
    }
    format_plain(unit == CHART_SHARE ? 100 * value : value, text);
    if (unit == CHART_SHARE)
        strncat(text, " %", CHART_LABEL_BYTES - strlen(text) - 1);
    if (unit == CHART_TIMES)
        strncat(text, "×", CHART_LABEL_BYTES - strlen(text) - 1);
}
