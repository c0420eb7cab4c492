/* SPDX-License-Identifier: MIT
 *
 * Chance from a seed: splitmix64 (Steele, Lea and Flood, 2014). Any state is a good one, equal
 * states give equal numbers, and a number costs a few instructions. One thread at a time for each.
 */
#ifndef HEAPMARK_BASE_RANDOM_H
#define HEAPMARK_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* 0 to bound - 1; bound is not 0. The bias is below bound / 2^64. */
static inline uint32_t random_below(struct random *random, uint32_t bound)
{
    return (uint32_t)(random_next(random) % bound);
}

static inline bool random_one_in(struct random *random, uint32_t times)
{
    return random_below(random, times) == 0;
}

#endif
