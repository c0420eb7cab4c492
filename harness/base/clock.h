/* SPDX-License-Identifier: MIT
 *
 * The one clock of the harness: monotonic, in nanoseconds. And the others beside it, to notice
 * that the machine slept or that somebody set the time of day.
 */
#ifndef HEAPMARK_BASE_CLOCK_H
#define HEAPMARK_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

/* Nanoseconds on CLOCK_MONOTONIC. */
uint64_t clock_now_ns(void);

/* Nanoseconds of CPU that the calling thread has used. */
uint64_t clock_thread_cpu_ns(void);

/* Nanoseconds of CPU that all threads of this process have used. */
uint64_t clock_process_cpu_ns(void);

/* Nanoseconds of CPU that another thread of this process has used, which has not ended. */
uint64_t clock_cpu_ns_of(pthread_t thread);

/* Now as ISO 8601 in UTC ("2026-01-31T12:00:00Z"), written to text. */
void clock_utc_text(char text[static 21]);

/* One moment on three clocks: one that stands still while the machine sleeps, one that does not,
 * and the time of day, which can be set. */
struct clock_moment {
    uint64_t monotonic_ns;
    uint64_t boot_ns;
    uint64_t day_ns;
};

/* The clocks are read so close together that their differences are good to well below 1 ms,
 * unless the machine keeps interrupting. */
struct clock_moment clock_moment_now(void);

/* How long the machine slept between two moments. */
uint64_t clock_slept_ns(const struct clock_moment *from, const struct clock_moment *to);

/* How far the time of day was set between two moments, negative where it was set back. 0 for
 * what a clock is kept right by (a second, and a thousandth of the time that went by). */
int64_t clock_set_ns(const struct clock_moment *from, const struct clock_moment *to);

/* For tests: take moments from `read` instead of the machine, until it is NULL again. Not while
 * another thread asks for one. */
void clock_moments_from(struct clock_moment (*read)(void));

#endif
