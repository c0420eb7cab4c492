/* SPDX-License-Identifier: MIT
 *
 * Critical rates: requests' time by their rate, where a search has looked for the highest rate that
 * keeps a bound.
 */
#include <math.h>
#include <stdlib.h>

#include "report/charts.h"

/* The bound that trials of the point were held against. NULL: none was. */
static const struct trial_record *find_bound(const struct summary *summary, size_t point)
{
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        for (size_t i = 0; i < cell->completed_count; i++)
            if (record_is_known(cell->completed[i], TRIAL_BOUND_NS))
                return cell->completed[i];
        for (size_t i = 0; i < cell->failed_count; i++)
            if (record_is_known(cell->failed[i], TRIAL_BOUND_NS))
                return cell->failed[i];
    }
    return NULL;
}

bool charts_has_bound(const struct summary *summary, size_t point)
{
    return find_bound(summary, point) != NULL;
}

/* Most of the tries: as the search itself judges. */
static bool is_kept(const struct summary_cell *cell)
{
    size_t kept = 0;
    for (size_t i = 0; i < cell->completed_count; i++) {
        const struct trial_record *record = cell->completed[i];
        kept += record_real(record, TRIAL_BOUND_LATENCY_NS, NAN) <=
                record_real(record, TRIAL_BOUND_NS, NAN);
    }
    return 2 * kept > cell->tried;
}

struct charts_critical_rate charts_find_critical(const struct summary *summary, size_t like,
                                                 size_t collector)
{
    struct charts_critical_rate found = {0};
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *point = &summary->points[i];
        const struct summary_cell *cell = summary_cell(summary, i, collector);
        if (!summary_same_but_rate(&summary->points[like], point) || cell->tried == 0)
            continue;
        found.tries += cell->tried;
        if (is_kept(cell))
            found.kept = fmax(found.kept, point->rate);
        else if (!(found.broken > 0 && found.broken <= point->rate))
            found.broken = point->rate;
    }
    return found;
}

/* ---- the chart ---- */

static void set_mark(struct chart_mark *mark, const struct summary_cell *cell, double rate)
{
    const struct summary_figure *figure = &cell->figures[FIGURE_BOUND_LATENCY_NS];
    mark->value = figure->median;
    mark->low = figure->interval.low;
    mark->high = figure->interval.high;
    mark->across = rate;
    if (isfinite(mark->value))
        return;
    mark->failed = cell->failed_count > 0;
    mark->note = memory_copy_text(
        mark->failed ? record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED))
                     : "not tried");
}

/* Its rates, joined; and hollow, on the line of the bound, the highest that it keeps. */
static void add_collector(struct chart *chart, const struct summary *summary, size_t like,
                          size_t collector)
{
    struct charts_critical_rate found = charts_find_critical(summary, like, collector);
    if (found.tries == 0)
        return;
    size_t lane = chart->series_count;
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    for (size_t i = 0; i < chart->category_count; i++)
        set_mark(&series->marks[i], summary_cell(summary, chart->category_points[i], collector),
                 summary->points[chart->category_points[i]].rate);
    if (!(found.kept > 0))
        return;
    struct text name = {0};
    text_format(&name, "%s: critical rate", summary->collectors[collector]);
    series = chart_add_series(chart, text_chars(&name), collector);
    text_free(&name);
    series->follows = lane;
    series->hollow = true;
    for (size_t i = 0; i < chart->category_count; i++)
        if (summary->points[chart->category_points[i]].rate == found.kept) {
            series->marks[i].value = chart->reference;
            series->marks[i].across = found.kept;
        }
}

static struct chart begin(const struct summary *summary, size_t point,
                          const struct trial_record *bound)
{
    struct text axis = {0}, across = {0}, title = {0};
    text_format(&axis, "p%.6g of requests (log axis; down is faster)",
                record_real(bound, TRIAL_BOUND_PERCENTILE, NAN));
    text_append(&across, "requests a second (log axis; right is more)");
    summary_rates_name(summary, point, &title);
    struct chart chart = chart_new(CHART_SCATTER, CHART_NS, text_chars(&title), text_chars(&axis));
    text_free(&title);
    chart_set_text(&chart.across, &across);
    chart.log_axis = chart.log_across = chart.joined = true;
    chart.across_unit = CHART_PLAIN;
    chart.reference = record_real(bound, TRIAL_BOUND_NS, NAN);
    text_free(&axis);
    return chart;
}

/* "p99 stays within 10 ms up to 36700 a second with a, 9200 a second with b. Rates are …" */
static void append_verdict(struct text *verdict, const struct summary *summary, size_t point,
                           const struct trial_record *bound)
{
    char limit[CHART_LABEL_BYTES];
    double apart = 0;
    chart_format(CHART_NS, record_real(bound, TRIAL_BOUND_NS, NAN), limit);
    text_format(verdict, "p%.6g stays within %s up to",
                record_real(bound, TRIAL_BOUND_PERCENTILE, NAN), limit);
    const char *separator = "";
    for (size_t c = 0; c < summary->collector_count; c++) {
        struct charts_critical_rate found = charts_find_critical(summary, point, c);
        if (found.tries == 0)
            continue;
        if (found.kept > 0)
            text_format(verdict, "%s %.6g a second with %s", separator, found.kept,
                        summary->collectors[c]);
        else
            text_format(verdict, "%s no rate with %s", separator, summary->collectors[c]);
        if (found.kept > 0 && !(found.broken > found.kept))
            text_append(verdict, " or more (none was too high)");
        else if (found.kept > 0)
            apart = fmax(apart, found.broken / found.kept - 1);
        separator = ",";
    }
    text_append(verdict, ".");
    if (apart > 0)
        text_format(verdict, " Rates are told apart to %.2g %%: smaller differences mean nothing.",
                    100 * apart);
}

struct chart charts_critical(const struct summary *summary, size_t point)
{
    const struct trial_record *bound = find_bound(summary, point);
    if (bound == NULL)
        return chart_new(CHART_SCATTER, CHART_NS, "", "");
    struct text verdict = {0}, explanation = {0};
    size_t *points = memory_new((summary->point_count + 1) * sizeof *points);
    size_t count = summary_by_rate(summary, point, points);
    struct chart chart = begin(summary, point, bound);
    for (size_t i = 0; points[0] == point && i < count; i++) {
        struct text name = {0};
        text_format(&name, "%.6g a second", summary->points[points[i]].rate);
        chart_add_point(&chart, text_chars(&name), points[i]);
        text_free(&name);
    }
    for (size_t c = 0; chart.category_count > 0 && c < summary->collector_count; c++)
        add_collector(&chart, summary, point, c);
    if (chart.category_count > 0)
        append_verdict(&verdict, summary, point, bound);
    chart_set_text(&chart.verdict, &verdict);
    text_append(&explanation,
                "Filled marks: the percentile of the requests at each rate that the search tried, "
                "the median of its tries, with their range. The line across is the bound; hollow "
                "marks on it are critical rates: the highest at which most tries keep it.");
    chart_set_text(&chart.explanation, &explanation);
    free(points);
    return chart;
}
