/* SPDX-License-Identifier: MIT
 *
 * The operations of `none`, in which storing a reference by hm_set costs a known number of
 * instructions: CALIBRATION_BARRIER of them, the first of which counts how often.
 */
#ifndef HEAPMARK_CALIBRATION_BARRIER_H
#define HEAPMARK_CALIBRATION_BARRIER_H

/* The kit's is called by the bulk operations too, and stays as it is. */
#define hm_set calibration_plain_set
#include <none/mutator.h>
#undef hm_set

#include <calibration/barrier_count.h>

HM_INLINE void hm_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    calibration_barriers++;
    __asm__ volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(CALIBRATION_BARRIER - 1));
    calibration_plain_set(m, obj, slot, ref);
}

#endif
