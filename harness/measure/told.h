/* SPDX-License-Identifier: MIT
 *
 * What collectors told by events, as intervals: for the functions that make figures of them.
 */
#ifndef HEAPMARK_MEASURE_TOLD_H
#define HEAPMARK_MEASURE_TOLD_H

#include "measure/metrics.h"

/* A growing array of intervals in time. */
struct intervals {
    struct stamp_interval *items;
    size_t count, capacity;
};

/* What lies wholly in a window. */
struct told {
    struct intervals pauses;   /* STOP_REQUESTED to RESUMED */
    struct intervals releases; /* RELEASE and SWEEP of a mutator, outside a stop */
    uint64_t collections;
    uint64_t longest_wait_ns; /* STOP_REQUESTED to STOPPED */
};

/* Of all logs, pauses in order of their starts; owned by the caller. */
struct told told_read_book(const struct log_book *book, struct metrics_window window);

/* Add what one log tells. */
void told_read_log(struct told *told, const struct hm_log *log, struct metrics_window window);

/* Does it lie wholly in the window, and end when it began or later? */
bool told_in_window(struct metrics_window window, uint64_t start_ns, uint64_t end_ns);

void told_free(struct told *told);

#endif
