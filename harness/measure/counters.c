/* SPDX-License-Identifier: MIT
 *
 * Hardware counters; see counters.h.
 *
 * Each is opened with `inherit`, so that one descriptor holds the sum over all threads; a group of
 * counters cannot be read at once then, so each is read by itself (a microsecond, twice a trial).
 */
#include "measure/counters.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct counter_kind counter_kinds[COUNTER_COUNT] = {
    {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, TRIAL_INSTRUCTIONS},
    {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, TRIAL_CYCLES},
    {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES, TRIAL_LAST_CACHE_MISSES},
    {PERF_TYPE_HW_CACHE,
     PERF_COUNT_HW_CACHE_DTLB | (PERF_COUNT_HW_CACHE_OP_READ << 8) |
         (PERF_COUNT_HW_CACHE_RESULT_MISS << 16),
     TRIAL_DATA_TLB_MISSES},
};

static int open_one(const struct counter_kind *kind)
{
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = kind->type;
    attributes.config = kind->config;
    attributes.inherit = 1;
    attributes.exclude_kernel = 1; /* else an ordinary user is refused */
    attributes.exclude_hv = 1;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void counters_open(struct counters *counters, const struct counter_kind *kinds)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        counters->fds[i] = open_one(&kinds[i]);
}

void counters_close(struct counters *counters)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        if (counters->fds[i] >= 0)
            close(counters->fds[i]);
}

static uint64_t read_one(int fd)
{
    struct {
        uint64_t value, enabled_ns, running_ns;
    } got;
    if (fd < 0 || read(fd, &got, sizeof got) != (ssize_t)sizeof got || got.running_ns == 0)
        return UINT64_MAX;
    if (got.running_ns == got.enabled_ns)
        return got.value;
    return (uint64_t)((double)got.value * (double)got.enabled_ns / (double)got.running_ns);
}

void counters_read(const struct counters *counters, struct counter_values *values)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        values->values[i] = read_one(counters->fds[i]);
}

void counters_tell(const struct counter_kind *kinds, const struct counter_values *before,
                   const struct counter_values *after, struct trial_record *record)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        if (before->values[i] != UINT64_MAX && after->values[i] != UINT64_MAX &&
            after->values[i] >= before->values[i])
            record_set_count(record, kinds[i].field, after->values[i] - before->values[i]);
}
