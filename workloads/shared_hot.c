/* SPDX-License-Identifier: MIT
 *
 * shared-hot: many threads take and drop the same few objects.
 *
 * The objects stand in slots of the globals. A thread takes one by hm_get_shared, reads it and
 * drops it; now and then it puts a new one into a slot, while others may be taking the old one.
 * Each object says what it is twice over, so that one that was freed or reused in another's hand
 * shows.
 */
#include <heapmark/workload.h>

#include "random.h"

enum { FIRST, SECOND };
enum { OBJECTS, ROUNDS, REPLACED };
enum { TAKEN, FRESH, NAMES };

static const struct hm_shape object_shape = {
    .id = 0, .bytes = 16, .hint = HM_INSTANCE, .name = "object"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

static void make(hm_mutator *m, hm_name *name, uint64_t content)
{
    hm_ref object = hm_new(m, name, &object_shape);
    hm_put_word(m, object, FIRST, content);
    hm_put_word(m, object, SECOND, random_mix(content));
}

static bool is_right(hm_mutator *m, hm_ref object)
{
    return !hm_is_null(object) &&
           hm_word(m, object, SECOND) == random_mix(hm_word(m, object, FIRST));
}

static void setup(hm_mutator *m, struct hm_thread *t)
{
    if (t->index != 0)
        return;
    for (uint64_t i = 0; i < setting(t->plan, OBJECTS); i++) {
        make(m, &t->names[FRESH], i);
        hm_set(m, hm_globals(m), i, hm_at(&t->names[FRESH]));
        hm_clear(m, &t->names[FRESH]);
    }
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t objects = setting(t->plan, OBJECTS);
    uint64_t rounds = setting(t->plan, ROUNDS);
    uint64_t replaced = random_share(t->plan->parameters[REPLACED].decimal);
    struct random random = random_from(t->seed);
    uint64_t right = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        uint64_t slot = random_below(&random, objects);
        if (random_chance(&random, replaced)) {
            make(m, &t->names[FRESH], random_next(&random));
            hm_set_shared(m, hm_globals(m), slot, hm_at(&t->names[FRESH]));
            hm_clear(m, &t->names[FRESH]);
        }
        hm_get_shared(m, &t->names[TAKEN], hm_globals(m), slot);
        right += is_right(m, hm_at(&t->names[TAKEN]));
        hm_clear(m, &t->names[TAKEN]);
        hm_poll(m);
    }
    t->answer = right;
    t->operations = rounds;
}

static void teardown(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0)
        hm_clear_slots(m, hm_globals(m), 0, setting(t->plan, OBJECTS));
}

/* ---- what is known beforehand ---- */

/* The one more that each thread may hold is left out: it weighs nothing beside the least heap. */
static uint64_t live_bytes(const struct hm_plan *plan)
{
    return setting(plan, OBJECTS) * hm_nominal_bytes(&object_shape, 0);
}

/* How many new ones are made, by the same draws. */
static uint64_t made_by(const struct hm_plan *plan, uint32_t thread)
{
    uint64_t replaced = random_share(plan->parameters[REPLACED].decimal);
    struct random random = random_from(hm_thread_seed(plan, thread));
    uint64_t made = 0;
    if (replaced == 0)
        return 0;
    for (uint64_t i = 0; i < setting(plan, ROUNDS); i++) {
        random_next(&random);
        if (random_chance(&random, replaced)) {
            random_next(&random);
            made++;
        }
    }
    return made;
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    uint64_t objects = setting(plan, OBJECTS);
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        objects += made_by(plan, thread);
    return objects * hm_nominal_bytes(&object_shape, 0);
}

static uint32_t globals(const struct hm_plan *plan)
{
    return (uint32_t)setting(plan, OBJECTS);
}

static uint64_t expected(const struct hm_plan *plan)
{
    return plan->threads * setting(plan, ROUNDS);
}

static const struct hm_setting objects_setting = {
    .name = "objects",
    .help = "objects that all threads take and drop",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000,
    .standard.integer = 1,
};

static const struct hm_setting rounds_setting = {
    .name = "rounds",
    .help = "how often each thread takes and drops one",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000000,
    .standard.integer = 5000000,
};

static const struct hm_setting replaced_setting = {
    .name = "replaced",
    .help = "share of the rounds that first put a new object into the slot",
    .type = HM_DECIMAL,
    .most.decimal = 1,
    .standard.decimal = 0,
};

HM_WORKLOAD(shared_hot)
= {
    HM_WORKLOAD_HEAD,
    .name = "shared-hot",
    .summary = "Threads take and drop the same object, or the same few, over and over.",
    .stresses = "one count, or one line of memory, that all threads write; what a shared load "
                "costs; with `replaced`, a load that races with the last drop",
    .warning = "Nothing is done with what is taken, so this is the worst case of sharing and not a "
               "typical one; a tracer that reads without a barrier does nearly nothing here.",
    .source = "Heapmark",
    .sharing = HM_EACH,
    .needs = HM_NEEDS_SHARING,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&objects_setting, &rounds_setting,
                                                     &replaced_setting, NULL},
    .shapes = (const struct hm_shape *const[]){&object_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .globals = globals,
    .expected = expected,
    .setup = setup,
    .step = step,
    .teardown = teardown,
};
