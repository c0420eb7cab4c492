/* SPDX-License-Identifier: MIT
 *
 * What the workload binary-trees costs without Heapmark: reference counts as one writes them by
 * hand, in plain C over an allocator. A measure for plugins/refcount, not a collector.
 *
 *     plain_counts DEPTH ITERATIONS
 *
 * The same trees in the same order, read once each, nodes of the same size: a count and two links
 * (Heapmark's has a header word). Nothing is shared, so counts only ever say 0 or 1, but they are
 * kept and tested. A tree is released by recursion into the left and a loop to the right.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef WITH_MIMALLOC
#include <mimalloc.h>
#define take_memory mi_malloc
#define give_memory mi_free
#else
#define take_memory malloc
#define give_memory free
#endif

struct node {
    uint64_t count; /* references beyond the first */
    struct node *link[2];
};

static struct node *new_node(struct node *left, struct node *right)
{
    struct node *node = take_memory(sizeof *node);
    if (node == NULL)
        abort();
    *node = (struct node){.link = {left, right}};
    return node;
}

static struct node *build(int depth)
{
    if (depth == 0)
        return new_node(NULL, NULL);
    struct node *left = build(depth - 1);
    return new_node(left, build(depth - 1));
}

static void release(struct node *node)
{
    while (node != NULL && node->count-- == 0) {
        struct node *next = node->link[1];
        release(node->link[0]);
        give_memory(node);
        node = next;
    }
}

static uint64_t count_nodes(const struct node *node)
{
    return node == NULL ? 0 : 1 + count_nodes(node->link[0]) + count_nodes(node->link[1]);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static uint64_t work(int depth, int iterations)
{
    uint64_t nodes = 0;
    struct node *long_lived = build(depth);
    for (int i = 0; i < iterations; i++) {
        struct node *tree = build(depth);
        nodes += count_nodes(tree);
        release(tree);
    }
    nodes += count_nodes(long_lived);
    release(long_lived);
    return nodes;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "plain_counts: DEPTH ITERATIONS\n");
        return 2;
    }
    int depth = atoi(argv[1]), iterations = atoi(argv[2]);
    work(depth, iterations); /* the trial's untimed life */
    double start_ns = now_ns();
    uint64_t nodes = work(depth, iterations);
    double wall_ns = now_ns() - start_ns;
    printf("{\"nodes\": %" PRIu64 ", \"wall_ns\": %.0f, \"ns_per_node\": %.2f}\n", nodes, wall_ns,
           wall_ns / (double)nodes);
    return 0;
}
