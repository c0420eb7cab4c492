/* SPDX-License-Identifier: MIT
 *
 * gcbench: trees of many depths, built top down and bottom up, beside long-lived data.
 *
 * The operations are those of mt-gcbench in Whippet's benchmarks, one for one, so that the two
 * can be compared on one machine: the trees and their number, a root for each child while it is
 * filled, stores into the older node on the way down, the garbage before nodes, the long-lived
 * tree and array, and the heap that a multiplier stands for. Two differ: the sizes of the garbage
 * are drawn anew from the same distribution, and the answer is computed (one load a tree).
 */
#include <stdio.h>
#include <string.h>

#include "gcbench.h"

enum { LEFT, RIGHT, DEPTH_WORD };
enum { LONG_LIVED, ARRAY, TREE, NAMES };
/* Trees of at most this depth are read by borrowing, which is over within 10 microseconds. */
enum { BORROWED_DEPTH = 10 };
/* Doubles that are written between two polls. */
enum { FILL_BATCH = 1024 };

/* Into the name that the next node takes: garbage from then on. The first word says how many
 * follow, as there. */
HM_INLINE void make_hole(hm_mutator *m, struct power_law *holes, hm_name *name)
{
    size_t words = power_law_next(holes);
    if (words > 0)
        hm_put_word(m, hm_new_n(m, name, &hole_shape, 8 * (1 + words)), 0, words);
}

/* ---- building: each function once for each size of a node, so that the size folds ---- */

typedef void build_tree(hm_mutator *m, struct power_law *holes, hm_name *tree, uint64_t depth);

/* Two 32-bit numbers in one word: 0, and the depth of the tree under the node. */
HM_INLINE uint64_t depth_word(uint64_t depth)
{
    return depth << 32;
}

/* Give the node that `self` owns its subtrees, from the top down: stores into older objects.
 * The names of the children own them too while they are filled, as a program's variables do. */
HM_INLINE void populate(const struct hm_shape *shape, build_tree *again, hm_mutator *m,
                        struct power_law *holes, hm_name *self, uint64_t depth)
{
    if (depth == 0)
        return;
    hm_name *child = hm_push(m, 2);
    make_hole(m, holes, &child[LEFT]);
    hm_new(m, &child[LEFT], shape);
    make_hole(m, holes, &child[RIGHT]);
    hm_new(m, &child[RIGHT], shape);
    hm_set(m, hm_at(self), LEFT, hm_at(&child[LEFT]));
    hm_set(m, hm_at(self), RIGHT, hm_at(&child[RIGHT]));
    hm_put_word(m, hm_at(self), DEPTH_WORD, depth_word(depth));
    again(m, holes, &child[LEFT], depth - 1);
    again(m, holes, &child[RIGHT], depth - 1);
    hm_pop(m, child);
}

/* Bind a new tree to `tree`, from the bottom up: first stores into the youngest object. */
HM_INLINE void make_tree(const struct hm_shape *shape, build_tree *again, hm_mutator *m,
                         struct power_law *holes, hm_name *tree, uint64_t depth)
{
    if (depth == 0) {
        hm_new(m, tree, shape);
        return;
    }
    hm_name *child = hm_push(m, 2);
    again(m, holes, &child[LEFT], depth - 1);
    again(m, holes, &child[RIGHT], depth - 1);
    make_hole(m, holes, tree);
    hm_ref node = hm_new(m, tree, shape);
    hm_init_give(m, node, LEFT, &child[LEFT]);
    hm_init_give(m, node, RIGHT, &child[RIGHT]);
    hm_put_word(m, node, DEPTH_WORD, depth_word(depth));
    hm_pop(m, child);
}

HM_RECURSIVE void populate_32(hm_mutator *m, struct power_law *holes, hm_name *self, uint64_t depth)
{
    populate(&node_32, populate_32, m, holes, self, depth);
}

HM_RECURSIVE void populate_48(hm_mutator *m, struct power_law *holes, hm_name *self, uint64_t depth)
{
    populate(&node_48, populate_48, m, holes, self, depth);
}

HM_RECURSIVE void populate_64(hm_mutator *m, struct power_law *holes, hm_name *self, uint64_t depth)
{
    populate(&node_64, populate_64, m, holes, self, depth);
}

HM_RECURSIVE void bottom_up_32(hm_mutator *m, struct power_law *holes, hm_name *tree,
                               uint64_t depth)
{
    make_tree(&node_32, bottom_up_32, m, holes, tree, depth);
}

HM_RECURSIVE void bottom_up_48(hm_mutator *m, struct power_law *holes, hm_name *tree,
                               uint64_t depth)
{
    make_tree(&node_48, bottom_up_48, m, holes, tree, depth);
}

