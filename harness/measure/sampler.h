/* SPDX-License-Identifier: MIT
 *
 * A thread that looks at what the heap holds, a hundred times a second: for the mean and the curve
 * over time. It is no mutator and never waits for one; the peak comes from the plugin's own count.
 */
#ifndef HEAPMARK_MEASURE_SAMPLER_H
#define HEAPMARK_MEASURE_SAMPLER_H

#include <pthread.h>

#include <heapmark/plugin.h>

#include "measure/absurd.h"
#include "store/record.h"

/* The most in a stretch of time; HM_UNKNOWN where nobody tells. */
struct sampler_stretch {
    uint64_t start_ns; /* on the clock, of its first sample */
    uint64_t held_bytes, resident_bytes, live_bytes;
};

enum { SAMPLER_STRETCHES = 64 };

/* A mean of what changes, over what it changes with: by trapezoids from the first sample to the
 * last. A look that comes late on a busy machine stands for as much as it should. */
struct sampler_mean {
    uint64_t samples;
    uint64_t first, last; /* of what it goes over */
    double last_value, area;
};

void sampler_weigh(struct sampler_mean *mean, uint64_t at, uint64_t value);
/* HM_UNKNOWN where there was no sample. */
uint64_t sampler_mean_of(const struct sampler_mean *mean);

struct sampler {
    hm_heap *heap;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    bool stop, running;
    struct absurd absurd;     /* what a look was told; by the thread, until it has stopped */
    struct sampler_mean held; /* over ns */
    struct sampler_mean held_alloc, live_alloc; /* over bytes allocated */
    /* Each of so many samples. When all are full, two become one. */
    struct sampler_stretch stretches[SAMPLER_STRETCHES];
    size_t stretch_count;
    uint64_t stretch_samples, last_samples; /* of each but the last; of the last */
};

/* False when no thread can be started; then nothing is sampled. */
bool sampler_start(struct sampler *sampler, hm_heap *heap);
void sampler_stop(struct sampler *sampler);
/* CPU that its thread has used so far; 0 where it does not run. By who starts and stops it. */
uint64_t sampler_cpu_ns(const struct sampler *sampler);
/* Add the curves of memory over time to the record: `start_ns` is the beginning of the timed part,
 * `before_bytes` what was resident before the heap was opened. A curve in which some look was told
 * what cannot be true is left out. After sampler_stop. */
void sampler_tell(const struct sampler *sampler, struct trial_record *record, uint64_t start_ns,
                  uint64_t before_bytes);

/* One more look. For tests; the thread does it by itself. */
void sampler_note(struct sampler *sampler, const struct sampler_stretch *look);

/* The plugin's statistics with every field that it does not fill in HM_UNKNOWN. */
void sampler_statistics(hm_heap *heap, struct hm_statistics *statistics);

#endif
