/* SPDX-License-Identifier: MIT
 *
 * Stand-ins for the optional operations that a collector does not have, so that every kernel
 * compiles against every collector. They end the process: the harness refuses a workload that
 * needs what the collector lacks before it runs (result: unsupported), so to get here is a bug.
 *
 * A collector's mutator.h that has a group says so: #define HM_HAS_WEAK, HM_HAS_EPHEMERON,
 * HM_HAS_FINALIZER, HM_HAS_PIN.
 */
#ifndef HEAPMARK_ABSENT_H
#define HEAPMARK_ABSENT_H

#include <heapmark/operations.h>

#define HM_ABSENT_VALUE(result, name, parameters, arguments)                                       \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wunused-parameter\"")        \
        HM_INLINE result hm_##name parameters                                                      \
    {                                                                                              \
        abort();                                                                                   \
    }                                                                                              \
    _Pragma("GCC diagnostic pop")
#define HM_ABSENT_VOID(name, parameters, arguments)                                                \
    HM_ABSENT_VALUE(void, name, parameters, arguments)

#ifndef HM_HAS_WEAK
HM_WEAK_OPERATIONS(HM_ABSENT_VALUE, HM_ABSENT_VOID)
#endif
#ifndef HM_HAS_EPHEMERON
HM_EPHEMERON_OPERATIONS(HM_ABSENT_VALUE, HM_ABSENT_VOID)
#endif
#ifndef HM_HAS_FINALIZER
HM_FINALIZER_OPERATIONS(HM_ABSENT_VALUE, HM_ABSENT_VOID)
#endif
#ifndef HM_HAS_PIN
HM_PIN_OPERATIONS(HM_ABSENT_VALUE, HM_ABSENT_VOID)
#endif

#endif
