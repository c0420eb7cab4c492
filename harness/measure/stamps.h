/* SPDX-License-Identifier: MIT
 *
 * Stamps: what a mutator felt. The slow paths of allocation and polling are wrapped, and each
 * call longer than a threshold is marked in the thread's log, so that what a collector says of its
 * pauses can be held against what its mutators lived through. Two readings of the clock a slow
 * path.
 *
 * The operating system makes threads wait, too. What the kernel says of that
 * (/proc/thread-self/schedstat: time ready to run, and not running) is the control: it is marked
 * beside each slow path of 50 microseconds or more: a shorter one was hardly interrupted, and a
 * reading takes most of a microsecond. Before that it was read at the beginning of the slow path,
 * or up to a millisecond earlier, so it may hold up to that much from before the slow path.
 */
#ifndef HEAPMARK_MEASURE_STAMPS_H
#define HEAPMARK_MEASURE_STAMPS_H

#include <heapmark/operations.h>

#include "measure/log.h"

enum { STAMP_THRESHOLD_NS = 10000, STAMP_CONTROLLED_NS = 50000, STAMP_CONTROL_NS = 1000000 };

/* The stamps of one mutator. `wrapped` is first: m->slow leads back to the whole. */
struct stamps {
    struct hm_slow wrapped;
    const struct hm_slow *original;
    struct hm_log *log;
    int control_fd; /* -1: the kernel does not tell */
    uint64_t control_read_ns, waited_ns;
};

/* Wrap the mutator's slow paths; between attach and the first operation, by its own thread. */
void stamps_wrap(struct stamps *stamps, hm_mutator *m, struct hm_log *log);
/* Put the original slow paths back; before detach. */
void stamps_unwrap(struct stamps *stamps, hm_mutator *m);

#endif
