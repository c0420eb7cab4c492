/* SPDX-License-Identifier: MIT
 *
 * graph: many threads walk and change one graph at the same time.
 *
 * Nodes stand in the globals. Of each node's slots, all of which are shared, some hold edges to
 * other nodes, some notes, some parcels. A thread walks along edges and does at each node one of:
 *   rewire an edge to another node;
 *   read a note, or put a new one in its place, while others may be reading the old one;
 *   exchange the parcel in its hand with the node's; now and then it first replaces the one in its
 *   hand by a new one with the same number.
 * Which thread does what first is not determined, but an exchange neither loses nor doubles a
 * parcel: in the end the parcels of all nodes and hands are those of the beginning, and their
 * numbers are the answer. Every object says what it is twice over; whatever does not is counted
 * and spoils the answer.
 */
#include <heapmark/workload.h>

#include "random.h"

enum { EACH = 4 }; /* edges, notes and parcels of a node */
enum { EDGE, NOTE = EDGE + EACH, PARCEL = NOTE + EACH, SLOTS = PARCEL + EACH };
enum { NODE_SHAPE, NOTE_SHAPE, PARCEL_SHAPE };
enum { NODES, ROUNDS, ALLOCATING };
enum { CURSOR, OTHER, HAND, FRESH, NAMES };

static const struct hm_shape node_shape = {
    .id = NODE_SHAPE, .slots = SLOTS, .bytes = 16, .hint = HM_INSTANCE, .name = "node"};
static const struct hm_shape note_shape = {
    .id = NOTE_SHAPE, .bytes = 16, .hint = HM_STRING, .name = "note"};
