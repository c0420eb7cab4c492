/* SPDX-License-Identifier: MIT
 *
 * Conformance: what a collector reports. Statistics, census, counts, walk; opening again; which
 * optional operations are there.
 */
#include "rig.h"

enum { HEAP_BYTES = 8 << 20 };

/* ---- statistics ---- */

static void assert_not_less(uint64_t now, uint64_t before, const char *what)
{
    if ((now == HM_UNKNOWN) != (before == HM_UNKNOWN))
        fail_msg("%s is known at times only", what);
    if (now < before)
        fail_msg("%s fell from %llu to %llu", what, (unsigned long long)before,
                 (unsigned long long)now);
}

static void assert_grown(const struct hm_statistics *now, const struct hm_statistics *before)
{
#define GROWN(field) assert_not_less(now->field, before->field, #field)
    GROWN(held_peak_bytes);
    GROWN(allocated_objects);
    GROWN(allocated_bytes);
    GROWN(collections);
    GROWN(increments);
    GROWN(decrements);
    GROWN(atomic_operations);
    GROWN(longest_cascade);
    GROWN(cycle_candidates);
    GROWN(cycle_freed);
#undef GROWN
    assert_true(now->held_bytes <= now->held_peak_bytes);
}

static void statistics_do_not_fall(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    struct hm_statistics before = rig_statistics(rig);
    for (size_t i = 0; i < 200; i++) {
        for (size_t k = 0; k < 100; k++) {
            hm_new_n(rig->m, &rig->names[A], &rig_text, k);
            hm_ref pair = hm_new(rig->m, &rig->names[B], &rig_pair);
            hm_init_give(rig->m, pair, LEFT, &rig->names[A]);
            hm_set(rig->m, pair, RIGHT, hm_at(&rig->names[B]));
            hm_clear_slots(rig->m, pair, 0, 2);
        }
        if (i % 50 == 49)
            rig_collect(rig);
        struct hm_statistics now = rig_statistics(rig);
        assert_grown(&now, &before);
        before = now;
    }
    rig_close(rig);
}

/* A struct that was compiled against an older contract is shorter. */
static void statistics_fill_no_more_than_asked(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    struct hm_statistics statistics;
    memset(&statistics, 0x5a, sizeof statistics);
    statistics.size = offsetof(struct hm_statistics, collections);
    rig->heap.heap->ops->statistics(rig->heap.heap, &statistics);
    assert_int_equal(statistics.size, offsetof(struct hm_statistics, collections));
    assert_int_equal(statistics.collections, UINT64_C(0x5a5a5a5a5a5a5a5a));
    assert_int_not_equal(statistics.held_bytes, UINT64_C(0x5a5a5a5a5a5a5a5a));
    rig_close(rig);
}

/* 100 texts, of which every tenth stays in a global. */
static void make_texts(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    (void)thread;
    for (size_t i = 0; i < 100; i++) {
        hm_new_n(m, &names[A], &rig_text, i);
        if (i % 10 == 0)
            hm_give(m, hm_globals(m), i / 10, &names[A]);
    }
}

/* While a mutator runs its figures may lag. They may not when it has left. */
static void figures_are_exact_when_all_have_left(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 2, 10);
    rig_run(rig, 1, make_texts, NULL);
    struct hm_statistics statistics = rig_statistics(rig);
    if (statistics.allocated_objects != HM_UNKNOWN)
        assert_int_equal(statistics.allocated_objects, 100);
    if (statistics.allocated_bytes != HM_UNKNOWN)
        assert_in_range(statistics.allocated_bytes, 99 * 50 + 100 * 8, 100 * (8 + 8 + 128));
    rig_collect(rig);
    statistics = rig_statistics(rig);
    if (rig->can->frees && statistics.live_objects != HM_UNKNOWN)
        assert_int_equal(statistics.live_objects, 10);
    if (rig->can->frees && statistics.live_bytes != HM_UNKNOWN)
        assert_in_range(statistics.live_bytes, 450 + 10 * 8, 10 * (8 + 8 + 128));
    rig_close(rig);
}

static bool can_share(const struct hm_capabilities *can)
{
    return can->shares && can->most_mutators != 1;
}

/* ---- census ---- */

/* 1 + 2 * boxes objects: a list of pairs with a box each, of which every second box is in a
 * global as well. */
