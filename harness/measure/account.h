/* SPDX-License-Identifier: MIT
 *
 * What a mutator's thread spends collecting, in CPU time: within its stops, releases and sweeps, as
 * it tells them.
 *
 * The thread's CPU clock costs a system call, most of half a microsecond. A stop reads it at both
 * borders. A release or sweep is told when it turned out to be long, so nobody reads the clock for
 * each that begins: whoever begins one says so (account_work_begins), and the clock is read if that
 * was more than a millisecond ago. The end reads it again where the work took long enough for a
 * thread to lose its processor in it; shorter work counts as it took, so less than that may be
 * wrong in each. Work that nobody said would begin has the share of its time that the thread had a
 * processor since the last reading, whenever that was.
 */
#ifndef HEAPMARK_MEASURE_ACCOUNT_H
#define HEAPMARK_MEASURE_ACCOUNT_H

#include "measure/log.h"

enum { ACCOUNT_READING_NS = 1000000, ACCOUNT_CLOCKED_NS = 200000 };

/* A log begins. */
void account_open(struct hm_log *log);

/* An event of a mutator's, by its thread. */
void account_event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns);

/* Of work from `start_ns` on, by two readings of which the second came at its end: at most its
 * length. */
uint64_t account_cpu_of_work(const struct log_reading *before, const struct log_reading *after,
                             uint64_t start_ns, uint64_t length_ns);

/* hm_host.work_begins. */
uint64_t account_work_begins(struct hm_log *log);

#endif