HM_RECURSIVE void bottom_up_64(hm_mutator *m, struct power_law *holes, hm_name *tree,
                               uint64_t depth)
{
    make_tree(&node_64, bottom_up_64, m, holes, tree, depth);
}

static void top_down_32(hm_mutator *m, struct power_law *holes, hm_name *tree, uint64_t depth)
{
    hm_new(m, tree, &node_32);
    populate_32(m, holes, tree, depth);
}

static void top_down_48(hm_mutator *m, struct power_law *holes, hm_name *tree, uint64_t depth)
{
    hm_new(m, tree, &node_48);
    populate_48(m, holes, tree, depth);
}

static void top_down_64(hm_mutator *m, struct power_law *holes, hm_name *tree, uint64_t depth)
{
    hm_new(m, tree, &node_64);
    populate_64(m, holes, tree, depth);
}

static build_tree *const top_down[] = {top_down_32, top_down_48, top_down_64};
static build_tree *const bottom_up[] = {bottom_up_32, bottom_up_48, bottom_up_64};

/* ---- reading ---- */

/* Nodes of the tree that are as they were made. No safepoint: for trees of BORROWED_DEPTH. */
HM_RECURSIVE uint64_t right_borrowed(hm_mutator *m, hm_ref node, uint64_t depth)
{
    if (hm_is_null(node))
        return 0;
    uint64_t right = hm_word(m, node, DEPTH_WORD) == depth_word(depth);
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref left_child = hm_peek(m, &spare[LEFT], node, LEFT);
    hm_ref right_child = hm_peek(m, &spare[RIGHT], node, RIGHT);
    if (depth == 0)
        right = right && hm_is_null(left_child) && hm_is_null(right_child);
    else
        right +=
            right_borrowed(m, left_child, depth - 1) + right_borrowed(m, right_child, depth - 1);
    hm_pop_spare(m, spare);
    return right;
}

/* The same for trees of any depth: the upper nodes are owned, so that it can poll. */
HM_RECURSIVE uint64_t right_nodes(hm_mutator *m, const hm_name *tree, uint64_t depth)
{
    hm_poll(m);
    if (depth <= BORROWED_DEPTH || hm_is_null(hm_at(tree)))
        return right_borrowed(m, hm_at(tree), depth);
    uint64_t right = hm_word(m, hm_at(tree), DEPTH_WORD) == depth_word(depth);
    hm_name *child = hm_push(m, 1);
    hm_get(m, child, hm_at(tree), LEFT);
    right += right_nodes(m, child, depth - 1);
    hm_get(m, child, hm_at(tree), RIGHT);
    right += right_nodes(m, child, depth - 1);
    hm_pop(m, child);
    return right;
}

static uint64_t inverse_bits(uint64_t i)
{
    double inverse = 1.0 / (double)i;
    uint64_t bits;
    memcpy(&bits, &inverse, sizeof bits);
    return bits;
}

/* How many of the doubles below `end` are not what fill_array wrote. */
static uint64_t wrong_doubles(hm_mutator *m, const hm_name *array, uint64_t end)
{
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < end; i++) {
        wrong += hm_word(m, hm_at(array), 1 + i) != inverse_bits(i);
        if (i % FILL_BATCH == 0)
            hm_poll(m);
    }
    return wrong;
}

/* ---- the step ---- */

/* The long-lived array, its first half filled. */
static void fill_array(hm_mutator *m, hm_name *array, const struct hm_plan *plan)
{
    uint64_t length = setting(plan, ARRAY_LENGTH);
    hm_put_word(m, hm_new_n(m, array, &doubles_shape, array_bytes(plan)), 0, length);
    for (uint64_t i = 0; i < length / 2; i++) {
        hm_put_word(m, hm_at(array), 1 + i, inverse_bits(i));
        if (i % FILL_BATCH == 0)
            hm_poll(m);
    }
}

/* Build trees one after the other; what the answer counts of them. */
static uint64_t build_trees(hm_mutator *m, struct hm_thread *t, build_tree *build, uint64_t depth)
{
    hm_name *tree = &t->names[TREE];
    uint64_t right = 0;
    for (uint64_t i = rounds_of(t->plan, depth); i > 0; i--) {
        build(m, t->state, tree, depth);
        if (setting(t->plan, VALIDATE))
            right += right_nodes(m, tree, depth);
        else
            right += hm_word(m, hm_at(tree), DEPTH_WORD) == depth_word(depth);
        hm_clear(m, tree);
    }
    return right;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t size = setting(t->plan, NODE_BYTES);
    uint64_t answer = 0;
    uint64_t nodes = tree_size(setting(t->plan, LONG_DEPTH));
    draw_holes(t->state, t->plan, t->index);
    hm_clear(m, &t->names[LONG_LIVED]);
    hm_clear(m, &t->names[ARRAY]);
    top_down[size](m, t->state, &t->names[LONG_LIVED], setting(t->plan, LONG_DEPTH));
    fill_array(m, &t->names[ARRAY], t->plan);
    for (uint64_t d = setting(t->plan, LEAST_DEPTH); d <= setting(t->plan, MOST_DEPTH); d += 2) {
        answer += build_trees(m, t, top_down[size], d);
        answer += build_trees(m, t, bottom_up[size], d);
        nodes += 2 * rounds_of(t->plan, d) * tree_size(d);
    }
    t->answer = answer;
    t->operations = nodes;
}

