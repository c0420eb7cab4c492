/* SPDX-License-Identifier: MIT
 *
 * The steepest line between two places of a rising curve: for windows that lose the most.
 */
#ifndef HEAPMARK_STATISTICS_HULL_H
#define HEAPMARK_STATISTICS_HULL_H

#include <stddef.h>

/* A place of S. A window between two of them loses the slope of the line through both. */
struct hull_place {
    double t, stopped;
};

/* Beginnings of stops, of which only the lower convex hull can be the best place to begin a window
 * that ends further right: the steepest segment of at least a given length (Chung and Lu, An
 * Optimal Algorithm for the Maximum-Density Segment Problem, 2004). The room is the caller's. */
struct hull {
    struct hull_place *places;
    size_t count;
};

/* From left to right. */
void hull_add(struct hull *hull, struct hull_place place);

/* The steepest slope from the hull, which has a place, to one right of it. */
double hull_steepest(const struct hull *hull, struct hull_place to);

#endif
