/* SPDX-License-Identifier: MIT
 *
 * The counters of coverage that a compiler puts into a plugin (-fsanitize=fuzzer-no-link).
 */
#ifndef HEAPMARK_TESTS_FUZZ_COUNTERS_H
#define HEAPMARK_TESTS_FUZZ_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

struct fuzz_counters {
    uint8_t *first;
    size_t count;
};

/* A plugin that is built for the fuzzer exports such a function by this name. */
#define FUZZ_COUNTERS_SYMBOL "heapmark_fuzz_counters"
typedef struct fuzz_counters fuzz_counters_function(void);
fuzz_counters_function heapmark_fuzz_counters;

#endif
