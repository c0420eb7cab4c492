/* SPDX-License-Identifier: MIT
 *
 * JSON for the page's script; see data.h.
 *
 * Ten thousand trials have to fit into a page: so a trial is an array, and the words of all
 * commands, which are nearly all alike, stand in one list.
 */
#include "report/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/look.h"

enum { MOST_TICKS = 6, PRECISION = 5 };

static json_t *text_of(const char *chars)
{
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    json_t *json = json_string_nocheck(text_chars(&shown));
    text_free(&shown);
    return json;
}

/* JSON has no NAN. */
static json_t *number_of(double value)
{
    if (!isfinite(value))
        return json_null();
    if (value == floor(value) && fabs(value) < 1e15)
        return json_integer((json_int_t)value);
    return json_real(value);
}

static json_t *index_of(size_t index)
{
    return index == SIZE_MAX ? json_null() : json_integer((json_int_t)index);
}

/* ---- charts ---- */

/* [value, low, high, note, failed, across, accent], without what says nothing at its end. */
static json_t *mark_of(const struct chart *chart, const struct chart_mark *mark)
{
    json_t *json = json_array();
    json_array_append_new(json, number_of(mark->value));
    bool noted = mark->note != NULL && !isfinite(mark->value);
    bool placed = mark->accent || (chart->form == CHART_SCATTER && isfinite(mark->across));
    if (isfinite(mark->low) || noted || placed) {
        json_array_append_new(json, number_of(mark->low));
        json_array_append_new(json, number_of(mark->high));
    }
    if (noted || placed) {
        json_array_append_new(json, noted ? text_of(mark->note) : json_null());
        json_array_append_new(json, json_boolean(mark->failed));
    }
    if (placed) {
        json_array_append_new(json, number_of(mark->across));
        json_array_append_new(json, json_integer(mark->accent));
    }
    return json;
}

static json_t *series_of(const struct chart *chart, const struct chart_series *series)
{
    json_t *marks = json_array();
    for (size_t i = 0; i < chart->category_count; i++)
        json_array_append_new(marks, mark_of(chart, &series->marks[i]));
    return json_pack("{s:o, s:I, s:I, s:b, s:o}", "name", text_of(series->name), "look",
                     (json_int_t)series->look, "follows", (json_int_t)series->follows, "hollow",
                     series->hollow, "marks", marks);
}

static json_t *ticks_of(const struct chart_axis *axis)
{
    json_t *ticks = json_array();
    for (size_t i = 0; i < axis->tick_count; i++) {
        json_t *tick = json_array();
        json_array_append_new(tick, json_real(axis->ticks[i]));
        json_array_append_new(tick, text_of(axis->labels[i]));
        json_array_append_new(ticks, tick);
    }
    return ticks;
}

static json_t *label_of(const struct chart *chart)
{
    struct text label = {0};
    text_format(&label, "%s. %s", chart->title, chart->verdict);
    json_t *json = text_of(text_chars(&label));
    text_free(&label);
    return json;
}

static const char *const units[] = {[CHART_NS] = "ns",
                                    [CHART_BYTES] = "bytes",
                                    [CHART_TIMES] = "times",
                                    [CHART_SHARE] = "share",
                                    [CHART_PLAIN] = "plain"};

/* The axis from left to right, and what belongs to it. */
static json_t *across_of(const struct chart *chart)
{
    struct chart_axis axis = chart_axis_across(chart, MOST_TICKS);
    return json_pack("{s:s, s:b, s:o, s:b, s:o, s:o, s:o}", "unit", units[chart->across_unit],
                     "log", chart->log_across, "axis", text_of(chart->across), "joined",
                     chart->joined, "low", json_real(axis.low), "high", json_real(axis.high),
                     "ticks", ticks_of(&axis));
}

static json_t *opacities_of(const struct chart *chart)
{
    json_t *opacities = json_array();
    for (size_t i = 0; i < chart->category_count; i++)
        json_array_append_new(opacities, json_real(chart_part_opacity(chart, i)));
    return opacities;
}

json_t *data_of_chart(const struct chart *chart)
{
    static const char *const forms[] = {
        [CHART_DOTS] = "dots",       [CHART_BARS] = "bars",   [CHART_LINES] = "lines",
        [CHART_SCATTER] = "scatter", [CHART_STACK] = "stack", [CHART_HEAT] = "heat",
    };
    struct chart_axis axis = chart_axis(chart, MOST_TICKS);
    json_t *categories = json_array(), *points = json_array(), *series = json_array();
    for (size_t i = 0; i < chart->category_count; i++) {
        json_array_append_new(categories, text_of(chart->categories[i]));
        json_array_append_new(points, index_of(chart->category_points[i]));
    }
    for (size_t i = 0; i < chart->series_count; i++)
        json_array_append_new(series, series_of(chart, &chart->series[i]));
    json_t *json =
        json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "form", forms[chart->form],
                  "unit", units[chart->unit], "log", chart->log_axis, "reference",
                  number_of(chart->reference), "axis", text_of(chart->axis), "label",
                  label_of(chart), "categories", categories, "points", points, "series", series);
    json_object_set_new(json, "low", json_real(axis.low));
    json_object_set_new(json, "high", json_real(axis.high));
    json_object_set_new(json, "ticks", ticks_of(&axis));
    json_object_set_new(json, "point", index_of(chart->point));
    if (chart->bands)
        json_object_set_new(json, "bands", json_true());
    if (chart->form == CHART_SCATTER)
        json_object_set_new(json, "across", across_of(chart));
    if (chart->form == CHART_STACK)
        json_object_set_new(json, "opacities", opacities_of(chart));
    return json;
}

