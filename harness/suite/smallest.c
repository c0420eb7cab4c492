/* SPDX-License-Identifier: MIT
 *
 * Bisection for the smallest heap; see smallest.h.
 */
#include "suite/smallest.h"

#include <math.h>

enum { STEP_BYTES = 4096 };

static uint64_t round_up(uint64_t bytes)
{
    return (bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
}

/* A search under way. */
struct search {
    const struct smallest_range *range;
    enum smallest_answer (*probe)(void *user, uint64_t heap_bytes);
    void *user;
    struct smallest_found found;
};

/* Is it enough? Notes the answer. */
static bool is_enough(struct search *search, uint64_t heap_bytes)
{
    enum smallest_answer answer = search->probe(search->user, heap_bytes);
    search->found.stopped = answer == SMALLEST_STOP;
    if (answer == SMALLEST_ENOUGH)
        search->found.enough_bytes = heap_bytes;
    else if (answer == SMALLEST_TOO_SMALL)
        search->found.too_small_bytes = heap_bytes;
    return answer == SMALLEST_ENOUGH;
}

/* From the start upwards by doubling. */
static void find_enough(struct search *search)
{
    uint64_t most_bytes = round_up(search->range->most_bytes);
    uint64_t heap_bytes = search->found.too_small_bytes * 2;
    while (!search->found.stopped && search->found.enough_bytes == 0 && heap_bytes <= most_bytes) {
        is_enough(search, heap_bytes);
        heap_bytes *= 2;
    }
}

/* From the start downwards by halving. */
static void find_too_small(struct search *search)
{
    uint64_t least_bytes = round_up(search->range->least_bytes);
    while (!search->found.stopped && search->found.too_small_bytes == 0 &&
           search->found.enough_bytes > least_bytes) {
        uint64_t half = round_up(search->found.enough_bytes / 2);
        is_enough(search, half > least_bytes ? half : least_bytes);
    }
}

/* Between both, by the middle of their ratio, which is what the precision is of. */
static void close_in(struct search *search)
{
    struct smallest_found *found = &search->found;
    while (!found->stopped && found->too_small_bytes != 0 && found->enough_bytes != 0) {
        double low = (double)found->too_small_bytes, high = (double)found->enough_bytes;
        uint64_t middle = round_up((uint64_t)sqrt(low * high));
        if (high <= low * (1 + search->range->precision) || middle >= found->enough_bytes ||
            middle <= found->too_small_bytes)
            return;
        is_enough(search, middle);
    }
}

struct smallest_found
smallest_search(const struct smallest_range *range,
                enum smallest_answer (*probe)(void *user, uint64_t heap_bytes), void *user)
{
    struct search search = {.range = range, .probe = probe, .user = user};
    uint64_t start_bytes =
        range->start_bytes > range->least_bytes ? range->start_bytes : range->least_bytes;
    if (is_enough(&search, round_up(start_bytes)))
        find_too_small(&search);
    else
        find_enough(&search);
    close_in(&search);
    return search.found;
}

/* ---- by trials ---- */

static enum smallest_answer answer_of(const struct trial_record *record)
{
    switch (record_outcome(record, OUTCOME_REFUSED)) {
    case OUTCOME_OK:
        return SMALLEST_ENOUGH;
    case OUTCOME_OUT_OF_MEMORY:
    case OUTCOME_HANG:
        return SMALLEST_TOO_SMALL;
    default:
        return SMALLEST_STOP;
    }
}

enum smallest_answer smallest_try(void *user, uint64_t heap_bytes)
{
    struct smallest_trials *trials = user;
    enum smallest_answer answer = SMALLEST_ENOUGH;
    trials->spec->heap_bytes = heap_bytes;
    for (unsigned i = 0; i < trials->tries && answer == SMALLEST_ENOUGH; i++) {
        record_free(&trials->last);
        if (!trial_supervise(trials->spec, trials->limits, trials->attention, &trials->last,
                             &trials->error))
            return SMALLEST_STOP;
        trials->trials++;
        if (trials->tried != NULL)
            trials->tried(trials->user, heap_bytes, &trials->last);
        answer = answer_of(&trials->last);
    }
    return answer;
}
