/* SPDX-License-Identifier: MIT
 *
 * Conformance: the finalizer queue, for objects that die in cycles.
 */
#include "finalizers.h"

enum { HEAP_BYTES = 8 << 20 };

static bool has_queue_and_cycles(const struct hm_capabilities *can)
{
    return queue_is_there(can) && can->cycles;
}

/* A ring of pairs, numbered by a box in RIGHT; every `step`-th is watched (0: none). The first is
 * A's. */
static void make_ring(struct rig *rig, size_t nodes, size_t step)
{
    hm_mutator *m = rig->m;
    for (size_t i = 0; i < nodes; i++) {
        rig_box_of(m, &rig->names[E], i);
        hm_ref node = hm_new(m, &rig->names[D], &rig_pair);
        hm_init_give(m, node, RIGHT, &rig->names[E]);
        if (step != 0 && i % step == 0)
            hm_watch(m, &rig->names[D]);
        if (i == 0)
            hm_bind(m, &rig->names[A], hm_at(&rig->names[D]));
        else
            hm_give(m, hm_at(&rig->names[D]), LEFT, &rig->names[C]);
        hm_move(m, &rig->names[C], &rig->names[D]);
    }
    hm_give(m, hm_at(&rig->names[A]), LEFT, &rig->names[C]);
}

/* Once around from what A owns. */
static void assert_whole(struct rig *rig, size_t nodes)
{
    hm_mutator *m = rig->m;
    uint64_t number = rig_number_in(m, &rig->names[A], RIGHT);
    hm_bind(m, &rig->names[B], hm_at(&rig->names[A]));
    for (size_t i = 0; i < nodes; i++) {
        assert_int_equal(rig_number_in(m, &rig->names[B], RIGHT), number);
        number = (number + nodes - 1) % nodes;
        hm_get(m, &rig->names[B], hm_at(&rig->names[B]), LEFT);
    }
    assert_true(hm_same(m, hm_at(&rig->names[A]), hm_at(&rig->names[B])));
    hm_clear(m, &rig->names[B]);
}

/* Whatever was drained and dropped of it, the ring stays whole until all was. */
static void a_watched_ring_stays_whole(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t step = 1; step <= 12; step += 11) {
        enum { NODES = 12 };
        uint64_t seen = 0;
        make_ring(rig, NODES, step);
        hm_clear(m, &rig->names[A]);
        rig_collect(rig);
        rig_collect(rig);
        queue_churn(rig);
        rig_collect(rig);
        struct hm_census census = rig_census(rig);
        assert_int_equal(census.unreachable_objects, 0);
        assert_int_equal(census.objects, rig->can->census ? 2 * NODES : 0);
        for (size_t i = 0; i < NODES; i += step) {
            hm_next_dead(m, &rig->names[A]);
            assert_whole(rig, NODES);
            uint64_t bit = (uint64_t)1 << rig_number_in(m, &rig->names[A], RIGHT);
            assert_int_equal(seen & bit, 0);
            seen |= bit;
            rig_collect(rig);
        }
        hm_clear(m, &rig->names[A]);
        queue_assert_gone(rig);
    }
    rig_close(rig);
}

/* The ring itself is reclaimed, as what waits does not reach it. */
static void what_is_watched_beside_a_dead_ring_comes(void)
{
    enum { NODES = 8 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    make_ring(rig, NODES, 0);
    hm_get(m, &rig->names[B], hm_at(&rig->names[A]), RIGHT);
    hm_watch(m, &rig->names[B]);
    hm_clear(m, &rig->names[B]);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(rig_census(rig).objects, rig->can->census ? 1 : 0);
    hm_next_dead(m, &rig->names[A]);
    assert_int_equal(hm_word(m, hm_at(&rig->names[A]), 0), 0);
    hm_clear(m, &rig->names[A]);
    queue_assert_gone(rig);
    /* A ring in front of one of which a member is watched. */
    make_ring(rig, NODES, NODES);
    hm_move(m, &rig->names[B], &rig->names[A]);
    make_ring(rig, NODES, 0);
    hm_give(m, hm_at(&rig->names[A]), RIGHT, &rig->names[B]);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    assert_int_equal(rig_census(rig).objects, rig->can->census ? 2 * NODES : 0);
    hm_next_dead(m, &rig->names[A]);
    assert_whole(rig, NODES);
    hm_clear(m, &rig->names[A]);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* Each that is handed over lets go of its neighbour, which waits. */
static void links_between_those_that_wait_are_cut(void)
{
    enum { NODES = 20 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    uint64_t seen = 0;
    make_ring(rig, NODES, 1);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    for (size_t i = 0; i < NODES; i++) {
        hm_next_dead(m, &rig->names[A]);
        hm_set(m, hm_at(&rig->names[A]), LEFT, hm_null);
        queue_churn(rig);
        seen |= (uint64_t)1 << rig_number_in(m, &rig->names[A], RIGHT);
    }
    assert_int_equal(seen, (1 << NODES) - 1);
    hm_clear(m, &rig->names[A]);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* Closed while a ring waits, of which some were handed over. */
static void a_heap_closes_while_a_ring_waits(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 1);
    hm_mutator *m = rig->m;
    make_ring(rig, 10, 1);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    hm_next_dead(m, &rig->names[A]);
    hm_next_dead(m, &rig->names[B]);
    hm_give(m, hm_globals(m), 0, &rig->names[A]);
    rig_close(rig);
}

const struct rig_test rig_finalizer_rings[] = {
    {"a watched ring stays whole", a_watched_ring_stays_whole, has_queue_and_cycles},
    {"what is watched beside a dead ring comes", what_is_watched_beside_a_dead_ring_comes,
     has_queue_and_cycles},
    {"links between those that wait are cut", links_between_those_that_wait_are_cut,
     has_queue_and_cycles},
    {"a heap closes while a ring waits", a_heap_closes_while_a_ring_waits, has_queue_and_cycles},
    {.name = NULL},
};
