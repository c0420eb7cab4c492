/* SPDX-License-Identifier: MIT
 *
 * Sections that consist of tables: who stands where, and every point.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/flags.h"
#include "report/html.h"
#include "report/verdict.h"
#include "report/view.h"

/* ---- Cells ---- */

static void append_ns(struct text *page, double ns)
{
    char value[CHART_LABEL_BYTES] = "";
    if (isfinite(ns))
        chart_format(CHART_NS, ns, value);
    text_format(page, "<td class=\"n\">%s", value);
}

static void append_bytes(struct text *page, double bytes)
{
    char value[UNITS_TEXT_BYTES] = "";
    if (bytes >= 0)
        units_format_bytes((uint64_t)bytes, value);
    text_format(page, "<td class=\"n\">%s</td>", value);
}

static void append_interval(struct text *page, struct stats_interval interval, enum chart_unit unit)
{
    char low[CHART_LABEL_BYTES], high[CHART_LABEL_BYTES];
    if (interval.kind == STATS_NONE || !(interval.low < interval.high))
        return;
    chart_format(unit, interval.low, low);
    chart_format(unit, interval.high, high);
    text_format(page,
                interval.kind == STATS_RANGE ? " <small>%s to %s</small>"
                                             : " <small>[%s, %s]</small>",
                low, high);
}

static void append_ratio(struct text *page, double ratio, struct stats_interval interval)
{
    text_append(page, "<td class=\"n\">");
    if (isfinite(ratio)) {
        text_format(page, "%.2f", ratio);
        append_interval(page, interval, CHART_PLAIN);
    }
    text_append(page, "</td>");
}

static void append_subject(const struct summary *summary, size_t collector, struct text *page)
{
    text_append(page, "<th scope=\"row\">");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, summary->collectors[collector]);
    text_append(page, "</th>");
}

/* ---- Ranking ---- */

static double greatest_figure(const struct summary *summary, const struct group *group,
                              size_t collector, enum summary_figure_name name)
{
    double greatest = NAN;
    for (size_t i = 0; i < group->point_count; i++)
        greatest = fmax(greatest,
                        summary_cell(summary, group->points[i], collector)->figures[name].median);
    return greatest;
}

static size_t count_completed(const struct summary *summary, const struct group *group,
                              size_t collector)
{
    size_t completed = 0;
    for (size_t i = 0; i < group->point_count; i++)
        completed +=
            summary_cell(summary, group->points[i], collector)->figures[FIGURE_TIME_NS].count > 0;
    return completed;
}

static void append_garbage(double leaked, struct text *page)
{
    char bytes[UNITS_TEXT_BYTES];
    if (!isfinite(leaked)) {
        text_append(page, "<td>unknown</td>");
    } else if (leaked == 0) {
        text_append(page, "<td>none</td>");
    } else {
        units_format_bytes((uint64_t)leaked, bytes);
        text_format(page, "<td class=\"bad\">%s</td>", bytes);
    }
}

static void append_ranking_row(const struct view *view, size_t collector, struct text *page)
{
    const struct summary *summary = &view->summary;
    const struct group *group = view->headline;
    struct summary_comparison comparison =
        summary_compare(summary, summary->baseline, collector, group->points, group->point_count);
    size_t completed = count_completed(summary, group, collector);
    text_format(page, "<tr data-collector=\"%zu\">", collector);
    append_subject(summary, collector, page);
    if (collector == summary->baseline)
        text_append(page, "<td class=\"n\">1 <small>baseline</small></td>");
    else
        append_ratio(page, comparison.ratio, comparison.interval);
    text_format(page, "<td%s>%zu of %zu</td>",
                completed < group->point_count ? " class=\"bad\"" : "", completed,
                group->point_count);
    append_ns(page, greatest_figure(summary, group, collector, FIGURE_PAUSE_MAX_NS));
    text_append(page, "</td>");
    append_ns(page, greatest_figure(summary, group, collector, FIGURE_RELEASE_MAX_NS));
    text_append(page, "</td>");
    append_bytes(page, greatest_figure(summary, group, collector, FIGURE_FOOTPRINT_PEAK_BYTES));
    append_garbage(verdict_leaked(summary, group, collector), page);
    text_append(page, "</tr>\n");
}

void view_ranking(struct view *view, struct text *page)
{
    static const char *const headings[] = {
        "Collector",       "Time over baseline", "Completed",    "Longest pause",
        "Longest release", "Peak memory grown",  "Garbage left", NULL};
    if (view->headline == NULL)
        return;
    struct text caption = {0};
    text_append(&caption, "The collectors side by side: ");
    group_name(view->headline, &caption);
    text_append(&caption, ". Time is the geometric mean over the workloads that both completed; "
                          "pauses and memory are the greatest of any workload.");
    html_begin_table(page, text_chars(&caption), "ranking");
    text_free(&caption);
    html_headings(page, headings);
    text_append(page, "<tbody>\n");
    for (size_t c = 0; c < view->summary.collector_count; c++) {
        if (!view->summary.instruments[c] && group_has_tried(&view->summary, view->headline, c))
            append_ranking_row(view, c, page);
    }
    text_append(page, "</tbody>");
    html_end_table(page);
}

