/* SPDX-License-Identifier: MIT
 *
 * Small numbers by a power law, as Whippet's benchmarks draw the sizes of objects: start at 0, and
 * accept with probability p or go on to the next number.
 *
 * They come from as many evenly spread points of the distribution, shuffled: every seed has the
 * same numbers in another order, so that seeds do not differ in the bytes that they allocate.
 */
#ifndef HEAPMARK_WORKLOADS_POWER_LAW_H
#define HEAPMARK_WORKLOADS_POWER_LAW_H

#include "random.h"

enum { POWER_LAW_VALUES = 256 };

struct power_law {
    uint64_t next; /* of values, which come round again and again */
    uint8_t values[POWER_LAW_VALUES];
};

/* The number at this point (0 … 2^32-1) of the distribution with that p, `most` at the most. */
HM_INLINE uint8_t power_law_value(uint64_t point, uint64_t share, uint8_t most)
{
    uint64_t beyond = UINT64_C(1) << 32;
    uint8_t value = 0;
    for (; value < most; value++) {
        beyond -= (beyond * (share >> 1)) >> 31;
        if (point >= beyond)
            break;
    }
    return value;
}

HM_INLINE void power_law_draw(struct power_law *law, struct random *random, double p, uint8_t most)
{
    uint64_t share = random_share(p);
    law->next = 0;
    for (uint64_t i = 0; i < POWER_LAW_VALUES; i++) {
        uint64_t other = random_below(random, i + 1);
        law->values[i] = law->values[other];
        law->values[other] = power_law_value((2 * i + 1) << 23, share, most);
    }
}

HM_INLINE uint64_t power_law_next(struct power_law *law)
{
    return law->values[law->next++ % POWER_LAW_VALUES];
}

#endif
