/* SPDX-License-Identifier: MIT
 *
 * bind: make a name own what another name owns, over and over.
 */
#include "micro.h"

/* Names: the one that is bound, and those that own the numbers. */
enum { TO, FIRST, MOST_OBJECTS = 1024, NAMES = FIRST + MOST_OBJECTS };

static void setup(hm_mutator *m, struct hm_thread *t)
{
    for (uint64_t i = 0; i < micro_objects(t->plan); i++)
        hm_put_word(m, hm_new(m, &t->names[FIRST + i], &micro_box), 0, i);
}

static bool holds(hm_mutator *m, const hm_name *name, uint64_t value)
{
    return !hm_is_null(hm_at(name)) && hm_word(m, hm_at(name), 0) == value;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t mask = micro_objects(t->plan) - 1;
    hm_name *names = t->names;
    uint64_t x = 0;
    for (uint64_t left = t->iterations; left > 0;) {
        uint64_t batch = left < MICRO_BATCH ? left : MICRO_BATCH;
        for (uint64_t i = 0; i < batch; i++) {
            x = micro_next(x);
            hm_bind(m, &names[TO], hm_at(&names[FIRST + (x & mask)]));
            micro_done();
        }
        left -= batch;
        hm_poll(m);
    }
    t->answer = t->iterations == 0 || holds(m, &names[TO], x & mask);
    t->operations = t->iterations;
}

static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    for (uint64_t i = 0; i < micro_objects(t->plan); i++)
        if (!holds(m, &t->names[FIRST + i], i))
            inspection->wrong(inspection, "name %llu no longer owns its number",
                              (unsigned long long)i);
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return plan->threads * micro_objects(plan) * hm_nominal_bytes(&micro_box, 0);
}

static uint32_t name_depth(const struct hm_plan *plan)
{
    (void)plan;
    return NAMES;
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    return micro_accepts_power(plan, "objects", refusal);
}

static const struct hm_setting objects = {
    .name = "objects",
    .help = "numbers that each thread binds by turns; a power of two",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = MOST_OBJECTS,
    .standard.integer = 64,
};

HM_WORKLOAD(bind)
= {
    HM_WORKLOAD_HEAD,
    .name = "bind",
    .summary = "Binds one name to what other names own, by turns.",
    .stresses = "assignment to a variable: one count up and one down where names count, a store "
                "where they do not",
    .warning = "One operation in a loop, on objects that stay in the nearest cache: it says what "
               "the operation costs at the best.",
    .sharing = HM_EACH,
    .micro = true,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&objects, NULL},
    .shapes = MICRO_SHAPES,
    .live_bytes = live_bytes,
    .name_depth = name_depth,
    .accepts = accepts,
    .expected = micro_expected,
    .setup = setup,
    .step = step,
    .check = check,
};
