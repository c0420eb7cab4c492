/* SPDX-License-Identifier: MIT
 *
 * quads: a large quad-tree that lives on, and small ones beside it that die at once.
 *
 * The operations are those of quads in Whippet's benchmarks, one for one, so that the two can be
 * compared on one machine: trees from the bottom up with a root for each child until its parent
 * is there, garbage by rounds, and the whole live tree walked after each. Two things are added:
 * one load of each small tree's root, and polls in the walk. There, a round's garbage is worked
 * out from a node without its header word, and so it is here: the numbers of trees are equal.
 */
#include <heapmark/workload.h>

enum { QUADRANTS = 4 };
enum { DEPTH, GARBAGE_DEPTH, ROUNDS, MULTIPLIER };
enum { LIVE, GARBAGE, NAMES };
/* Trees of at most this depth are read by borrowing, which is over within 10 microseconds. */
enum { BORROWED_DEPTH = 5 };

static const struct hm_shape quad_shape = {
    .id = 0, .slots = QUADRANTS, .hint = HM_INSTANCE, .name = "quad"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* ---- how much there is of what ---- */

static uint64_t tree_size(uint64_t depth)
{
    return (((uint64_t)1 << 2 * (depth + 1)) - 1) / 3;
}

static uint64_t tree_bytes(uint64_t depth)
{
    return tree_size(depth) * hm_nominal_bytes(&quad_shape, 0);
}

/* The small trees of one round. */
static uint64_t trees_of_round(const struct hm_plan *plan)
{
    double heap_bytes =
        (double)tree_bytes(setting(plan, DEPTH)) * plan->parameters[MULTIPLIER].decimal;
    uint64_t garbage_bytes = (uint64_t)((double)(uint64_t)heap_bytes / 7.5);
    return garbage_bytes / (tree_size(setting(plan, GARBAGE_DEPTH)) * QUADRANTS * sizeof(uint64_t));
}

static uint64_t small_trees(const struct hm_plan *plan)
{
    return setting(plan, ROUNDS) * trees_of_round(plan);
}

/* ---- building and reading ---- */

/* Bind a new tree to `tree`, from the bottom up: first stores into the youngest object. */
HM_RECURSIVE void make_tree(hm_mutator *m, hm_name *tree, uint64_t depth)
{
    if (depth == 0) {
        hm_new(m, tree, &quad_shape);
        return;
    }
    hm_name *kid = hm_push(m, QUADRANTS);
    for (size_t i = 0; i < QUADRANTS; i++)
        make_tree(m, &kid[i], depth - 1);
    hm_ref quad = hm_new(m, tree, &quad_shape);
    for (size_t i = 0; i < QUADRANTS; i++)
        hm_init_give(m, quad, i, &kid[i]);
    hm_pop(m, kid);
}

/* Nodes of the tree with all their children, or at the bottom none. No safepoint: for trees of
 * BORROWED_DEPTH. */
HM_RECURSIVE uint64_t right_borrowed(hm_mutator *m, hm_ref quad, uint64_t depth)
{
    uint64_t right = 0;
    bool whole = true;
    hm_spare *spare = hm_push_spare(m, 1);
    for (size_t i = 0; i < QUADRANTS; i++) {
        hm_ref kid = hm_peek(m, spare, quad, i);
        if (hm_is_null(kid) != (depth == 0))
            whole = false;
        else if (depth != 0)
            right += right_borrowed(m, kid, depth - 1);
    }
    hm_pop_spare(m, spare);
    return right + whole;
}

/* The same for trees of any depth: the upper nodes are owned, so that it can poll. */
HM_RECURSIVE uint64_t right_quads(hm_mutator *m, const hm_name *tree, uint64_t depth)
{
    hm_poll(m);
    if (depth <= BORROWED_DEPTH)
        return right_borrowed(m, hm_at(tree), depth);
    uint64_t right = 0;
    bool whole = true;
    hm_name *kid = hm_push(m, 1);
    for (size_t i = 0; i < QUADRANTS; i++) {
        hm_get(m, kid, hm_at(tree), i);
        if (hm_is_null(hm_at(kid)))
            whole = false;
        else
            right += right_quads(m, kid, depth - 1);
    }
    hm_pop(m, kid);
    return right + whole;
}

/* Is the root as it should be, by its last child? */
static bool is_rooted(hm_mutator *m, const hm_name *tree, uint64_t depth)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref kid = hm_peek(m, spare, hm_at(tree), QUADRANTS - 1);
    bool right = hm_is_null(kid) == (depth == 0);
    hm_pop_spare(m, spare);
    return right;
}

