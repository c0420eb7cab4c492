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
    uint64_t steal_ns; /* of the whole machine */
};

void process_usage(struct process_usage *usage);

#endif
