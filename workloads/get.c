/* SPDX-License-Identifier: MIT
 *
 * get: own what a slot holds, over and over.
 */
#include "micro.h"

enum { LIST, GOT, NAMES };

static void setup(hm_mutator *m, struct hm_thread *t)
{
    micro_make_list(m, &t->names[LIST], &t->names[GOT], micro_objects(t->plan));
}

static bool holds(hm_mutator *m, const hm_name *name, uint64_t value)
{
    return !hm_is_null(hm_at(name)) && hm_word(m, hm_at(name), 0) == value;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t mask = micro_objects(t->plan) - 1;
    hm_name *got = &t->names[GOT];
    uint64_t x = 0;
    for (uint64_t left = t->iterations; left > 0;) {
        uint64_t batch = left < MICRO_BATCH ? left : MICRO_BATCH;
        hm_ref list = hm_at(&t->names[LIST]);
        for (uint64_t i = 0; i < batch; i++) {
            x = micro_next(x);
            hm_get(m, got, list, x & mask);
            micro_done();
        }
        left -= batch;
        hm_poll(m);
    }
    t->answer = t->iterations == 0 || holds(m, got, x & mask);
    t->operations = t->iterations;
}

static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    micro_check_list(m, &t->names[LIST], micro_objects(t->plan), inspection);
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    return micro_accepts_power(plan, "objects", refusal);
}

static const struct hm_setting objects = {
    .name = "objects",
    .help = "numbers in the list that each thread reads; a power of two",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1 << 24,
    .standard.integer = 64,
};

HM_WORKLOAD(get)
= {
    HM_WORKLOAD_HEAD,
    .name = "get",
    .summary = "Reads slots of a list into a name, so that the name owns what it read.",
    .stresses = "the read barrier, and one count up and one down for each read where names count",
    .warning = "One operation in a loop: it says what the operation costs at the best, not what a "
               "program pays for it.",
    .sharing = HM_EACH,
    .micro = true,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&objects, NULL},
    .shapes = MICRO_SHAPES,
    .live_bytes = micro_live_bytes,
    .accepts = accepts,
    .expected = micro_expected,
    .setup = setup,
    .step = step,
    .check = check,
};
