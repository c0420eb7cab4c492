/* SPDX-License-Identifier: MIT
 *
 * Worker threads of a collector: the thread that collects is worker 0, the others sleep until it
 * has work for all, and it waits until all are done.
 */
#ifndef HEAPMARK_KIT_WORKERS_H
#define HEAPMARK_KIT_WORKERS_H

#include <pthread.h>

#include <heapmark/plugin.h>

enum { KIT_MOST_WORKERS = 64 };

struct kit_workers {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    pthread_t threads[KIT_MOST_WORKERS];
    uint32_t count;   /* workers, the collecting thread included */
    uint32_t started; /* threads that exist: count - 1 after open */
    uint32_t working; /* threads that have not finished this round */
    uint64_t round;   /* grows with each kit_workers_run */
    bool ending;
    void (*work)(void *user, uint32_t worker);
    void *user;
    const struct hm_host *host;
    const char *name; /* for the host; lives as long as the workers */
};

/* Start count - 1 threads, which register with the host and so run where it places them: each on a
 * PU that no mutator has, while there are some. False with a refusal. */
bool kit_workers_open(struct kit_workers *workers, uint32_t count, const struct hm_host *host,
                      const char *name, struct hm_refusal *refusal);
void kit_workers_close(struct kit_workers *workers);

/* Call work(user, i) once for each worker i, each in its thread, 0 in the caller's; returns when
 * all have returned. What the caller wrote before is seen by the workers, and the other way. */
void kit_workers_run(struct kit_workers *workers, void (*work)(void *user, uint32_t worker),
                     void *user);

#endif
