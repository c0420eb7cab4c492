/* SPDX-License-Identifier: MIT
 *
 * Conformance: several mutators. Attaching and leaving, blocked ones, collections from outside,
 * shared slots.
 */
#include "rig.h"

enum { HEAP_BYTES = 8 << 20 };

/* ---- attaching ---- */

static void an_ended_thread_leaves_its_objects(struct rig_thread *thread, hm_mutator *m,
                                               hm_name *names)
{
    rig_box_of(m, &names[A], thread->index);
    hm_give(m, hm_globals(m), thread->index - 1, &names[A]);
    for (size_t i = 0; i < 1000; i++)
        hm_new_n(m, &names[B], &rig_text, i);
}

/* Many times over, so that what a mutator had is used again. */
static void objects_outlive_their_thread(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 3, 2);
    for (size_t round = 0; round < 10; round++) {
        hm_clear_slots(rig->m, hm_globals(rig->m), 0, 2);
        rig_run(rig, 2, an_ended_thread_leaves_its_objects, NULL);
        rig_collect(rig);
        for (size_t i = 0; i < 2; i++) {
            hm_get(rig->m, &rig->names[A], hm_globals(rig->m), i);
            assert_int_equal(hm_word(rig->m, hm_at(&rig->names[A]), 0), i + 1);
        }
    }
    rig_close(rig);
}

/* One mutator too many is refused in words; when one has left, there is room again. */
static void too_many_mutators_are_refused(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_heap *heap = rig->heap.heap;
    struct hm_refusal refusal = {.sentence = ""};
    assert_null(heap->ops->attach(heap, 1, NULL, &refusal));
    assert_true(refusal.sentence[0] != '\0');
    hm_pop_spare(rig->m, rig->spares);
    hm_pop(rig->m, rig->names);
    heap->ops->detach(rig->m);
    rig->m = heap->ops->attach(heap, 0, &rig->log, &refusal);
    assert_non_null(rig->m);
    rig->names = hm_push(rig->m, NAMES);
    rig->spares = hm_push_spare(rig->m, NAMES);
    rig_box_of(rig->m, &rig->names[A], 1);
    rig_close(rig);
}

/* ---- blocked mutators ---- */

struct blocking {
    pthread_barrier_t waits; /* the other is about to block */
    pthread_mutex_t gate;    /* held by the test while the other must stay blocked */
};

static void wait_at_the_gate(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    struct blocking *blocking = thread->user;
    rig_box_of(m, &names[A], 42);
    hm_block(m);
    pthread_barrier_wait(&blocking->waits);
    pthread_mutex_lock(&blocking->gate);
    pthread_mutex_unlock(&blocking->gate);
    hm_unblock(m);
    thread->wrong += hm_word(m, hm_at(&names[A]), 0) != 42;
}

/* A stop does not wait for who is blocked, and what such a one names stays. */
static void blocked_mutators_are_not_waited_for(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 2, 0);
    struct blocking blocking;
    struct rig_thread other = {.rig = rig, .index = 1, .body = wait_at_the_gate, .user = &blocking};
    pthread_barrier_init(&blocking.waits, NULL, 2);
    pthread_mutex_init(&blocking.gate, NULL);
    pthread_mutex_lock(&blocking.gate);
    rig_start(&other);
    rig_meet(rig->m, &blocking.waits);
    for (size_t i = 0; i < 3; i++) {
        rig_collect_kind(rig, HM_COLLECT_MOVING);
        for (size_t k = 0; k < 1000; k++)
            hm_new_n(rig->m, &rig->names[B], &rig_text, k);
    }
    pthread_mutex_unlock(&blocking.gate);
    rig_join(&other);
    pthread_mutex_destroy(&blocking.gate);
    pthread_barrier_destroy(&blocking.waits);
    rig_close(rig);
}

/* ---- collections while others work ---- */

struct working {
    _Atomic uint64_t done; /* threads that are through */
};

/* A binary tree of this depth, each node counted in its box. */
static void build_tree(hm_mutator *m, hm_name *tree, size_t depth)
{
    hm_name *child = hm_push(m, 2);
    for (size_t i = 0; depth > 0 && i < 2; i++)
        build_tree(m, &child[i], depth - 1);
    hm_ref node = hm_new(m, tree, &rig_pair);
    hm_init_give(m, node, LEFT, &child[LEFT]);
    hm_init_give(m, node, RIGHT, &child[RIGHT]);
    hm_pop(m, child);
}

static uint64_t count_tree(hm_mutator *m, hm_ref node)
{
    if (hm_is_null(node))
        return 0;
    hm_spare *spare = hm_push_spare(m, 1);
    uint64_t nodes = 1 + count_tree(m, hm_peek(m, spare, node, LEFT));
    nodes += count_tree(m, hm_peek(m, spare, node, RIGHT));
    hm_pop_spare(m, spare);
    return nodes;
}

static void build_trees(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    struct working *working = thread->user;
    for (size_t i = 0; i < 100 / RIG_SCALE; i++) {
        build_tree(m, &names[A], 7);
        hm_poll(m);
        thread->wrong += count_tree(m, hm_at(&names[A])) != 255;
    }
    atomic_fetch_add(&working->done, 1);
}

