/* SPDX-License-Identifier: MIT
 *
 * Table dispatch: every operation as a call through m->ops. Kernels compiled with this header
 * run on any collector; a call costs one to two nanoseconds.
 */
#ifndef HEAPMARK_TABLE_H
#define HEAPMARK_TABLE_H

#include <heapmark/operations.h>

#define HM_TABLE_VALUE(result, name, parameters, arguments)                                        \
    HM_INLINE result hm_##name parameters                                                          \
    {                                                                                              \
        return m->ops->name arguments;                                                             \
    }
#define HM_TABLE_VOID(name, parameters, arguments)                                                 \
    HM_INLINE void hm_##name parameters                                                            \
    {                                                                                              \
        m->ops->name arguments;                                                                    \
    }
HM_OPERATIONS(HM_TABLE_VALUE, HM_TABLE_VOID)
#undef HM_TABLE_VALUE
#undef HM_TABLE_VOID

#endif
