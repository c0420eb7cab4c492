/* SPDX-License-Identifier: MIT
 *
 * set: store a reference into a slot, over and over.
 */
#include "micro.h"

enum { LIST, ODD, EVEN, NAMES };

static void setup(hm_mutator *m, struct hm_thread *t)
{
    hm_new_n(m, &t->names[LIST], &micro_list, micro_objects(t->plan));
    hm_put_word(m, hm_new(m, &t->names[ODD], &micro_box), 0, 1);
    hm_put_word(m, hm_new(m, &t->names[EVEN], &micro_box), 0, 2);
    hm_fill_slots(m, hm_at(&t->names[LIST]), 0, micro_objects(t->plan), hm_at(&t->names[ODD]));
}

/* Which of the two boxes the slot gets: the other one each time round the list, so that no store
 * leaves the slot as it was. */
static hm_ref value_of(const hm_name *names, uint64_t x, uint64_t objects)
{
    return hm_at(&names[(x & objects) != 0 ? ODD : EVEN]);
}

static bool holds_last(hm_mutator *m, const hm_name *names, uint64_t x, uint64_t objects)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref held = hm_peek(m, spare, hm_at(&names[LIST]), x & (objects - 1));
    bool same = hm_same(m, held, value_of(names, x, objects));
    hm_pop_spare(m, spare);
    return same;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t number = micro_objects(t->plan);
    hm_name *names = t->names;
    uint64_t x = 0;
    for (uint64_t left = t->iterations; left > 0;) {
        uint64_t batch = left < MICRO_BATCH ? left : MICRO_BATCH;
        hm_ref list = hm_at(&names[LIST]);
        for (uint64_t i = 0; i < batch; i++) {
            x = micro_next(x);
            hm_set(m, list, x & (number - 1), value_of(names, x, number));
            micro_done();
        }
        left -= batch;
        hm_poll(m);
    }
    t->answer = t->iterations == 0 || holds_last(m, names, x, number);
    t->operations = t->iterations;
}

static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    hm_spare *spare = hm_push_spare(m, 1);
    for (uint64_t i = 0; i < micro_objects(t->plan); i++) {
        hm_ref box = hm_peek(m, spare, hm_at(&t->names[LIST]), i);
        if (!hm_same(m, box, hm_at(&t->names[ODD])) && !hm_same(m, box, hm_at(&t->names[EVEN])))
            inspection->wrong(inspection, "slot %llu of the list holds neither of the two numbers",
                              (unsigned long long)i);
        if (i % MICRO_BATCH == 0)
            hm_poll(m);
    }
    hm_pop_spare(m, spare);
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return plan->threads * (hm_nominal_bytes(&micro_list, micro_objects(plan)) +
                            2 * hm_nominal_bytes(&micro_box, 0));
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    return micro_accepts_power(plan, "objects", refusal);
}

static const struct hm_setting objects = {
    .name = "objects",
    .help = "slots of the list that each thread writes; a power of two",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1 << 24,
    .standard.integer = 64,
};

HM_WORKLOAD(set)
= {
    HM_WORKLOAD_HEAD,
    .name = "set",
    .summary = "Stores two numbers by turns into the slots of a list.",
    .stresses = "the write barrier, and one count up and one down for each store where slots count",
    .warning = "The counts of only two objects go up and down, always in the nearest cache, and "
               "the list is remembered after its first store: it is the store at its cheapest.",
    .sharing = HM_EACH,
    .micro = true,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&objects, NULL},
    .shapes = MICRO_SHAPES,
    .live_bytes = live_bytes,
    .accepts = accepts,
    .expected = micro_expected,
    .setup = setup,
    .step = step,
    .check = check,
};
