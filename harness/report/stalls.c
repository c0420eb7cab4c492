/* SPDX-License-Identifier: MIT
 *
 * Stalls that no event explains; see stalls.h.
 */
#include "report/stalls.h"

#include <math.h>

#include "base/units.h"

/* A collector that reports pauses has a count of them, and be it 0. */
static bool reports_pauses(const struct summary_cell *cell)
{
    return cell->figures[FIGURE_PAUSE_COUNT].count > 0;
}

bool stalls_tell(const struct summary *summary, size_t point, size_t collector, struct text *text)
{
    const struct summary_cell *cell = summary_cell(summary, point, collector);
    const struct summary_figure *figures = cell->figures;
    char longest[UNITS_TEXT_BYTES], total[UNITS_TEXT_BYTES];
    double longest_ns = figures[FIGURE_UNREPORTED_MAX_NS].median;
    double total_ns = figures[FIGURE_UNREPORTED_TOTAL_NS].median;
    double share =
        total_ns / (figures[FIGURE_TIME_NS].median * (double)summary->points[point].threads);
    if (!(longest_ns >= STALLS_LONG_NS || share >= STALLS_SHARE))
        return false;
    units_format_ns(longest_ns, longest);
    units_format_ns(total_ns, total);
    if (!reports_pauses(cell))
        text_append(text, "reports no pauses, and its mutators felt ");
    text_format(text, "%.0f stall%s that no event explains, longest %s, %s in all",
                figures[FIGURE_UNREPORTED_COUNT].median,
                figures[FIGURE_UNREPORTED_COUNT].median == 1 ? "" : "s", longest, total);
    if (isfinite(share)) /* of a schedule there is no time */
        text_format(text, " (%.1f %% of its mutators' time)", 100 * share);
    return true;
}