/* What lived all the while, in whole: too much for the timed part. */
static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    uint64_t depth = setting(t->plan, LONG_DEPTH);
    uint64_t right = right_nodes(m, &t->names[LONG_LIVED], depth);
    if (right != tree_size(depth))
        inspection->wrong(inspection, "%llu of the %llu nodes of the long-lived tree are right",
                          (unsigned long long)right, (unsigned long long)tree_size(depth));
    uint64_t filled = setting(t->plan, ARRAY_LENGTH) / 2;
    uint64_t wrong = wrong_doubles(m, &t->names[ARRAY], filled);
    if (wrong != 0)
        inspection->wrong(inspection, "%llu of the %llu doubles in the array are wrong",
                          (unsigned long long)wrong, (unsigned long long)filled);
}

static size_t state_bytes(const struct hm_plan *plan)
{
    (void)plan;
    return sizeof(struct power_law);
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    if (setting(plan, LEAST_DEPTH) <= setting(plan, MOST_DEPTH))
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "least_depth (%llu) must not be above most_depth (%llu)",
             (unsigned long long)setting(plan, LEAST_DEPTH),
             (unsigned long long)setting(plan, MOST_DEPTH));
    return false;
}

static const struct hm_setting long_depth = {
    .name = "long_depth",
    .help = "depth of the long-lived tree",
    .type = HM_INTEGER,
    .most.integer = 24,
    .standard.integer = 16,
};

static const struct hm_setting least_depth = {
    .name = "least_depth",
    .help = "depth of the smallest short-lived trees",
    .type = HM_INTEGER,
    .most.integer = 24,
    .standard.integer = 4,
};

static const struct hm_setting most_depth = {
    .name = "most_depth",
    .help = "depth of the largest short-lived trees, in steps of two from the smallest; each depth "
            "allocates four times the nodes of a tree two levels deeper than this",
    .type = HM_INTEGER,
    .most.integer = 24,
    .standard.integer = 16,
};

static const struct hm_setting array_length = {
    .name = "array",
    .help = "doubles in the long-lived array, half of which are filled",
    .type = HM_INTEGER,
    .most.integer = 100000000,
    .standard.integer = 500000,
};

static const struct hm_setting holes_setting = {
    .name = "holes",
    .help = "p of the power law by which garbage of 0 to 32 words is made before nodes; 1: none",
    .type = HM_DECIMAL,
    .least.decimal = 0.01,
    .most.decimal = 1.0,
    .standard.decimal = 0.15,
};

static const struct hm_setting node_bytes_setting = {
    .name = "node_bytes",
    .help = "nominal bytes of a node, its header word included",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"32", "48", "64", NULL},
};

static const struct hm_setting validate = {
    .name = "validate",
    .help = "read every tree in whole before it is dropped, as mt-gcbench does when it is built "
            "with its assertions",
    .type = HM_BOOLEAN,
    .most.integer = 1,
};

HM_WORKLOAD(gcbench)
= {
    HM_WORKLOAD_HEAD,
    .name = "gcbench",
    .summary = "Builds trees of depths 4 to 16 top down and bottom up, with odd-sized garbage "
               "between their nodes, beside a tree and an array that live on.",
    .stresses = "allocation, promotion and reclamation of small objects that die in bulk, stores "
                "into older objects, and small holes between live objects",
    .warning = "Its trees are never read and their nodes have one size: no program behaves so. It "
               "is here because others are measured by it; node_bytes must match where it is.",
    .source = "GCBench by Ellis, Kovac and Boehm, in the form of Whippet's mt-gcbench",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&long_depth, &least_depth, &most_depth, &array_length,
                                           &holes_setting, &node_bytes_setting, &validate, NULL},
    .shapes = shapes,
    .live_bytes = gcbench_live_bytes,
    .garbage_bytes = gcbench_garbage_bytes,
    .state_bytes = state_bytes,
    .accepts = accepts,
    .expected = gcbench_expected,
    .step = step,
    .check = check,
};
