/* SPDX-License-Identifier: MIT
 *
 * churn without a heap: what each object is, from its number alone; which one dies when; and from
 * both the answer and the bytes of a run. The kernel in churn.c draws from the same functions in
 * the same order.
 */
#ifndef HEAPMARK_WORKLOADS_CHURN_H
#define HEAPMARK_WORKLOADS_CHURN_H

#include <heapmark/workload.h>

#include "model.h"
#include "text.h"

enum { NUMBER, STRING, LIST, DICTIONARY, INSTANCE, KINDS };
enum { DICTIONARY_TABLE, DICTIONARY_COUNT };
enum { INSTANCE_SLOTS = 3, INSTANCE_WORD = INSTANCE_SLOTS };
enum {
    NUMBERS,
    STRINGS,
    LISTS,
    DICTIONARIES,
    INSTANCES,
    SPREAD,
    STRING_BYTES,
    LENGTH,
    LIVE,
    YOUNG,
    SURVIVAL,
    LIFETIME,
    ROUNDS
};
enum { ANY, OLDEST };
static const struct hm_shape number_shape = {
    .id = NUMBER, .bytes = 8, .hint = HM_NUMBER, .name = "number"};
static const struct hm_shape string_shape = {
    .id = STRING, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};
static const struct hm_shape list_shape = {
    .id = LIST, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};
static const struct hm_shape dictionary_shape = {
    .id = DICTIONARY, .slots = 1, .bytes = 8, .hint = HM_DICTIONARY, .name = "dictionary"};
static const struct hm_shape instance_shape = {
    .id = INSTANCE, .slots = INSTANCE_SLOTS, .bytes = 16, .hint = HM_INSTANCE, .name = "instance"};

/* ---- what an object is, from its number ---- */

struct sizes {
    enum random_spread spread;
    uint64_t string_bytes, length;
    uint64_t weights[KINDS], weight;
};

HM_INLINE uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

HM_INLINE struct sizes sizes_of(const struct hm_plan *plan)
{
    struct sizes sizes = {
        .spread = (enum random_spread)setting(plan, SPREAD),
        .string_bytes = setting(plan, STRING_BYTES),
        .length = setting(plan, LENGTH),
    };
    for (int i = 0; i < KINDS; i++)
        sizes.weight += sizes.weights[i] = setting(plan, NUMBERS + i);
    return sizes;
}

/* What is drawn first of an object. */
HM_INLINE int draw_kind(struct random *random, const struct sizes *sizes)
{
    uint64_t at = random_below(random, sizes->weight);
    int kind = 0;
    while (at >= sizes->weights[kind])
        at -= sizes->weights[kind++];
    return kind;
}

HM_INLINE uint64_t draw_length(struct random *random, const struct sizes *sizes)
{
    return random_size(random, sizes->spread, sizes->length);
}

/* What a container holds: a number (bytes 0) or a string, by halves. */
HM_INLINE struct text draw_item(struct random *random, const struct sizes *sizes)
{
    struct text item = {.first = random_next(random)};
    if (item.first >> 63 != 0)
        item.bytes = random_size(random, sizes->spread, sizes->string_bytes);
    return item;
}

HM_INLINE struct text draw_string(struct random *random, const struct sizes *sizes)
{
    uint64_t first = random_next(random);
    return (struct text){first, random_size(random, sizes->spread, sizes->string_bytes)};
}

/* Slots of a dictionary's table, two for each place: a third of the places stay free at least. */
HM_INLINE uint64_t table_slots(uint64_t entries)
{
    uint64_t places = 2;
    while (places < entries + entries / 2)
        places *= 2;
    return 2 * places;
}

/* ---- the model of an object: what reading it gives, and its bytes ---- */

struct modelled {
    uint64_t sum, bytes;
};

HM_INLINE void model_text(struct modelled *object, struct text text)
{
    object->sum += text.bytes != 0 ? text_sum(text) : text.first;
    object->bytes += text.bytes != 0 ? hm_nominal_bytes(&string_shape, text.bytes)
                                     : hm_nominal_bytes(&number_shape, 0);
}

HM_INLINE void model_items(struct modelled *object, struct random *random,
                           const struct sizes *sizes, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        model_text(object, draw_item(random, sizes));
}

