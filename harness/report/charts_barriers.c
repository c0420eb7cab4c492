/* SPDX-License-Identifier: MIT
 *
 * What an operation costs more than with a collector that does nothing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/charts.h"

/* A chart of either figure. */
struct shown {
    enum summary_figure_name figure;
    enum chart_unit unit;
    const char *title, *axis, *explanation;
};

static const struct shown times = {
    FIGURE_TIME_NS,
    CHART_NS,
    "Cost of an operation beyond none's (",
    "more time for one operation than with none (left is cheaper)",
    "The median time of one operation less that with none, whose operations are bare loads and "
    "stores: what barriers and counts cost, in a loop that is kind to them. Lines are the range "
    "over blocks. A new object may well cost less than with none, which touches fresh memory each "
    "time.",
};

static const struct shown instructions = {
    FIGURE_INSTRUCTIONS_PER_OPERATION,
    CHART_PLAIN,
    "Instructions of an operation beyond none's (",
    "more instructions for one operation than with none (left is cheaper)",
    "Instructions of one operation, as callgrind counts them, less those with none: the difference "
    "of two numbers of iterations, so that nothing but operations is in it, and what the collector "
    "does meanwhile. They do not depend on what else the machine does; they say nothing of atomic "
    "instructions, which take longer than others, and of misses of caches.",
};

enum { NOT_NAMED = PART_DISPATCH | PART_THREADS };

/* The collector whose barriers are bare loads and stores. SIZE_MAX: not at this point. */
static size_t find_bare(const struct summary *summary, size_t point)
{
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->completed_count > 0 &&
            strcmp(record_text(cell->completed[0], TRIAL_COLLECTOR, ""), "none") == 0)
            return c;
    }
    return SIZE_MAX;
}

static size_t find_bare_of_group(const struct summary *summary, const struct group *group)
{
    size_t bare = SIZE_MAX;
    for (size_t i = 0; i < group->point_count && bare == SIZE_MAX; i++)
        bare = find_bare(summary, group->points[i]);
    return bare;
}

/* `none` takes no limit of the heap: where heaps are multiples, it is at a point of its own. */
static const struct summary_cell *bare_cell(const struct summary *summary, size_t point,
                                            size_t bare)
{
    const struct summary_point *like = &summary->points[point];
    for (size_t i = 0; i < summary->point_count; i++) {
        const struct summary_point *other = &summary->points[i];
        const struct summary_cell *cell = summary_cell(summary, i, bare);
        if (cell->completed_count > 0 && other->micro && other->threads == like->threads &&
            strcmp(other->workload, like->workload) == 0 &&
            strcmp(other->parameters, like->parameters) == 0 &&
            strcmp(other->dispatch, like->dispatch) == 0)
            return cell;
    }
    return NULL;
}

/* Median less median; the interval is that of the differences in blocks that both completed. */
static void set_mark(struct chart_mark *mark, const struct summary_cell *base,
                     const struct summary_cell *cell, enum summary_figure_name figure)
{
    if (base == NULL || cell->completed_count == 0) {
        bool failed = cell->completed_count == 0 && cell->failed_count > 0;
        mark->failed = failed;
        mark->note = memory_copy_text(
            failed ? record_outcome_word(record_outcome(cell->failed[0], OUTCOME_REFUSED))
                   : "not in this run");
        return;
    }
    size_t room = base->completed_count + cell->completed_count + 1;
    double *base_ns = memory_new(2 * room * sizeof *base_ns), *other_ns = base_ns + room;
    size_t blocks = figure == FIGURE_TIME_NS
                        ? summary_pair_times(true, base, cell, base_ns, other_ns)
                        : 0; /* counted once a point */
    mark->value = cell->figures[figure].median - base->figures[figure].median;
    for (size_t i = 0; i < blocks; i++) {
        mark->low = fmin(mark->low, other_ns[i] - base_ns[i]);
        mark->high = fmax(mark->high, other_ns[i] - base_ns[i]);
    }
    free(base_ns);
}

static bool has_others(const struct summary *summary, size_t point, size_t bare)
{
    for (size_t c = 0; c < summary->collector_count; c++)
        if (c != bare && summary_cell(summary, point, c)->tried > 0)
            return true;
    return false;
}

static void add_collector(struct chart *chart, const struct summary *summary, size_t collector,
                          size_t bare, enum summary_figure_name figure)
{
    struct chart_series *series =
        chart_add_series(chart, summary->collectors[collector], collector);
    for (size_t i = 0; i < chart->category_count; i++)
        set_mark(&series->marks[i], bare_cell(summary, chart->category_points[i], bare),
                 summary_cell(summary, chart->category_points[i], collector), figure);
}

/* "Of all operations, a adds the most to set (12 ns), b to get (3.1 ns)." */
static void append_verdict(struct text *verdict, const struct chart *chart)
{
    for (size_t s = 0; s < chart->series_count; s++) {
        size_t most = SIZE_MAX;
        const struct chart_series *series = &chart->series[s];
        char value[CHART_LABEL_BYTES];
        for (size_t c = 0; c < chart->category_count; c++)
            if (isfinite(series->marks[c].value) &&
                (most == SIZE_MAX || series->marks[c].value > series->marks[most].value))
                most = c;
        if (most == SIZE_MAX)
            continue;
        chart_format(chart->unit, series->marks[most].value, value);
        text_format(verdict, "%s%s %s to %s (%s)", verdict->length > 0 ? ", " : "", series->name,
                    verdict->length > 0 ? "" : "adds the most", chart->categories[most], value);
    }
    text_append(verdict, verdict->length > 0 ? "." : "");
}

static struct chart make(const struct summary *summary, const struct group *group,
                         const struct shown *shown)
{
    struct text title = {0}, verdict = {0}, explanation = {0};
    size_t bare = find_bare_of_group(summary, group);
    text_append(&title, shown->title);
    group_name(group, &title);
    text_append(&title, ")");
    struct chart chart = chart_new(CHART_DOTS, shown->unit, text_chars(&title), shown->axis);
    text_free(&title);
    chart.reference = 0;
    for (size_t i = 0; i < group->point_count; i++) {
        struct text name = {0};
        if (!has_others(summary, group->points[i], bare))
            continue;
        summary_point_name(summary, group->points[i], NOT_NAMED, &name);
        chart_add_point(&chart, text_chars(&name), group->points[i]);
        text_free(&name);
    }
    for (size_t c = 0; c < summary->collector_count && bare != SIZE_MAX; c++)
        if (c != bare && group_has_tried(summary, group, c))
            add_collector(&chart, summary, c, bare, shown->figure);
    append_verdict(&verdict, &chart);
    chart_set_text(&chart.verdict, &verdict);
    text_append(&explanation, shown->explanation);
    chart_set_text(&chart.explanation, &explanation);
    return chart;
}

struct chart charts_barriers(const struct summary *summary, const struct group *group)
{
    return make(summary, group, &times);
}

struct chart charts_barriers_instructions(const struct summary *summary, const struct group *group)
{
    struct chart chart = make(summary, group, &instructions);
    struct text noise = {0};
    text_append(&noise, CHARTS_NOISE_OF_COUNTS);
    chart_set_text(&chart.noise, &noise);
    return chart;
}
