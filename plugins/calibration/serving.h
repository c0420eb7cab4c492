/* SPDX-License-Identifier: MIT
 *
 * What takes a known time in an operation.
 */
#ifndef HEAPMARK_CALIBRATION_SERVING_H
#define HEAPMARK_CALIBRATION_SERVING_H

/* Sleep for `length`, and note it. */
extern __attribute__((visibility("hidden"))) void calibration_serve(void);

#endif
