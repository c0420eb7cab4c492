/* SPDX-License-Identifier: MIT
 *
 * The table that a run ends with; see table.h.
 */
#include "command/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "command/columns.h"
#include "command/failures.h"
#include "command/table_legend.h"
#include "report/flags.h"
#include "report/stalls.h"

/* The collector shown in the n-th place: the baseline, then the others in their order. */
static size_t shown_at(const struct summary *summary, size_t place)
{
    if (place == 0)
        return summary->baseline;
    return place <= summary->baseline ? place - 1 : place;
}

/* Four digits that count, as many as a reader can use. */
static void add_number(struct columns *columns, double value, const char *unit)
{
    if (!isfinite(value)) {
        columns_add(columns, "-");
        return;
    }
    int before = value >= 1000 ? 4 : value >= 100 ? 3 : value >= 10 ? 2 : 1;
    columns_format(columns, "%.*f%s", value < 1 ? 4 : 4 - before, value, unit);
}

static void add_time(struct columns *columns, double time_ns, bool micro)
{
    if (micro)
        add_number(columns, time_ns, " ns/op");
    else
        add_number(columns, time_ns / 1e6, " ms");
}

static void add_interval(struct columns *columns, struct stats_interval interval)
{
    switch (interval.kind) {
    case STATS_BOOTSTRAP_95:
    case STATS_STUDENT_95:
        columns_format(columns, "[%.3f, %.3f]", interval.low, interval.high);
        break;
    case STATS_RANGE:
        columns_format(columns, "%.3f to %.3f", interval.low, interval.high);
        break;
    case STATS_NONE:
        columns_add(columns, "-");
        break;
    }
}

static const char *verdict_words(enum summary_verdict verdict)
{
    switch (verdict) {
    case VERDICT_TOO_FEW:
        return "too few to tell";
    case VERDICT_ALIKE:
        return "not told apart";
    case VERDICT_FASTER:
        return "faster";
    case VERDICT_SLOWER:
        return "slower";
    case VERDICT_NONE:
        break;
    }
    return "-";
}

static void add_ratio(struct columns *columns, const struct summary_cell *cell,
                      const struct summary_ratio *ratio, bool is_baseline)
{
    if (is_baseline) {
        columns_add(columns, cell->completed_count > 0 ? "1" : "-");
        columns_add(columns, "-");
        columns_add(columns, "baseline");
        return;
    }
    add_number(columns, ratio->ratio, "");
    add_interval(columns, ratio->interval);
    columns_add(columns, verdict_words(ratio->verdict));
    if (ratio->verdict == VERDICT_FASTER)
        columns_set_tone(columns, COLUMNS_GOOD);
    else if (ratio->verdict == VERDICT_SLOWER)
        columns_set_tone(columns, COLUMNS_BAD);
}

static void add_pauses(struct columns *columns, const struct summary_cell *cell)
{
    const double values[] = {cell->figures[FIGURE_PAUSE_P99_NS].median,
                             cell->figures[FIGURE_PAUSE_MAX_NS].interval.high};
    const struct summary_figure *count = &cell->figures[FIGURE_PAUSE_COUNT];
    if (count->count == 0)
        columns_add(columns, "-");
    else
        columns_format(columns, "%.0f", count->median);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[UNITS_TEXT_BYTES] = "-";
        if (isfinite(values[i]) && values[i] > 0) /* the longest of no pauses is 0 */
            units_format_ns(values[i], text);
        columns_add(columns, text);
    }
}

static void add_footprint(struct columns *columns, const struct summary_cell *cell)
{
    char text[UNITS_TEXT_BYTES] = "-";
    const struct summary_figure *peak = &cell->figures[FIGURE_FOOTPRINT_PEAK_BYTES];
    if (peak->count > 0)
        units_format_bytes((uint64_t)peak->median, text);
    columns_add(columns, text);
}

/* Did it do wrong? What it cannot do, and memory that does not suffice, are answers like others. */
static bool condemns(const struct summary_cell *cell)
{
    for (size_t i = 0; i < cell->failed_count; i++) {
        enum trial_outcome outcome = record_outcome(cell->failed[i], OUTCOME_COUNT);
        if (outcome == OUTCOME_CRASH || outcome == OUTCOME_HANG || outcome == OUTCOME_WRONG_ANSWER)
            return true;
    }
    return false;
}

