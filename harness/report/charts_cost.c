/* SPDX-License-Identifier: MIT
 *
 * Where CPU time goes.
 */
#include <math.h>
#include <stdlib.h>

#include "report/charts.h"
#include "report/overhead.h"

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS };
enum part { PART_PROGRAM, PART_MORE, PART_COLLECTING, PART_OWN_THREADS, PART_OTHERS, PART_COUNT };

static const char *const part_names[PART_COUNT] = {
    [PART_PROGRAM] = "the program, at the least",
    [PART_MORE] = "more, in barriers and allocation",
    [PART_COLLECTING] = "collecting on the program's threads",
    [PART_OWN_THREADS] = "collecting on threads of its own",
    [PART_OTHERS] = "other threads",
};

static void explain_gap(struct chart_mark *mark, const struct summary_cell *cell)
{
    bool failed = cell->completed_count == 0 && cell->failed_count > 0;
    mark->failed = failed;
    mark->note = memory_copy_text(
        failed ? record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED)) : "unknown");
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t point,
                          size_t collector, double floor)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    double mutators = cell->figures[FIGURE_MUTATOR_CPU_NS].median;
    double collecting = cell->figures[FIGURE_COLLECTOR_CPU_NS].median;
    if (cell->tried == 0)
        return;
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    if (!isfinite(mutators) || !isfinite(collecting)) {
        explain_gap(&series->marks[0], cell);
        return;
    }
    series->marks[PART_PROGRAM].value = fmin(floor, mutators);
    series->marks[PART_MORE].value = fmax(mutators - floor, 0);
    /* Trials of before it was stored do not tell it apart: then all is in one part. */
    double own = cell->figures[FIGURE_COLLECTOR_THREADS_CPU_NS].median;
    series->marks[PART_COLLECTING].value = fmax(collecting - (isfinite(own) ? own : 0), 0);
    series->marks[PART_OWN_THREADS].value = own;
    if (!isfinite(own))
        series->marks[PART_OWN_THREADS].note = memory_copy_text("not told apart");
    double others = cell->figures[FIGURE_OTHER_THREADS_CPU_NS].median;
    series->marks[PART_OTHERS].value = others;
    if (!isfinite(others))
        series->marks[PART_OTHERS].note = memory_copy_text("unknown");
}

/* "Collecting takes 12 % of the CPU time with a, 40 % with b." */
static void append_verdict(struct text *verdict, const struct chart *chart)
{
    bool any = false;
    for (size_t s = 0; s < chart->series_count; s++) {
        const struct chart_series *series = &chart->series[s];
        double own = series->marks[PART_OWN_THREADS].value;
        double collecting = series->marks[PART_COLLECTING].value + (isfinite(own) ? own : 0);
        double share = collecting / chart_stack_end(chart, series);
        char shown[CHART_LABEL_BYTES];
        if (!isfinite(share))
            continue;
        chart_format(CHART_SHARE, share, shown);
        text_format(verdict, "%s %s with %s", any ? "," : "Of the CPU time collecting takes", shown,
                    series->name);
        any = true;
    }
    text_append(verdict, any ? "." : "");
}

struct chart charts_cost(const struct summary *summary, size_t point)
{
    struct text name = {0}, verdict = {0}, explanation = {0};
    double floor = overhead_floor(summary, point, OVERHEAD_CPU).cost;
    summary_point_name(summary, point, NOT_NAMED, &name);
    struct chart chart =
        chart_new(CHART_STACK, CHART_NS, text_chars(&name), "CPU time of all threads");
    text_free(&name);
    for (size_t i = 0; i < PART_COUNT; i++)
        chart_add_category(&chart, part_names[i]);
    for (size_t c = 0; c < summary->collector_count && isfinite(floor); c++)
        add_collector(&chart, summary, point, c, floor);
    append_verdict(&verdict, &chart);
    chart_set_text(&chart.verdict, &verdict);
    text_append(
        &explanation,
        "From left to right: the least CPU time that any collector of the workload leaves "
        "to the program; how much more the mutators take beside this collector, in barriers, "
        "counts, slow paths of allocation and worse locality; what it spent explicitly on "
        "collecting, on whatever threads; and what went into threads that nobody told of, the "
        "harness's own left out. Medians over trials.");
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}
