/* SPDX-License-Identifier: MIT
 *
 * The policies: each is an order of the allowed PUs, and thread i takes the i-th.
 *
 * An order is a sort by three keys, the PU's place in the tree breaking ties. Ranks
 * count allowed PUs only: a core of which only the second hardware thread is allowed
 * counts that one as its first.
 */
#include <stdlib.h>
#include <string.h>

#include "topology/internal.h"

static const char *const policy_names[] = {
#define NAME(identifier, name, sentence) name,
    TOPOLOGY_POLICIES(NAME)
#undef NAME
};

static const char *const policy_sentences[] = {
#define SENTENCE(identifier, name, sentence) sentence,
    TOPOLOGY_POLICIES(SENTENCE)
#undef SENTENCE
};

/* An allowed PU on its way to its place in the order. */
struct candidate {
    const struct topology_pu *pu;
    unsigned thread_rank; /* among the allowed PUs of its core */
    unsigned core_rank;   /* of its core among the allowed ones of its package */
    unsigned key[3];
};

const char *topology_policy_name(enum topology_policy policy)
{
    CHECK(policy < TOPOLOGY_POLICY_COUNT, "policy %d", (int)policy);
    return policy_names[policy];
}

const char *topology_policy_sentence(enum topology_policy policy)
{
    CHECK(policy < TOPOLOGY_POLICY_COUNT, "policy %d", (int)policy);
    return policy_sentences[policy];
}

static bool unknown_policy(const char *name, struct error *error)
{
    const char *nearest = text_nearest(name, policy_names, TOPOLOGY_POLICY_COUNT);
    struct text all = {0};
    for (unsigned i = 0; i < TOPOLOGY_POLICY_COUNT; i++)
        text_format(&all, "%s%s", i == 0 ? "" : ", ", policy_names[i]);
    if (nearest)
        error_user(error, "There is no pinning policy \"%s\": did you mean %s (of %s)?", name,
                   nearest, text_chars(&all));
    else
        error_user(error, "There is no pinning policy \"%s\": there are %s.", name,
                   text_chars(&all));
    text_free(&all);
    return false;
}

bool topology_policy_parse(const char *name, enum topology_policy *policy, struct error *error)
{
    for (unsigned i = 0; i < TOPOLOGY_POLICY_COUNT; i++) {
        if (strcmp(name, policy_names[i]) == 0) {
            *policy = (enum topology_policy)i;
            return true;
        }
    }
    return unknown_policy(name, error);
}

static void set_key(struct candidate *candidate, unsigned first, unsigned second, unsigned third)
{
    candidate->key[0] = first;
    candidate->key[1] = second;
    candidate->key[2] = third;
}

static int compare_candidates(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    for (int i = 0; i < 3; i++) {
        if (a->key[i] != b->key[i])
            return a->key[i] < b->key[i] ? -1 : 1;
    }
    return a->pu->where.pu < b->pu->where.pu ? -1 : a->pu->where.pu > b->pu->where.pu;
}

static void sort(struct candidate *candidates, unsigned count)
{
    qsort(candidates, count, sizeof(*candidates), compare_candidates);
}

/* Ranks by the tree's order, in which the PUs of a core and the cores of a package are together. */
static void set_ranks(struct candidate *candidate, const struct candidate *previous)
{
    const struct topology_placement *here = &candidate->pu->where;
    const struct topology_placement *before = &previous->pu->where;
    bool same_core = here->core == before->core;
    bool same_package = here->package == before->package;
    candidate->thread_rank = same_core ? previous->thread_rank + 1 : 0;
    candidate->core_rank = same_package ? previous->core_rank + !same_core : 0;
}

static struct candidate *new_candidates(const struct topology *topology)
{
    struct candidate *candidates = memory_new(topology->allowed_count * sizeof(*candidates));
    unsigned count = 0;
    for (unsigned i = 0; i < topology->pu_count; i++) {
        if (!topology->pus[i].allowed)
            continue;
        candidates[count].pu = &topology->pus[i];
        if (count > 0)
            set_ranks(&candidates[count], &candidates[count - 1]);
        count++;
    }
    return candidates;
}

static void order_cores(struct candidate *candidates, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        set_key(&candidates[i], candidates[i].thread_rank, 0, 0);
    sort(candidates, count);
}

static void order_scatter(struct candidate *candidates, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        set_key(&candidates[i], candidates[i].thread_rank, candidates[i].core_rank,
                candidates[i].pu->where.package);
    sort(candidates, count);
}

/* The n-th PU of each node, nodes in turn; which one is a node's n-th is the order of `cores`. */
static void order_numa(struct candidate *candidates, unsigned count, unsigned numa_count)
{
    unsigned *taken = memory_new(numa_count * sizeof(*taken));
    order_cores(candidates, count);
    for (unsigned i = 0; i < count; i++) {
        unsigned numa = candidates[i].pu->where.numa;
        set_key(&candidates[i], taken[numa]++, numa, 0);
    }
    free(taken);
    sort(candidates, count);
}

static void order(struct candidate *candidates, const struct topology *topology,
                  enum topology_policy policy)
{
    switch (policy) {
    case TOPOLOGY_COMPACT:
        break; /* the tree's own order */
    case TOPOLOGY_SCATTER:
        order_scatter(candidates, topology->allowed_count);
        break;
    case TOPOLOGY_CORES:
        order_cores(candidates, topology->allowed_count);
        break;
    case TOPOLOGY_NUMA:
        order_numa(candidates, topology->allowed_count, topology->numa_count);
        break;
    case TOPOLOGY_NONE:
    case TOPOLOGY_POLICY_COUNT:
    default:
        CHECK(false, "policy %d has no order", (int)policy);
    }
}

/* The allowed PUs that are left, and what is to be said of those that are taken. */
static void take(struct topology_plan *plan, const struct candidate *candidates,
                 unsigned allowed_count)
{
    for (unsigned i = 0; i < plan->thread_count; i++) {
        plan->placements[i] = candidates[i % allowed_count].pu->where;
        plan->mixed_kinds =
            plan->mixed_kinds || plan->placements[i].kind != plan->placements[0].kind;
    }
    if (plan->thread_count >= allowed_count)
        return;
    plan->free_count = allowed_count - plan->thread_count;
    plan->free = memory_new(plan->free_count * sizeof(*plan->free));
    for (unsigned i = 0; i < plan->free_count; i++)
        plan->free[i] = candidates[plan->thread_count + i].pu->where;
}

struct topology_plan topology_make_plan(const struct topology *topology,
                                        enum topology_policy policy, unsigned thread_count)
{
    CHECK(thread_count > 0, "a plan for no threads");
    struct topology_plan plan = {
        .policy = policy,
        .thread_count = thread_count,
        .oversubscribed = thread_count > topology->allowed_count,
        .over_quota = topology_exceeds_quota(topology, thread_count),
        .placements = memory_new(thread_count * sizeof(*plan.placements)),
    };
    if (policy == TOPOLOGY_NONE)
        return plan;
    struct candidate *candidates = new_candidates(topology);
    order(candidates, topology, policy);
    take(&plan, candidates, topology->allowed_count);
    free(candidates);
    return plan;
}

struct topology_placement topology_worker_placement(const struct topology_plan *plan,
                                                    unsigned worker)
{
    return worker < plan->free_count ? plan->free[worker] : (struct topology_placement){0};
}

void topology_plan_free(struct topology_plan *plan)
{
    free(plan->placements);
    free(plan->free);
    *plan = (struct topology_plan){0};
}
