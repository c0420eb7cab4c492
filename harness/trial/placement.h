/* SPDX-License-Identifier: MIT
 *
 * Where the threads and the memory of a trial were to go, and where they went.
 *
 * Lock: `lock` guards the workers; all else is set before the heap is opened, or belongs to the
 * mutator that it is of.
 */
#ifndef HEAPMARK_TRIAL_PLACEMENT_H
#define HEAPMARK_TRIAL_PLACEMENT_H

#include <pthread.h>

#include <heapmark/plugin.h>

#include "store/record.h"
#include "topology/memory.h"
#include "trial/spec.h"

/* A mutator, or a thread that the collector has registered. */
struct placement_thread {
    pid_t number; /* the kernel's; 0: it was never placed */
    bool ended;
    struct topology_placement asked;
    struct topology_got got;
};

struct placement {
    struct topology *topology;
    struct topology_plan plan;
    struct topology_memory memory;
    struct error memory_refused; /* the kernel's refusal; of kind ERROR_NONE where it obeyed */
    struct placement_thread *mutators;
    uint32_t *free_pus; /* OS PUs of plan.free */

    pthread_mutex_t lock;
    struct placement_thread *workers;
    size_t worker_count, worker_capacity;

    size_t stuck_count; /* unregistered threads that may run on one PU only, seen at the end */

    pid_t *own; /* threads that ran before a plugin was loaded */
    size_t own_count;
};

/* Read the machine, lay out the threads, and bind the calling thread's memory, which all threads
 * that come later inherit. Before the plugin is loaded, by the trial's first thread. False with
 * *error: the machine cannot be read, or there is no such NUMA node. A kernel that refuses to bind
 * memory is no error here. Then, as after success, placement_close. */
bool placement_open(struct placement *placement, const struct trial_spec *spec,
                    struct error *error);
void placement_close(struct placement *placement);

/* Tell a collector what there is. */
void placement_fill_request(const struct placement *placement, struct hm_open *request);

/* Place the calling thread: mutator `index`, or the next thread of the collector. */
void placement_take_mutator(struct placement *placement, uint32_t index);
void placement_take_worker(struct placement *placement);
/* A registered thread of the collector is about to end: read it for the last time. */
void placement_leave_worker(struct placement *placement);

/* Let the calling thread, a mutator, run anywhere, so that a thread of the harness that it starts
 * does so; and put it back. */
void placement_step_aside(const struct placement *placement);
void placement_step_back(const struct placement *placement, uint32_t index);

/* Set what is known before the heap is opened: what was asked, and the quota. */
void placement_tell_asked(const struct placement *placement, struct trial_record *record);
/* Set what was got. By a mutator, while all others wait and the collector's threads live. */
void placement_tell_got(struct placement *placement, struct trial_record *record);

/* What casts doubt on the figures of this record, in sentences for `say`. After
 * placement_tell_got. */
void placement_doubt(const struct placement *placement, const struct trial_record *record,
                     void (*say)(void *user, const char *text), void *user);

#endif
