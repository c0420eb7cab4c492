/* SPDX-License-Identifier: MIT
 *
 * simulator without a heap: what each thread allocates, in which order, what becomes of each
 * object, and from that the answer and the bytes of a run. The kernel in simulator.c draws from the
 * same functions in the same order.
 */
#ifndef HEAPMARK_WORKLOADS_SIMULATOR_H
#define HEAPMARK_WORKLOADS_SIMULATOR_H

#include <stdio.h>

#include <heapmark/workload.h>

#include "model.h"
#include "text.h"

enum { SMALL, LARGE, TABLE_SHAPE };
enum { SIZE_KINDS = 2 };
enum { NEXT };
enum {
    TOTAL_BYTES,
    LIVE_BYTES,
    SIZES,
    SMALL_LEAST_BYTES,
    SMALL_MOST_BYTES,
    LARGE_LEAST_BYTES,
    LARGE_MOST_BYTES,
    LARGE_SHARE,
    SMALL_SURVIVAL_INTERVAL,
    LARGE_SURVIVAL_INTERVAL,
    CHAIN,
    REQUEST_ALLOCATIONS,
    REQUEST_INTERVAL,
    TOUCH,
    COMPUTE,
    PHASES,
    PHASE_THREADS,
    PHASE_COMPUTE
};
enum { UNIFORM, SKEWED };
enum { ENDS, WHOLE };

/* A small object can be linked to the next of its chain. A large one is a buffer. */
static const struct hm_shape small_shape = {
    .id = SMALL, .slots = 1, .vary = HM_VARY_BYTES, .hint = HM_INSTANCE, .name = "small"};
static const struct hm_shape large_shape = {
    .id = LARGE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "large"};
static const struct hm_shape table_shape = {
    .id = TABLE_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "table"};

HM_INLINE uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* ---- sizes ---- */

/* All that sets small and large objects apart. */
struct size_kind {
    const struct hm_shape *shape;
    uint64_t least_bytes, most_bytes; /* nominal, header word included */
    uint64_t interval;                /* one of so many survives; 0: none */
    uint64_t live_bytes;              /* what the live table is filled with */
    uint64_t chain;                   /* objects of a place of that table */
    bool skewed;
};

/* What is alive is large in the same share as what is allocated. */
HM_INLINE struct size_kind size_kind_of(const struct hm_plan *plan, int which)
{
    uint64_t live = setting(plan, LIVE_BYTES);
    uint64_t large = (uint64_t)((double)live * plan->parameters[LARGE_SHARE].decimal);
    struct size_kind kind = {
        .shape = which == SMALL ? &small_shape : &large_shape,
        .least_bytes = setting(plan, which == SMALL ? SMALL_LEAST_BYTES : LARGE_LEAST_BYTES),
        .most_bytes = setting(plan, which == SMALL ? SMALL_MOST_BYTES : LARGE_MOST_BYTES),
        .interval =
            setting(plan, which == SMALL ? SMALL_SURVIVAL_INTERVAL : LARGE_SURVIVAL_INTERVAL),
        .live_bytes = which == SMALL ? live - large : large,
        .chain = which == SMALL ? setting(plan, CHAIN) : 1,
        .skewed = setting(plan, SIZES) == SKEWED,
    };
    return kind;
}

/* ---- do the parameters fit together? ---- */

/* Of one kind; false with a sentence. What is to live must hold a chain of the largest. */
HM_INLINE bool kind_accepts(const struct size_kind *kind, const char *name,
                            struct hm_refusal *refusal)
{
    size_t room = sizeof refusal->sentence;
    unsigned long long least = kind->least_bytes, most = kind->most_bytes;
    unsigned long long live = kind->live_bytes, chain = kind->chain;
    if (least > most)
        snprintf(refusal->sentence, room,
                 "%s_least_bytes (%llu) is greater than %s_most_bytes (%llu)", name, least, name,
                 most);
    else if (live == 0 && kind->interval != 0)
        snprintf(refusal->sentence, room,
                 "none of live_bytes is %s, so no %s object can survive in the place of another: "
                 "live_bytes must be greater, or %s_survival_interval 0",
                 name, name, name);
    else if (live != 0 && live < chain * most)
        snprintf(refusal->sentence, room,
                 "%llu of live_bytes are %s, and do not hold a place's %llu times %llu bytes: "
                 "live_bytes must be greater, or 0",
                 live, name, chain, most);
    else
        return true;
    return false;
}

