/* SPDX-License-Identifier: MIT
 *
 * Resamples of the bootstrap; see resample.h.
 */
#include "statistics/resample.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "statistics/sort.h"

/* ---- Drawing ---- */

static uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Below `bound`, each value equally likely: the few products that would favour one are
 * drawn again. */
static size_t random_below(uint64_t *state, size_t bound)
{
    uint64_t favoured = (0 - (uint64_t)bound) % bound;
    unsigned __int128 product;
    do {
        product = (unsigned __int128)next_random(state) * bound;
    } while ((uint64_t)product < favoured);
    return (size_t)(product >> 64);
}

/* Draw `count` blocks; copies[i] says how often block i came. Depends on nothing but seed,
 * resample and count: equally long workloads see the same blocks. */
void resample_draw(uint32_t *copies, size_t count, uint64_t seed, size_t resample)
{
    uint64_t state = seed;
    state = next_random(&state) + resample;
    state = next_random(&state) + count;
    memset(copies, 0, count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[random_below(&state, count)]++;
}

/* ---- Statistics of one resample ---- */

struct resample_ranked resample_rank(const double *samples, size_t count)
{
    struct resample_ranked ranked = {memory_new(count * sizeof(double)), stats_identity(count),
                                     count};
    memcpy(ranked.values, samples, count * sizeof(double));
    stats_sort_order(ranked.values, ranked.blocks, count);
    return ranked;
}

void resample_free(struct resample_ranked *ranked)
{
    free(ranked->values);
    free(ranked->blocks);
}

double resample_median(const struct resample_ranked *ranked, const uint32_t *copies)
{
    size_t lower = (ranked->count - 1) / 2, upper = ranked->count / 2;
    size_t i = 0, passed = copies[ranked->blocks[0]];
    while (passed <= lower)
        passed += copies[ranked->blocks[++i]];
    double low = ranked->values[i];
    while (passed <= upper)
        passed += copies[ranked->blocks[++i]];
    return low + (ranked->values[i] - low) / 2;
}

/* Summed as distances from `mean`, so that a large mean costs no digits. */
double resample_mean(const double *samples, size_t count, const uint32_t *copies, double mean)
{
    double distances = 0;
    for (size_t i = 0; i < count; i++)
        distances += copies[i] * (samples[i] - mean);
    return mean + distances / (double)count;
}

/* Of the statistic in all resamples, which are sorted here. */
struct stats_interval resample_interval(double *statistics)
{
    enum { TAIL = (STATS_RESAMPLES + 1) / 40 };
    stats_sort(statistics, STATS_RESAMPLES);
    return (struct stats_interval){statistics[TAIL - 1], statistics[STATS_RESAMPLES - TAIL],
                                   STATS_BOOTSTRAP_95};
}
