/* SPDX-License-Identifier: MIT
 *
 * offered: so many bytes a second are to be allocated, beside so many alive.
 *
 * A schedule of ticks offers each thread its share of the bytes. A thread that is kept from a tick
 * until the next one is due has lost it: what it would have allocated is the deficit, and is not
 * made up for, so a collector that stalls gets no burst after it, and cannot hide the stall.
 *
 * A share of the objects survives: each takes the place, and the size, of one in a table. `state`
 * holds the first word of each that lives there, so that every object is read once, as it dies or
 * at the end. The answer counts those that are not as they were made: it is 0, however many ticks
 * were lost.
 */
#include <stdio.h>

#include <heapmark/workload.h>

#include "model.h"
#include "text.h"

enum { STRING_SHAPE, LIST_SHAPE };
enum { OFFER, DURATION, TICK, LIVE, OBJECT_BYTES, SURVIVAL };
enum { TABLE, MADE, OLD, NAMES };
/* Objects between two polls. */
enum { BATCH = 16 };

static const struct hm_shape string_shape = {
    .id = STRING_SHAPE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};
static const struct hm_shape list_shape = {
    .id = LIST_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "table"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* A tick of one thread offers its share of what all are offered in that time. */
static void schedule(const struct hm_plan *plan, struct hm_schedule *schedule)
{
    double ticks_per_s = 1e6 / (double)setting(plan, TICK);
    schedule->rate = ticks_per_s * plan->threads;
    schedule->requests = setting(plan, DURATION) * 1000 / setting(plan, TICK) * plan->threads;
    schedule->arrivals = HM_EVEN;
    schedule->lapses = true;
    schedule->offered_bytes =
        (uint64_t)((double)setting(plan, OFFER) / ticks_per_s / plan->threads);
}

/* ---- what is made, drawn alike by the kernel and the model ---- */

/* A thread's choices so far. */
struct choices {
    struct random random;
    uint64_t seed, places, mean_bytes, survival;
    uint64_t owed_bytes; /* offered and not made yet; below 0 it wraps, and is not asked for */
};

static struct choices choices_of(const struct hm_plan *plan, uint32_t thread)
{
    /* The mean of a skewed size is 21/16 of the mean that is asked for. */
    uint64_t each = hm_nominal_bytes(&string_shape, setting(plan, OBJECT_BYTES) * 21 / 16) + 8;
    uint64_t places = setting(plan, LIVE) / plan->threads / each;
    uint64_t seed = hm_thread_seed(plan, thread);
    return (struct choices){
        .random = random_from(seed),
        .seed = seed,
        .places = places > 0 ? places : 1,
        .mean_bytes = setting(plan, OBJECT_BYTES),
        .survival = random_share(plan->parameters[SURVIVAL].decimal),
    };
}

static size_t size_of_place(const struct choices *choices, uint64_t place)
{
    struct random random = random_from(random_mix(choices->seed ^ random_mix(place)));
    return random_size(&random, RANDOM_SKEWED, choices->mean_bytes);
}

struct object {
    struct text text;
    uint64_t place; /* where it survives */
    bool survives;
};

static struct object next_object(struct choices *choices)
{
    struct object object = {.text.first = random_next(&choices->random)};
    object.survives = random_chance(&choices->random, choices->survival);
    if (object.survives) {
        object.place = random_below(&choices->random, choices->places);
        object.text.bytes = size_of_place(choices, object.place);
    } else {
        object.text.bytes = random_size(&choices->random, RANDOM_SKEWED, choices->mean_bytes);
    }
    return object;
}

/* ---- the kernel ---- */

/* 1 where the name's string is not what was made. */
static uint64_t is_wrong(hm_mutator *m, hm_ref string, struct text text)
{
    return hm_length(m, string) != text.bytes || text_read(m, string) != text_sum(text);
}

/* What dies is read before its place, and its memory, is taken. */
static uint64_t retire(hm_mutator *m, struct hm_thread *t, const struct object *object)
{
    uint64_t *firsts = t->state;
    hm_take(m, &t->names[OLD], hm_at(&t->names[TABLE]), object->place);
    uint64_t wrong = is_wrong(m, hm_at(&t->names[OLD]),
                              (struct text){firsts[object->place], object->text.bytes});
    hm_clear(m, &t->names[OLD]);
    firsts[object->place] = object->text.first;
    return wrong;
}

static uint64_t allocate(hm_mutator *m, struct hm_thread *t, const struct object *object)
{
    hm_name *made = &t->names[MADE];
    uint64_t wrong = object->survives ? retire(m, t, object) : 0;
    text_make(m, made, &string_shape, object->text);
    if (object->survives) {
        hm_give(m, hm_at(&t->names[TABLE]), object->place, made);
        return wrong;
    }
    wrong += is_wrong(m, hm_at(made), object->text);
    hm_clear(m, made);
    return wrong;
}

static void setup(hm_mutator *m, struct hm_thread *t)
{
    struct choices choices = choices_of(t->plan, t->index);
    uint64_t *firsts = t->state;
    hm_new_n(m, &t->names[TABLE], &list_shape, choices.places);
    for (uint64_t place = 0; place < choices.places; place++) {
        firsts[place] = random_mix(choices.seed + place);
        text_make(m, &t->names[MADE], &string_shape,
                  (struct text){firsts[place], size_of_place(&choices, place)});
        hm_give(m, hm_at(&t->names[TABLE]), place, &t->names[MADE]);
        if (place % BATCH == BATCH - 1)
            hm_poll(m);
    }
}

static uint64_t read_table(hm_mutator *m, struct hm_thread *t, const struct choices *choices)
{
    const uint64_t *firsts = t->state;
    uint64_t wrong = 0;
    for (uint64_t place = 0; place < choices->places; place++) {
        hm_spare *spare = hm_push_spare(m, 1);
        wrong += is_wrong(m, hm_peek(m, spare, hm_at(&t->names[TABLE]), place),
                          (struct text){firsts[place], size_of_place(choices, place)});
        hm_pop_spare(m, spare);
        if (place % BATCH == BATCH - 1)
            hm_poll(m);
    }
    return wrong;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    struct choices choices = choices_of(t->plan, t->index);
    struct hm_schedule all = {0};
    uint64_t number, wrong = 0, objects = 0;
    schedule(t->plan, &all);
    while (hm_next_request(m, t, &number)) {
        choices.owed_bytes += all.offered_bytes;
        while ((int64_t)choices.owed_bytes > 0) {
            struct object object = next_object(&choices);
            wrong += allocate(m, t, &object);
            choices.owed_bytes -= hm_nominal_bytes(&string_shape, object.text.bytes);
            if (++objects % BATCH == 0)
                hm_poll(m);
        }
        hm_end_request(t);
    }
    t->answer = wrong + read_table(m, t, &choices);
    t->operations = objects;
}

/* ---- what is known beforehand ---- */

static uint64_t bytes_of_table(const struct choices *choices)
{
    uint64_t bytes = hm_nominal_bytes(&list_shape, choices->places);
    for (uint64_t place = 0; place < choices->places; place++)
        bytes += hm_nominal_bytes(&string_shape, size_of_place(choices, place));
    return bytes;
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct choices choices = choices_of(plan, i);
        bytes += bytes_of_table(&choices);
    }
    return bytes;
}