/* ---- All points ---- */

enum { MOST_ROWS = 1200 };

static void append_point_name(const struct summary_point *point, struct text *page)
{
    char heap[UNITS_TEXT_BYTES] = "no limit";
    if (point->heap_bytes >= 0)
        units_format_bytes((uint64_t)point->heap_bytes, heap);
    text_append(page, "<th scope=\"rowgroup\">");
    html_text(page, point->workload);
    if (point->parameters[0] != '\0') {
        text_append(page, " <small>");
        html_text(page, point->parameters);
        text_append(page, "</small>");
    }
    text_append(page, "</th><td>");
    html_text(page, point->dispatch);
    text_format(page, "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">%s", point->threads,
                heap);
    if (point->heap_multiple > 0)
        text_format(page, " (%.4g&times;)", point->heap_multiple);
    text_append(page, "</td>");
}

static void append_verdict(enum summary_verdict verdict, bool is_baseline, struct text *page)
{
    static const char *const words[] = {
        [VERDICT_NONE] = "<td></td>",
        [VERDICT_TOO_FEW] = "<td>too few to tell</td>",
        [VERDICT_ALIKE] = "<td>not told apart</td>",
        [VERDICT_FASTER] = "<td class=\"good\">faster</td>",
        [VERDICT_SLOWER] = "<td class=\"bad\">slower</td>",
    };
    text_append(page, is_baseline ? "<td>baseline</td>" : words[verdict]);
}

/* "3 ok", "1 ok, 2 out-of-memory"; failures of one cell mostly have one cause. */
static void append_endings(const struct summary_cell *cell, struct text *page)
{
    text_append(page, cell->failed_count > 0 ? "<td class=\"bad\">" : "<td>");
    if (cell->completed_count > 0)
        text_format(page, "%zu ok%s", cell->completed_count, cell->failed_count > 0 ? ", " : "");
    if (cell->failed_count > 0) {
        text_format(page, "%zu ", cell->failed_count);
        html_text(page, record_text(cell->failed[0], TRIAL_OUTCOME, "unknown"));
    }
    struct text flags = {0};
    report_append_flags(cell, &flags);
    if (flags.length > 0)
        text_format(page, " <span class=\"bad\" title=\"" REPORT_FLAGS_MEANING "\">%s</span>",
                    text_chars(&flags));
    text_free(&flags);
    if (cell->warned_count > 0)
        text_format(page, " <span title=\"see How it was measured\">(%zu with a warning)</span>",
                    cell->warned_count);
    text_append(page, "</td>");
}

static void append_count(struct text *page, const struct summary_figure *figure)
{
    if (figure->count > 0)
        text_format(page, "<td class=\"n\">%.0f</td>", figure->median);
    else
        text_append(page, "<td></td>");
}

/* Of two trials or more, and how many of them lie far from the rest. */
static void append_mean(const struct summary_figure *figure, struct text *page)
{
    char mean[CHART_LABEL_BYTES];
    if (figure->count < 2)
        return;
    chart_format(CHART_NS, figure->mean, mean);
    text_format(page, " <small>mean %s", mean);
    if (figure->outliers > 0)
        text_format(page, ", %zu outlier%s", figure->outliers, figure->outliers == 1 ? "" : "s");
    text_append(page, "</small>");
}

/* The longest, with the sum behind it. */
static void append_unreported(const struct summary_figure *figures, struct text *page)
{
    char total[CHART_LABEL_BYTES];
    append_ns(page, figures[FIGURE_UNREPORTED_MAX_NS].median);
    if (figures[FIGURE_UNREPORTED_TOTAL_NS].median > 0) {
        chart_format(CHART_NS, figures[FIGURE_UNREPORTED_TOTAL_NS].median, total);
        text_format(page, " <small>(%s in all)</small>", total);
    }
    text_append(page, "</td>");
}

static void append_figures(const struct summary_cell *cell, bool is_baseline, struct text *page)
{
    const struct summary_figure *figures = cell->figures;
    append_ns(page, figures[FIGURE_TIME_NS].median);
    append_interval(page, figures[FIGURE_TIME_NS].interval, CHART_NS);
    append_mean(&figures[FIGURE_TIME_NS], page);
    text_append(page, "</td>");
    append_ratio(page, is_baseline && figures[FIGURE_TIME_NS].count > 0 ? 1 : cell->ratio.ratio,
                 is_baseline ? (struct stats_interval){NAN, NAN, STATS_NONE}
                             : cell->ratio.interval);
    append_verdict(cell->ratio.verdict, is_baseline, page);
    append_count(page, &figures[FIGURE_PAUSE_COUNT]);
    static const enum summary_figure_name lengths[] = {FIGURE_PAUSE_P99_NS, FIGURE_PAUSE_MAX_NS,
                                                       FIGURE_RELEASE_MAX_NS, FIGURE_STALL_MAX_NS};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        append_ns(page, figures[lengths[i]].median);
        text_append(page, "</td>");
    }
    append_unreported(figures, page);
    append_bytes(page, figures[FIGURE_HELD_PEAK_BYTES].median);
    append_bytes(page, figures[FIGURE_FOOTPRINT_PEAK_BYTES].median);
    append_endings(cell, page);
}

