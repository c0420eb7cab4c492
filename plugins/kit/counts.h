/* SPDX-License-Identifier: MIT
 *
 * Raising and lowering a 32-bit count, plain or atomic.
 */
#ifndef HEAPMARK_KIT_COUNTS_H
#define HEAPMARK_KIT_COUNTS_H

#include <kit/object.h>

HM_INLINE _Atomic uint32_t *kit_own_word(struct kit_object *object)
{
    return (_Atomic uint32_t *)&object->own;
}

#endif