/* Where no tick is lost. */
static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    struct hm_schedule all = {0};
    uint64_t bytes = 0;
    schedule(plan, &all);
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct choices choices = choices_of(plan, i);
        uint64_t offered = hm_requests_of(&all, plan->threads, i) * all.offered_bytes;
        uint64_t made = 0;
        while (made < offered)
            made += hm_nominal_bytes(&string_shape, next_object(&choices).text.bytes);
        bytes += bytes_of_table(&choices) + made;
    }
    return bytes;
}

static size_t state_bytes(const struct hm_plan *plan)
{
    return choices_of(plan, 0).places * sizeof(uint64_t);
}

static uint64_t expected(const struct hm_plan *plan)
{
    (void)plan;
    return 0;
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    struct hm_schedule all = {0};
    schedule(plan, &all);
    if (all.requests >= plan->threads && all.requests <= HM_MOST_REQUESTS && all.offered_bytes > 0)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "%ju ms in ticks of %ju us are %ju ticks of %ju bytes over all threads; there may be "
             "1 to %d, of 1 byte and more",
             (uintmax_t)setting(plan, DURATION), (uintmax_t)setting(plan, TICK),
             (uintmax_t)all.requests, (uintmax_t)all.offered_bytes, HM_MOST_REQUESTS);
    return false;
}

/* ---- parameters ---- */

static const struct hm_setting offer = {
    .name = "offer",
    .help = "bytes that are offered a second, over all threads",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = INT64_C(1) << 40,
    .standard.integer = 100 << 20,
};

static const struct hm_setting duration = {
    .name = "duration_ms",
    .help = "for so many milliseconds",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 3600000,
    .standard.integer = 4000,
};

static const struct hm_setting tick = {
    .name = "tick_us",
    .help = "microseconds from one offer to a thread to the next: a stall shorter than this loses "
            "nothing",
    .type = HM_INTEGER,
    .least.integer = 10,
    .most.integer = 1000000,
    .standard.integer = 1000,
};

static const struct hm_setting live = {
    .name = "live",
    .help = "bytes that live in the table, over all threads",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = INT64_C(1) << 40,
    .standard.integer = 32 << 20,
};

static const struct hm_setting object_bytes = {
    .name = "object_bytes",
    .help = "mean length of an object; most are shorter, a few much longer",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 65536,
    .standard.integer = 96,
};

static const struct hm_setting survival = {
    .name = "survival",
    .help = "share of the objects that survive, each in the place of another",
    .type = HM_DECIMAL,
    .most.decimal = 1,
    .standard.decimal = 0.02,
};

HM_WORKLOAD(offered)
= {
    HM_WORKLOAD_HEAD,
    .name = "offered",
    .summary = "Offers the collector a set number of bytes a second over a set number alive, and "
               "tells how much of it a stalled mutator was too late for.",
    .stresses = "allocation at a set rate: can the collector keep up with it in this heap?",
    .warning = "What was lost was lost to stalls of whatever cause, the operating system's too, "
               "and stalls shorter than a tick lose nothing: it says whether the rate was kept, "
               "not what the collector costs.",
    .source = "after HyperAlloc (Heapothesys) of Amazon Corretto, for rate over live bytes; "
              "without making up for stalls",
    .sharing = HM_SHARED,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&offer, &duration, &tick, &live, &object_bytes,
                                                     &survival, NULL},
    .shapes = (const struct hm_shape *const[]){&string_shape, &list_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .state_bytes = state_bytes,
    .accepts = accepts,
    .expected = expected,
    .setup = setup,
    .step = step,
    .schedule = schedule,
};
