/* SPDX-License-Identifier: MIT
 *
 * Open loop: when requests are due, and what became of them.
 *
 * The times that requests are due are laid down before the timed part, from the seed. A request's
 * time runs from when it was due to its end, so a stall of the thread that should have begun it is
 * in it, and in the time of every request that was due meanwhile.
 */
#ifndef HEAPMARK_MEASURE_SCHEDULE_H
#define HEAPMARK_MEASURE_SCHEDULE_H

#include <heapmark/workload.h>

#include "store/record.h"

/* The requests of one thread. Owned by the schedule; written by that thread only, and read by
 * others when it waits. */
struct schedule {
    uint64_t origin_ns; /* on the clock; due times count from it */
    uint64_t *due_ns;
    uint64_t *end_ns; /* on the clock, of those that have ended */
    size_t count;
    size_t next;     /* the first that was neither begun nor missed */
    size_t current;  /* the one under way */
    uint64_t missed; /* lapsed */
    bool lapses;
    bool at_once; /* all are due already, and none lapses: the warm-up */
};

/* The gap before a request of a Poisson process of so many a second, for a number of (0, 1] drawn
 * at random. */
double schedule_gap_ns(double rate, double random);

/* The requests that are this thread's, as from the origin. Times of a Poisson process are drawn
 * from the seed; even ones alternate between threads. */
void schedule_make(struct schedule *schedule, const struct hm_schedule *of, uint32_t threads,
                   uint32_t index, uint64_t seed);
void schedule_free(struct schedule *schedule);

/* From the beginning again. */
void schedule_begin(struct schedule *schedule, bool at_once, uint64_t origin_ns);

/* Skip what has lapsed by now. False when the schedule is over. */
bool schedule_advance(struct schedule *schedule, uint64_t now_ns);
/* When the next one is due, on the clock; 0 where all are due at once. */
uint64_t schedule_due_ns(const struct schedule *schedule);
/* Begin it: its number. */
uint64_t schedule_take(struct schedule *schedule);
/* The one that was begun last has ended now. */
void schedule_end(struct schedule *schedule, uint64_t now_ns);

/* Set what the schedules of all threads tell: of requests their times and percentiles, with the
 * due times from `start_ns` on; of such that lapse what was offered and missed. */
void schedule_tell(struct trial_record *record, const struct hm_schedule *of,
                   const struct schedule *schedules, size_t count, uint64_t start_ns);

#endif
