/* SPDX-License-Identifier: MIT
 *
 * Random order; see order.h.
 */
#include "suite/order.h"

#include "base/error.h"

/* Numbers past the last whole multiple of bound are drawn again: a remainder alone would favour
 * the small ones. */
uint64_t order_below(struct random *random, uint64_t bound)
{
    CHECK(bound > 0, "nothing lies below 0");
    uint64_t excess = (UINT64_MAX % bound + 1) % bound;
    uint64_t drawn;
    do
        drawn = random_next(random);
    while (drawn > UINT64_MAX - excess);
    return drawn % bound;
}

void order_shuffle(struct random *random, size_t *items, size_t count)
{
    for (size_t left = count; left > 1; left--) {
        size_t chosen = (size_t)order_below(random, left);
        size_t item = items[chosen];
        items[chosen] = items[left - 1];
        items[left - 1] = item;
    }
}
