/* SPDX-License-Identifier: MIT
 *
 * binary-trees: many short-lived trees beside a long-lived one, built bottom up.
 */
#include <heapmark/workload.h>

enum { LEFT, RIGHT };
enum { DEPTH, ITERATIONS };
enum { LONG_LIVED, TREE, NAMES };

/* Trees of at most this depth are read by borrowing, which is over within 10 microseconds. */
enum { BORROWED_DEPTH = 10 };

static const struct hm_shape NODE = {.id = 0, .slots = 2, .hint = HM_INSTANCE, .name = "node"};

/* Bind a new tree of this depth to `tree`. */
HM_RECURSIVE void build(hm_mutator *m, hm_name *tree, int64_t depth)
{
    hm_name *child = hm_push(m, 2);
    if (depth > 0) {
        build(m, &child[LEFT], depth - 1);
        build(m, &child[RIGHT], depth - 1);
    }
    hm_ref node = hm_new(m, tree, &NODE);
    hm_init_give(m, node, LEFT, &child[LEFT]);
    hm_init_give(m, node, RIGHT, &child[RIGHT]);
    hm_pop(m, child);
}

/* Nodes of the tree, read by borrowing: a tree that nobody changes is owned by its root. No
 * safepoint: for trees of BORROWED_DEPTH. */
HM_RECURSIVE uint64_t count_borrowed(hm_mutator *m, hm_ref node)
{
    if (hm_is_null(node))
        return 0;
    hm_spare *spare = hm_push_spare(m, 1);
    uint64_t nodes = 1 + count_borrowed(m, hm_peek(m, spare, node, LEFT));
    nodes += count_borrowed(m, hm_peek(m, spare, node, RIGHT));
    hm_pop_spare(m, spare);
    return nodes;
}

/* The same for trees of any depth: the upper nodes are owned, so that it can poll. */
HM_RECURSIVE uint64_t count(hm_mutator *m, const hm_name *tree, int64_t depth)
{
    hm_poll(m);
    if (depth <= BORROWED_DEPTH || hm_is_null(hm_at(tree)))
        return count_borrowed(m, hm_at(tree));
    hm_name *child = hm_push(m, 1);
    hm_get(m, child, hm_at(tree), LEFT);
    uint64_t nodes = 1 + count(m, child, depth - 1);
    hm_get(m, child, hm_at(tree), RIGHT);
    nodes += count(m, child, depth - 1);
    hm_pop(m, child);
    return nodes;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    int64_t depth = t->plan->parameters[DEPTH].integer;
    uint64_t nodes = 0;
    build(m, &t->names[LONG_LIVED], depth);
    for (int64_t i = 0; i < t->plan->parameters[ITERATIONS].integer; i++) {
        build(m, &t->names[TREE], depth);
        nodes += count(m, &t->names[TREE], depth);
        hm_clear(m, &t->names[TREE]);
    }
    nodes += count(m, &t->names[LONG_LIVED], depth);
    hm_clear(m, &t->names[LONG_LIVED]);
    t->answer = nodes;
    t->operations = nodes;
}

static uint64_t nodes_of(const struct hm_plan *plan)
{
    return ((uint64_t)2 << plan->parameters[DEPTH].integer) - 1;
}

static uint64_t trees_of(const struct hm_plan *plan)
{
    return (uint64_t)plan->parameters[ITERATIONS].integer + 1;
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return plan->threads * 2 * nodes_of(plan) * hm_nominal_bytes(&NODE, 0);
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return plan->threads * trees_of(plan) * nodes_of(plan) * hm_nominal_bytes(&NODE, 0);
}

static uint64_t expected(const struct hm_plan *plan)
{
    return plan->threads * trees_of(plan) * nodes_of(plan);
}

static const struct hm_setting depth = {
    .name = "depth",
    .help = "depth of each tree; a tree has 2^(depth+1) - 1 nodes",
    .type = HM_INTEGER,
    .least.integer = 0,
    .most.integer = 30,
    .standard.integer = 14,
};

static const struct hm_setting iterations = {
    .name = "iterations",
    .help = "short-lived trees that each thread builds",
    .type = HM_INTEGER,
    .least.integer = 0,
    .most.integer = 1000000,
    .standard.integer = 300,
};

HM_WORKLOAD(binary_trees)
= {
    HM_WORKLOAD_HEAD,
    .name = "binary-trees",
    .summary = "Builds complete binary trees bottom up, counts their nodes and drops them, beside "
               "one that lives on.",
    .stresses = "allocation and reclamation of small equal objects, in bursts that die together",
    .warning = "All objects have one size and die in bulk: it favours bump allocation and "
               "nurseries, and says nothing of fragmentation or of old data that changes.",
    .source = "the binary-trees program of the Computer Language Benchmarks Game, after Ellis, "
              "Kovac and Boehm's GCBench",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&depth, &iterations, NULL},
    .shapes = (const struct hm_shape *const[]){&NODE, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .expected = expected,
    .step = step,
};
