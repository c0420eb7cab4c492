/* SPDX-License-Identifier: MIT
 *
 * What the barrier costs, and how often it was passed.
 */
#ifndef HEAPMARK_CALIBRATION_BARRIER_COUNT_H
#define HEAPMARK_CALIBRATION_BARRIER_COUNT_H

#include <stdint.h>

/* Instructions of each. */
enum { CALIBRATION_BARRIER = 1000 };

/* Of all mutators. Not atomic: the figure is for one mutator. */
extern __attribute__((visibility("hidden"))) uint64_t calibration_barriers;

#endif
