/* SPDX-License-Identifier: MIT
 *
 * The operations of `calibration`: those of `none`.
 */
#ifndef HEAPMARK_CALIBRATION_MUTATOR_H
#define HEAPMARK_CALIBRATION_MUTATOR_H

#include <none/mutator.h>

#endif
