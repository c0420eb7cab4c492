/* SPDX-License-Identifier: MIT
 *
 * The smallest heap in which a collector completes a workload, by bisection.
 *
 * It is assumed that what completes in a heap completes in every larger one. Collectors keep to
 * that roughly: near the edge, threads and timing decide. So a heap counts as enough only when
 * several tries complete in it, and the answer is good to the precision that is asked for.
 */
#ifndef HEAPMARK_SUITE_SMALLEST_H
#define HEAPMARK_SUITE_SMALLEST_H

#include "trial/trial.h"

enum smallest_answer {
    SMALLEST_ENOUGH,
    SMALLEST_TOO_SMALL, /* out of memory, or not done within the time limit */
    SMALLEST_STOP,      /* anything else: no heap would mend it, or the user stopped it */
};

/* What is searched. */
struct smallest_range {
    uint64_t least_bytes; /* the collector accepts no less */
    uint64_t start_bytes; /* looked at first */
    uint64_t most_bytes;  /* looked at last: without an answer up to here there is none */
    double precision;     /* 0.02: what is found is at most 2 % above what is enough */
};

/* What is found: the smallest heap that was enough, and the largest that was too small. */
struct smallest_found {
    uint64_t enough_bytes;    /* 0: none was */
    uint64_t too_small_bytes; /* 0: none was, since the collector accepts no smaller one */
    bool stopped;             /* by SMALLEST_STOP */
};

/* Ask `probe` for one heap after the other. All heaps are whole multiples of 4 KiB. */
struct smallest_found
smallest_search(const struct smallest_range *range,
                enum smallest_answer (*probe)(void *user, uint64_t heap_bytes), void *user);

/* The same by trials. */
struct smallest_trials {
    struct trial_spec *spec; /* its heap_bytes is set for each trial */
    const struct trial_limits *limits;
    const struct trial_attention *attention; /* may be NULL */
    unsigned tries;                          /* that have to complete for a heap to be enough */
    /* After each; may be NULL. */
    void (*tried)(void *user, uint64_t heap_bytes, const struct trial_record *record);
    void *user;
    /* What came of it. */
    unsigned trials;
    struct trial_record last; /* of the last trial; freed by the caller */
    struct error error;       /* of the system */
};

enum smallest_answer smallest_try(void *trials, uint64_t heap_bytes);

#endif