static void collections_from_outside_lose_nothing(void)
{
    struct rig *rig = rig_open(2 * HEAP_BYTES, 3, 0);
    struct working working = {.done = 0};
    struct rig_thread threads[2];
    for (uint32_t i = 0; i < 2; i++) {
        threads[i] =
            (struct rig_thread){.rig = rig, .index = i + 1, .body = build_trees, .user = &working};
        rig_start(&threads[i]);
    }
    rig_box_of(rig->m, &rig->names[A], 9);
    for (size_t i = 0; i < 200 && atomic_load(&working.done) < 2; i++) {
        rig_collect_kind(rig, HM_COLLECT_FULL);
        assert_int_equal(hm_word(rig->m, hm_at(&rig->names[A]), 0), 9);
    }
    for (uint32_t i = 0; i < 2; i++)
        rig_join(&threads[i]);
    rig_close(rig);
}

/* The harness collects from a thread that is no mutator. */
static void a_thread_that_is_no_mutator_may_collect(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_heap *heap = rig->heap.heap;
    rig_box_of(rig->m, &rig->names[A], 9);
    hm_block(rig->m);
    heap->ops->collect(heap, NULL, HM_COLLECT_FULL);
    heap->ops->collect(heap, NULL, HM_COLLECT_MOVING);
    hm_unblock(rig->m);
    assert_int_equal(hm_word(rig->m, hm_at(&rig->names[A]), 0), 9);
    rig_close(rig);
}

/* ---- shared slots ---- */

/* Few slots, so that the threads meet in them. */
enum { SLOTS = 4, SWAPS = 20000 / RIG_SCALE };

static void swap_round(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    uint64_t state = thread->index;
    rig_box_of(m, &names[A], SLOTS + thread->index);
    for (size_t i = 0; i < SWAPS; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        hm_swap_shared(m, hm_globals(m), (state >> 40) % SLOTS, &names[A]);
        thread->wrong += hm_is_null(hm_at(&names[A]));
        if (i % 64 == 0)
            hm_poll(m);
    }
    hm_give(m, hm_globals(m), SLOTS + thread->index - 1, &names[A]);
}

/* Each box is in one place at the end: of two that take by swapping, one gets the object. */
static void swaps_lose_and_double_nothing(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 3, SLOTS + 2);
    hm_mutator *m = rig->m;
    uint64_t found = 0;
    for (uint64_t i = 0; i < SLOTS; i++) {
        rig_box_of(m, &rig->names[A], i);
        hm_give(m, hm_globals(m), i, &rig->names[A]);
    }
    rig_run(rig, 2, swap_round, NULL);
    rig_collect(rig);
    for (uint64_t i = 0; i < SLOTS + 2; i++) {
        hm_get(m, &rig->names[A], hm_globals(m), i);
        uint64_t number = hm_word(m, hm_at(&rig->names[A]), 0);
        found |= (uint64_t)1 << (number > SLOTS ? number - 1 : number);
    }
    assert_int_equal(found, (1 << (SLOTS + 2)) - 1);
    rig_close(rig);
}

/* Publish a fresh record whose payload and box agree, and look at what is published. */
static void publish_and_look(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    for (uint64_t i = 0; i < SWAPS / 4; i++) {
        uint64_t number = i * 4 + thread->index;
        rig_box_of(m, &names[B], number);
        hm_ref record = hm_new(m, &names[A], &rig_record);
        hm_put_word(m, record, RECORD_SLOTS, number);
        hm_init_give(m, record, 0, &names[B]);
        hm_set_shared(m, hm_globals(m), i % SLOTS, record);
        hm_get_shared(m, &names[C], hm_globals(m), (i + 1) % SLOTS);
        if (hm_is_null(hm_at(&names[C])))
            continue;
        hm_get(m, &names[D], hm_at(&names[C]), 0);
        thread->wrong +=
            hm_word(m, hm_at(&names[D]), 0) != hm_word(m, hm_at(&names[C]), RECORD_SLOTS);
    }
}

static void what_is_published_is_whole(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 3, SLOTS);
    rig_run(rig, 2, publish_and_look, NULL);
    rig_close(rig);
}

static bool can_share(const struct hm_capabilities *can)
{
    return can->shares && can->most_mutators != 1;
}

const struct rig_test rig_threads[] = {
    {"objects outlive their thread", objects_outlive_their_thread, can_share},
    {"too many mutators are refused", too_many_mutators_are_refused, NULL},
    {"blocked mutators are not waited for", blocked_mutators_are_not_waited_for, can_share},
    {"collections from outside lose nothing", collections_from_outside_lose_nothing, can_share},
    {"a thread that is no mutator may collect", a_thread_that_is_no_mutator_may_collect, NULL},
    {"swaps lose and double nothing", swaps_lose_and_double_nothing, can_share},
    {"what is published is whole", what_is_published_is_whole, can_share},
    {.name = NULL},
};
