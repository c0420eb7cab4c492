/* SPDX-License-Identifier: MIT
 *
 * Flags beside a point; see flags.h.
 */
#include "report/flags.h"

#include "measure/flags.h"

static bool has_flag(const struct summary_cell *cell, const char *flag)
{
    for (size_t i = 0; i < cell->completed_count; i++)
        if (text_has_piece(record_text(cell->completed[i], TRIAL_FLAGS, ""), ',', flag))
            return true;
    return false;
}

void report_append_flags(const struct summary_cell *cell, struct text *text)
{
    bool few = has_flag(cell, FLAG_FEW_COLLECTIONS);
    bool full = has_flag(cell, FLAG_THRASHING);
    text_append(text, few ? "too few collections" : "");
    text_append(text, few && full ? ", " : "");
    text_append(text, full ? "thrashing" : "");
}