/* "5 ok", "3 ok, 2 crash". */
static void add_endings(struct columns *columns, const struct summary_cell *cell)
{
    struct text text = {0};
    if (cell->completed_count > 0)
        text_format(&text, "%zu %s", cell->completed_count, record_outcome_word(OUTCOME_OK));
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        size_t count = 0;
        for (size_t i = 0; i < cell->failed_count; i++)
            count += (int)record_outcome(cell->failed[i], OUTCOME_COUNT) == outcome;
        if (count > 0)
            text_format(&text, "%s%zu %s", text.length > 0 ? ", " : "", count,
                        record_outcome_word((enum trial_outcome)outcome));
    }
    struct text flags = {0};
    report_append_flags(cell, &flags);
    if (flags.length > 0)
        text_format(&text, ": %s", text_chars(&flags));
    text_free(&flags);
    columns_add(columns, text_chars(&text));
    if (condemns(cell))
        columns_set_tone(columns, COLUMNS_BAD);
    text_free(&text);
}

/* What of the point has instructions: FIGURE_COUNT: nothing has. */
static enum summary_figure_name counted_figure(const struct summary *summary, size_t point)
{
    enum summary_figure_name name = summary->points[point].micro ? FIGURE_INSTRUCTIONS_PER_OPERATION
                                                                 : FIGURE_COUNTED_INSTRUCTIONS;
    for (size_t c = 0; c < summary->collector_count; c++)
        if (summary_cell(summary, point, c)->figures[name].count > 0)
            return name;
    return FIGURE_COUNT;
}

/* Of whole workloads in millions. Empty where nothing was counted: the column is left out. */
static void add_instructions(struct columns *columns, const struct summary_cell *cell,
                             enum summary_figure_name name)
{
    if (name == FIGURE_COUNT)
        columns_add(columns, "");
    else if (name == FIGURE_INSTRUCTIONS_PER_OPERATION)
        add_number(columns, cell->figures[name].median, "/op");
    else
        add_number(columns, cell->figures[name].median / 1e6, " M");
}

static void add_headings(struct columns *columns)
{
    static const char *const headings[] = {
        "collector",    "time",   "",    "ratio",   "interval",  "verdict",
        "instructions", "pauses", "p99", "longest", "footprint", "ended"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        columns_add(columns, headings[i]);
}

/* ---- bars ---- */

enum { BAR_PLACES = 6 };

/* What a bar of the point shows: the time, or the requests' p99. */
static double barred_ns(const struct summary *summary, size_t point, size_t collector)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    enum summary_load load = summary->points[point].load;
    const struct summary_figure *figure =
        &cell->figures[load == LOAD_WORK ? FIGURE_TIME_NS : FIGURE_LATENCY_P99_NS];
    return figure->count > 0 ? figure->median : NAN;
}

/* Its share of the greatest of the point; an empty cell where there are no bars, so that the column
 * is left out. */
static void add_bar(struct columns *columns, const struct summary *summary, size_t point,
                    size_t collector, bool bars)
{
    struct text bar = {0};
    double greatest = 0;
    for (size_t i = 0; i < summary->collector_count; i++)
        greatest = fmax(greatest, barred_ns(summary, point, i));
    if (bars && greatest > 0)
        paint_append_bar(&bar, barred_ns(summary, point, collector) / greatest, BAR_PLACES);
    columns_add(columns, text_chars(&bar));
    text_free(&bar);
}

/* ---- open-loop points: times of requests, or what was not offered, in the place of a time ---- */

static void add_figure_ns(struct columns *columns, const struct summary_figure *figure)
{
    char text[UNITS_TEXT_BYTES] = "-";
    if (figure->count > 0)
        units_format_ns(figure->median, text);
    columns_add(columns, text);
}

static void add_latencies(struct columns *columns, const struct summary *summary, size_t point,
                          size_t collector, bool bars)
{
    static const enum summary_figure_name names[] = {FIGURE_LATENCY_P50_NS, FIGURE_LATENCY_P90_NS,
                                                     FIGURE_LATENCY_P99_NS, FIGURE_LATENCY_P999_NS,
                                                     FIGURE_LATENCY_MAX_NS};
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        add_figure_ns(columns, &cell->figures[names[i]]);
        if (names[i] == FIGURE_LATENCY_P99_NS)
            add_bar(columns, summary, point, collector, bars);
    }
}

static void add_offers(struct columns *columns, const struct summary_cell *cell)
{
    static const enum summary_figure_name names[] = {FIGURE_OFFERED_BYTES, FIGURE_DEFICIT_BYTES};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[UNITS_TEXT_BYTES] = "-";
        const struct summary_figure *figure = &cell->figures[names[i]];
        if (figure->count > 0)
            units_format_bytes((uint64_t)figure->median, text);
        columns_add(columns, text);
    }
    const struct summary_figure *share = &cell->figures[FIGURE_DEFICIT_SHARE];
    if (share->count > 0)
        columns_format(columns, "%.2f%%", 100 * share->median);
    else
        columns_add(columns, "-");
}

