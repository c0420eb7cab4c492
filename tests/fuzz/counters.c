/* SPDX-License-Identifier: MIT
 *
 * Part of a plugin that is built for the fuzzer; see counters.h.
 */
#include "counters.h"

/* The linker's names for where a section begins and ends; each library has its own. */
extern uint8_t first[] __asm__("__start___sancov_cntrs") __attribute__((visibility("hidden")));
extern uint8_t end[] __asm__("__stop___sancov_cntrs") __attribute__((visibility("hidden")));

__attribute__((visibility("default"))) struct fuzz_counters heapmark_fuzz_counters(void)
{
    return (struct fuzz_counters){.first = first, .count = (size_t)(end - first)};
}
