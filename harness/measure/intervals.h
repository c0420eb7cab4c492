/* SPDX-License-Identifier: MIT
 *
 * Lists of intervals of time.
 */
#ifndef HEAPMARK_MEASURE_INTERVALS_H
#define HEAPMARK_MEASURE_INTERVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interval {
    uint64_t start_ns, end_ns;
};

/* Zeroed: empty. Freed by intervals_free. */
struct intervals {
    struct interval *items;
    size_t count, capacity;
};

void intervals_add(struct intervals *intervals, uint64_t start_ns, uint64_t end_ns);
/* What of the interval lies in the window; nothing where nothing does. False then. */
bool intervals_add_cut(struct intervals *intervals, struct interval window, uint64_t start_ns,
                       uint64_t end_ns);
void intervals_add_all(struct intervals *intervals, const struct intervals *others);
void intervals_sort(struct intervals *intervals); /* by their starts */
/* Sort, and make one of those that overlap or touch. */
void intervals_melt(struct intervals *intervals);
void intervals_free(struct intervals *intervals);

uint64_t intervals_total_ns(const struct intervals *intervals);
uint64_t intervals_longest_ns(const struct intervals *intervals);

/* How much of an interval the others cover; they are melted. */
uint64_t intervals_cover_ns(const struct intervals *melted, struct interval interval);

#endif
