/* SPDX-License-Identifier: MIT
 *
 * Stamps: what a mutator felt. The slow paths of allocation and polling are wrapped, and each
 * call longer than a threshold is kept, so that what a collector says of its pauses can be held
 * against what its mutators lived through. Two readings of the clock a slow path.
 */
#ifndef HEAPMARK_MEASURE_STAMPS_H
#define HEAPMARK_MEASURE_STAMPS_H

#include <heapmark/operations.h>

enum { STAMP_THRESHOLD_NS = 10000 };

struct stamp_interval {
    uint64_t start_ns, end_ns;
};

/* The stamps of one mutator. `wrapped` is first: m->slow leads back to the whole. */
struct stamps {
    struct hm_slow wrapped;
    const struct hm_slow *original;
    struct stamp_interval *intervals; /* owned */
    size_t count, capacity;
    uint64_t dropped;
};

/* Wrap the mutator's slow paths; between attach and the first operation. */
void stamps_wrap(struct stamps *stamps, hm_mutator *m);
/* Put the original slow paths back; before detach. The intervals stay. */
void stamps_unwrap(struct stamps *stamps, hm_mutator *m);
void stamps_free(struct stamps *stamps);

#endif