HM_INLINE void model_dictionary(struct modelled *object, struct random *random,
                                const struct sizes *sizes)
{
    uint64_t length = draw_length(random, sizes);
    object->bytes += hm_nominal_bytes(&dictionary_shape, 0) +
                     hm_nominal_bytes(&list_shape, table_slots(length)) +
                     length * hm_nominal_bytes(&number_shape, 0);
    for (uint64_t i = 0; i < length; i++) {
        random_next(random);
        model_items(object, random, sizes, 1);
    }
}

HM_INLINE struct modelled model_object(uint64_t number, const struct sizes *sizes)
{
    struct modelled object = {0, 0};
    struct random random = random_from(number);
    switch (draw_kind(&random, sizes)) {
    case NUMBER:
        model_text(&object, (struct text){.first = random_next(&random)});
        break;
    case STRING:
        model_text(&object, draw_string(&random, sizes));
        break;
    case LIST: {
        uint64_t length = draw_length(&random, sizes);
        object.bytes = hm_nominal_bytes(&list_shape, length);
        model_items(&object, &random, sizes, length);
        break;
    }
    case DICTIONARY:
        model_dictionary(&object, &random, sizes);
        break;
    default:
        object.bytes = hm_nominal_bytes(&instance_shape, 0);
        random_next(&random);
        random_next(&random);
        model_items(&object, &random, sizes, INSTANCE_SLOTS);
        break;
    }
    return object;
}

/* ---- who dies when ---- */

struct turnover {
    struct random random;
    uint64_t live, young, share, rounds;
    bool oldest;
    uint64_t made, next_old, next_young;
};

HM_INLINE struct turnover turnover_of(const struct hm_plan *plan, uint32_t thread)
{
    return (struct turnover){
        .random = random_from(hm_thread_seed(plan, thread)),
        .live = setting(plan, LIVE),
        .young = setting(plan, YOUNG),
        .share = random_share(plan->parameters[SURVIVAL].decimal),
        .rounds = setting(plan, ROUNDS),
        .oldest = setting(plan, LIFETIME) == OLDEST,
    };
}

HM_INLINE uint64_t places_of(const struct turnover *turnover)
{
    return turnover->live + turnover->young;
}

HM_INLINE bool is_over(const struct turnover *turnover)
{
    return turnover->made == turnover->live + turnover->rounds;
}

/* The place of the next object: old ones are filled first. */
HM_INLINE uint64_t next_place(struct turnover *turnover)
{
    if (turnover->made++ < turnover->live)
        return turnover->made - 1;
    if (!random_chance(&turnover->random, turnover->share))
        return turnover->live + turnover->next_young++ % turnover->young;
    if (turnover->oldest)
        return turnover->next_old++ % turnover->live;
    return random_below(&turnover->random, turnover->live);
}

/* ---- what a run comes to ---- */

struct totals {
    uint64_t sum, live_bytes, most_live_bytes, allocated_bytes;
};

/* What one thread does. */
HM_INLINE struct totals totals_of_thread(const struct hm_plan *plan, uint32_t thread)
{
    struct turnover turnover = turnover_of(plan, thread);
    struct sizes sizes = sizes_of(plan);
    uint64_t *bytes = model_array(places_of(&turnover), sizeof *bytes);
    struct totals totals = {.live_bytes = hm_nominal_bytes(&list_shape, places_of(&turnover))};
    totals.allocated_bytes = totals.live_bytes;
    while (!is_over(&turnover)) {
        uint64_t place = next_place(&turnover);
        struct modelled object = model_object(random_next(&turnover.random), &sizes);
        totals.sum += object.sum;
        totals.allocated_bytes += object.bytes;
        totals.live_bytes += object.bytes - bytes[place];
        bytes[place] = object.bytes;
        if (totals.live_bytes > totals.most_live_bytes)
            totals.most_live_bytes = totals.live_bytes;
    }
    free(bytes);
    return totals;
}

HM_INLINE struct totals totals_of(const struct hm_plan *plan)
{
    struct totals all = {0, 0, 0, 0};
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct totals one = totals_of_thread(plan, i);
        all.sum += one.sum;
        all.most_live_bytes += one.most_live_bytes;
        all.allocated_bytes += one.allocated_bytes;
    }
    return all;
}

#endif
