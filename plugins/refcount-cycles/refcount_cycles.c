/* SPDX-License-Identifier: MIT
 *
 * refcount-cycles: immediate reference counting with cycle detection.
 *
 * Algorithm: counts as in refcount. A container that loses a reference and lives on is a candidate:
 * it may be part of a cycle that nothing else reaches. When enough candidates have come up, or
 * memory is out, or somebody asks, the world is stopped and trial deletion (detect.c) frees the
 * dead cycles that hang on candidates. Why this and not CPython's way:
 * docs/decisions/0003-cycle-detection.md.
 *
 * Invariant: every dead cycle contains an object with the candidate bit, in a block that is
 * flagged. (The last reference from outside was dropped from a count above one, which sets both.)
 * While mutators run, every object is black and nothing is pending.
 *
 * Acyclic garbage is freed at once and never seen by the detector; freeing takes its bits along.
 */
#include <refcount-cycles/heap.h>
#include <refcount-cycles/own_word.h>

#include <stdio.h>

extern const struct hm_kernel_set hm_set_refcount_cycles_plain, hm_set_refcount_cycles_atomic;
extern const struct kit_counted_functions refcount_cycles_plain, refcount_cycles_atomic;

enum { OPTION_THRESHOLD, OPTION_STACK };

/* Candidates are counted by each mutator for itself: no counter is shared on the fast path. */
static bool wants_detection(struct kit_counted_heap *heap, struct kit_cell_mutator *m)
{
    return ((struct kit_counted_mutator *)m)->new_candidates >=
           atomic_load_explicit(&((struct cycles_heap *)heap)->next_detection,
                                memory_order_relaxed);
}

static hm_heap *open_set(const struct hm_open *request, bool atomic, struct hm_refusal *refusal)
{
    /* The globals never look like a candidate: they lie in no block. */
    struct cycles_heap *heap = (struct cycles_heap *)kit_counted_open(
        sizeof *heap, request,
        atomic ? &hm_set_refcount_cycles_atomic : &hm_set_refcount_cycles_plain,
        atomic ? &refcount_cycles_atomic : &refcount_cycles_plain, KIT_COUNT_ONE | CYCLES_CANDIDATE,
        refusal);
    if (heap == NULL)
        return NULL;
    if (!kit_mark_share_open(&heap->marks, &heap->counted.pool, 1,
                             (uint64_t)request->options[OPTION_STACK].integer, 0)) {
        kit_counted_close(&heap->counted.head);
        kit_refuse_memory(refusal, "the detector's stack");
        return NULL;
    }
    heap->counted.count_shift = CYCLES_SHIFT;
    heap->counted.detect = cycles_detect;
    heap->counted.wants_detection = wants_detection;
    heap->threshold = (uint64_t)request->options[OPTION_THRESHOLD].integer;
    atomic_init(&heap->next_detection, heap->threshold);
    return &heap->counted.head;
}

static void close_heap(hm_heap *heap)
{
    kit_mark_share_close(&((struct cycles_heap *)heap)->marks);
    kit_counted_close(heap);
}

static hm_heap *open_plain(const struct hm_open *request, struct hm_refusal *refusal)
{
    if (request->most_mutators > 1) {
        snprintf(refusal->sentence, sizeof refusal->sentence,
                 "plain counts are for one mutator, not for %u", request->most_mutators);
        return NULL;
    }
    return open_set(request, false, refusal);
}

static hm_heap *open_atomic(const struct hm_open *request, struct hm_refusal *refusal)
{
    return open_set(request, true, refusal);
}

static hm_heap *open_default(const struct hm_open *request, struct hm_refusal *refusal)
{
    return open_set(request, request->most_mutators > 1, refusal);
}

#define HEAP_OPS(open_function)                                                                    \
    {                                                                                              \
        .size = sizeof(struct hm_heap_ops), .abi = HM_ABI, .open = (open_function),                \
        .attach = kit_counted_attach, .detach = kit_counted_detach,                                \
        .collect = kit_counted_collect, .statistics = kit_counted_statistics, .close = close_heap, \
        .census = kit_counted_census, .walk = kit_counted_walk, .count = kit_counted_count,        \
        .verify = kit_counted_verify,                                                              \
    }

static const struct hm_heap_ops default_ops = HEAP_OPS(open_default);
static const struct hm_heap_ops plain_ops = HEAP_OPS(open_plain);
static const struct hm_heap_ops atomic_ops = HEAP_OPS(open_atomic);

#define CAPABILITIES(mutators)                                                                     \
    {                                                                                              \
        .size = sizeof(struct hm_capabilities), .most_mutators = (mutators), .frees = true,        \
        .cycles = true, .prompt = true, .shares = true, .counts = true, .heap_limit = true,        \
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
};

static const struct hm_setting threshold = {
    .name = "threshold",
    .help = "candidates of one mutator that start a detection, at the least; more after one that "
            "painted much",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000000,
    .standard.integer = KIT_NARROWED(10000, 4),
};

static const struct hm_setting stack = {
    .name = "stack",
    .help = "for tests: bytes that the detector's stack may take; 0: what the heap limit leaves",
    .type = HM_BYTES,
    .least.integer = 0,
    .most.integer = (int64_t)1 << 40,
};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "refcount-cycles",
    .version = "1",
    .summary =
        "Immediate reference counting, with trial deletion for cycles while the world stops.",
    .source = "D. F. Bacon and V. T. Rajan, Concurrent cycle collection in reference counted "
              "systems, ECOOP 2001",
    .variants = (const struct hm_variant *const[]){&variants[0], &variants[1], &variants[2], NULL},
    .options = (const struct hm_setting *const[]){&threshold, &stack, NULL},
};
