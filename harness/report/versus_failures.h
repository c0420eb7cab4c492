/* SPDX-License-Identifier: MIT
 *
 * Failures of the second side against those of the first; a part of versus.h.
 */
#ifndef HEAPMARK_REPORT_VERSUS_FAILURES_H
#define HEAPMARK_REPORT_VERSUS_FAILURES_H

#include "report/versus.h"

/* Give points that fail more often their verdict, and set failing_p. A share of failures counts
 * where Fisher's exact test, corrected for all points (Holm), tells it from chance
 * (docs/decisions/0133). */
void versus_judge_failures(struct versus *versus);

#endif