HM_INLINE bool simulator_accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    struct size_kind small = size_kind_of(plan, SMALL);
    struct size_kind large = size_kind_of(plan, LARGE);
    double share = plan->parameters[LARGE_SHARE].decimal;
    if (share < 1 && !kind_accepts(&small, "small", refusal))
        return false;
    if (share > 0 && !kind_accepts(&large, "large", refusal))
        return false;
    if (share == 0 || share == 1 || small.most_bytes < large.least_bytes)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "large_least_bytes (%llu) must be greater than small_most_bytes (%llu)",
             (unsigned long long)large.least_bytes, (unsigned long long)small.most_bytes);
    return false;
}

struct item {
    uint64_t first; /* what is written to it follows from this word */
    uint64_t bytes; /* of payload, at least a word */
};

/* least to most. Skewed: each doubling of the least, up to the most, is drawn half as often as the
 * one before, and so makes about as many bytes; within it all sizes are alike. */
HM_INLINE uint64_t draw_bytes(struct random *random, const struct size_kind *kind)
{
    uint64_t low = kind->least_bytes;
    uint64_t high = kind->most_bytes;
    if (kind->skewed) {
        unsigned doublings = (unsigned)__builtin_ctz((unsigned)random_bits32(random) | 1U << 31);
        if (low << doublings <= high)
            low <<= doublings;
        if (2 * low - 1 < high)
            high = 2 * low - 1;
    }
    return low + random_below(random, high - low + 1);
}

HM_INLINE struct item draw_item(struct random *random, const struct size_kind *kind)
{
    uint64_t overhead_bytes = sizeof(uint64_t) * (1 + kind->shape->slots);
    uint64_t bytes = draw_bytes(random, kind) - overhead_bytes;
    return (struct item){.first = random_next(random), .bytes = bytes};
}

/* What reading the object gives: its length and what was written. Both ends of it, or one where
 * it has not room for two words; or the whole. */
HM_INLINE uint64_t item_sum(struct item item, bool whole)
{
    if (whole)
        return item.bytes + text_sum((struct text){item.first, item.bytes});
    return item.bytes + item.first + (item.bytes >= 16 ? ~item.first : 0);
}

/* ---- what is alive at the beginning ---- */

/* Draws the objects of one live table: as many chains as reach the bytes asked for. */
struct fill {
    struct random random;
    struct size_kind kind;
    uint64_t bytes, places;
};

HM_INLINE struct fill fill_of(const struct hm_plan *plan, uint32_t thread, int which)
{
    uint64_t seed = random_mix(hm_thread_seed(plan, thread) + (uint64_t)which);
    return (struct fill){.random = random_from(seed), .kind = size_kind_of(plan, which)};
}

HM_INLINE bool is_filled(const struct fill *fill)
{
    return fill->bytes >= fill->kind.live_bytes;
}

HM_INLINE struct item fill_item(struct fill *fill)
{
    struct item item = draw_item(&fill->random, &fill->kind);
    fill->bytes += hm_nominal_bytes(fill->kind.shape, item.bytes);
    return item;
}

HM_INLINE void skip_place(struct fill *fill)
{
    for (uint64_t i = 0; i < fill->kind.chain; i++)
        fill_item(fill);
    fill->places++;
}

/* ---- what a thread allocates ---- */

/* One allocation and what becomes of it: it replaces an object of the live table, or is held until
 * the request ends, or dies at once. */
struct turn {
    struct item item;
    int which;
    bool ends_request; /* before it is made */
    bool survives, held;
    uint64_t place; /* in the live table, or among what the request holds */
};

struct choices {
    struct random random;
    struct size_kind kinds[SIZE_KINDS];
    uint64_t places[SIZE_KINDS]; /* of the live tables: the caller knows them */
    uint64_t made[SIZE_KINDS];
    /* Bytes that large objects are due, in units of 2^-32. One is made when it is not below 0, so
     * the share is kept over any stretch of the run, to a large object. */
    int64_t due;
    uint64_t large_share;
    uint64_t request_allocations, request_interval, request_made, request_held;
    uint64_t allocated_bytes;
};

