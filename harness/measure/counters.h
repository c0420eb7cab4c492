/* SPDX-License-Identifier: MIT
 *
 * Counts of the processor (or the kernel) over this process, by perf_event_open(2). Many machines
 * give none: virtual ones, and those whose kernel.perf_event_paranoid is above 2.
 */
#ifndef HEAPMARK_MEASURE_COUNTERS_H
#define HEAPMARK_MEASURE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "store/record.h"

/* What is counted: type and config as in struct perf_event_attr. */
struct counter_kind {
    uint32_t type;
    uint64_t config;
    enum trial_field field;
};

/* Instructions, cycles, misses of the last cache and of the data TLB; in user mode. */
enum { COUNTER_COUNT = 4 };
extern const struct counter_kind counter_kinds[COUNTER_COUNT];

struct counters {
    int fds[COUNTER_COUNT]; /* -1: not to be had */
};

/* Totals so far, scaled up where the processor took turns between more counters than it has;
 * UINT64_MAX where unknown. */
struct counter_values {
    uint64_t values[COUNTER_COUNT];
};

/* Count for this thread and all that it and those will start: so before any other is started.
 * `kinds` has COUNTER_COUNT rows; a test takes others. */
void counters_open(struct counters *counters, const struct counter_kind *kinds);
void counters_close(struct counters *counters);
void counters_read(const struct counters *counters, struct counter_values *values);

/* Set the fields of what both know. */
void counters_tell(const struct counter_kind *kinds, const struct counter_values *before,
                   const struct counter_values *after, struct trial_record *record);

#endif
