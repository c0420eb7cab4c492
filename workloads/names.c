/* SPDX-License-Identifier: MIT
 *
 * names: the worked example of what owns an object, as Python's reference counts read it.
 *
 * Bind E to a simple object: 1 reference. Bind K to E: 2. A container Z with E in both of its
 * slots: 4. Clear them one by one: down to 0, and reclaimed. Then a ring of two: its counts never
 * reach 0, and only cycle detection or tracing gets it back. The step does this over and over;
 * the check does it once and looks at the counts and into the heap.
 */
#include <heapmark/workload.h>

enum { BOX, PAIR };
enum { LEFT, RIGHT };
enum { ROUNDS, RINGS };
enum { E, K, Z, OTHER, NAMES };

static const struct hm_shape box_shape = {
    .id = BOX, .bytes = 8, .hint = HM_NUMBER, .name = "simple"};
static const struct hm_shape pair_shape = {
    .id = PAIR, .slots = 2, .hint = HM_LIST, .name = "container"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

static uint64_t value_of_slot(hm_mutator *m, hm_ref container, size_t slot)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref box = hm_peek(m, spare, container, slot);
    uint64_t value = hm_is_null(box) ? 0 : hm_word(m, box, 0);
    hm_pop_spare(m, spare);
    return value;
}

/* The container Z with E in both of its slots. */
static void bind_container(hm_mutator *m, hm_name *names)
{
    hm_ref z = hm_new(m, &names[Z], &pair_shape);
    hm_init(m, z, LEFT, hm_at(&names[E]));
    hm_init(m, z, RIGHT, hm_at(&names[E]));
}

/* The worked example once: the sum of what its four owners show, one after the other cleared. */
static uint64_t round_of_names(hm_mutator *m, hm_name *names, uint64_t value)
{
    hm_put_word(m, hm_new(m, &names[E], &box_shape), 0, value);
    hm_bind(m, &names[K], hm_at(&names[E]));
    bind_container(m, names);
    uint64_t sum = hm_word(m, hm_at(&names[K]), 0);
    hm_clear(m, &names[K]);
    sum += hm_word(m, hm_at(&names[E]), 0);
    hm_clear(m, &names[E]);
    sum += value_of_slot(m, hm_at(&names[Z]), LEFT);
    hm_set(m, hm_at(&names[Z]), LEFT, hm_null);
    sum += value_of_slot(m, hm_at(&names[Z]), RIGHT);
    hm_set(m, hm_at(&names[Z]), RIGHT, hm_null);
    hm_clear(m, &names[Z]);
    return sum;
}

/* Two containers that hold each other; E and OTHER own them. */
static void bind_ring(hm_mutator *m, hm_name *names)
{
    hm_new(m, &names[E], &pair_shape);
    hm_new(m, &names[OTHER], &pair_shape);
    hm_set(m, hm_at(&names[E]), LEFT, hm_at(&names[OTHER]));
    hm_set(m, hm_at(&names[OTHER]), LEFT, hm_at(&names[E]));
}

static void clear_ring(hm_mutator *m, hm_name *names)
{
    hm_clear(m, &names[E]);
    hm_clear(m, &names[OTHER]);
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < setting(t->plan, ROUNDS); i++)
        sum += round_of_names(m, t->names, i);
    for (uint64_t i = 0; i < setting(t->plan, RINGS); i++) {
        bind_ring(m, t->names);
        clear_ring(m, t->names);
    }
    t->answer = sum;
    t->operations = setting(t->plan, ROUNDS) + setting(t->plan, RINGS);
}

/* ---- the check: one thread, with all others waiting ---- */

static void expect_count(hm_mutator *m, const hm_name *name, uint64_t expected, const char *when,
                         const struct hm_inspection *inspection)
{
    uint64_t count = inspection->count(inspection, m, hm_at(name));
    if (inspection->capabilities->counts && count != expected)
        inspection->wrong(inspection, "%s there are %llu references, and the count says %llu", when,
                          (unsigned long long)expected, (unsigned long long)count);
}

/* Ends with everything cleared: E is the last, as a count needs its object. */
static void check_counts(hm_mutator *m, hm_name *names, const struct hm_inspection *inspection)
{
    hm_new(m, &names[E], &box_shape);
    expect_count(m, &names[E], 1, "with E bound", inspection);
    hm_bind(m, &names[K], hm_at(&names[E]));
    expect_count(m, &names[E], 2, "with K bound to E", inspection);
    bind_container(m, names);
    expect_count(m, &names[E], 4, "with E in both slots of Z", inspection);
    hm_clear(m, &names[K]);
    expect_count(m, &names[E], 3, "with K cleared", inspection);
    hm_set(m, hm_at(&names[Z]), LEFT, hm_null);
    expect_count(m, &names[E], 2, "with one slot of Z cleared", inspection);
    hm_clear(m, &names[Z]);
    expect_count(m, &names[E], 1, "with Z cleared", inspection);
    hm_clear(m, &names[E]);
}

