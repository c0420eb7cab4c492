/* SPDX-License-Identifier: MIT
 *
 * Random order; see order.h.
 */
#include "suite/order.h"

#include "base/error.h"

uint64_t order_next(struct order_random *random)
{
    uint64_t mixed = random->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* Numbers past the last whole multiple of bound are drawn again: a remainder alone would favour
 * the small ones. */
uint64_t order_below(struct order_random *random, uint64_t bound)
{
    CHECK(bound > 0, "nothing lies below 0");
    uint64_t excess = (UINT64_MAX % bound + 1) % bound;
    uint64_t drawn;
    do
        drawn = order_next(random);
    while (drawn > UINT64_MAX - excess);
    return drawn % bound;
}

void order_shuffle(struct order_random *random, size_t *items, size_t count)
{
    for (size_t left = count; left > 1; left--) {
        size_t chosen = (size_t)order_below(random, left);
        size_t item = items[chosen];
        items[chosen] = items[left - 1];
        items[left - 1] = item;
    }
}
