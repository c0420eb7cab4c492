/* SPDX-License-Identifier: MIT
 *
 * Telling callgrind what to count, while this process runs under it.
 *
 * Outside of callgrind each of these is a handful of instructions without effect. Built without
 * valgrind's headers they are nothing at all, and counting_is_built is 0.
 */
#ifndef HEAPMARK_MEASURE_COUNTING_H
#define HEAPMARK_MEASURE_COUNTING_H

#if __has_include(<valgrind/callgrind.h>)
/* The requests convert between signed and unsigned on their way. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <valgrind/callgrind.h>
#pragma GCC diagnostic pop
enum { counting_is_built = 1 };
#else
enum { counting_is_built = 0 };
#define CALLGRIND_START_INSTRUMENTATION ((void)0)
#define CALLGRIND_STOP_INSTRUMENTATION ((void)0)
#define CALLGRIND_TOGGLE_COLLECT ((void)0)
#endif

/* All threads count from here on, and until there. */
static inline void counting_start(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

static inline void counting_stop(void)
{
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* This thread counts no more, or again. */
static inline void counting_turn(void)
{
    CALLGRIND_TOGGLE_COLLECT;
}

#endif
