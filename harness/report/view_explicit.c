/* SPDX-License-Identifier: MIT
 *
 * Space and time relative to explicit frees (Hertz and Berger's comparison).
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/html.h"
#include "report/view_parts.h"

/* Is it the one that frees by malloc and free of the C library? */
static bool is_reference(const struct summary_cell *cell)
{
    if (cell->completed_count == 0)
        return false;
    const struct trial_record *record = cell->completed[0];
    return strcmp(record_text(record, TRIAL_COLLECTOR, ""), "explicit") == 0 &&
           strcmp(record_text(record, TRIAL_VARIANT, ""), "glibc") == 0;
}

static bool is_like(const struct summary_point *a, const struct summary_point *b)
{
    return a->micro == b->micro && a->threads == b->threads &&
           strcmp(a->workload, b->workload) == 0 && strcmp(a->parameters, b->parameters) == 0 &&
           strcmp(a->dispatch, b->dispatch) == 0;
}

/* The cell that a point is compared with, whatever its heap; NULL: none. */
static const struct summary_cell *find_reference(const struct summary *summary, size_t point)
{
    for (size_t p = 0; p < summary->point_count; p++) {
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_cell *cell = summary_cell(summary, p, c);
            if (is_like(&summary->points[p], &summary->points[point]) && is_reference(cell))
                return cell;
        }
    }
    return NULL;
}

/* Empty where one of the two is not known. */
static void append_times(struct text *page, const struct summary_cell *cell,
                         const struct summary_cell *reference, enum summary_figure_name name)
{
    double times = cell->figures[name].median / reference->figures[name].median;
    char value[CHART_LABEL_BYTES] = "";
    if (isfinite(times))
        chart_format(CHART_TIMES, times, value);
    text_format(page, "<td class=\"n\">%s</td>", value);
}

static void append_row(struct text *page, const struct summary *summary, size_t point,
                       size_t collector, const struct summary_cell *reference)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    struct text name = {0};
    char heap[UNITS_TEXT_BYTES] = "no limit";
    summary_point_name(summary, point, PART_HEAP, &name);
    if (summary->points[point].heap_bytes >= 0)
        units_format_bytes((uint64_t)summary->points[point].heap_bytes, heap);
    text_append(page, "<tr><th scope=\"row\">");
    html_text(page, text_chars(&name));
    text_append(page, "</th><td>");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, summary->collectors[collector]);
    text_format(page, "</td><td class=\"n\">%s</td>", heap);
    append_times(page, cell, reference, FIGURE_TIME_NS);
    append_times(page, cell, reference, FIGURE_FOOTPRINT_PEAK_BYTES);
    append_times(page, cell, reference, FIGURE_HELD_PEAK_BYTES);
    text_append(page, "</tr>\n");
    text_free(&name);
}

static void append_rows(struct text *page, const struct summary *summary, size_t point)
{
    const struct summary_cell *reference = find_reference(summary, point);
    for (size_t c = 0; reference != NULL && c < summary->collector_count; c++)
        if (summary_cell(summary, point, c)->completed_count > 0)
            append_row(page, summary, point, c, reference);
}

void view_explicit(struct view *view, struct text *page)
{
    static const char *const headings[] = {"Point",           "Collector",   "Heap", "Time",
                                           "Memory grown by", "Memory held", NULL};
    struct text rows = {0};
    for (size_t i = 0; i < view->summary.point_count; i++)
        append_rows(&rows, &view->summary, i);
    if (rows.length > 0) {
        view_begin(page, "explicit", "Against explicit frees",
                   "The same work "
                   "with each object given back to malloc where it died, as a recording of an "
                   "earlier run says: time and memory are over those of that. 1&times; in both "
                   "is what an author who knew all could have; what a collector needs more of the "
                   "one it may save of the other. The recording itself is in neither.");
        view_append_table(page, "Space and time over those of malloc and free of the C library",
                          headings, &rows);
        view_end(page);
    }
    text_free(&rows);
}
