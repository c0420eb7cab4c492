/* SPDX-License-Identifier: MIT
 *
 * A thread that looks at what the heap holds, a hundred times a second: for the mean over time.
 * It is no mutator and never waits for one; the peak comes from the plugin's own count.
 */
#ifndef HEAPMARK_MEASURE_SAMPLER_H
#define HEAPMARK_MEASURE_SAMPLER_H

#include <pthread.h>

#include <heapmark/plugin.h>

struct sampler {
    hm_heap *heap;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    bool stop, running;
    uint64_t samples;
    double held_sum_bytes;
    uint64_t cpu_ns; /* the sampler's own, once stopped */
};

/* False when no thread can be started; then nothing is sampled. */
bool sampler_start(struct sampler *sampler, hm_heap *heap);
void sampler_stop(struct sampler *sampler);
/* Mean bytes held, or HM_UNKNOWN when there was no sample. */
uint64_t sampler_held_mean_bytes(const struct sampler *sampler);

/* The plugin's statistics with every field that it does not fill in HM_UNKNOWN. */
void sampler_statistics(hm_heap *heap, struct hm_statistics *statistics);

#endif
