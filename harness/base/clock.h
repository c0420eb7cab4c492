/* SPDX-License-Identifier: MIT
 *
 * The one clock of the harness: monotonic, in nanoseconds.
 */
#ifndef HEAPMARK_BASE_CLOCK_H
#define HEAPMARK_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds on CLOCK_MONOTONIC. */
uint64_t clock_now_ns(void);

/* Nanoseconds of CPU that the calling thread has used. */
uint64_t clock_thread_cpu_ns(void);

/* Now as ISO 8601 in UTC ("2026-01-31T12:00:00Z"), written to text. */
void clock_utc_text(char text[static 21]);

#endif
