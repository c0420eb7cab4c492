/* SPDX-License-Identifier: MIT
 *
 * The driver's waiting: barrier, locks, queues and sleep over one mutex. A cancelled step wakes
 * every wait, which then returns false, and releases every lock of a thread that lands.
 */
#ifndef HEAPMARK_TESTS_SERVICES_H
#define HEAPMARK_TESTS_SERVICES_H

#include <pthread.h>

#include <heapmark/workload.h>

enum { MEETING_LOCKS = 64, MEETING_QUEUE_WORDS = HM_QUEUE_WORDS, MEETING_MOST_THREADS = 64 };

struct meeting {
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    uint32_t threads, waiting;
    uint64_t generation;
    bool cancelled;
    uint32_t owner[MEETING_LOCKS]; /* thread index + 1, or 0 */
    struct {
        uint64_t words[MEETING_QUEUE_WORDS];
        uint32_t first, count;
    } queues[MEETING_MOST_THREADS];
    struct hm_services services;
    struct hm_schedule schedule;          /* of the workload, if it has one */
    uint64_t begun[MEETING_MOST_THREADS]; /* requests; each its thread's own */
};

void meeting_open(struct meeting *meeting, uint32_t threads);
void meeting_close(struct meeting *meeting);

/* Threads of the workload find the meeting through t->harness, which points to it. */

/* Cancel the step for all threads, and release the locks of this one. */
void meeting_cancel(struct meeting *meeting, const struct hm_thread *t);

#endif
