/* SPDX-License-Identifier: MIT
 *
 * gcbench without a heap: its sizes, how often it does what, and from that its bytes and answer.
 */
#ifndef HEAPMARK_WORKLOADS_GCBENCH_H
#define HEAPMARK_WORKLOADS_GCBENCH_H

#include <heapmark/workload.h>

#include "power_law.h"

enum { LONG_DEPTH, LEAST_DEPTH, MOST_DEPTH, ARRAY_LENGTH, HOLES, NODE_BYTES, VALIDATE };
enum { NODE_32, NODE_48, NODE_64, HOLE, DOUBLES };
enum { MOST_HOLE_WORDS = 32 };

static const struct hm_shape node_32 = {
    .id = NODE_32, .slots = 2, .bytes = 8, .hint = HM_INSTANCE, .name = "node of 32 bytes"};
static const struct hm_shape node_48 = {
    .id = NODE_48, .slots = 2, .bytes = 24, .hint = HM_INSTANCE, .name = "node of 48 bytes"};
static const struct hm_shape node_64 = {
    .id = NODE_64, .slots = 2, .bytes = 40, .hint = HM_INSTANCE, .name = "node of 64 bytes"};
static const struct hm_shape hole_shape = {
    .id = HOLE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "hole"};
static const struct hm_shape doubles_shape = {
    .id = DOUBLES, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "doubles"};

static const struct hm_shape *const shapes[] = {&node_32,    &node_48,       &node_64,
                                                &hole_shape, &doubles_shape, NULL};

/* ---- arithmetic ---- */

HM_INLINE uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

HM_INLINE uint64_t tree_size(uint64_t depth)
{
    return ((uint64_t)2 << depth) - 1;
}

/* Nodes with children. */
HM_INLINE uint64_t inner_size(uint64_t depth)
{
    return ((uint64_t)1 << depth) - 1;
}

/* How often each way of building makes a tree of this depth: the same bytes for every depth. */
HM_INLINE uint64_t rounds_of(const struct hm_plan *plan, uint64_t depth)
{
    return 2 * tree_size(setting(plan, MOST_DEPTH) + 2) / tree_size(depth);
}

/* One word for the length, as it has there, then the doubles. */
HM_INLINE uint64_t array_bytes(const struct hm_plan *plan)
{
    return 8 * (1 + setting(plan, ARRAY_LENGTH));
}

HM_INLINE uint64_t node_bytes(const struct hm_plan *plan)
{
    return hm_nominal_bytes(shapes[setting(plan, NODE_BYTES)], 0);
}

/* ---- holes: garbage before nodes ---- */

HM_INLINE void draw_holes(struct power_law *holes, const struct hm_plan *plan, uint32_t thread)
{
    struct random random = random_from(hm_thread_seed(plan, thread));
    power_law_draw(holes, &random, plan->parameters[HOLES].decimal, MOST_HOLE_WORDS);
}

HM_INLINE uint64_t hole_nominal_bytes(uint8_t words)
{
    return words == 0 ? 0 : hm_nominal_bytes(&hole_shape, 8 * (1 + (uint64_t)words));
}

/* ---- what is known beforehand ---- */

/* As there: the long-lived tree, a tree of the greatest depth, the array. One hole more is alive
 * at the most. */
HM_INLINE uint64_t gcbench_live_bytes(const struct hm_plan *plan)
{
    uint64_t nodes = tree_size(setting(plan, LONG_DEPTH)) + tree_size(setting(plan, MOST_DEPTH));
    return plan->threads *
           (nodes * node_bytes(plan) + hm_nominal_bytes(&doubles_shape, array_bytes(plan)));
}

/* Bytes of the first `count` holes that a thread makes. */
HM_INLINE uint64_t hole_bytes(const struct hm_plan *plan, uint32_t thread, uint64_t count)
{
    struct power_law holes;
    draw_holes(&holes, plan, thread);
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < POWER_LAW_VALUES; i++)
        bytes += hole_nominal_bytes(holes.values[i]) *
                 (count / POWER_LAW_VALUES + (i < count % POWER_LAW_VALUES));
    return bytes;
}

HM_INLINE uint64_t gcbench_garbage_bytes(const struct hm_plan *plan)
{
    uint64_t nodes = tree_size(setting(plan, LONG_DEPTH));
    uint64_t holes = 2 * inner_size(setting(plan, LONG_DEPTH));
    for (uint64_t d = setting(plan, LEAST_DEPTH); d <= setting(plan, MOST_DEPTH); d += 2) {
        nodes += 2 * rounds_of(plan, d) * tree_size(d);
        holes += 3 * rounds_of(plan, d) * inner_size(d);
    }
    uint64_t each = nodes * node_bytes(plan) + hm_nominal_bytes(&doubles_shape, array_bytes(plan));
    uint64_t bytes = plan->threads * each;
    for (uint32_t i = 0; i < plan->threads; i++)
        bytes += hole_bytes(plan, i, holes);
    return bytes;
}

HM_INLINE uint64_t gcbench_expected(const struct hm_plan *plan)
{
    uint64_t right = 0;
    for (uint64_t d = setting(plan, LEAST_DEPTH); d <= setting(plan, MOST_DEPTH); d += 2)
        right += 2 * rounds_of(plan, d) * (setting(plan, VALIDATE) ? tree_size(d) : 1);
    return plan->threads * right;
}

#endif
