/* SPDX-License-Identifier: MIT
 *
 * Random order that the same seed gives again on every machine.
 */
#ifndef HEAPMARK_SUITE_ORDER_H
#define HEAPMARK_SUITE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

/* A number from 0 to bound - 1, each as likely as another; bound is above 0. */
uint64_t order_below(struct random *random, uint64_t bound);

/* Put the items in random order (Fisher and Yates). */
void order_shuffle(struct random *random, size_t *items, size_t count);

#endif