static void add_open_headings(struct columns *columns, enum summary_load load)
{
    static const char *const requests[] = {
        "collector", "p50",     "p90",    "p99",       "",        "p99.9",     "max",   "p99 ratio",
        "interval",  "verdict", "pauses", "pause p99", "longest", "footprint", "ended", NULL};
    static const char *const offers[] = {"collector", "offered", "deficit",   "share", "pauses",
                                         "pause p99", "longest", "footprint", "ended", NULL};
    const char *const *headings = load == LOAD_REQUESTS ? requests : offers;
    for (size_t i = 0; headings[i] != NULL; i++)
        columns_add(columns, headings[i]);
}

static void append_open_cells(struct columns *columns, const struct summary *summary, size_t point,
                              bool bars)
{
    enum summary_load load = summary->points[point].load;
    add_open_headings(columns, load);
    for (size_t place = 0; place < summary->collector_count; place++) {
        size_t collector = shown_at(summary, place);
        const struct summary_cell *cell = summary_cell(summary, point, collector);
        if (cell->tried == 0)
            continue;
        columns_add(columns, summary->collectors[collector]);
        if (load == LOAD_REQUESTS) {
            add_latencies(columns, summary, point, collector, bars);
            add_ratio(columns, cell, &cell->latency, collector == summary->baseline);
        } else
            add_offers(columns, cell);
        add_pauses(columns, cell);
        add_footprint(columns, cell);
        add_endings(columns, cell);
    }
}

static void append_heading(struct text *text, const struct summary *summary,
                           const struct summary_point *point)
{
    char heap[UNITS_TEXT_BYTES] = "without a limit";
    if (point->heap_bytes >= 0)
        units_format_bytes((uint64_t)point->heap_bytes, heap);
    text_append_terminal(text, point->workload);
    text_format(
        text, ": %" PRId64 " thread%s%s, %s, heap %s", point->threads,
        point->threads == 1 ? "" : "s",
        point->threads > 1 && strcmp(point->work_sharing, "shared") == 0 ? " sharing the work" : "",
        point->dispatch, heap);
    if (point->heap_multiple > 0)
        text_format(text, " (%.4gx the smallest)", point->heap_multiple);
    else if (point->heap_bytes < 0 && summary_has_multiples(summary))
        text_append(text, ", at the footprint that was reached");
    if (*point->parameters != '\0') {
        text_append(text, " (");
        text_append_terminal(text, point->parameters);
        text_append(text, ")");
    }
    text_append(text, "\n");
}

static void append_work_cells(struct columns *columns, const struct summary *summary, size_t point,
                              bool bars)
{
    enum summary_figure_name counted = counted_figure(summary, point);
    add_headings(columns);
    for (size_t place = 0; place < summary->collector_count; place++) {
        size_t collector = shown_at(summary, place);
        const struct summary_cell *cell = summary_cell(summary, point, collector);
        if (cell->tried == 0)
            continue;
        columns_add(columns, summary->collectors[collector]);
        add_time(columns, cell->figures[FIGURE_TIME_NS].median, summary->points[point].micro);
        add_bar(columns, summary, point, collector, bars);
        add_ratio(columns, cell, &cell->ratio, collector == summary->baseline);
        add_instructions(columns, cell, counted);
        add_pauses(columns, cell);
        add_footprint(columns, cell);
        add_endings(columns, cell);
    }
}

static struct columns columns_of_point(const struct summary *summary, size_t point, bool bars)
{
    static const char *const layouts[] = {[LOAD_WORK] = "lrlrllrrrrrl",
                                          [LOAD_REQUESTS] = "lrrrlrrrllrrrrl",
                                          [LOAD_OFFERS] = "lrrrrrrrl"};
    enum summary_load load = summary->points[point].load;
    struct columns columns = {.layout = layouts[load]};
    if (load == LOAD_WORK)
        append_work_cells(&columns, summary, point, bars);
    else
        append_open_cells(&columns, summary, point, bars);
    return columns;
}

/* A line for each collector that has such as are worth telling. */
static void append_stalls(struct text *text, const struct summary *summary, size_t point)
{
    for (size_t place = 0; place < summary->collector_count; place++) {
        struct text stalls = {0};
        size_t collector = shown_at(summary, place);
        if (stalls_tell(summary, point, collector, &stalls)) {
            text_append(text, "  unreported: ");
            text_append_terminal(text, summary->collectors[collector]);
            text_format(text, " %s\n", text_chars(&stalls));
        }
        text_free(&stalls);
    }
}

