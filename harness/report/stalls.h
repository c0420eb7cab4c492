/* SPDX-License-Identifier: MIT
 *
 * Stalls that no event of the collector explains, in words.
 */
#ifndef HEAPMARK_REPORT_STALLS_H
#define HEAPMARK_REPORT_STALLS_H

#include "report/summary.h"

/* Are they worth a sentence? From these on, in the median of the trials: the longest, or the share
 * of all mutators' time. Page faults make many short ones. */
enum { STALLS_LONG_NS = 100000 };
#define STALLS_SHARE 0.01

/* "470 stalls that no event explains, longest 45 us, 5.6 ms in all (4.0 % of its mutators' time)",
 * as medians of the trials; of a collector that reports no pauses it says that first. Appends
 * nothing, and is false, where they are not worth it or not known. */
bool stalls_tell(const struct summary *summary, size_t point, size_t collector, struct text *text);

#endif
