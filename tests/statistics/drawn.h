/* SPDX-License-Identifier: MIT
 *
 * Draws of a test that simulates noise.
 */
#ifndef HEAPMARK_TESTS_STATISTICS_DRAWN_H
#define HEAPMARK_TESTS_STATISTICS_DRAWN_H

#include <math.h>

#include "base/random.h"

/* Above 0 and below 1. */
static inline double drawn_uniform(struct random *random)
{
    return ((double)(random_next(random) >> 11) + 0.5) / 9007199254740992.0;
}

/* Box and Muller, 1958. */
static inline double drawn_normal(struct random *random, double deviation)
{
    double angle = 2 * acos(-1) * drawn_uniform(random);
    return deviation * sqrt(-2 * log(drawn_uniform(random))) * cos(angle);
}

#endif
