/* SPDX-License-Identifier: MIT
 *
 * The page's script, embedded when the program was built (web/), and the data that it works on.
 */
#ifndef HEAPMARK_REPORT_SCRIPT_H
#define HEAPMARK_REPORT_SCRIPT_H

#include <stdbool.h>

#include "base/text.h"
#include "report/summary.h"

struct figures;

/* Was the program built with it? Without, a page has its pictures and tables, and that is all. */
bool script_is_there(void);

/* What a page's Content-Security-Policy allows as scripts: "'sha256-…' 'sha256-…'". */
void script_append_policy(struct text *page);

/* Append the data (points, charts, and the trials of each cell) and the script, as elements. */
void script_append(const struct summary *summary, const struct figures *figures, struct text *page);

#endif
