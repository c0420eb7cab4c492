/* SPDX-License-Identifier: MIT
 *
 * peek: borrow what a slot holds, over and over.
 */
#include "micro.h"

enum { LIST, BOX, NAMES };

static void setup(hm_mutator *m, struct hm_thread *t)
{
    micro_make_list(m, &t->names[LIST], &t->names[BOX], micro_objects(t->plan));
}

/* The borrow is tested for null, so that the read cannot be left out; what it refers to is not
 * touched. */
static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t mask = micro_objects(t->plan) - 1;
    uint64_t nulls = 0;
    uint64_t x = 0;
    hm_spare *spare = hm_push_spare(m, 1);
    for (uint64_t left = t->iterations; left > 0;) {
        uint64_t batch = left < MICRO_BATCH ? left : MICRO_BATCH;
        hm_ref list = hm_at(&t->names[LIST]);
        for (uint64_t i = 0; i < batch; i++) {
            x = micro_next(x);
            nulls += hm_is_null(hm_peek(m, spare, list, x & mask));
            micro_done();
        }
        left -= batch;
        hm_poll(m);
    }
    hm_pop_spare(m, spare);
    t->answer = nulls == 0;
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

HM_WORKLOAD(peek)
= {
    HM_WORKLOAD_HEAD,
    .name = "peek",
    .summary = "Reads slots of a list as borrowed references, and tests them for null.",
    .stresses = "the read barrier alone: nothing is owned, nothing counted",
    .warning = "One operation in a loop, with independent addresses: it says what the operation "
               "costs at the best, not what following a chain costs.",
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
