/* SPDX-License-Identifier: MIT
 *
 * Memory over time.
 */
#include <math.h>
#include <stdlib.h>

#include "report/charts.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS, STEPS = 48 };

const struct trial_record *charts_middle_trial(const struct summary_cell *cell)
{
    const struct trial_record *middle =
        cell->completed_count > 0 && cell->figures[FIGURE_TIME_NS].count == 0 ? cell->completed[0]
                                                                              : NULL;
    double median_ns = cell->figures[FIGURE_TIME_NS].median, least = INFINITY;
    for (size_t i = 0; i < cell->completed_count; i++) {
        double distance =
            fabs(record_real(cell->completed[i], TRIAL_WALL_NS, INFINITY) - median_ns);
        if (distance < least) {
            least = distance;
            middle = cell->completed[i];
        }
    }
    return middle;
}

/* As of the last sample up to then; after the trial's end there is nothing. */
static double value_at(const struct trial_record *record, enum trial_curve name, double time_ns)
{
    const struct curve *curve = &record->curves[name];
    double value = NAN;
    if (time_ns > record_real(record, TRIAL_WALL_NS, 0))
        return NAN;
    for (size_t i = 0; i < curve->count && curve->points[i].x <= time_ns; i++)
        value = curve->points[i].y;
    return value;
}

/* Did a pause begin in that stretch? */
static bool pauses_between(const struct trial_record *record, double begin_ns, double end_ns)
{
    for (size_t i = 0; i < record->pauses.count; i++) {
        double start_ns = (double)record->pauses.start_ns[i];
        if (start_ns >= begin_ns && start_ns < end_ns)
            return true;
    }
    return false;
}

static double longest_ns(const struct summary *summary, size_t point)
{
    double longest = 0;
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct trial_record *record = charts_middle_trial(summary_cell(summary, point, c));
        if (record != NULL && record->curves[CURVE_HELD].count > 0)
            longest = fmax(longest, record_real(record, TRIAL_WALL_NS, 0));
    }
    return longest;
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t collector,
                          const struct trial_record *record, double step_ns)
{
    static const enum trial_curve curves[] = {CURVE_HELD, CURVE_LIVE};
    size_t lane = chart->series_count;
    for (size_t which = 0; which < 2; which++) {
        struct text name = {0};
        text_append(&name, summary->collectors[collector]);
        text_append(&name, which == 1 ? ": live" : "");
        struct chart_series *series = chart_add_series(chart, text_chars(&name), collector);
        text_free(&name);
        series->follows = lane;
        series->hollow = which == 1;
        for (size_t i = 0; i < STEPS; i++) {
            series->marks[i].value = value_at(record, curves[which], (double)i * step_ns);
            series->marks[i].accent = which == 0 && pauses_between(record, (double)i * step_ns,
                                                                   (double)(i + 1) * step_ns);
        }
    }
}

struct chart charts_memory(const struct summary *summary, size_t point)
{
    struct text name = {0}, verdict = {0}, explanation = {0};
    double step_ns = longest_ns(summary, point) / STEPS;
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart =
        chart_new(CHART_LINES, CHART_BYTES, text_chars(&name), "from the start of the timed part");
    text_free(&name);
    for (size_t i = 0; i < STEPS && step_ns > 0; i++) {
        char label[CHART_LABEL_BYTES];
        chart_format(CHART_NS, (double)i * step_ns, label);
        chart_add_category(&chart, label);
    }
    for (size_t c = 0; c < summary->collector_count && step_ns > 0; c++) {
        const struct trial_record *record = charts_middle_trial(summary_cell(summary, point, c));
        if (record != NULL && record->curves[CURVE_HELD].count > 0)
            add_collector(&chart, summary, c, record, step_ns);
    }
    chart_set_text(&chart.verdict, &verdict);
    text_append(
        &explanation,
        "Lines: bytes held from the operating system, as the collector counts; "
        "dotted: bytes of objects not yet reclaimed, where it counts them. A mark on a line "
        "is where pauses began. Of the trial whose time is the middle one, looked at a "
        "hundred times a second.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