static const struct hm_shape parcel_shape = {
    .id = PARCEL_SHAPE, .bytes = 16, .hint = HM_NUMBER, .name = "parcel"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* ---- objects that say what they are ---- */

/* The kind keeps an object of one shape from passing as one of another. */
static uint64_t seal_of(const struct hm_shape *shape, uint64_t number)
{
    return random_mix(number * 4 + shape->id + 1);
}

static hm_ref make(hm_mutator *m, hm_name *name, const struct hm_shape *shape, uint64_t number)
{
    hm_ref object = hm_new(m, name, shape);
    hm_put_word(m, object, shape->slots, number);
    hm_put_word(m, object, shape->slots + 1, seal_of(shape, number));
    return object;
}

static bool is_sealed(hm_mutator *m, hm_ref object, const struct hm_shape *shape)
{
    return !hm_is_null(object) &&
           hm_word(m, object, shape->slots + 1) == seal_of(shape, hm_word(m, object, shape->slots));
}

/* ---- the beginning: each thread makes every T-th node, then wires it ---- */

static void make_node(hm_mutator *m, struct hm_thread *t, uint64_t number)
{
    hm_name *names = t->names;
    make(m, &names[CURSOR], &node_shape, number);
    for (uint64_t i = 0; i < EACH; i++) {
        make(m, &names[FRESH], &note_shape, number);
        hm_give(m, hm_at(&names[CURSOR]), NOTE + i, &names[FRESH]);
        make(m, &names[FRESH], &parcel_shape, number * EACH + i);
        hm_give(m, hm_at(&names[CURSOR]), PARCEL + i, &names[FRESH]);
    }
    hm_set(m, hm_globals(m), number, hm_at(&names[CURSOR]));
    hm_clear(m, &names[CURSOR]);
}

static void wire(hm_mutator *m, struct hm_thread *t, uint64_t number, struct random *random)
{
    hm_name *names = t->names;
    hm_get(m, &names[CURSOR], hm_globals(m), number);
    for (uint64_t i = 0; i < EACH; i++) {
        hm_get(m, &names[OTHER], hm_globals(m), random_below(random, setting(t->plan, NODES)));
        hm_give(m, hm_at(&names[CURSOR]), EDGE + i, &names[OTHER]);
    }
    hm_clear(m, &names[CURSOR]);
    hm_poll(m);
}

/* The parcel that a thread has in its hand at first. */
static uint64_t first_in_hand(const struct hm_plan *plan, uint32_t thread)
{
    return setting(plan, NODES) * EACH + thread;
}

static void setup(hm_mutator *m, struct hm_thread *t)
{
    uint64_t nodes = setting(t->plan, NODES);
    struct random random = random_from(~t->seed);
    for (uint64_t number = t->index; number < nodes; number += t->plan->threads)
        make_node(m, t, number);
    make(m, &t->names[HAND], &parcel_shape, first_in_hand(t->plan, t->index));
    hm_barrier(m, t);
    for (uint64_t number = t->index; number < nodes; number += t->plan->threads)
        wire(m, t, number, &random);
}

/* ---- what a thread does at a node: each returns how much is wrong ---- */

static uint64_t read_note(hm_mutator *m, hm_name *names, uint64_t place)
{
    hm_get_shared(m, &names[OTHER], hm_at(&names[CURSOR]), NOTE + place);
    bool right = is_sealed(m, hm_at(&names[OTHER]), &note_shape);
    hm_clear(m, &names[OTHER]);
    return !right;
}

static void replace_note(hm_mutator *m, hm_name *names, uint64_t place, uint64_t number)
{
    make(m, &names[FRESH], &note_shape, number);
    hm_set_shared(m, hm_at(&names[CURSOR]), NOTE + place, hm_at(&names[FRESH]));
    hm_clear(m, &names[FRESH]);
}

static uint64_t exchange(hm_mutator *m, hm_name *names, uint64_t place)
{
    hm_swap_shared(m, hm_at(&names[CURSOR]), PARCEL + place, &names[HAND]);
    return !is_sealed(m, hm_at(&names[HAND]), &parcel_shape);
}

static void renew_hand(hm_mutator *m, hm_name *names)
{
    uint64_t number = hm_word(m, hm_at(&names[HAND]), 0);
    make(m, &names[FRESH], &parcel_shape, number);
    hm_move(m, &names[HAND], &names[FRESH]);
}

/* Another node, by the globals, which nobody writes now; the walk goes on there. */
static void rewire(hm_mutator *m, hm_name *names, uint64_t place, uint64_t node)
{
    hm_get(m, &names[OTHER], hm_globals(m), node);
    hm_set_shared(m, hm_at(&names[CURSOR]), EDGE + place, hm_at(&names[OTHER]));
    hm_move(m, &names[CURSOR], &names[OTHER]);
}

static uint64_t walk_on(hm_mutator *m, hm_name *names, uint64_t place)
{
    hm_get_shared(m, &names[CURSOR], hm_at(&names[CURSOR]), EDGE + place);
    return !is_sealed(m, hm_at(&names[CURSOR]), &node_shape);
}

/* The choices of a round. Drawn in one place, since the model counts allocations by them. */
struct choice {
    uint64_t kind; /* of eight: see act */
    uint64_t place;
    bool allocates; /* a note is replaced, or the hand renewed */
    uint64_t number;
};

static struct choice choose(struct random *random, uint64_t allocating)
{
    struct choice choice = {.allocates = random_chance(random, allocating)};
    uint64_t bits = random_next(random);
    choice.kind = bits & 7;
    choice.place = bits >> 3 & (EACH - 1);
    choice.number = bits >> 6;
    return choice;
}

static uint64_t act(hm_mutator *m, struct hm_thread *t, const struct choice *choice)
{
    hm_name *names = t->names;
    switch (choice->kind) {
    case 0:
        rewire(m, names, choice->place, choice->number % setting(t->plan, NODES));
        return 0;
    case 1:
    case 2:
        if (choice->allocates)
            replace_note(m, names, choice->place, choice->number);
        return read_note(m, names, choice->place);
    case 3:
    case 4:
        if (choice->allocates)
            renew_hand(m, names);
        return exchange(m, names, choice->place);
    default:
        return walk_on(m, names, choice->place);
    }
}

static bool may_allocate(const struct choice *choice)
{
    return choice->kind >= 1 && choice->kind <= 4 && choice->allocates;
}

/* ---- the end: each thread takes its nodes apart ---- */

/* A parcel adds its number, mixed; whatever else there is adds what no parcel does. */
static uint64_t value_of_parcel(hm_mutator *m, hm_ref parcel)
{
    return is_sealed(m, parcel, &parcel_shape) ? random_mix(hm_word(m, parcel, 0)) : 1;
}

static uint64_t take_apart(hm_mutator *m, struct hm_thread *t, uint64_t number)
{
    hm_name *names = t->names;
    uint64_t sum = 0;
    hm_take(m, &names[CURSOR], hm_globals(m), number);
    for (uint64_t i = 0; i < EACH; i++) {
        hm_take(m, &names[OTHER], hm_at(&names[CURSOR]), PARCEL + i);
        sum += value_of_parcel(m, hm_at(&names[OTHER]));
    }
    hm_clear(m, &names[OTHER]);
    hm_clear_slots(m, hm_at(&names[CURSOR]), EDGE, EACH);
    hm_clear(m, &names[CURSOR]);
    hm_poll(m);
    return sum;
}

static uint64_t walk(hm_mutator *m, struct hm_thread *t)
{
    uint64_t allocating = random_share(t->plan->parameters[ALLOCATING].decimal);
    struct random random = random_from(t->seed);
    uint64_t wrong = 0;
    hm_get(m, &t->names[CURSOR], hm_globals(m), t->index % setting(t->plan, NODES));
    for (uint64_t i = 0; i < setting(t->plan, ROUNDS) && wrong == 0; i++) {
        struct choice choice = choose(&random, allocating);
        wrong += act(m, t, &choice);
        hm_poll(m);
    }
    hm_clear(m, &t->names[CURSOR]);
    return wrong;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t answer = walk(m, t);
    answer += value_of_parcel(m, hm_at(&t->names[HAND]));
    hm_clear(m, &t->names[HAND]);
    hm_barrier(m, t);
    for (uint64_t number = t->index; number < setting(t->plan, NODES); number += t->plan->threads)
        answer += take_apart(m, t, number);
    t->answer = answer;
    t->operations = setting(t->plan, ROUNDS);
}

/* ---- what is known beforehand ---- */

/* Parcels and notes are as large as each other. The one that a thread is making is left out. */
static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t small = hm_nominal_bytes(&note_shape, 0);
    return setting(plan, NODES) * (hm_nominal_bytes(&node_shape, 0) + 2 * EACH * small) +
           plan->threads * small;
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    uint64_t small = hm_nominal_bytes(&note_shape, 0);
    uint64_t allocating = random_share(plan->parameters[ALLOCATING].decimal);
    uint64_t made = plan->threads;
    for (uint32_t thread = 0; thread < plan->threads; thread++) {
        struct random random = random_from(hm_thread_seed(plan, thread));
        for (uint64_t i = 0; i < setting(plan, ROUNDS); i++) {
            struct choice choice = choose(&random, allocating);
            made += may_allocate(&choice);
        }
    }
    return setting(plan, NODES) * (hm_nominal_bytes(&node_shape, 0) + 2 * EACH * small) +
           made * small;
}

