/* SPDX-License-Identifier: MIT
 *
 * The workload's ways to wait (struct hm_services), all of which end when the step is cancelled.
 */
#ifndef HEAPMARK_TRIAL_SERVICES_H
#define HEAPMARK_TRIAL_SERVICES_H

#include <pthread.h>

#include "measure/schedule.h"

enum { SERVICES_LOCKS = 64 };

struct services_queue {
    uint64_t *words; /* a ring of HM_QUEUE_WORDS */
    uint32_t first, count;
};

/* Shared by the threads of a trial. Lock: `lock` guards everything; `changed` tells of every
 * change. Waiting is rare and untimed by design, so one condition serves all. */
struct services {
    struct hm_services table; /* what the workload is given */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint32_t threads;
    bool cancelled;
    uint32_t met;                   /* threads at the barrier */
    uint64_t meetings;              /* barriers passed */
    uint32_t owner[SERVICES_LOCKS]; /* thread index + 1; 0: free */
    struct services_queue *queues;  /* one for each thread */
    uint64_t met_ns;                /* when the last of the threads came to the last barrier */
    struct schedule *schedules;     /* open loop: one for each thread, its own; else null */
};

void services_open(struct services *services, uint32_t threads);
void services_close(struct services *services);

/* Lay down the requests of all threads. Once at the most, before the workload begins. */
void services_schedule(struct services *services, const struct hm_schedule *schedule,
                       const struct hm_plan *plan);
/* A thread's requests begin: from the last barrier on, or all at once. Nothing where the work is
 * fixed. */
void services_begin_requests(struct services *services, uint32_t thread, bool at_once);

/* A thread landed: everybody's waits end, from now on. */
void services_cancel(struct services *services);
bool services_cancelled(struct services *services);

/* Release the locks of a thread that landed. */
void services_release_locks(struct services *services, uint32_t thread);

/* The barrier, for the harness's own use; true when all threads came, false when cancelled. The
 * caller's mutator, if any, is blocked. */
bool services_meet(struct services *services);

#endif
