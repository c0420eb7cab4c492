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
    /* As callgrind counts them; explicit: in stops of the world, releases, sweeps and on
     * collector threads. */
    OVERHEAD_INSTRUCTIONS,
    OVERHEAD_COUNT
};

/* The least remainder at points that are like this one but for heap, and whose it is. NAN and NULL
 * where no trial tells its explicit cost. Borrows from the summary. */
struct overhead_floor {
    double cost; /* ns, or instructions */
    size_t collector;
    const struct summary_cell *cell;
};
struct overhead_floor overhead_floor(const struct summary *summary, size_t point,
                                     enum overhead_cost cost);

/* The cell's total cost over the floor: 1.2 is at least 20 % for collecting. The median over
 * trials; NAN where the total or the floor is not known.
 *
 * The interval (unless it is NULL) knows that the floor is an estimate, too: blocks are drawn
 * whole, and the floor's cost is computed anew in each draw, as is the total's. Whose cost it is
 * stays: to choose the least anew favours luck twice (docs/decisions/0134). Where one of the two
 * lacks a block of the other, each is drawn on its own. With under STATS_BOOTSTRAP_LEAST trials of
 * either it is the range of the ratios within blocks. */
double overhead_of(const struct summary_cell *cell, const struct overhead_floor *floor,
                   enum overhead_cost cost, struct stats_interval *interval);

/* The geometric mean of a collector's over points with these floors, and over how many; NAN over
 * none. Its interval, unless that is NULL, likewise, with blocks drawn the same for all points. */
double overhead_mean(const struct summary *summary, const size_t *points,
                     const struct overhead_floor *floors, size_t count, size_t collector,
                     enum overhead_cost cost, size_t *over, struct stats_interval *interval);

/* Of these points with these floors, those that means are over: the ones that tell it of all who
 * have any, so that nobody's mean is of easier work; all where there is none such. */
struct overhead_common {
    size_t *points;
    struct overhead_floor *floors;
    size_t count;
};
struct overhead_common overhead_common(const struct summary *summary, const size_t *points,
                                       size_t count, enum overhead_cost cost,
                                       const struct overhead_floor *floors);
void overhead_common_free(struct overhead_common *common);

#endif
