/* SPDX-License-Identifier: MIT
 *
 * Time against heap size.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/charts.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS | PART_HEAP, NO_COLLECTOR = -1 };

/* A place along the line: a heap that was asked for, or what a collector without a limit reached.
 */
struct place {
    double bytes;
    size_t point;
    int64_t collector; /* the one that stands here alone, or NO_COLLECTOR */
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

static bool is_like(const struct summary_point *a, const struct summary_point *b)
{
    return a->micro == b->micro && a->threads == b->threads &&
           strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0;
}

/* As the collector counts, as the limit does for the others; else as the system saw it. */
static double reached_bytes(const struct summary_cell *cell)
{
    double held = cell->figures[FIGURE_HELD_PEAK_BYTES].median;
    return isfinite(held) ? held : cell->figures[FIGURE_FOOTPRINT_PEAK_BYTES].median;
}

static size_t add_reached(const struct summary *summary, size_t point, struct place *places)
{
    size_t count = 0;
    for (size_t c = 0; c < summary->collector_count; c++) {
        double bytes = reached_bytes(summary_cell(summary, point, c));
        if (isfinite(bytes))
            places[count++] = (struct place){bytes, point, (int64_t)c};
    }
    return count;
}

/* Small heaps first. Returns how many; *heaps is how many of them were asked for. */
static size_t find_places(const struct summary *summary, size_t like, struct place *places,
                          size_t *heaps)
{
    size_t count = 0;
    *heaps = 0;
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *point = &summary->points[i];
        if (!is_like(point, &summary->points[like]))
            continue;
        if (point->heap_bytes < 0) {
            count += add_reached(summary, i, &places[count]);
            continue;
        }
        places[count++] = (struct place){(double)point->heap_bytes, i, NO_COLLECTOR};
        ++*heaps;
    }
    qsort(places, count, sizeof *places, compare_places);
    return count;
}

/* "12 MiB (1.5x)"; what was reached is told by a tilde. */
static void add_place(struct chart *chart, const struct summary *summary, const struct place *place)
{
    char bytes[UNITS_TEXT_BYTES];
    struct text name = {0};
    double multiple = summary->points[place->point].heap_multiple;
    units_format_bytes((uint64_t)place->bytes, bytes);
    if (multiple > 0)
        text_format(&name, "%.4g\u00d7 ", multiple);
    text_format(&name, "%s%s", place->collector != NO_COLLECTOR ? "~" : "", bytes);
    chart_add_point(chart, text_chars(&name), place->point);
    text_free(&name);
}

static void set_mark(struct chart_mark *mark, const struct summary_cell *cell)
{
    const struct summary_figure *time = &cell->figures[FIGURE_TIME_NS];
    mark->value = time->median;
    mark->low = time->interval.low;
    mark->high = time->interval.high;
    if (isfinite(mark->value))
        return;
    mark->failed = cell->failed_count > 0;
    mark->note = memory_copy_text(
        mark->failed ? record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED))
                     : "not in this run");
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t collector,
                          const struct place *places, size_t count)
{
    bool hollow = false, any = false;
    for (size_t i = 0; i < count; i++) {
        hollow = hollow || places[i].collector == (int64_t)collector;
        any = any || (places[i].collector == NO_COLLECTOR &&
                      summary_cell(summary, places[i].point, collector)->tried > 0);
    }
    if (!hollow && !any)
        return;
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    series->hollow = hollow && !any;
    for (size_t i = 0; i < count; i++)
        if (places[i].collector == (int64_t)collector ||
            (places[i].collector == NO_COLLECTOR && any))
            set_mark(&series->marks[i], summary_cell(summary, places[i].point, collector));
}

/* "Completed from 1.1× on: a; from 2× on: b." */
static void append_verdict(struct text *verdict, const struct chart *chart)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct chart_series *series = &chart->series[s];
        size_t first = 0;
        while (first < chart->category_count && !isfinite(series->marks[first].value))
            first++;
        if (series->hollow)
            continue;
        if (first == chart->category_count)
            text_format(verdict, "%s completes in none of the heaps. ", series->name);
        else if (first > 0)
            text_format(verdict, "%s completes from %s on. ", series->name,
                        chart->categories[first]);
    }
}

struct chart charts_heap(const struct summary *summary, size_t point)
{
    struct text name = {0}, verdict = {0}, explanation = {0};
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart = chart_new(
        CHART_LINES, CHART_NS, text_chars(&name),
        summary_has_multiples(summary) ? "heap, over the smallest that any needs" : "heap limit");
    text_free(&name);
    chart.bands = true;
    size_t most = summary->point_count * (summary->collector_count + 1) + 1, heaps;
    struct place *places = memory_new(most * sizeof *places);
    size_t count = find_places(summary, point, places, &heaps);
    for (size_t i = 0; heaps > 1 && i < count; i++)
        add_place(&chart, summary, &places[i]);
    for (size_t c = 0; heaps > 1 && c < summary->collector_count; c++)
        add_collector(&chart, summary, c, places, count);
    free(places);
    append_verdict(&verdict, &chart);
    chart_set_text(&chart.verdict, &verdict);
    text_append(
        &explanation,
        "Medians of wall time; the area along a line is the interval or, of few trials, the "
        "range. All collectors have the same bytes. A hollow mark is a collector that takes "
        "no limit, at the memory that it reached (~). Places are in order of size, and not "
        "to scale.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
