/* SPDX-License-Identifier: MIT
 *
 * refcount: pure, immediate reference counting.
 *
 * Algorithm (Collins, A method for overlapping and erasure of lists, CACM 1960): each object counts
 * the names and slots that refer to it; the operation that drops the last reference frees the
 * object, and whatever falls with it, before it returns.
 *
 * Invariant: between operations, an object's count is the number of names and slots that own it,
 * and is not zero. What owns moves without counting; borrows are not counted. Unreachable cycles
 * keep their counts and are never freed; the census says how much that is.
 *
 * Counts are plain when the heap was opened for one mutator, else atomic: two sets of operations,
 * chosen at open, not a branch (mutator_plain.h, mutator_atomic.h). All else is the kit's:
 * counting.h (the operations), release.h (the cascade), cells.h (the memory), counted_heap.h (the
 * heap side).
 */
#include <kit/counted_heap.h>

#include <stdio.h>
#include <string.h>

extern const struct hm_kernel_set hm_set_refcount_plain, hm_set_refcount_atomic,
    hm_set_refcount_tally;
extern const struct kit_counted_functions refcount_plain, refcount_atomic, refcount_tally;
extern _Atomic uint64_t refcount_ups, refcount_downs;

static hm_heap *open_plain(const struct hm_open *request, struct hm_refusal *refusal)
{
    if (request->most_mutators > 1) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "plain counts are for one mutator, not for %u", request->most_mutators);
        return NULL;
    }
    return (hm_heap *)kit_counted_open(sizeof(struct kit_counted_heap), request,
                                       &hm_set_refcount_plain, &refcount_plain, 1, refusal);
}

static hm_heap *open_atomic(const struct hm_open *request, struct hm_refusal *refusal)
{
    return (hm_heap *)kit_counted_open(sizeof(struct kit_counted_heap), request,
                                       &hm_set_refcount_atomic, &refcount_atomic, 1, refusal);
}

static hm_heap *open_tally(const struct hm_open *request, struct hm_refusal *refusal)
{
    return (hm_heap *)kit_counted_open(sizeof(struct kit_counted_heap), request,
                                       &hm_set_refcount_tally, &refcount_tally, 1, refusal);
}

static void tell_tally(hm_heap *heap, struct hm_statistics *statistics)
{
    struct hm_statistics all = {.size = sizeof all};
    kit_counted_statistics(heap, &all);
    all.increments = atomic_load_explicit(&refcount_ups, memory_order_relaxed);
    all.decrements = atomic_load_explicit(&refcount_downs, memory_order_relaxed);
    kit_report(statistics, &all, sizeof all);
}

static hm_heap *open_default(const struct hm_open *request, struct hm_refusal *refusal)
{
    return request->most_mutators == 1 ? open_plain(request, refusal)
                                       : open_atomic(request, refusal);
}

#define HEAP_OPS(open_function, statistics_function)                                               \
    {                                                                                              \
        .size = sizeof(struct hm_heap_ops), .abi = HM_ABI, .open = (open_function),                \
        .attach = kit_counted_attach, .detach = kit_counted_detach,                                \
        .collect = kit_counted_collect, .statistics = (statistics_function),                       \
        .close = kit_counted_close, .census = kit_counted_census, .walk = kit_counted_walk,        \
        .count = kit_counted_count, .verify = kit_counted_verify,                                  \
    }

static const struct hm_heap_ops default_ops = HEAP_OPS(open_default, kit_counted_statistics);
static const struct hm_heap_ops plain_ops = HEAP_OPS(open_plain, kit_counted_statistics);
static const struct hm_heap_ops atomic_ops = HEAP_OPS(open_atomic, kit_counted_statistics);
static const struct hm_heap_ops tally_ops = HEAP_OPS(open_tally, tell_tally);

#define CAPABILITIES(mutators)                                                                     \
    {                                                                                              \
        .size = sizeof(struct hm_capabilities), .most_mutators = (mutators), .frees = true,        \
        .prompt = true, .shares = true, .counts = true, .heap_limit = true,                        \
        .reports_pauses = true, .census = true, .walk = true, .weak = true, .finalizers = true,    \
        .reopenable = true, .complete_after = 1, .most_slots = KIT_MOST, .most_bytes = KIT_MOST,   \
        .least_heap_bytes = 1 << 20, .least_mutator_bytes = 1 << 20,                               \
        .granule_bytes = KIT_GRANULE_BYTES,                                                        \
    }

static const struct hm_capabilities any_capabilities = CAPABILITIES(0);
static const struct hm_capabilities plain_capabilities = CAPABILITIES(1);

static const struct hm_variant variants[] = {
    {
        .size = sizeof(struct hm_variant),
        .name = "default",
        .summary = "plain counts for one mutator, atomic ones for more",
        .capabilities = &any_capabilities,
        .heap_ops = &default_ops,
    },
    {
        .size = sizeof(struct hm_variant),
        .name = "plain",
        .summary = "plain counts; one mutator",
        .capabilities = &plain_capabilities,
        .heap_ops = &plain_ops,
    },
    {
        .size = sizeof(struct hm_variant),
        .name = "atomic",
        .summary = "atomic counts, also for one mutator: what atomicity alone costs",
        .capabilities = &any_capabilities,
        .heap_ops = &atomic_ops,
    },
    {
        .size = sizeof(struct hm_variant),
        .name = "tally",
        .summary = "atomic counts that are tallied (increments, decrements); too slow to be timed",
        .capabilities = &any_capabilities,
        .heap_ops = &tally_ops,
    },
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "refcount",
    .version = "1",
    .summary = "Immediate reference counting: frees at once, stops nobody, and leaks cycles.",
    .source = "G. E. Collins, A method for overlapping and erasure of lists, CACM 3(12), 1960",
    .variants = (const struct hm_variant *const[]){&variants[0], &variants[1], &variants[2],
                                                   &variants[3], NULL},
    .options = (const struct hm_setting *const[]){NULL},
};