/* Half an object below 0, so that the share in the whole is too great as often as too small. */
HM_INLINE int64_t due_at_first(const struct size_kind *large, uint64_t share)
{
    uint64_t half_bytes = (large->least_bytes + large->most_bytes) / 4;
    return -(int64_t)(((UINT64_C(1) << 32) - share) * half_bytes);
}

HM_INLINE struct choices choices_of(const struct hm_plan *plan, uint32_t thread)
{
    struct choices choices = {
        .random = random_from(hm_thread_seed(plan, thread)),
        .kinds = {size_kind_of(plan, SMALL), size_kind_of(plan, LARGE)},
        .large_share = random_share(plan->parameters[LARGE_SHARE].decimal),
        .request_allocations = setting(plan, REQUEST_ALLOCATIONS),
        .request_interval = setting(plan, REQUEST_INTERVAL),
    };
    choices.due = due_at_first(&choices.kinds[LARGE], choices.large_share);
    return choices;
}

/* What a request holds at the most. */
HM_INLINE uint64_t most_held(const struct hm_plan *plan)
{
    uint64_t interval = setting(plan, REQUEST_INTERVAL);
    return (setting(plan, REQUEST_ALLOCATIONS) + interval - 1) / interval;
}

HM_INLINE int next_kind(const struct choices *choices)
{
    return choices->large_share != 0 && choices->due >= 0 ? LARGE : SMALL;
}

HM_INLINE void account(struct choices *choices, int which, uint64_t bytes)
{
    choices->allocated_bytes += bytes;
    choices->due += (int64_t)(choices->large_share * bytes);
    if (which == LARGE)
        choices->due -= (int64_t)(bytes << 32);
}

HM_INLINE void place_in_request(struct choices *choices, struct turn *turn)
{
    if (choices->request_made == choices->request_allocations) {
        turn->ends_request = true;
        choices->request_made = choices->request_held = 0;
    }
    turn->held = !turn->survives && choices->request_made % choices->request_interval == 0;
    choices->request_made++;
    if (turn->held)
        turn->place = choices->request_held++;
}

HM_INLINE struct turn next_turn(struct choices *choices)
{
    struct turn turn = {.which = next_kind(choices)};
    const struct size_kind *kind = &choices->kinds[turn.which];
    turn.item = draw_item(&choices->random, kind);
    account(choices, turn.which, hm_nominal_bytes(kind->shape, turn.item.bytes));
    choices->made[turn.which]++;
    turn.survives = kind->interval != 0 && choices->made[turn.which] % kind->interval == 0;
    if (turn.survives)
        turn.place = random_below(&choices->random, choices->places[turn.which]);
    if (choices->request_allocations != 0)
        place_in_request(choices, &turn);
    return turn;
}

/* ---- phases ---- */

/* Threads that allocate in odd phases: the first ones. */
HM_INLINE uint64_t busy_threads(const struct hm_plan *plan)
{
    double busy = plan->threads * plan->parameters[PHASE_THREADS].decimal;
    return busy < 1 ? 1 : (uint64_t)busy;
}

/* What the thread has allocated when the phase (0, 1, …) ends, less than one object aside. All
 * threads together do the same in each phase: in odd ones the busy threads do it for the others. */
HM_INLINE uint64_t bytes_until(const struct hm_plan *plan, uint32_t thread, uint64_t phase)
{
    uint64_t busy = busy_threads(plan);
    uint64_t even_bytes = setting(plan, TOTAL_BYTES) / setting(plan, PHASES);
    uint64_t odd_bytes = thread < busy ? even_bytes * plan->threads / busy : 0;
    return (phase / 2 + 1) * even_bytes + (phase + 1) / 2 * odd_bytes;
}

/* ---- what a run comes to ---- */

struct totals {
    uint64_t sum, live_bytes, most_live_bytes, allocated_bytes, held_bytes;
};

