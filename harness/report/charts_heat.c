/* SPDX-License-Identifier: MIT
 *
 * Each time over the least of its row.
 */
#include <math.h>

#include "report/charts.h"
#include "report/verdict.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS };

static double least_time(const struct summary *summary, size_t point)
{
    double least = NAN;
    for (size_t c = 0; c < summary->collector_count; c++)
        least = fmin(least, summary_cell(summary, point, c)->figures[FIGURE_TIME_NS].median);
    return least;
}

static void set_mark(struct chart_mark *mark, const struct summary_cell *cell, double least)
{
    mark->value = cell->figures[FIGURE_TIME_NS].median / least;
    if (isfinite(mark->value) || cell->failed_count == 0)
        return;
    mark->failed = true;
    mark->note = memory_copy_text(record_text(cell->failed[0], TRIAL_OUTCOME, "unknown"));
}

struct chart charts_heat(const struct summary *summary, const struct group *group)
{
    struct text title = {0}, verdict = {0}, explanation = {0};
    text_append(&title, "Time over the least of the row (");
    group_name(group, &title);
    text_append(&title, ")");
    struct chart chart =
        chart_new(CHART_HEAT, CHART_TIMES, text_chars(&title), "1.00 is the fastest of its row");
    text_free(&title);
    for (size_t i = 0; i < group->point_count; i++) {
        struct text name = {0};
        summary_point_name(summary, group->points[i], NOT_NAMED, &name);
        chart_add_point(&chart, text_chars(&name), group->points[i]);
        text_free(&name);
    }
    for (size_t c = 0; c < summary->collector_count; c++) {
        struct chart_series *series = chart_add_series(&chart, summary->collectors[c], c);
        for (size_t i = 0; i < group->point_count; i++)
            set_mark(&series->marks[i], summary_cell(summary, group->points[i], c),
                     least_time(summary, group->points[i]));
    }
    verdict_extremes(summary, group, FIGURE_TIME_NS, "Time", &verdict);
    chart_set_text(&chart.verdict, &verdict);
    text_append(&explanation, "Cells are medians over the least of their row; from three times on "
                              "all have the darkest colour.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
