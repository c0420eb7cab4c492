/* SPDX-License-Identifier: MIT
 *
 * The critical rate: the highest at which requests keep within a bound, by bisection over open-loop
 * trials.
 *
 * It is assumed that who keeps a rate keeps every lower one. Near the edge chance decides: so a
 * rate counts as kept when most of its tries keep it, and the answer is good to the precision that
 * is asked for.
 */
#ifndef HEAPMARK_SUITE_CRITICAL_H
#define HEAPMARK_SUITE_CRITICAL_H

#include "suite/plan.h"

enum critical_answer {
    CRITICAL_KEPT,
    CRITICAL_BROKEN, /* requests took longer, or the trial ran out of memory or time */
    CRITICAL_STOP,   /* anything else: no rate would mend it, or the user stopped it */
};

/* What is searched, in requests a second. */
struct critical_range {
    uint64_t start;   /* looked at first */
    uint64_t least;   /* looked at last where none is kept */
    uint64_t most;    /* likewise where all are: then there is no critical rate */
    double precision; /* 0.05: what is found is at most 5 % below what is broken */
};

struct critical_found {
    uint64_t kept;   /* 0: none was */
    uint64_t broken; /* 0: none was */
    bool stopped;    /* by CRITICAL_STOP */
};

/* Ask `probe` for one rate after the other. */
struct critical_found critical_search(const struct critical_range *range,
                                      enum critical_answer (*probe)(void *user, uint64_t rate),
                                      void *user);

/* From the rate of the spec's parameters to the lowest and the highest with which its workload
 * accepts them. */
struct critical_range critical_range_of(const struct trial_spec *spec, double precision);

/* For how long requests come, at any rate. At one that cannot be kept waiting grows all that time:
 * a bound above this share of it would let a rate pass that is too high by as much. */
double critical_length_ns(const struct trial_spec *spec);
#define CRITICAL_BOUND_SHARE 0.1

/* The seed of the n-th try of a rate, from 0, which has the run's own: other arrivals for each try,
 * and the same for all rates and collectors. */
uint64_t critical_seed(uint64_t seed, uint32_t try);

/* Does the trial keep the bound at this percentile of its requests (99)? */
enum critical_answer critical_judge(const struct trial_record *record, double percent,
                                    uint64_t bound_ns);

/* Write down what it was held to, and what came of it. */
void critical_tell(struct trial_record *record, double percent, uint64_t bound_ns);

#endif
