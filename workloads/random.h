/* SPDX-License-Identifier: MIT
 *
 * Random numbers and distributions for workloads: the same on every machine, with integers only,
 * so that a workload's kernel and its model of the answer draw alike.
 */
#ifndef HEAPMARK_WORKLOADS_RANDOM_H
#define HEAPMARK_WORKLOADS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include <heapmark/types.h>

/* splitmix64 (Steele, Lea and Flood, OOPSLA 2014): one word of state, 1 ns a number. */
struct random {
    uint64_t state;
};

/* A bijection in which every bit of the value moves half of the bits of the result. */
HM_INLINE uint64_t random_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

HM_INLINE struct random random_from(uint64_t seed)
{
    return (struct random){.state = seed};
}

HM_INLINE uint64_t random_next(struct random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return random_mix(random->state);
}

HM_INLINE uint64_t random_bits32(struct random *random)
{
    return random_next(random) >> 32;
}

/* 0 … n-1, for n from 1 to 2^32; the bias is at most n / 2^32. */
HM_INLINE uint64_t random_below(struct random *random, uint64_t n)
{
    return (random_bits32(random) * n) >> 32;
}

/* A share of 0 to 1 as random_chance wants it. */
HM_INLINE uint64_t random_share(double share)
{
    return (uint64_t)(share * 4294967296.0);
}

/* True in `share` of all draws. */
HM_INLINE bool random_chance(struct random *random, uint64_t share)
{
    return random_bits32(random) < share;
}

/* How a size is spread about its mean. */
enum random_spread {
    RANDOM_FIXED,   /* the mean itself */
    RANDOM_UNIFORM, /* 1 to twice the mean less one, all alike */
    RANDOM_SKEWED,  /* mostly short, a few long: see random_size */
};

static const char *const random_spreads[] = {"fixed", "uniform", "skewed", 0};

/* A size with that mean (1 or more). Skewed: from mean/4 up, each doubling with half the
 * probability of the one before, uniform within, six doublings (so the longest is 16 times the
 * mean, once in 64). The mean of a skewed size is about the mean asked for. */
HM_INLINE uint64_t random_size(struct random *random, enum random_spread spread, uint64_t mean)
{
    uint64_t bits = random_next(random);
    if (spread == RANDOM_FIXED)
        return mean;
    if (spread == RANDOM_UNIFORM)
        return 1 + (((bits >> 32) * (2 * mean - 1)) >> 32);
    unsigned doublings = (unsigned)__builtin_ctz((unsigned)(bits & 31) | 32);
    uint64_t base = (mean << doublings) / 4;
    uint64_t size = base + (((bits >> 32) * (base + 1)) >> 32);
    return size == 0 ? 1 : size;
}

#endif