/* ---- the step ---- */

static uint64_t make_garbage(hm_mutator *m, struct hm_thread *t)
{
    uint64_t depth = setting(t->plan, GARBAGE_DEPTH);
    uint64_t right = 0;
    for (uint64_t i = trees_of_round(t->plan); i > 0; i--) {
        make_tree(m, &t->names[GARBAGE], depth);
        right += is_rooted(m, &t->names[GARBAGE], depth);
        hm_clear(m, &t->names[GARBAGE]);
    }
    return right;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t depth = setting(t->plan, DEPTH);
    hm_name *live = &t->names[LIVE];
    hm_clear(m, live);
    make_tree(m, live, depth);
    uint64_t right = right_quads(m, live, depth);
    for (uint64_t i = setting(t->plan, ROUNDS); i > 0; i--) {
        right += make_garbage(m, t);
        right += right_quads(m, live, depth);
    }
    t->answer = right;
    t->operations =
        tree_size(depth) + small_trees(t->plan) * tree_size(setting(t->plan, GARBAGE_DEPTH));
}

/* Once more after the last collection. */
static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    uint64_t depth = setting(t->plan, DEPTH);
    uint64_t right = right_quads(m, &t->names[LIVE], depth);
    if (right != tree_size(depth))
        inspection->wrong(inspection, "%llu of the %llu nodes of the live tree are right",
                          (unsigned long long)right, (unsigned long long)tree_size(depth));
}

/* ---- what is known beforehand ---- */

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t bytes = tree_bytes(setting(plan, DEPTH));
    if (small_trees(plan) > 0)
        bytes += tree_bytes(setting(plan, GARBAGE_DEPTH));
    return plan->threads * bytes;
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return plan->threads * (tree_bytes(setting(plan, DEPTH)) +
                            small_trees(plan) * tree_bytes(setting(plan, GARBAGE_DEPTH)));
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t walks = 1 + setting(plan, ROUNDS);
    return plan->threads * (walks * tree_size(setting(plan, DEPTH)) + small_trees(plan));
}

static const struct hm_setting depth_setting = {
    .name = "depth",
    .help = "depth of the tree that lives on; it has (4^(depth+1) - 1) / 3 nodes",
    .type = HM_INTEGER,
    .most.integer = 15,
    .standard.integer = 10,
};

static const struct hm_setting garbage_depth = {
    .name = "garbage_depth",
    .help = "depth of the trees that die at once",
    .type = HM_INTEGER,
    .most.integer = 15,
    .standard.integer = 3,
};

static const struct hm_setting rounds = {
    .name = "rounds",
    .help = "how often garbage is made, and the tree that lives on is walked",
    .type = HM_INTEGER,
    .most.integer = 1000000,
    .standard.integer = 20,
};

static const struct hm_setting multiplier = {
    .name = "multiplier",
    .help = "garbage of a round, in sixths of the live tree's bytes: the number that Whippet's "
            "quads takes for both its heap and this (here it sets no heap)",
    .type = HM_DECIMAL,
    .least.decimal = 0.0,
    .most.decimal = 100.0,
    .standard.decimal = 2.5,
};

HM_WORKLOAD(quads)
= {
    HM_WORKLOAD_HEAD,
    .name = "quads",
    .summary = "Makes small quad-trees that die at once, beside a large one that is walked after "
               "each round of them.",
    .stresses = "collections with much alive and nothing of it changing: marking or copying one "
                "large tree, or not having to; and walks over old objects",
    .warning = "All that dies is young and all that lives is old, by construction: it flatters "
               "generations and says nothing of barriers, since no old object is ever stored into.",
    .source = "quads of Whippet's benchmarks",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&depth_setting, &garbage_depth, &rounds,
                                                     &multiplier, NULL},
    .shapes = (const struct hm_shape *const[]){&quad_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .expected = expected,
    .step = step,
    .check = check,
};