/* ---- the run ---- */

static json_t *point_of(const struct summary_point *point)
{
    char heap[UNITS_TEXT_BYTES] = "no limit";
    if (point->heap_bytes >= 0)
        units_format_bytes((uint64_t)point->heap_bytes, heap);
    return json_pack("{s:o, s:o, s:o, s:I, s:s}", "workload", text_of(point->workload),
                     "parameters", text_of(point->parameters), "dispatch", text_of(point->dispatch),
                     "threads", (json_int_t)point->threads, "heap", heap);
}

/* Words met so far, each with its number. */
struct words {
    json_t *list, *numbers;
};

static json_t *number_of_word(struct words *words, const char *word)
{
    json_t *number = json_object_get(words->numbers, word);
    if (number != NULL)
        return json_incref(number);
    number = json_integer((json_int_t)json_array_size(words->list));
    json_array_append_new(words->list, text_of(word));
    json_object_set_nocheck(words->numbers, word, number);
    return number;
}

static json_t *command_of(struct words *words, const struct trial_record *record)
{
    struct text_list pieces = {0};
    json_t *command = json_array();
    text_split(&pieces, record_text(record, TRIAL_COMMAND, ""), ' ');
    for (size_t i = 0; i < pieces.count; i++)
        json_array_append_new(command, number_of_word(words, pieces.items[i]));
    text_list_free(&pieces);
    return command;
}

static json_t *trial_of(const struct trial_record *record)
{
    static const enum trial_field figures[] = {TRIAL_WALL_NS, TRIAL_PAUSE_COUNT, TRIAL_PAUSE_MAX_NS,
                                               TRIAL_FOOTPRINT_PEAK_BYTES};
    json_t *json = json_array();
    json_array_append_new(json, number_of(record_real(record, TRIAL_SEQUENCE, NAN)));
    json_array_append_new(json, number_of(record_real(record, TRIAL_BLOCK, NAN)));
    json_array_append_new(json, json_integer(record_outcome(record, OUTCOME_CRASH)));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_array_append_new(json, number_of(record_real(record, figures[i], NAN)));
    return json;
}

static json_t *cell_of(const struct summary_cell *cell, struct words *words)
{
    json_t *trials = json_array();
    for (size_t i = 0; i < cell->completed_count; i++)
        json_array_append_new(trials, trial_of(cell->completed[i]));
    for (size_t i = 0; i < cell->failed_count; i++)
        json_array_append_new(trials, trial_of(cell->failed[i]));
    const struct trial_record *first =
        cell->completed_count > 0 ? cell->completed[0] : cell->failed[0];
    const struct summary_figure *time = &cell->figures[FIGURE_TIME_NS];
    json_t *json = json_pack("{s:o, s:o}", "trials", trials, "command", command_of(words, first));
    if (time->count > 0)
        json_object_set_new(json, "time",
                            json_pack("{s:f, s:f, s:I}", "median", time->median, "mean", time->mean,
                                      "outliers", (json_int_t)time->outliers));
    return json;
}

static json_t *cells_of(const struct summary *summary, json_t *list)
{
    struct words words = {list, json_object()};
    json_t *cells = json_array();
    for (size_t p = 0; p < summary->point_count; p++) {
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, p, c);
            if (cell->completed_count + cell->failed_count == 0)
                continue;
            json_t *json = cell_of(cell, &words);
            json_object_set_new(json, "point", json_integer((json_int_t)p));
            json_object_set_new(json, "collector", json_integer((json_int_t)c));
            json_array_append_new(cells, json);
        }
    }
    json_decref(words.numbers);
    return cells;
}

static json_t *outcomes(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        json_array_append_new(list, json_string(record_outcome_word((enum trial_outcome)i)));
    return list;
}

static json_t *markers(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < LOOK_MARKERS; i++)
        json_array_append_new(list, json_string(look_marker(i)->path));
    return list;
}

void data_append(const struct summary *summary, json_t *charts, struct text *data)
{
    json_t *collectors = json_array(), *points = json_array(), *words = json_array();
    for (size_t c = 0; c < summary->collector_count; c++)
        json_array_append_new(collectors, text_of(summary->collectors[c]));
    for (size_t p = 0; p < summary->point_count; p++)
        json_array_append_new(points, point_of(&summary->points[p]));
    json_t *cells = cells_of(summary, words);
    json_t *json =
        json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:O}", "colours", LOOK_SERIES_COLOURS,
                  "markers", markers(), "outcomes", outcomes(), "collectors", collectors, "points",
                  points, "words", words, "cells", cells, "charts", charts);
    char *chars = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(PRECISION));
    CHECK(chars != NULL, "the data of a page cannot be written as JSON");
    text_append(data, chars);
    free(chars);
    json_decref(json);
}
