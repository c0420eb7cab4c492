/* SPDX-License-Identifier: MIT
 *
 * rings: linked structures of which a share is closed to rings, replaced at random.
 *
 * A table of `live` structures; each round one of them is taken out, read and dropped, and a new
 * one is put in its place. A ring is garbage that keeps itself alive: counting alone never
 * frees it, so that a collector that only counts leaks the share `cyclic` of all that is made.
 */
#include <heapmark/workload.h>

#include "random.h"

enum { NEXT, VALUE };
enum { CYCLIC, SIZE, PAYLOAD, LIVE, ROUNDS };
enum { TABLE, HEAD, TAIL, NODE, OLD, KEPT, NAMES };
/* Nodes that are read between two polls. */
enum { BATCH = 256 };

static const struct hm_shape node_shape = {
    .id = 0, .slots = 1, .vary = HM_VARY_BYTES, .hint = HM_INSTANCE, .name = "node"};
static const struct hm_shape table_shape = {
    .id = 1, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "table"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* A structure is known by its number: the value of its first node, and whether it is a ring. */
struct structure {
    uint64_t value;
    bool ring;
};

static struct structure structure_of(const struct hm_plan *plan, uint64_t seed, uint64_t number)
{
    uint64_t value = random_mix(seed + number);
    uint64_t share = random_share(plan->parameters[CYCLIC].decimal);
    return (struct structure){.value = value, .ring = (value >> 32) < share};
}

/* Bind a new structure to HEAD: built from its last node, by first stores only, but for the one
 * that closes a ring. */
static void make(hm_mutator *m, struct hm_thread *t, struct structure structure)
{
    hm_name *names = t->names;
    size_t payload = setting(t->plan, PAYLOAD);
    for (uint64_t i = setting(t->plan, SIZE); i-- > 0;) {
        hm_ref node = hm_new_n(m, &names[NODE], &node_shape, payload);
        if (structure.ring && hm_is_null(hm_at(&names[HEAD])))
            hm_bind(m, &names[TAIL], node);
        hm_init_give(m, node, NEXT, &names[HEAD]);
        hm_put_word(m, node, VALUE, structure.value + i);
        hm_move(m, &names[HEAD], &names[NODE]);
    }
    if (structure.ring)
        hm_set(m, hm_at(&names[TAIL]), NEXT, hm_at(&names[HEAD]));
    hm_clear(m, &names[TAIL]);
}

/* The sum of the values in what OLD owns, and one more when it comes round to its beginning; when
 * it has not the right number of nodes, something that no model expects. Borrowed all the way. */
static uint64_t sum(hm_mutator *m, struct hm_thread *t)
{
    uint64_t size = setting(t->plan, SIZE);
    uint64_t total = 0;
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref node = hm_at(&t->names[OLD]);
    uint64_t i = 0;
    for (; i < size && !hm_is_null(node); i++) {
        total += hm_word(m, node, VALUE);
        node = hm_peek(m, &spare[i % 2], node, NEXT);
        if (i % BATCH == BATCH - 1)
            node = hm_poll_keep(m, &t->names[KEPT], node);
    }
    if (hm_same(m, node, hm_at(&t->names[OLD])))
        total += 1;
    else if (!hm_is_null(node) || i < size)
        total = ~total;
    hm_clear(m, &t->names[KEPT]);
    hm_pop_spare(m, spare);
    return total;
}

/* Take the structure out of the table, read it and drop it, so that nothing of it is alive when
 * the next one is made. */
static uint64_t retire(hm_mutator *m, struct hm_thread *t, uint64_t slot)
{
    hm_take(m, &t->names[OLD], hm_at(&t->names[TABLE]), slot);
    uint64_t total = sum(m, t);
    hm_clear(m, &t->names[OLD]);
    return total;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t live = setting(t->plan, LIVE);
    uint64_t made = live + setting(t->plan, ROUNDS);
    uint64_t seed = hm_thread_seed(t->plan, t->index);
    struct random random = random_from(seed);
    uint64_t answer = 0;
    hm_new_n(m, &t->names[TABLE], &table_shape, live);
    for (uint64_t i = 0; i < made; i++) {
        uint64_t slot = i < live ? i : random_below(&random, live);
        if (i >= live)
            answer += retire(m, t, slot);
        make(m, t, structure_of(t->plan, seed, i));
        hm_give(m, hm_at(&t->names[TABLE]), slot, &t->names[HEAD]);
    }
    for (uint64_t slot = 0; slot < live; slot++) {
        answer += retire(m, t, slot);
        hm_poll(m);
    }
    hm_clear(m, &t->names[TABLE]);
    t->answer = answer;
    t->operations = made * setting(t->plan, SIZE);
}

static uint64_t structure_bytes(const struct hm_plan *plan)
{
    return setting(plan, SIZE) * hm_nominal_bytes(&node_shape, setting(plan, PAYLOAD));
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t live = setting(plan, LIVE);
    return plan->threads * (hm_nominal_bytes(&table_shape, live) + live * structure_bytes(plan));
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return live_bytes(plan) + plan->threads * setting(plan, ROUNDS) * structure_bytes(plan);
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t size = setting(plan, SIZE);
    uint64_t made = setting(plan, LIVE) + setting(plan, ROUNDS);
    uint64_t total = 0;
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        for (uint64_t i = 0; i < made; i++) {
            struct structure s = structure_of(plan, hm_thread_seed(plan, thread), i);
            total += size * s.value + size * (size - 1) / 2 + s.ring;
        }
    return total;
}

static const struct hm_setting cyclic = {
    .name = "cyclic",
    .help = "share of the structures that are rings; the others are chains",
    .type = HM_DECIMAL,
    .most.decimal = 1.0,
    .standard.decimal = 0.5,
};

static const struct hm_setting size = {
    .name = "size",
    .help = "nodes of a structure",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 16,
};

static const struct hm_setting payload = {
    .name = "payload",
    .help = "payload of a node, in bytes",
    .type = HM_BYTES,
    .least.integer = 8,
    .most.integer = 65536,
    .standard.integer = 16,
};

static const struct hm_setting live = {
    .name = "live",
    .help = "structures that each thread keeps alive",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000,
    .standard.integer = 5000,
};

static const struct hm_setting rounds = {
    .name = "rounds",
    .help = "structures that each thread replaces",
    .type = HM_INTEGER,
    .most.integer = 1000000000,
    .standard.integer = 500000,
};

HM_WORKLOAD(rings)
= {
    HM_WORKLOAD_HEAD,
    .name = "rings",
    .summary = "Replaces linked structures at random, a share of which are closed to rings.",
    .stresses = "reclamation of cycles: what cycle detection costs, and what it costs to have it "
                "where there are none",
    .warning = "Every ring is small, alike and garbage as a whole: it says nothing of cycles that "
               "hang on large live structures. Where only counts free, memory runs out.",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&cyclic, &size, &payload, &live, &rounds, NULL},
    .shapes = (const struct hm_shape *const[]){&node_shape, &table_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .expected = expected,
    .step = step,
};
