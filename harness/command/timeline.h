/* SPDX-License-Identifier: MIT
 *
 * A trial as a time line: what each thread did, as spans that nest; see docs/timeline.md.
 */
#ifndef HEAPMARK_COMMAND_TIMELINE_H
#define HEAPMARK_COMMAND_TIMELINE_H

#include "command/stored_events.h"

/* Spans of one thread that overlap without nesting go to a lane beside it, so that nothing is cut
 * and each lane nests. What finds no room in the last is counted. */
enum { TIMELINE_LANES = 4 };

/* A number that stands beside a span or a moment; `name` NULL: there is none. */
struct timeline_value {
    const char *name;
    uint64_t value; /* HM_UNKNOWN: not known */
};

struct timeline_span {
    uint64_t start_ns, end_ns; /* on the clock of the events */
    const char *name;
    struct timeline_value values[2];
    uint32_t lane;
    bool unfinished; /* its end was never told: it lasts to the thread's last event */
};

struct timeline_moment {
    uint64_t time_ns;
    const char *name; /* NULL: a code that this program does not know */
    uint32_t code;
    const char *odd; /* why it is no end of a span, though it would be one; NULL */
    struct timeline_value value;
};

struct timeline_thread {
    const struct stored_log *log; /* of the events that it was made of, which outlive it */
    struct timeline_span *spans;  /* by lane, then by start, the longer first */
    size_t span_count, span_capacity;
    struct timeline_moment *moments; /* by time */
    size_t moment_count, moment_capacity;
    size_t left_out; /* spans that found no lane */
    uint32_t lanes;  /* that have spans; at least 1 */
};

/* A value at a moment, of all threads together. */
struct timeline_sample {
    uint64_t time_ns;
    uint64_t value;
};

struct timeline_samples {
    struct timeline_sample *items; /* by time */
    size_t count, capacity;
};

struct timeline {
    const struct stored_events *events;
    struct timeline_thread *threads;   /* events->count of them */
    struct timeline_samples held;      /* bytes, as heap grown and heap shrunk tell */
    struct timeline_samples reclaimed; /* bytes, in all since the first event */
    uint64_t first_ns;                 /* nothing of it is earlier */
};

/* `timeline` must be zeroed. The events outlive it; they may be such as cannot be true. */
void timeline_make(struct timeline *timeline, const struct stored_events *events);
void timeline_free(struct timeline *timeline);

/* A trial of the database in the Chrome trace format. What was wrong with its events is said on
 * stderr. The file is flushed before it returns true. */
bool export_timeline(struct store *store, int64_t trial_id, FILE *file, struct error *error);

#endif
