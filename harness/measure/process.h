/* SPDX-License-Identifier: MIT
 *
 * What the operating system knows of this process.
 */
#ifndef HEAPMARK_MEASURE_PROCESS_H
#define HEAPMARK_MEASURE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* "The machine does not tell." */
#define PROCESS_UNKNOWN UINT64_MAX

/* Does valgrind run this process? It has memory of its own in it, and does not follow an exec. */
bool process_is_under_valgrind(void);

/* Resident bytes now, and the most since process_reset_peak. */
uint64_t process_resident_bytes(void);
uint64_t process_resident_peak_bytes(void);
/* False where the kernel does not allow it: the peak is then since the process began. */
bool process_reset_peak(void);

/* Totals so far; the difference of two is an interval's. */
struct process_usage {
    uint64_t cpu_user_ns, cpu_system_ns;
    uint64_t page_faults_minor, page_faults_major;
    uint64_t switches_voluntary, switches_involuntary;
    uint64_t steal_ns;     /* of the whole machine */
    uint64_t throttled_ns; /* of this process's control groups, over all processors */
};

void process_usage(struct process_usage *usage);

/* How long a thread has been ready to run without a processor, by its schedstat: the calling one's,
 * or that of a file. Some microseconds. */
uint64_t process_thread_waited_ns(void);
uint64_t process_waited_ns(const char *schedstat);

/* The machine's load of the last minute, and the share of the last 10 s, in percent, in which some
 * task waited for a processor; NAN where the kernel does not tell. `root` as below. */
double process_load(const char *root);
double process_pressure(const char *root);
/* The clock of that processor now. */
uint64_t process_frequency_hz(const char *root, int processor);

/* How long quotas of control groups have stopped their members so far: the sum over this process's
 * group and those above, in each over its processors. Unknown where no group has a quota to
 * enforce. `root` is what the files' paths begin with, "" but in tests. */
uint64_t process_throttled_ns(const char *root);

#endif