static void make_reachable(struct rig *rig, size_t pairs)
{
    hm_mutator *m = rig->m;
    hm_new_n(m, &rig->names[A], &rig_list, pairs);
    for (size_t i = 0; i < pairs; i++) {
        rig_box_of(m, &rig->names[B], i);
        if (i % 2 == 0)
            hm_set(m, hm_globals(m), i / 2, hm_at(&rig->names[B]));
        hm_ref pair = hm_new(m, &rig->names[C], &rig_pair);
        hm_init_give(m, pair, RIGHT, &rig->names[B]);
        hm_give(m, hm_at(&rig->names[A]), i, &rig->names[C]);
    }
}

static void make_ring(struct rig *rig, size_t nodes)
{
    hm_mutator *m = rig->m;
    hm_new(m, &rig->names[C], &rig_pair);
    hm_bind(m, &rig->names[D], hm_at(&rig->names[C]));
    for (size_t i = 1; i < nodes; i++) {
        hm_ref node = hm_new(m, &rig->names[E], &rig_pair);
        hm_init_give(m, node, LEFT, &rig->names[D]);
        hm_move(m, &rig->names[D], &rig->names[E]);
    }
    hm_give(m, hm_at(&rig->names[C]), LEFT, &rig->names[D]);
}

static void the_census_is_the_model(void)
{
    enum { PAIRS = 50, RING = 30, GARBAGE = 40 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, PAIRS);
    make_reachable(rig, PAIRS);
    for (size_t i = 0; i < GARBAGE; i++)
        hm_new_n(rig->m, &rig->names[F], &rig_text, 10 * i);
    hm_clear(rig->m, &rig->names[F]);
    make_ring(rig, RING);
    rig_collect(rig);
    struct hm_census census = rig_census(rig);
    assert_int_equal(census.objects - census.unreachable_objects, 1 + 2 * PAIRS + RING);
    assert_int_equal(census.unreachable_objects, rig->can->frees ? 0 : GARBAGE);
    hm_clear(rig->m, &rig->names[C]);
    assert_int_equal(rig_census(rig).unreachable_objects, census.unreachable_objects + RING);
    assert_int_equal(rig_census(rig).objects, census.objects);
    rig_collect(rig);
    census = rig_census(rig);
    assert_int_equal(census.objects - census.unreachable_objects, 1 + 2 * PAIRS);
    if (rig->can->cycles)
        assert_int_equal(census.unreachable_objects, 0);
    assert_true(census.bytes >= (1 + 2 * PAIRS) * sizeof(uint64_t));
    hm_clear(rig->m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(rig_census(rig).objects - rig_census(rig).unreachable_objects, PAIRS / 2);
    hm_clear_slots(rig->m, hm_globals(rig->m), 0, PAIRS);
    rig_collect(rig);
    census = rig_census(rig);
    assert_int_equal(census.objects, census.unreachable_objects);
    if (rig->can->cycles)
        assert_int_equal(census.objects, 0);
    rig_close(rig);
}

static bool has_census(const struct hm_capabilities *can)
{
    return can->census;
}

/* ---- walk ---- */

struct walked {
    uint64_t live, slots, dead, dead_bytes;
    uint64_t wrong; /* pieces without bytes or address */
};

static void see(void *user, const struct hm_walked *piece)
{
    struct walked *walked = user;
    walked->wrong += piece->bytes == 0 || piece->address == 0;
    if (piece->state == HM_WALKED_LIVE) {
        walked->live++;
        walked->slots += piece->slots;
    }
    if (piece->state == HM_WALKED_DEAD) {
        walked->dead++;
        walked->dead_bytes += piece->bytes;
    }
}

static void the_walk_sees_every_object(void)
{
    enum { PAIRS = 50 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, PAIRS);
    struct walked walked = {.live = 0};
    make_reachable(rig, PAIRS);
    rig_collect(rig);
    rig->heap.heap->ops->walk(rig->heap.heap, rig->m, see, &walked);
    assert_int_equal(walked.wrong, 0);
    if (rig->can->frees) {
        assert_int_equal(walked.live, 1 + 2 * PAIRS);
        assert_int_equal(walked.slots, PAIRS + 2 * PAIRS);
    } else {
        assert_true(walked.live >= 1 + 2 * PAIRS);
    }
    rig_close(rig);
}

/* What it shows as dead is what the census finds unreachable, where the collector knows that; else
 * nothing is shown as dead. */
static void the_walk_knows_the_dead(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    struct hm_census census = {.size = sizeof census};
    struct walked walked = {.live = 0};
    for (size_t i = 0; i < 20; i++) {
        hm_new(rig->m, &rig->names[A], &rig_pair);
        hm_new(rig->m, &rig->names[B], &rig_pair);
        hm_set(rig->m, hm_at(&rig->names[A]), LEFT, hm_at(&rig->names[B]));
        hm_set(rig->m, hm_at(&rig->names[B]), LEFT, hm_at(&rig->names[A]));
    }
    rig->heap.heap->ops->census(rig->heap.heap, rig->m, &census);
    rig->heap.heap->ops->walk(rig->heap.heap, rig->m, see, &walked);
    assert_int_equal(walked.live + walked.dead, census.objects);
    if (walked.dead != 0) {
        assert_int_equal(walked.dead, census.unreachable_objects);
        assert_int_equal(walked.dead_bytes, census.unreachable_bytes);
    }
    rig_close(rig);
}

static bool has_walk_and_census(const struct hm_capabilities *can)
{
    return can->walk && can->census;
}

static bool has_walk(const struct hm_capabilities *can)
{
    return can->walk;
}

/* ---- counts ---- */

static uint64_t count_of(struct rig *rig, hm_name *name)
{
    return rig->heap.heap->ops->count(rig->m, hm_at(name));
}

/* The worked example: E a simple object, K a second name for it, Z a container of it twice. */
static void counts_are_those_of_the_worked_example(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    hm_name *e = &rig->names[A], *k = &rig->names[B], *z = &rig->names[C];
    hm_new(m, e, &rig_box);
    assert_int_equal(count_of(rig, e), 1);
    hm_bind(m, k, hm_at(e));
    assert_int_equal(count_of(rig, e), 2);
    hm_new(m, z, &rig_pair);
    hm_set(m, hm_at(z), LEFT, hm_at(e));
    hm_set(m, hm_at(z), RIGHT, hm_at(e));
    assert_int_equal(count_of(rig, e), 4);
    hm_clear(m, k);
    assert_int_equal(count_of(rig, e), 3);
    hm_set(m, hm_at(z), LEFT, hm_null);
    assert_int_equal(count_of(rig, e), 2);
    hm_clear(m, z);
    assert_int_equal(count_of(rig, e), 1);
    hm_new(m, z, &rig_pair);
    hm_give(m, hm_at(z), LEFT, e);
    hm_get(m, k, hm_at(z), LEFT);
    assert_int_equal(count_of(rig, k), 2);
    hm_take(m, e, hm_at(z), LEFT);
    assert_int_equal(count_of(rig, k), 2);
    rig_close(rig);
}

static bool has_counts(const struct hm_capabilities *can)
{
    return can->counts;
}

/* ---- promptness ---- */

static uint64_t live_objects(struct rig *rig)
{
    return rig_census(rig).objects;
}

/* Each drop of a last reference, whichever operation does it, frees there and then. */
static void what_is_dropped_is_gone(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 1);
    hm_mutator *m = rig->m;
    hm_new(m, &rig->names[A], &rig_pair);
    uint64_t one = live_objects(rig);
    for (size_t i = LEFT; i <= RIGHT; i++) {
        rig_box_of(m, &rig->names[B], i);
        hm_give(m, hm_at(&rig->names[A]), i, &rig->names[B]);
    }
    assert_int_equal(live_objects(rig), one + 2);
    hm_set(m, hm_at(&rig->names[A]), LEFT, hm_null);
    assert_int_equal(live_objects(rig), one + 1);
    hm_clear_slots(m, hm_at(&rig->names[A]), 0, 2);
    assert_int_equal(live_objects(rig), one);
    rig_box_of(m, &rig->names[B], 7);
    hm_bind(m, &rig->names[B], hm_null);
    assert_int_equal(live_objects(rig), one);
    rig_box_of(m, &rig->names[B], 8);
    hm_set_shared(m, hm_globals(m), 0, hm_at(&rig->names[B]));
    hm_clear(m, &rig->names[B]);
    assert_int_equal(live_objects(rig), one + 1);
    hm_set_shared(m, hm_globals(m), 0, hm_null);
    assert_int_equal(live_objects(rig), one);
    hm_name *frame = hm_push(m, 3);
    for (size_t i = 0; i < 3; i++)
        rig_box_of(m, &frame[i], i);
    assert_int_equal(live_objects(rig), one + 3);
    hm_pop(m, frame);
    assert_int_equal(live_objects(rig), one);
    hm_clear(m, &rig->names[A]);
    assert_int_equal(live_objects(rig), one - 1);
    rig_close(rig);
}

