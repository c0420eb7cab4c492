/* SPDX-License-Identifier: MIT
 *
 * The operations of `none`, in which reading a reference by hm_get takes a known time. A request of
 * `server` does that once.
 */
#ifndef HEAPMARK_CALIBRATION_SERVE_H
#define HEAPMARK_CALIBRATION_SERVE_H

/* The kit's stays as it is. */
#define hm_get calibration_plain_get
#include <none/mutator.h>
#undef hm_get

#include <calibration/serving.h>

HM_INLINE void hm_get(hm_mutator *m, hm_name *to, hm_ref obj, size_t slot)
{
    calibration_serve();
    calibration_plain_get(m, to, obj, slot);
}

#endif
