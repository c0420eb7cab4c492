/* SPDX-License-Identifier: MIT
 *
 * Telling callgrind what to count, while this process runs under it.
 *
 * Outside of callgrind each of these is a handful of instructions without effect. Built without
 * valgrind's headers they are nothing at all, and counting_is_built is 0.
 */
#ifndef HEAPMARK_MEASURE_COUNTING_H
#define HEAPMARK_MEASURE_COUNTING_H

#include <stdbool.h>
#include <stdint.h>

#include <heapmark/events.h>

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

/* ---- of a trial that is counted (book->counted) ---- */

struct hm_log;

/* A log begins, on its own thread. */
void counting_open(struct hm_log *log);

/* Around what the harness does with an event, by the log's thread: that is nobody's. Where only
 * mutators count, their stops, releases and sweeps are left out, and all of other threads. */
void counting_before(struct hm_log *log, enum hm_event_kind kind);
void counting_after(struct hm_log *log, enum hm_event_kind kind);

/* hm_host.work_begins. Where only mutators count it answers the beginning of time: whatever begins
 * is then long enough to be told, as the end of what is not told would never be known. */
uint64_t counting_work_begins(struct hm_log *log);

/* Has work begun that was never told? Its thread does not count since. */
bool counting_is_torn(const struct hm_log *log);

#endif