static uint32_t globals(const struct hm_plan *plan)
{
    return (uint32_t)setting(plan, NODES);
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t parcels = setting(plan, NODES) * EACH + plan->threads;
    uint64_t sum = 0;
    for (uint64_t number = 0; number < parcels; number++)
        sum += random_mix(number);
    return sum;
}

static const struct hm_setting nodes_setting = {
    .name = "nodes",
    .help = "nodes of the graph, with 4 edges, 4 notes and 4 parcels each",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000,
    .standard.integer = 10000,
};

static const struct hm_setting rounds_setting = {
    .name = "rounds",
    .help = "what each thread does in all",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000000,
    .standard.integer = 4000000,
};

static const struct hm_setting allocating_setting = {
    .name = "allocating",
    .help = "share of the notes read and parcels exchanged before which a new one is made",
    .type = HM_DECIMAL,
    .most.decimal = 1,
    .standard.decimal = 0.5,
};

HM_WORKLOAD(graph)
= {
    HM_WORKLOAD_HEAD,
    .name = "graph",
    .summary = "Threads walk one graph and change it under each other: edges, notes and parcels.",
    .stresses = "shared slots of ordinary objects: loads that race with the last drop, exchanges, "
                "and barriers of concurrent collectors while the graph changes behind them",
    .warning = "Threads meet by chance, the seldomer the more nodes there are; and their order "
               "differs from run to run, so the work does too, though the answer does not.",
    .source = "Heapmark",
    .sharing = HM_EACH,
    .needs = HM_NEEDS_SHARING,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&nodes_setting, &rounds_setting,
                                                     &allocating_setting, NULL},
    .shapes = (const struct hm_shape *const[]){&node_shape, &note_shape, &parcel_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .globals = globals,
    .expected = expected,
    .setup = setup,
    .step = step,
};
