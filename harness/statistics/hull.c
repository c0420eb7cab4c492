/* SPDX-License-Identifier: MIT
 *
 * The lower convex hull of where stops begin; see hull.h.
 */
#include "statistics/hull.h"

static double slope(struct hull_place from, struct hull_place to)
{
    return (to.stopped - from.stopped) / (to.t - from.t);
}

void hull_add(struct hull *hull, struct hull_place place)
{
    while (hull->count >= 2 &&
           slope(hull->places[hull->count - 2], hull->places[hull->count - 1]) >=
               slope(hull->places[hull->count - 1], place))
        hull->count--;
    hull->places[hull->count++] = place;
}

/* The hull's own slopes grow: where they become steeper than the line to the place. */
double hull_steepest(const struct hull *hull, struct hull_place to)
{
    size_t low = 0, high = hull->count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slope(hull->places[middle], hull->places[middle + 1]) < slope(hull->places[middle], to))
            low = middle + 1;
        else
            high = middle;
    }
    return slope(hull->places[low], to);
}