static bool is_prompt_by_census(const struct hm_capabilities *can)
{
    return can->prompt && can->census;
}

/* ---- opening ---- */

static void a_heap_opens_again(void)
{
    for (size_t i = 0; i < 3; i++) {
        struct rig *rig = rig_open(HEAP_BYTES, 1, 4);
        assert_true(hm_is_null(hm_peek(rig->m, &rig->spares[A], hm_globals(rig->m), 3)));
        rig_box_of(rig->m, &rig->names[A], i);
        hm_set(rig->m, hm_globals(rig->m), 3, hm_at(&rig->names[A]));
        rig_close(rig);
    }
}

static void two_heaps_are_apart(void)
{
    struct rig *one = rig_open(HEAP_BYTES, 1, 1);
    struct rig *two = rig_open(HEAP_BYTES, 1, 1);
    rig_box_of(one->m, &one->names[A], 1);
    rig_box_of(two->m, &two->names[A], 2);
    hm_set(one->m, hm_globals(one->m), 0, hm_at(&one->names[A]));
    assert_true(hm_is_null(hm_peek(two->m, &two->spares[A], hm_globals(two->m), 0)));
    rig_collect(one);
    assert_int_equal(hm_word(two->m, hm_at(&two->names[A]), 0), 2);
    rig_close(two);
    assert_int_equal(hm_word(one->m, hm_at(&one->names[A]), 0), 1);
    rig_close(one);
}

