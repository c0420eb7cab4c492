/* SPDX-License-Identifier: MIT
 *
 * The sampler; see sampler.h.
 */
#include "measure/sampler.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "measure/process.h"

_Static_assert(PROCESS_UNKNOWN == HM_UNKNOWN, "one word for what is not known");

enum { SAMPLE_INTERVAL_NS = 10000000 };

void sampler_statistics(hm_heap *heap, struct hm_statistics *statistics)
{
    memset(statistics, 0xff, sizeof *statistics);
    statistics->size = sizeof *statistics;
    statistics->reserved = 0;
    heap->ops->statistics(heap, statistics);
}

/* ---- the curve ---- */

static uint64_t greater(uint64_t a, uint64_t b)
{
    if (a == HM_UNKNOWN || b == HM_UNKNOWN)
        return a == HM_UNKNOWN ? b : a;
    return a > b ? a : b;
}

static void join(struct sampler_stretch *into, const struct sampler_stretch *other)
{
    into->held_bytes = greater(into->held_bytes, other->held_bytes);
    into->resident_bytes = greater(into->resident_bytes, other->resident_bytes);
    into->live_bytes = greater(into->live_bytes, other->live_bytes);
}

static void halve(struct sampler *sampler)
{
    for (size_t i = 0; i < SAMPLER_STRETCHES / 2; i++) {
        sampler->stretches[i] = sampler->stretches[2 * i];
        join(&sampler->stretches[i], &sampler->stretches[2 * i + 1]);
    }
    sampler->stretch_count = SAMPLER_STRETCHES / 2;
    sampler->stretch_samples *= 2;
}

void sampler_note(struct sampler *sampler, const struct sampler_stretch *look)
{
    bool last_is_full = sampler->last_samples == sampler->stretch_samples;
    if (sampler->stretch_count > 0 && !last_is_full) {
        join(&sampler->stretches[sampler->stretch_count - 1], look);
        sampler->last_samples++;
        return;
    }
    if (sampler->stretch_samples == 0)
        sampler->stretch_samples = 1;
    if (sampler->stretch_count == SAMPLER_STRETCHES)
        halve(sampler);
    sampler->stretches[sampler->stretch_count++] = *look;
    sampler->last_samples = 1;
}

static void tell_point(struct trial_record *record, enum trial_curve curve, double x_ns,
                       uint64_t bytes, uint64_t less_bytes)
{
    if (bytes != HM_UNKNOWN)
        record_add_point(record, curve, x_ns,
                         bytes > less_bytes ? (double)(bytes - less_bytes) : 0);
}

void sampler_tell(const struct sampler *sampler, struct trial_record *record, uint64_t start_ns,
                  uint64_t before_bytes)
{
    for (size_t i = 0; i < sampler->stretch_count; i++) {
        const struct sampler_stretch *stretch = &sampler->stretches[i];
        double x_ns = stretch->start_ns > start_ns ? (double)(stretch->start_ns - start_ns) : 0;
        if (!sampler->absurd.is[ABSURD_HELD_BYTES])
            tell_point(record, CURVE_HELD, x_ns, stretch->held_bytes, 0);
        if (!sampler->absurd.is[ABSURD_LIVE_BYTES])
            tell_point(record, CURVE_LIVE, x_ns, stretch->live_bytes, 0);
        if (before_bytes != PROCESS_UNKNOWN)
            tell_point(record, CURVE_RESIDENT, x_ns, stretch->resident_bytes, before_bytes);
    }
}

/* ---- samples ---- */

void sampler_weigh(struct sampler_mean *mean, uint64_t at, uint64_t value)
{
    if (at == HM_UNKNOWN || value == HM_UNKNOWN)
        return;
    if (mean->samples++ == 0)
        mean->first = at;
    else if (at > mean->last)
        mean->area += ((double)value + mean->last_value) / 2 * (double)(at - mean->last);
    mean->last = at;
    mean->last_value = (double)value;
}

uint64_t sampler_mean_of(const struct sampler_mean *mean)
{
    if (mean->samples == 0)
        return HM_UNKNOWN;
    if (mean->last == mean->first)
        return (uint64_t)mean->last_value;
    return (uint64_t)(mean->area / (double)(mean->last - mean->first));
}

static void take_sample(struct sampler *sampler)
{
    struct hm_statistics statistics;
    sampler_statistics(sampler->heap, &statistics);
    absurd_clear_statistics(&sampler->absurd, &statistics);
    struct sampler_stretch look = {.start_ns = clock_now_ns(),
                                   .held_bytes = statistics.held_bytes,
                                   .live_bytes = statistics.live_bytes,
                                   .resident_bytes = process_resident_bytes()};
    sampler_note(sampler, &look);
    sampler_weigh(&sampler->held, look.start_ns, look.held_bytes);
    sampler_weigh(&sampler->held_alloc, statistics.allocated_bytes, look.held_bytes);
    sampler_weigh(&sampler->live_alloc, statistics.allocated_bytes, look.live_bytes);
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
    take_sample(sampler); /* so that the end is there, too */
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

uint64_t sampler_cpu_ns(const struct sampler *sampler)
{
    return sampler->running ? clock_cpu_ns_of(sampler->thread) : 0;
}
