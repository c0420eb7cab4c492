/* SPDX-License-Identifier: MIT
 *
 * What the micro workloads over a working set share: a list of numbers, walked in an order that
 * no prefetcher follows and that costs an add and a shift.
 *
 * Each thread has a list of its own. The parameter `objects` chooses in which cache it lies.
 */
#ifndef HEAPMARK_WORKLOADS_MICRO_H
#define HEAPMARK_WORKLOADS_MICRO_H

#include <stdio.h>

#include <heapmark/workload.h>

/* Operations between two polls: under the 10 microseconds of poll.a when every one of them
 * misses the caches, and enough that the poll is not seen. */
enum { MICRO_BATCH = 128 };

enum { MICRO_OBJECTS };
enum { MICRO_BOX, MICRO_LIST };

static const struct hm_shape micro_box = {
    .id = MICRO_BOX, .bytes = 8, .hint = HM_NUMBER, .name = "box"};
static const struct hm_shape micro_list = {
    .id = MICRO_LIST, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};

#define MICRO_SHAPES                                                                               \
    (const struct hm_shape *const[])                                                               \
    {                                                                                              \
        &micro_box, &micro_list, NULL                                                              \
    }

/* Is the first parameter a power of two? */
HM_INLINE bool micro_accepts_power(const struct hm_plan *plan, const char *name,
                                   struct hm_refusal *refusal)
{
    uint64_t value = (uint64_t)plan->parameters[0].integer;
    if ((value & (value - 1)) == 0)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "%s must be a power of two, and %lld is not", name, (long long)value);
    return false;
}

HM_INLINE uint64_t micro_objects(const struct hm_plan *plan)
{
    return (uint64_t)plan->parameters[MICRO_OBJECTS].integer;
}

HM_INLINE uint64_t micro_live_bytes(const struct hm_plan *plan)
{
    uint64_t objects = micro_objects(plan);
    return plan->threads *
           (hm_nominal_bytes(&micro_list, objects) + objects * hm_nominal_bytes(&micro_box, 0));
}

/* Bind to `list` a list of that many boxes, each holding its index; `box` is used and null. */
HM_INLINE void micro_make_list(hm_mutator *m, hm_name *list, hm_name *box, uint64_t objects)
{
    hm_new_n(m, list, &micro_list, objects);
    for (uint64_t i = 0; i < objects; i++) {
        hm_put_word(m, hm_new(m, box, &micro_box), 0, i);
        hm_give(m, hm_at(list), i, box);
    }
}

/* The order of the walk: a linear congruence whose low k bits take each of their 2^k values once
 * in 2^k steps, and whose next bit differs from one round to the next. */
HM_INLINE uint64_t micro_next(uint64_t x)
{
    return x * 5 + 1;
}

/* Costs no instruction: what an operation wrote must be in memory, so that the compiler neither
 * leaves out an operation whose result the next one overwrites nor merges two. */
HM_INLINE void micro_done(void)
{
    __asm__ volatile("" : : : "memory");
}

/* Say it when a slot of the list no longer holds the box that it was made with. */
HM_INLINE void micro_check_list(hm_mutator *m, const hm_name *list, uint64_t objects,
                                const struct hm_inspection *inspection)
{
    hm_spare *spare = hm_push_spare(m, 1);
    for (uint64_t i = 0; i < objects; i++) {
        hm_ref box = hm_peek(m, spare, hm_at(list), i);
        if (hm_is_null(box))
            inspection->wrong(inspection, "slot %llu of the list is null", (unsigned long long)i);
        else if (hm_word(m, box, 0) != i)
            inspection->wrong(inspection, "slot %llu of the list holds %llu", (unsigned long long)i,
                              (unsigned long long)hm_word(m, box, 0));
        if (i % MICRO_BATCH == 0)
            hm_poll(m);
    }
    hm_pop_spare(m, spare);
}

/* Each thread answers 1 when its last operation did what it should. */
HM_INLINE uint64_t micro_expected(const struct hm_plan *plan)
{
    return plan->threads;
}

#endif