/* With bars where they are wanted and fit, as a table that wraps is worse than one without. Are
 * there any? */
static bool append_point(struct text *text, const struct summary *summary, size_t point,
                         const struct paint *paint)
{
    enum { INDENT = 2 };
    bool bars = paint->pictures && summary->points[point].load != LOAD_OFFERS;
    struct columns columns = columns_of_point(summary, point, bars);
    if (bars && columns_width_of_rows(&columns) + INDENT > paint->columns) {
        columns_free(&columns);
        columns = columns_of_point(summary, point, false);
        bars = false;
    }
    columns.colour = paint->colour;
    append_heading(text, summary, &summary->points[point]);
    columns_append(text, &columns, INDENT);
    append_stalls(text, summary, point);
    text_append(text, "\n");
    columns_free(&columns);
    return bars;
}

static bool was_tried(const struct summary *summary, size_t collector, const size_t *points,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (summary_cell(summary, points[i], collector)->tried > 0)
            return true;
    return false;
}

static void add_mean(struct columns *columns, const struct summary *summary, size_t collector,
                     const size_t *points, size_t count)
{
    struct summary_comparison comparison =
        summary_compare(summary, summary->baseline, collector, points, count);
    columns_add(columns, summary->collectors[collector]);
    add_number(columns, comparison.ratio, "");
    add_interval(columns, comparison.interval);
    add_number(columns, comparison.least, "");
    add_number(columns, comparison.greatest, "");
    columns_format(columns, "%zu of %zu", comparison.points, count);
}

/* The collectors over all points of one kind and dispatch, where there are several and the
 * baseline is one of those that were tried there. */
static void append_means(struct text *text, const struct summary *summary, bool micro,
                         const char *dispatch)
{
    static const char *const headings[] = {"collector", "ratio",    "interval",
                                           "least",     "greatest", "over"};
    enum { HEADINGS = sizeof headings / sizeof *headings };
    size_t *points = memory_new((summary->point_count + 1) * sizeof *points);
    size_t count = summary_select(summary, micro, dispatch, 0, points);
    bool compared = count > 1 && was_tried(summary, summary->baseline, points, count);
    struct columns columns = {.layout = "lrlrrl"};
    for (size_t i = 0; i < HEADINGS; i++)
        columns_add(&columns, headings[i]);
    for (size_t place = 1; place < summary->collector_count && compared; place++) {
        size_t collector = shown_at(summary, place);
        if (was_tried(summary, collector, points, count))
            add_mean(&columns, summary, collector, points, count);
    }
    if (columns.cells.count > HEADINGS) {
        text_format(text, "All %zu %s points, %s: geometric mean of the ratios\n", count,
                    micro ? "micro" : "whole", dispatch);
        columns_append(text, &columns, 2);
        text_append(text, "\n");
    }
    columns_free(&columns);
    free(points);
}

/* Is there a point at which another completed and the baseline did not? Then dashes stand for its
 * ratios. */
static bool lacks_baseline(const struct summary *summary, size_t point)
{
    bool others = false;
    for (size_t c = 0; c < summary->collector_count; c++)
        others = others || (c != summary->baseline && !summary->instruments[c] &&
                            summary_cell(summary, point, c)->completed_count > 0);
    const struct summary_cell *base = summary_cell(summary, point, summary->baseline);
    return others && base->tried > 0 && base->completed_count == 0;
}

static void append_lack(struct text *text, const struct summary *summary)
{
    size_t lacking = 0;
    for (size_t point = 0; point < summary->point_count; point++)
        lacking += lacks_baseline(summary, point);
    if (lacking == 0)
        return;
    text_append(text, "The baseline ");
    text_append_terminal(text, summary->collectors[summary->baseline]);
    text_format(
        text,
        " completed no trial at %zu of %zu points, so there are no ratios there: name another by "
        "--baseline.\n\n",
        lacking, summary->point_count);
}

void table_append(struct text *text, const struct summary *summary, const struct paint *paint)
{
    static const char *const dispatches[] = {"inline", "table"};
    bool bars = false;
    for (size_t point = 0; point < summary->point_count; point++)
        bars = append_point(text, summary, point, paint) || bars;
    for (size_t i = 0; i < sizeof dispatches / sizeof *dispatches; i++) {
        append_means(text, summary, false, dispatches[i]);
        append_means(text, summary, true, dispatches[i]);
    }
    append_lack(text, summary);
    failures_append(text, summary);
    table_append_legend(text, summary, bars);
}
