/* SPDX-License-Identifier: MIT
 *
 * Drag: what collectors hold beyond what is reachable, where the oracle ran beside them.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/html.h"
#include "report/view_parts.h"

static const double MIB = 1048576;

/* The same work, whatever the heap: the oracle takes no limit, and has no inline kernels. */
static bool is_like(const struct summary_point *a, const struct summary_point *b)
{
    return a->threads == b->threads && strcmp(a->workload, b->workload) == 0 &&
           strcmp(a->parameters, b->parameters) == 0;
}

/* Mean bytes reachable in the work of the point; NAN where nobody tells. */
static double find_reachable(const struct summary *summary, size_t point)
{
    for (size_t p = 0; p < summary->point_count; p++)
        for (size_t c = 0; c < summary->collector_count; c++) {
            const struct summary_figure *reachable =
                &summary_cell(summary, p, c)->figures[FIGURE_REACHABLE_MEAN_BYTES];
            if (is_like(&summary->points[p], &summary->points[point]) && reachable->count > 0)
                return reachable->median;
        }
    return NAN;
}

/* Empty where it is not known. Less than is reachable is a matter of how bytes are counted. */
static void append_bytes(struct text *page, double bytes)
{
    char value[UNITS_TEXT_BYTES] = "";
    if (isfinite(bytes))
        units_format_bytes((uint64_t)fabs(bytes), value);
    text_format(page, "<td class=\"n\">%s%s</td>", bytes < 0 ? "&minus;" : "", value);
}

static void append_number(struct text *page, double number)
{
    char value[40] = "";
    if (isfinite(number))
        snprintf(value, sizeof value, "%.4g", number);
    text_format(page, "<td class=\"n\">%s</td>", value);
}

static void append_row(struct text *page, const struct summary *summary, size_t point,
                       size_t collector, double reachable)
{
    const struct summary_figure *figures = summary_cell(summary, point, collector)->figures;
    double held = figures[FIGURE_HELD_MEAN_ALLOC_BYTES].median;
    double drag = held - reachable;
    struct text name = {0};
    summary_point_name(summary, point, 0, &name);
    text_format(page, "<tr data-point=\"%zu\" data-collector=\"%zu\"><th scope=\"row\">", point,
                collector);
    html_text(page, text_chars(&name));
    text_append(page, "</th><td>");
    figure_append_marker(collector, page);
    text_append(page, " ");
    html_text(page, summary->collectors[collector]);
    text_append(page, "</td>");
    append_bytes(page, reachable);
    append_bytes(page, figures[FIGURE_UNRECLAIMED_MEAN_BYTES].median);
    append_bytes(page, held);
    append_bytes(page, drag);
    append_number(page, drag / reachable);
    append_number(page, drag / MIB * figures[FIGURE_BYTES_ALLOCATED].median / MIB);
    text_append(page, "</tr>\n");
    text_free(&name);
}

static void append_rows(struct text *page, const struct summary *summary, size_t point)
{
    double reachable = find_reachable(summary, point);
    for (size_t c = 0; isfinite(reachable) && c < summary->collector_count; c++)
        if (summary_cell(summary, point, c)->figures[FIGURE_HELD_MEAN_ALLOC_BYTES].count > 0)
            append_row(page, summary, point, c, reachable);
}

static bool has_reachable(const struct summary *summary)
{
    for (size_t i = 0; i < summary->point_count; i++)
        if (isfinite(find_reachable(summary, i)))
            return true;
    return false;
}

void view_drag(struct view *view, struct text *page)
{
    static const char *const headings[] = {
        "Point", "Collector",      "Reachable",         "Unreclaimed", "Held",
        "Drag",  "Over reachable", "Area in MiB × MiB", NULL};
    struct text rows = {0};
    for (size_t i = 0; i < view->summary.point_count; i++)
        append_rows(&rows, &view->summary, i);
    if (rows.length > 0) {
        view_begin(page, "drag", "Drag",
                   "What a collector holds of what nobody "
                   "can reach any more: bytes held less bytes reachable, as means over the bytes "
                   "that were allocated, so that time passes with allocation and not with the "
                   "clock. Times all that was allocated it is the area between the two. What is "
                   "reachable the collector oracle has found out, exactly, in a run of the same "
                   "work; in the rest of what is held are garbage, free room and headers.");
        view_append_table(page, "Bytes held beyond those reachable, medians over trials", headings,
                          &rows);
        view_end(page);
    } else if (has_reachable(&view->summary)) {
        view_begin(page, "drag", "Drag",
                   "The collector oracle has found out what is reachable, but of no other "
                   "collector on the same work is there a mean of what it held: it tells no bytes "
                   "held, or the work was so short that they were looked at fewer than 10 times. "
                   "Longer work gives it.");
        view_end(page);
    }
    text_free(&rows);
}
