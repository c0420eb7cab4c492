/* SPDX-License-Identifier: MIT
 *
 * Mutator utilization: how much of any stretch of time is left to the program.
 *
 * Pure functions, as in statistics.h. Exact: no sampling of windows, no rounding of stops.
 */
#ifndef HEAPMARK_STATISTICS_UTILIZATION_H
#define HEAPMARK_STATISTICS_UTILIZATION_H

#include <stddef.h>
#include <stdint.h>

/* An interval in which the mutator did not run, from the start of the whole. */
struct utilization_stop {
    uint64_t start_ns, end_ns;
};

/* What a mutator lived through. The stops are in order and do not overlap (utilization_merge);
 * what lies beyond length_ns is not looked at. */
struct utilization {
    const struct utilization_stop *stops;
    size_t count;
    uint64_t length_ns; /* of the whole */
};

/* Sort, cut to length_ns, and melt what overlaps or touches, in place; drops what is empty or ends
 * before it starts. Returns how many are left. */
size_t utilization_merge(struct utilization_stop *stops, size_t count, uint64_t length_ns);

/* The share of the whole in which the mutator ran, 0 to 1; NAN for a whole of no length. */
double utilization_mean(struct utilization of);

/* Minimum mutator utilization (Cheng and Blelloch, A Parallel, Real-Time Garbage Collector, 2001):
 * the least share that the mutator had of any window of this length. NAN for a window of no length
 * or longer than the whole. O(n log n). */
double utilization_minimum(struct utilization of, uint64_t window_ns);

/* Bounded mutator utilization (Sachindran, Moss and Berger, MC2, 2004): the least share of any
 * window of this length or longer, up to the whole. It never falls as windows get longer, which the
 * minimum does. NAN as above. O(n log n); scratch of 24 bytes a stop. */
double utilization_bounded(struct utilization of, uint64_t window_ns);

/* Both of many windows at once, in `minimum` and `bounded`, of which one may be null: the stops
 * are summed up only once. */
void utilization_curves(struct utilization of, const uint64_t *windows_ns, size_t count,
                        double *minimum, double *bounded);

/* The same of all mutators together, of which there is one at least and all have one length: the
 * least of any window of the mean of their shares. O(n log n) for n stops of all of them. */
void utilization_together(const struct utilization *of, size_t mutators, const uint64_t *windows_ns,
                          size_t count, double *minimum, double *bounded);

#endif
