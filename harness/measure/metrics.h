/* SPDX-License-Identifier: MIT
 *
 * From events and stamps to figures: pauses, time to safepoint, releases, stalls.
 */
#ifndef HEAPMARK_MEASURE_METRICS_H
#define HEAPMARK_MEASURE_METRICS_H

#include "measure/log.h"
#include "measure/stamps.h"
#include "store/record.h"

/* The timed part, on the clock of the events. */
struct metrics_window {
    uint64_t start_ns, end_ns;
};

/* Fill in the pause, release and event fields of the record from what lies wholly in the window.
 * All threads that write to the book are past it. */
void metrics_from_events(struct trial_record *record, const struct log_book *book,
                         struct metrics_window window);

/* Fill in the stall fields: stamped slow paths, less the pauses that they overlap with (taken from
 * the record), where more than the stamps' threshold remains. One struct stamps a mutator. */
void metrics_from_stamps(struct trial_record *record, const struct stamps *const *stamps,
                         size_t count, struct metrics_window window);

/* Add the curves of mutator utilization (CURVE_MMU, CURVE_BMU) over windows of 1, 2, 5, 10 ...
 * times 100 microseconds, as far as the timed part is that long. A mutator is kept from its work by
 * every pause, and by releases and sweeps of its own; the curves are of the one that fared worst.
 */
void metrics_utilization(struct trial_record *record, const struct log_book *book,
                         struct metrics_window window);

/* CPU time of work that events bracket on mutators' threads outside a stop (releases, lazy
 * sweeps): such a thread runs all the while, so its wall time is its CPU time. */
uint64_t metrics_bracketed_ns(const struct log_book *book, struct metrics_window window);

#endif
