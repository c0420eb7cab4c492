/* SPDX-License-Identifier: MIT
 *
 * Generates a kernel set from inline functions: the table of operations is made of the very
 * functions that kernels inline, so the two dispatches cannot differ.
 *
 * One .c file of a plugin, compiled with HEAPMARK_MUTATOR (which header), HM_KERNEL_SET (the
 * set's name as an identifier) and HM_KERNELS (the workloads, as a list macro: K(name) …), is
 * no more than
 *
 *     #include <heapmark/export.h>
 *
 * and defines `const struct hm_kernel_set hm_set_<HM_KERNEL_SET>`. heapmark_add_collector
 * (cmake/HeapmarkCollector.cmake) writes that file; see there. An operation that is missing or
 * has another type does not compile.
 */
#ifndef HEAPMARK_EXPORT_H
#define HEAPMARK_EXPORT_H

#include <heapmark/mutator.h>
#include <heapmark/plugin.h>
#include <heapmark/workload.h>

#if !defined(HEAPMARK_MUTATOR) || !defined(HM_KERNEL_SET)
#error "export.h is compiled by heapmark_add_collector, with HEAPMARK_MUTATOR and HM_KERNEL_SET"
#endif

#define HM_EXPORT_CHECK(result, name, parameters)                                                  \
    _Static_assert(__builtin_types_compatible_p(__typeof__(hm_##name), result parameters),         \
                   "hm_" #name " is not of the type that heapmark/operations.h gives");
#define HM_EXPORT_VALUE(result, name, parameters, arguments)                                       \
    HM_EXPORT_CHECK(result, name, parameters)                                                      \
    static result hm_table_##name parameters                                                       \
    {                                                                                              \
        return hm_##name arguments;                                                                \
    }
#define HM_EXPORT_VOID(name, parameters, arguments)                                                \
    HM_EXPORT_CHECK(void, name, parameters)                                                        \
    static void hm_table_##name parameters                                                         \
    {                                                                                              \
        hm_##name arguments;                                                                       \
    }
#define HM_EXPORT_ROW_VALUE(result, name, parameters, arguments) .name = hm_table_##name,
#define HM_EXPORT_ROW_VOID(name, parameters, arguments) .name = hm_table_##name,

HM_REQUIRED_OPERATIONS(HM_EXPORT_VALUE, HM_EXPORT_VOID)
#ifdef HM_HAS_WEAK
HM_WEAK_OPERATIONS(HM_EXPORT_VALUE, HM_EXPORT_VOID)
#endif
#ifdef HM_HAS_EPHEMERON
HM_EPHEMERON_OPERATIONS(HM_EXPORT_VALUE, HM_EXPORT_VOID)
#endif
#ifdef HM_HAS_FINALIZER
HM_FINALIZER_OPERATIONS(HM_EXPORT_VALUE, HM_EXPORT_VOID)
#endif
#ifdef HM_HAS_PIN
HM_PIN_OPERATIONS(HM_EXPORT_VALUE, HM_EXPORT_VOID)
#endif

static const struct hm_ops hm_table_ops = {
    .size = sizeof(struct hm_ops),
    .abi = HM_ABI,
    HM_REQUIRED_OPERATIONS(HM_EXPORT_ROW_VALUE, HM_EXPORT_ROW_VOID)
#ifdef HM_HAS_WEAK
        HM_WEAK_OPERATIONS(HM_EXPORT_ROW_VALUE, HM_EXPORT_ROW_VOID)
#endif
#ifdef HM_HAS_EPHEMERON
            HM_EPHEMERON_OPERATIONS(HM_EXPORT_ROW_VALUE, HM_EXPORT_ROW_VOID)
#endif
#ifdef HM_HAS_FINALIZER
                HM_FINALIZER_OPERATIONS(HM_EXPORT_ROW_VALUE, HM_EXPORT_ROW_VOID)
#endif
#ifdef HM_HAS_PIN
                    HM_PIN_OPERATIONS(HM_EXPORT_ROW_VALUE, HM_EXPORT_ROW_VOID)
#endif
};

#define HM_EXPORT_JOIN2(a, b) a##b
#define HM_EXPORT_JOIN(a, b) HM_EXPORT_JOIN2(a, b)
#define HM_EXPORT_TEXT2(a) #a
#define HM_EXPORT_TEXT(a) HM_EXPORT_TEXT2(a)

#define K(name) extern const struct hm_workload HM_KERNEL_SYMBOL(name);
HM_KERNELS
#undef K

#define K(name) &HM_KERNEL_SYMBOL(name),
static const struct hm_workload *const hm_table_kernels[] = {HM_KERNELS NULL};
#undef K

extern const struct hm_kernel_set HM_EXPORT_JOIN(hm_set_, HM_KERNEL_SET);
const struct hm_kernel_set HM_EXPORT_JOIN(hm_set_, HM_KERNEL_SET) = {
    .size = sizeof(struct hm_kernel_set),
    .name = HM_EXPORT_TEXT(HM_KERNEL_SET),
    .ops = &hm_table_ops,
    .kernels = hm_table_kernels,
};

#endif