static void check_ring_counts(hm_mutator *m, hm_name *names, const struct hm_inspection *inspection)
{
    bind_ring(m, names);
    expect_count(m, &names[E], 2, "in a ring of two that names own", inspection);
    hm_clear(m, &names[E]);
    expect_count(m, &names[OTHER], 2, "in a ring of two of which one is owned by a name",
                 inspection);
    hm_clear(m, &names[OTHER]);
}

/* Objects in the heap; false when the collector cannot tell, or not to the object. */
static bool objects_held(hm_mutator *m, const struct hm_inspection *inspection, uint64_t *objects)
{
    struct hm_census census = {.size = sizeof census};
    if (inspection->capabilities->conservative || !inspection->census(inspection, m, &census))
        return false;
    *objects = census.objects;
    return true;
}

/* After a collection, `left` objects more than there were must be held. */
static void expect_held(hm_mutator *m, uint64_t before, uint64_t left, const char *of,
                        const struct hm_inspection *inspection)
{
    uint64_t held = 0;
    if (objects_held(m, inspection, &held) && held != before + left)
        inspection->wrong(inspection, "%s is garbage: %llu objects should be held, and %llu are",
                          of, (unsigned long long)(before + left), (unsigned long long)held);
}

static void check_alone(hm_mutator *m, hm_name *names, const struct hm_inspection *inspection)
{
    const struct hm_capabilities *can = inspection->capabilities;
    uint64_t before = 0;
    inspection->collect(inspection, m);
    objects_held(m, inspection, &before);
    check_counts(m, names, inspection);
    if (can->frees && can->prompt)
        expect_held(m, before, 0, "the simple object, whose count has fallen to 0,", inspection);
    inspection->collect(inspection, m);
    if (can->frees)
        expect_held(m, before, 0, "the simple object", inspection);
    check_ring_counts(m, names, inspection);
    inspection->collect(inspection, m);
    if (can->frees)
        expect_held(m, before, can->cycles ? 0 : 2,
                    can->cycles ? "the ring" : "the ring, which counting alone keeps,", inspection);
}

static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    hm_barrier(m, t);
    if (t->index == 0)
        check_alone(m, t->names, inspection);
    hm_barrier(m, t);
}

/* ---- what is known beforehand ---- */

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t pair = hm_nominal_bytes(&pair_shape, 0);
    return plan->threads *
           (setting(plan, RINGS) > 0 ? 2 * pair : pair + hm_nominal_bytes(&box_shape, 0));
}

/* The check's few objects are in it, which one thread makes. */
static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    uint64_t example = hm_nominal_bytes(&box_shape, 0) + hm_nominal_bytes(&pair_shape, 0);
    uint64_t ring = 2 * hm_nominal_bytes(&pair_shape, 0);
    return plan->threads * (setting(plan, ROUNDS) * example + setting(plan, RINGS) * ring) +
           example + ring;
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t rounds = setting(plan, ROUNDS);
    return plan->threads * 4 * (rounds * (rounds - 1) / 2);
}

static const struct hm_setting rounds = {
    .name = "rounds",
    .help = "times that each thread goes through the example",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000000,
    .standard.integer = 10000000,
};

static const struct hm_setting rings = {
    .name = "rings",
    .help = "rings of two that each thread makes and drops; counting alone leaks them",
    .type = HM_INTEGER,
    .most.integer = 1000000000,
    .standard.integer = 1000,
};

HM_WORKLOAD(names)
= {
    HM_WORKLOAD_HEAD,
    .name = "names",
    .summary = "Binds names and fills slots with one object until four own it, clears them one by "
               "one, and does the same with a ring.",
    .stresses = "nothing much: it shows what owns an object, and the check looks at every count",
    .warning = "It is an example and a test; almost nothing is alive, so that its time says little "
               "about a collector.",
    .source = "sys.getrefcount of CPython, as its documentation uses it",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&rounds, &rings, NULL},
    .shapes = (const struct hm_shape *const[]){&box_shape, &pair_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .expected = expected,
    .step = step,
    .check = check,
};
