/* SPDX-License-Identifier: MIT
 *
 * The sampler; see sampler.h.
 */
#include "measure/sampler.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { SAMPLE_INTERVAL_NS = 10000000 };

void sampler_statistics(hm_heap *heap, struct hm_statistics *statistics)
{
    memset(statistics, 0xff, sizeof *statistics);
    statistics->size = sizeof *statistics;
    statistics->reserved = 0;
    heap->ops->statistics(heap, statistics);
}

static void take_sample(struct sampler *sampler)
{
    struct hm_statistics statistics;
    sampler_statistics(sampler->heap, &statistics);
    if (statistics.held_bytes == HM_UNKNOWN)
        return;
    sampler->held_sum_bytes += (double)statistics.held_bytes;
    sampler->samples++;
}

/* Lock held: wait for the next moment; false when it is time to stop. */
static bool wait_for_next(struct sampler *sampler, struct timespec *next)
{
    next->tv_nsec += SAMPLE_INTERVAL_NS;
    if (next->tv_nsec >= 1000000000) {
        next->tv_nsec -= 1000000000;
        next->tv_sec++;
    }
    int result = 0;
    while (!sampler->stop && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&sampler->wake, &sampler->lock, next);
    return !sampler->stop;
}

static void *run(void *argument)
{
    struct sampler *sampler = argument;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&sampler->lock);
    do {
        pthread_mutex_unlock(&sampler->lock);
        take_sample(sampler);
        pthread_mutex_lock(&sampler->lock);
    } while (wait_for_next(sampler, &next));
    pthread_mutex_unlock(&sampler->lock);
    sampler->cpu_ns = clock_thread_cpu_ns();
    return NULL;
}

bool sampler_start(struct sampler *sampler, hm_heap *heap)
{
    memset(sampler, 0, sizeof *sampler);
    sampler->heap = heap;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sampler->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&sampler->lock, NULL);
    sampler->running = pthread_create(&sampler->thread, NULL, run, sampler) == 0;
    return sampler->running;
}

void sampler_stop(struct sampler *sampler)
{
    if (!sampler->running)
        return;
    pthread_mutex_lock(&sampler->lock);
    sampler->stop = true;
    pthread_cond_signal(&sampler->wake);
    pthread_mutex_unlock(&sampler->lock);
    pthread_join(sampler->thread, NULL);
    pthread_cond_destroy(&sampler->wake);
    pthread_mutex_destroy(&sampler->lock);
    sampler->running = false;
}

uint64_t sampler_held_mean_bytes(const struct sampler *sampler)
{
    if (sampler->samples == 0)
        return HM_UNKNOWN;
    return (uint64_t)(sampler->held_sum_bytes / (double)sampler->samples);
}
