/* SPDX-License-Identifier: MIT
 *
 * The name stack, for every collector whose names are plain words in memory.
 * Invariant: names at and above name_top are of no meaning; push makes them null.
 */
#ifndef HEAPMARK_KIT_NAMES_H
#define HEAPMARK_KIT_NAMES_H

#include <heapmark/operations.h>

/* A frame of n null names; a compare and n stores. */
HM_INLINE hm_name *kit_push(hm_mutator *m, size_t n)
{
    hm_name *frame = m->name_top;
    if (HM_UNLIKELY((size_t)(m->name_limit - frame) < n))
        hm_land(m, HM_NAMES_FULL);
    for (size_t i = 0; i < n; i++)
        frame[i].bits = 0;
    m->name_top = frame + n;
    return frame;
}

/* Lenders have no spares: the pointer is a place to count from, never followed. */
HM_INLINE hm_spare *kit_no_spares(hm_mutator *m)
{
    return m->spare_top;
}

#endif