struct model {
    struct choices choices;
    bool whole;
    struct item *items[SIZE_KINDS]; /* chain after chain */
    uint64_t *oldest;               /* of each chain of small ones */
    struct totals totals;
};

HM_INLINE void model_make(struct totals *totals, uint64_t bytes)
{
    totals->allocated_bytes += bytes;
    totals->live_bytes += bytes;
    if (totals->live_bytes > totals->most_live_bytes)
        totals->most_live_bytes = totals->live_bytes;
}

/* A chain is made from its end to its beginning. */
HM_INLINE void model_fill(struct model *model, const struct hm_plan *plan, uint32_t thread,
                          int which)
{
    struct fill fill = fill_of(plan, thread, which);
    uint64_t chain = fill.kind.chain;
    while (!is_filled(&fill))
        skip_place(&fill);
    uint64_t places = model->choices.places[which] = fill.places;
    model->items[which] = model_array(places * chain + 1, sizeof *model->items[which]);
    model_make(&model->totals, hm_nominal_bytes(&table_shape, places));
    fill = fill_of(plan, thread, which);
    for (uint64_t place = 0; place < places; place++)
        for (uint64_t i = chain; i-- > 0;)
            model->items[which][place * chain + i] = fill_item(&fill);
    model_make(&model->totals, fill.bytes);
}

/* The oldest of the chain makes room; the new one comes last. */
HM_INLINE struct item *model_place(struct model *model, const struct turn *turn)
{
    uint64_t chain = model->choices.kinds[turn->which].chain;
    uint64_t at = 0;
    if (chain > 1)
        at = model->oldest[turn->place]++ % chain;
    return &model->items[turn->which][turn->place * chain + at];
}

HM_INLINE void model_turn(struct model *model, const struct turn *turn)
{
    struct totals *totals = &model->totals;
    const struct hm_shape *shape = model->choices.kinds[turn->which].shape;
    uint64_t bytes = hm_nominal_bytes(shape, turn->item.bytes);
    struct item *place = turn->survives ? model_place(model, turn) : NULL;
    if (turn->ends_request) {
        totals->live_bytes -= totals->held_bytes;
        totals->held_bytes = 0;
    }
    if (place != NULL)
        totals->live_bytes -= hm_nominal_bytes(shape, place->bytes);
    model_make(totals, bytes);
    totals->sum += item_sum(turn->item, model->whole);
    if (place != NULL)
        *place = turn->item;
    else if (turn->held)
        totals->held_bytes += bytes;
    else
        totals->live_bytes -= bytes;
}

/* Every object is read once, those of the beginning too, so only the bytes depend on who dies. */
HM_INLINE void model_sum_of_fill(struct model *model, int which)
{
    uint64_t items = model->choices.places[which] * model->choices.kinds[which].chain;
    for (uint64_t i = 0; i < items; i++)
        model->totals.sum += item_sum(model->items[which][i], model->whole);
}

/* What one thread does. */
HM_INLINE struct totals totals_of_thread(const struct hm_plan *plan, uint32_t thread)
{
    struct model model = {
        .choices = choices_of(plan, thread),
        .whole = setting(plan, TOUCH) == WHOLE,
    };
    for (int which = SMALL; which <= LARGE; which++) {
        model_fill(&model, plan, thread, which);
        model_sum_of_fill(&model, which);
    }
    model.oldest = model_array(model.choices.places[SMALL] + 1, sizeof *model.oldest);
    model_make(&model.totals, hm_nominal_bytes(&table_shape, most_held(plan)));
    uint64_t total = bytes_until(plan, thread, setting(plan, PHASES) - 1);
    while (model.choices.allocated_bytes < total) {
        struct turn turn = next_turn(&model.choices);
        model_turn(&model, &turn);
    }
    free(model.items[SMALL]);
    free(model.items[LARGE]);
    free(model.oldest);
    return model.totals;
}

HM_INLINE struct totals totals_of(const struct hm_plan *plan)
{
    struct totals all = {0};
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct totals one = totals_of_thread(plan, i);
        all.sum += one.sum;
        all.most_live_bytes += one.most_live_bytes;
        all.allocated_bytes += one.allocated_bytes;
    }
    return all;
}

#endif
