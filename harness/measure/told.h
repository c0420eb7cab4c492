/* SPDX-License-Identifier: MIT
 *
 * What collectors told by events, and what mutators felt, as intervals: for the functions that make
 * figures of them. What cannot be true is found here, and then there are no figures.
 */
#ifndef HEAPMARK_MEASURE_TOLD_H
#define HEAPMARK_MEASURE_TOLD_H

#include "base/text.h"
#include "measure/intervals.h"
#include "measure/log.h"

/* What can be wrong with events: X(NAME). */
#define TOLD_FAULTS(X)                                                                             \
    X(OUT_OF_ORDER)                                                                                \
    X(OUTSIDE)                                                                                     \
    X(TOO_LONG)                                                                                    \
    X(OVERLAPS)                                                                                    \
    X(WITHOUT_END)                                                                                 \
    X(WITHOUT_BEGINNING)                                                                           \
    X(STRANGER)                                                                                    \
    X(LOST)                                                                                        \
    X(NEGATIVE)

enum told_fault {
#define TOLD_FAULT_ENUM(NAME) TOLD_##NAME,
    TOLD_FAULTS(TOLD_FAULT_ENUM)
#undef TOLD_FAULT_ENUM
        TOLD_FAULT_COUNT
};

/* A slow path that a mutator felt, cut to the timed part. */
struct felt {
    struct interval interval;
    uint64_t waited_ns; /* for a processor, about then; not more than the interval's length */
};

/* What one thread's log tells, cut to the timed part. */
struct told_log {
    const struct hm_log *log;
    struct intervals kept;     /* RELEASE, SWEEP and STALL of a mutator, outside its own stops */
    struct intervals releases; /* of these, RELEASE and SWEEP */
    struct intervals brackets; /* all pairs of BEGIN and END */
    struct felt *felt;
    size_t felt_count, felt_capacity;
};

struct told {
    struct interval window;  /* the timed part */
    struct intervals pauses; /* STOP_REQUESTED to RESUMED, by start, cut to the timed part */
    struct told_log *logs;   /* as in the book */
    size_t log_count;
    uint64_t collections;   /* COLLECTION_END in the timed part */
    uint64_t reclaimed;     /* their values, added up; UINT64_MAX where one is not known */
    struct intervals waits; /* STOP_REQUESTED in the timed part to STOPPED; not cut */
    struct {
        uint64_t count;
        struct text first; /* a sentence about the first of them */
    } faults[TOLD_FAULT_COUNT];
};

/* Read all logs. Nobody writes to them any more. `trial` is what all events must lie in. */
void told_read(struct told *told, const struct log_book *book, struct interval trial,
               struct interval window);
void told_free(struct told *told);

/* May figures be made of the intervals? Not where a fault but NEGATIVE was found. */
bool told_is_sound(const struct told *told);
/* What is wrong, each as one sentence, joined by "; ". Appends nothing where nothing is. */
void told_append_faults(const struct told *told, struct text *text);

/* Count it; of the first of its kind the sentence is kept. */
void told_blame(struct told *told, enum told_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
