/* SPDX-License-Identifier: MIT
 *
 * Conformance: names and frames (move.1 … pop.1), and hm_poll_keep.
 */
#include "rig.h"

enum { HEAP_BYTES = 8 << 20 };

static uint64_t number(struct rig *rig, hm_name *name)
{
    hm_ref box = hm_at(name);
    return hm_is_null(box) ? UINT64_MAX : hm_word(rig->m, box, 0);
}

static void move_moves(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 1);
    rig_box_of(m, &rig->names[B], 2);
    hm_move(m, &rig->names[B], &rig->names[A]);
    assert_true(hm_is_null(hm_at(&rig->names[A])));
    hm_move(m, &rig->names[B], &rig->names[B]);
    rig_collect(rig);
    assert_int_equal(number(rig, &rig->names[B]), 1);
    hm_move(m, &rig->names[B], &rig->names[C]);
    assert_true(hm_is_null(hm_at(&rig->names[B])));
    rig_close(rig);
}

static void bind_and_clear(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 1);
    rig_box_of(m, &rig->names[B], 2);
    hm_bind(m, &rig->names[B], hm_at(&rig->names[A]));
    hm_bind(m, &rig->names[B], hm_at(&rig->names[B]));
    hm_clear(m, &rig->names[A]);
    assert_true(hm_is_null(hm_at(&rig->names[A])));
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(number(rig, &rig->names[B]), 1);
    hm_bind(m, &rig->names[B], hm_null);
    assert_true(hm_is_null(hm_at(&rig->names[B])));
    rig_close(rig);
}

static void frames_are_null_and_contiguous(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t round = 0; round < 3; round++) {
        hm_name *below = hm_push(m, 3);
        hm_name *above = hm_push(m, 5);
        assert_ptr_equal(above, below + 3);
        assert_ptr_equal(hm_push(m, 0), above + 5);
        for (size_t i = 0; i < 8; i++) {
            assert_true(hm_is_null(hm_at(&below[i])));
            rig_box_of(m, &below[i], i);
        }
        rig_collect(rig);
        for (size_t i = 0; i < 8; i++)
            assert_int_equal(number(rig, &below[i]), i);
        hm_pop(m, round == 0 ? above : below);
        if (round == 0)
            hm_pop(m, below);
    }
    rig_close(rig);
}

static void count_frames(hm_mutator *m, hm_name *names, void *user)
{
    (void)names;
    size_t *pushed = user;
    for (;; *pushed += 7)
        rig_box_of(m, &hm_push(m, 7)[6], *pushed);
}

static void a_full_name_stack_lands(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    rig_box_of(rig->m, &rig->names[A], 5);
    for (size_t round = 0; round < 3; round++) {
        size_t pushed = 0;
        assert_int_equal(rig_land(rig->m, rig->names, count_frames, &pushed), HM_NAMES_FULL);
        assert_in_range(pushed, RIG_NAME_DEPTH - NAMES - 7, 2 * RIG_NAME_DEPTH);
        assert_ptr_equal(rig->m->name_top, rig->names + NAMES);
        assert_int_equal(number(rig, &rig->names[A]), 5);
    }
    rig_close(rig);
}

/* Build a list of pairs (next, box) with the numbers 1 … n. */
static void build_list(struct rig *rig, hm_name *list, uint64_t n)
{
    hm_mutator *m = rig->m;
    hm_name *work = hm_push(m, 2);
    hm_clear(m, list);
    for (uint64_t i = n; i > 0; i--) {
        rig_box_of(m, &work[0], i);
        hm_ref node = hm_new(m, &work[1], &rig_pair);
        hm_init_give(m, node, LEFT, list);
        hm_init_give(m, node, RIGHT, &work[0]);
        hm_move(m, list, &work[1]);
    }
    hm_pop(m, work);
}

/* A borrowed walk that keeps its place over safepoints, with a collection at every tenth. */
static uint64_t sum_by_keeping(struct rig *rig, hm_name *list, hm_name *keep)
{
    hm_mutator *m = rig->m;
    uint64_t sum = 0, steps = 0;
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref at = hm_at(list);
    while (!hm_is_null(at)) {
        sum += hm_word(m, hm_peek(m, &spare[1], at, RIGHT), 0);
        at = hm_peek(m, &spare[0], at, LEFT);
        if (++steps % 10 == 0)
            atomic_store_explicit(&m->poll, 1, memory_order_relaxed);
        at = hm_poll_keep(m, keep, at);
    }
    hm_clear(m, keep);
    hm_pop_spare(m, spare);
    return sum;
}

static void poll_keep_carries_a_borrow(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    build_list(rig, &rig->names[A], 1000);
    assert_int_equal(sum_by_keeping(rig, &rig->names[A], &rig->names[B]), 500500);
    assert_true(hm_is_null(hm_poll_keep(rig->m, &rig->names[B], hm_null)));
    rig_close(rig);
}

/* ---- poll_keep while another thread collects ---- */

struct collecting {
    _Atomic uint64_t done;
    uint64_t rounds;
};

static void collect_from_outside(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    struct collecting *collecting = thread->user;
    hm_heap *heap = thread->rig->heap.heap;
    (void)names;
    for (uint64_t i = 0; i < collecting->rounds; i++)
        heap->ops->collect(heap, m, HM_COLLECT_MOVING);
    atomic_store(&collecting->done, 1);
}

static void poll_keep_survives_collections_of_others(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 2, 0);
    struct collecting collecting = {.rounds = 50};
    struct rig_thread other = {
        .rig = rig, .index = 1, .body = collect_from_outside, .user = &collecting};
    build_list(rig, &rig->names[A], 200);
    rig_start(&other);
    while (atomic_load(&collecting.done) == 0)
        assert_int_equal(sum_by_keeping(rig, &rig->names[A], &rig->names[B]), 20100);
    rig_join(&other);
    rig_close(rig);
}

static bool can_share(const struct hm_capabilities *can)
{
    return can->most_mutators != 1;
}

const struct rig_test rig_names[] = {
    {"move moves", move_moves, NULL},
    {"bind and clear", bind_and_clear, NULL},
    {"frames are null and contiguous", frames_are_null_and_contiguous, NULL},
    {"a full name stack lands", a_full_name_stack_lands, NULL},
    {"poll_keep carries a borrow", poll_keep_carries_a_borrow, NULL},
    {"poll_keep survives collections of others", poll_keep_survives_collections_of_others,
     can_share},
    {.name = NULL},
};
