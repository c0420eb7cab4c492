/* SPDX-License-Identifier: MIT
 *
 * Lower-bound overhead: what collecting costs at the least, beside a collector that would cost
 * nothing.
 *
 * That collector is not to be had. But the total cost of any run less what its collector spent
 * explicitly is at least the cost of the mutator alone, as it also holds barriers, slow allocation
 * and bad locality. So the least such remainder over all collectors and heaps is an upper bound of
 * the mutator's cost, and total cost over it is a lower bound of the overhead (Cai, Blackburn, Bond
 * and Maas, Distilling the Real Cost of Production Garbage Collectors, ISPASS 2022).
 */
#ifndef HEAPMARK_REPORT_OVERHEAD_H
#define HEAPMARK_REPORT_OVERHEAD_H

#include "report/summary.h"

enum overhead_cost {
    OVERHEAD_WALL, /* explicit: pauses; of a single mutator, its releases and sweeps too */
    OVERHEAD_CPU,  /* explicit: what collecting took, on whatever threads */
    /* As callgrind counts them; explicit: in stops of the world and on collector threads. */
    OVERHEAD_INSTRUCTIONS,
};

/* The least remainder at points that are like this one but for heap, and whose it is. NAN where no
 * trial tells its explicit cost. */
struct overhead_floor {
    double cost; /* ns, or instructions */
    size_t collector;
};
struct overhead_floor overhead_floor(const struct summary *summary, size_t point,
                                     enum overhead_cost cost);

/* The cell's total cost over the floor: 1.2 is at least 20 % for collecting. The median over
 * trials with their range; NAN where the total or the floor is not known. */
double overhead_of(const struct summary_cell *cell, double floor, enum overhead_cost cost,
                   struct stats_interval *interval);

/* The geometric mean of a collector's over points with these floors, and over how many; NAN over
 * none. */
double overhead_mean(const struct summary *summary, const size_t *points, const double *floors,
                     size_t count, size_t collector, enum overhead_cost cost, size_t *over);

#endif