static size_t append_point_rows(const struct summary *summary, size_t point, struct text *page)
{
    size_t rows = 0;
    for (size_t c = 0; c < summary->collector_count; c++) {
        const struct summary_cell *cell = summary_cell(summary, point, c);
        if (cell->tried == 0)
            continue;
        text_format(page, "<tr%s data-point=\"%zu\" data-collector=\"%zu\">",
                    rows++ == 0 ? " class=\"first\"" : "", point, c);
        append_point_name(&summary->points[point], page);
        append_subject(summary, c, page);
        append_figures(cell, c == summary->baseline, page);
        text_append(page, "</tr>\n");
    }
    return rows;
}

void view_points(struct view *view, struct text *page)
{
    static const char *const headings[] = {"Workload",      "Dispatch",
                                           "Threads",       "Heap",
                                           "Collector",     "Time",
                                           "Ratio",         "Verdict",
                                           "Pauses",        "p99",
                                           "Longest",       "Longest release",
                                           "Longest stall", "Unreported stalls",
                                           "Held, peak",    "Resident, grown",
                                           "Trials",        NULL};
    size_t rows = 0, point = 0;
    text_append(page,
                "<section><h3 id=\"points\">All points</h3>\n<p>Medians over trials. Behind "
                "the time: its 95&nbsp;% interval in brackets, or its range, its mean, and how "
                "many trials lie more than 1.5 interquartile ranges beyond the quartiles "
                "(Tukey), which are left out of nothing. The ratio is to <b>");
    html_text(page, view->summary.collectors[view->summary.baseline]);
    text_append(page, "</b> at the same point, paired by block. An empty cell is unknown.</p>\n");
    html_begin_table(page, "Every point of the run by collector", "points");
    html_headings(page, headings);
    text_append(page, "<tbody>\n");
    for (; point < view->summary.point_count && rows < MOST_ROWS; point++)
        rows += append_point_rows(&view->summary, point, page);
    text_append(page, "</tbody>");
    html_end_table(page);
    if (point < view->summary.point_count)
        text_format(page,
                    "<p class=\"alert\">%zu of %zu points are left out here, to keep the page "
                    "small; <code>heapmark export</code> gives all of them.</p>\n",
                    view->summary.point_count - point, view->summary.point_count);
    text_append(page, "</section>\n");
}

/* ---- Requests ---- */

static void append_request_row(const struct view *view, size_t point, size_t collector,
                               struct text *page)
{
    static const enum summary_figure_name lengths[] = {FIGURE_LATENCY_P50_NS, FIGURE_LATENCY_P90_NS,
                                                       FIGURE_LATENCY_P99_NS,
                                                       FIGURE_LATENCY_P999_NS};
    const struct summary_cell *cell = summary_cell(&view->summary, point, collector);
    bool is_baseline = collector == view->summary.baseline;
    text_format(page, "<tr data-point=\"%zu\" data-collector=\"%zu\">", point, collector);
    append_point_name(&view->summary.points[point], page);
    append_subject(&view->summary, collector, page);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        append_ns(page, cell->figures[lengths[i]].median);
        append_interval(page, cell->figures[lengths[i]].interval, CHART_NS);
        text_append(page, "</td>");
    }
    append_ratio(
        page,
        is_baseline && cell->figures[FIGURE_LATENCY_P99_NS].count > 0 ? 1 : cell->latency.ratio,
        is_baseline ? (struct stats_interval){NAN, NAN, STATS_NONE} : cell->latency.interval);
    append_verdict(cell->latency.verdict, is_baseline, page);
    append_endings(cell, page);
    text_append(page, "</tr>\n");
}

static bool has_requests(const struct view *view, const struct group *group)
{
    for (size_t i = 0; i < group->point_count; i++)
        if (view->summary.points[group->points[i]].load == LOAD_REQUESTS)
            return true;
    return false;
}

void view_requests(struct view *view, const struct group *group, struct text *page)
{
    static const char *const headings[] = {"Workload", "Dispatch", "Threads", "Heap",  "Collector",
                                           "p50",      "p90",      "p99",     "p99.9", "p99 ratio",
                                           "Verdict",  "Trials",   NULL};
    if (!has_requests(view, group))
        return;
    html_begin_table(page,
                     "Times of requests, medians over trials, with their 95 % intervals in "
                     "brackets, or their range; the ratio is of the p99, paired by block",
                     "requests");
    html_headings(page, headings);
    text_append(page, "<tbody>\n");
    for (size_t i = 0; i < group->point_count; i++) {
        size_t point = group->points[i];
        for (size_t c = 0; c < view->summary.collector_count; c++)
            if (view->summary.points[point].load == LOAD_REQUESTS &&
                summary_cell(&view->summary, point, c)->tried > 0)
                append_request_row(view, point, c, page);
    }
    text_append(page, "</tbody>");
    html_end_table(page);
}