static bool is_reopenable(const struct hm_capabilities *can)
{
    return can->reopenable;
}

/* Opening for several mutators may choose another set: with one attached it is the same heap. */
static void a_heap_for_many_serves_one(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 3, 1);
    rig_box_of(rig->m, &rig->names[A], 1);
    hm_swap_shared(rig->m, hm_globals(rig->m), 0, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(hm_word(rig->m, hm_peek(rig->m, &rig->spares[A], hm_globals(rig->m), 0), 0),
                     1);
    rig_close(rig);
}

static bool has_threads(const struct hm_capabilities *can)
{
    return can->most_mutators != 1;
}

/* ---- capabilities and functions agree ---- */

static void capabilities_and_functions_agree(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    const struct hm_heap_ops *heap_ops = rig->heap.heap->ops;
    const struct hm_ops *ops = rig->m->ops;
    assert_int_equal(rig->can->census, heap_ops->census != NULL);
    assert_int_equal(rig->can->walk, heap_ops->walk != NULL);
    assert_int_equal(rig->can->counts, heap_ops->count != NULL);
    assert_int_equal(rig->can->weak, ops->new_weak != NULL && ops->weak_get != NULL);
    assert_int_equal(rig->can->ephemerons,
                     ops->new_ephemeron != NULL && ops->ephemeron_get != NULL);
    assert_int_equal(rig->can->finalizers, ops->watch != NULL && ops->next_dead != NULL);
    assert_int_equal(rig->can->pins, ops->pin != NULL && ops->unpin != NULL);
    assert_ptr_equal(ops, rig->heap.heap->set->ops);
    assert_int_equal(rig->m->index, 0);
    assert_ptr_equal(rig->m->heap, rig->heap.heap);
    assert_true(rig->m->lends <= 1);
    rig_close(rig);
}

const struct rig_test rig_reports[] = {
    {"statistics do not fall", statistics_do_not_fall, NULL},
    {"statistics fill no more than asked", statistics_fill_no_more_than_asked, NULL},
    {"figures are exact when all have left", figures_are_exact_when_all_have_left, can_share},
    {"the census is the model", the_census_is_the_model, has_census},
    {"the walk sees every object", the_walk_sees_every_object, has_walk},
    {"the walk knows the dead", the_walk_knows_the_dead, has_walk_and_census},
    {"counts are those of the worked example", counts_are_those_of_the_worked_example, has_counts},
    {"what is dropped is gone", what_is_dropped_is_gone, is_prompt_by_census},
    {"a heap opens again", a_heap_opens_again, is_reopenable},
    {"two heaps are apart", two_heaps_are_apart, is_reopenable},
    {"a heap for many serves one", a_heap_for_many_serves_one, has_threads},
    {"capabilities and functions agree", capabilities_and_functions_agree, NULL},
    {.name = NULL},
};
