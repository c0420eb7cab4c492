/* SPDX-License-Identifier: MIT
 *
 * Conformance: the finalizer queue. What is watched comes once it is dead, whole, and once; what
 * the one who drains does with it: looks, keeps, watches anew, cuts links, comes late or never.
 */
#include "finalizers.h"

enum { HEAP_BYTES = 8 << 20 };

bool queue_is_there(const struct hm_capabilities *can)
{
    return can->finalizers && can->frees;
}

static bool has_queue_and_weak(const struct hm_capabilities *can)
{
    return queue_is_there(can) && can->weak;
}

static bool has_queue_and_threads(const struct hm_capabilities *can)
{
    return queue_is_there(can) && can->shares && can->most_mutators != 1;
}

static bool has_queue_and_limit(const struct hm_capabilities *can)
{
    return queue_is_there(can) && can->heap_limit;
}

/* Nothing is left but what a collection reclaims, and nothing waits. */
void queue_assert_gone(struct rig *rig)
{
    hm_next_dead(rig->m, &rig->names[F]);
    assert_true(hm_is_null(hm_at(&rig->names[F])));
    rig_collect(rig);
    hm_next_dead(rig->m, &rig->names[F]);
    assert_true(hm_is_null(hm_at(&rig->names[F])));
    assert_int_equal(rig_census(rig).objects, 0);
}

void queue_watched_box(hm_mutator *m, hm_name *name, uint64_t number)
{
    rig_box_of(m, name, number);
    hm_watch(m, name);
}

/* Use the memory that is free for other things. */
void queue_churn(struct rig *rig)
{
    for (size_t i = 0; i < 500; i++) {
        rig_box_of(rig->m, &rig->names[F], UINT64_MAX);
        hm_new(rig->m, &rig->names[F], &rig_pair);
        hm_new_n(rig->m, &rig->names[F], &rig_text, i);
    }
    hm_clear(rig->m, &rig->names[F]);
}

static void what_is_watched_comes_once_and_dead(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    queue_watched_box(m, &rig->names[A], 1);
    hm_watch(m, &rig->names[A]);
    hm_bind(m, &rig->names[B], hm_at(&rig->names[A]));
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    hm_next_dead(m, &rig->names[C]);
    assert_true(hm_is_null(hm_at(&rig->names[C])));
    hm_clear(m, &rig->names[B]);
    if (!rig->can->prompt)
        rig_collect(rig);
    queue_churn(rig);
    hm_next_dead(m, &rig->names[C]);
    assert_int_equal(hm_word(m, hm_at(&rig->names[C]), 0), 1);
    hm_clear(m, &rig->names[C]);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* The next object in the same place is not watched, nor is a clone. */
static void watching_ends_with_the_object(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (uint64_t i = 0; i < 100; i++) {
        queue_watched_box(m, &rig->names[A], i);
        hm_clone(m, &rig->names[B], &rig->names[A]);
        hm_clear(m, &rig->names[A]);
        hm_clear(m, &rig->names[B]);
        rig_collect(rig);
        hm_next_dead(m, &rig->names[C]);
        assert_int_equal(hm_word(m, hm_at(&rig->names[C]), 0), i);
        hm_clear(m, &rig->names[C]);
        for (size_t k = 0; k < 20; k++)
            rig_box_of(m, &rig->names[B], k);
        hm_clear(m, &rig->names[B]);
        queue_assert_gone(rig);
    }
    rig_close(rig);
}

static void weak_references_to_what_waits_are_null(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    queue_watched_box(m, &rig->names[A], 4);
    hm_new_weak(m, &rig->names[B], &rig->names[A]);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    hm_weak_get(m, &rig->names[C], hm_at(&rig->names[B]));
    assert_true(hm_is_null(hm_at(&rig->names[C])));
    hm_next_dead(m, &rig->names[A]);
    assert_int_equal(hm_word(m, hm_at(&rig->names[A]), 0), 4);
    rig_collect(rig);
    hm_weak_get(m, &rig->names[C], hm_at(&rig->names[B]));
    assert_true(hm_is_null(hm_at(&rig->names[C])));
    /* One that is made afterwards leads to it, until it dies again. */
    hm_new_weak(m, &rig->names[D], &rig->names[A]);
    rig_collect(rig);
    hm_weak_get(m, &rig->names[C], hm_at(&rig->names[D]));
    assert_true(hm_same(m, hm_at(&rig->names[A]), hm_at(&rig->names[C])));
    hm_clear(m, &rig->names[C]);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    hm_weak_get(m, &rig->names[C], hm_at(&rig->names[D]));
    assert_true(hm_is_null(hm_at(&rig->names[C])));
    hm_clear(m, &rig->names[B]);
    hm_clear(m, &rig->names[D]);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* A weak object that waits is what it was: it leads to its target, and lets go of it. */
static void a_weak_reference_may_wait_itself(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (uint64_t drop_first = 0; drop_first < 2; drop_first++) {
        rig_box_of(m, &rig->names[A], 6);
        hm_new_weak(m, &rig->names[B], &rig->names[A]);
        hm_watch(m, &rig->names[B]);
        hm_clear(m, &rig->names[B]);
        rig_collect(rig);
        if (drop_first) {
            hm_clear(m, &rig->names[A]);
            rig_collect(rig);
        }
        hm_next_dead(m, &rig->names[C]);
        assert_false(hm_is_null(hm_at(&rig->names[C])));
        hm_weak_get(m, &rig->names[D], hm_at(&rig->names[C]));
        assert_int_equal(hm_is_null(hm_at(&rig->names[D])), drop_first);
        hm_clear(m, &rig->names[C]);
        hm_clear(m, &rig->names[D]);
        hm_clear(m, &rig->names[A]);
        queue_assert_gone(rig);
    }
    rig_close(rig);
}

/* Handed over it lives like any other; it comes again exactly if it is watched anew. */
static void a_revived_object_lives(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 1);
    hm_mutator *m = rig->m;
    queue_watched_box(m, &rig->names[A], 9);
    for (size_t life = 0; life < 3; life++) {
        hm_clear(m, &rig->names[A]);
        rig_collect(rig);
        hm_next_dead(m, &rig->names[B]);
        assert_int_equal(hm_word(m, hm_at(&rig->names[B]), 0), 9);
        hm_give(m, hm_globals(m), 0, &rig->names[B]);
        rig_collect(rig);
        queue_churn(rig);
        hm_next_dead(m, &rig->names[B]);
        assert_true(hm_is_null(hm_at(&rig->names[B])));
        hm_take(m, &rig->names[A], hm_globals(m), 0);
        assert_int_equal(hm_word(m, hm_at(&rig->names[A]), 0), 9);
        if (life < 2)
            hm_watch(m, &rig->names[A]);
    }
    hm_clear(m, &rig->names[A]);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* Drained late: collections and allocations go by while it waits. */
static void what_waits_keeps_what_it_reaches(void)
{
    enum { BOXES = 200 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    hm_new_n(m, &rig->names[A], &rig_list, BOXES);
    hm_watch(m, &rig->names[A]);
    for (size_t i = 0; i < BOXES; i++) {
        hm_new(m, &rig->names[B], &rig_pair);
        rig_box_of(m, &rig->names[C], i);
        hm_give(m, hm_at(&rig->names[B]), RIGHT, &rig->names[C]);
        hm_give(m, hm_at(&rig->names[A]), i, &rig->names[B]);
    }
    hm_clear(m, &rig->names[A]);
    for (size_t i = 0; i < 3; i++) {
        rig_collect(rig);
        queue_churn(rig);
    }
    struct hm_census census = rig_census(rig);
    if (rig->can->census)
        assert_int_equal(census.objects - census.unreachable_objects, 1 + 2 * BOXES);
    hm_next_dead(m, &rig->names[A]);
    for (size_t i = 0; i < BOXES; i++) {
        hm_get(m, &rig->names[B], hm_at(&rig->names[A]), i);
        assert_int_equal(rig_number_in(m, &rig->names[B], RIGHT), i);
    }
    hm_clear(m, &rig->names[B]);
    hm_clear(m, &rig->names[A]);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* A chain of watched pairs: all come, in some order, without another collection, if each is let go
 * before the next is asked for. */
static void a_watched_chain_comes_whole(void)
{
    enum { LENGTH = 30 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    uint64_t seen = 0;
    for (size_t i = 0; i < LENGTH; i++) {
        rig_box_of(m, &rig->names[C], i);
        hm_ref pair = hm_new(m, &rig->names[B], &rig_pair);
        hm_init_give(m, pair, LEFT, &rig->names[A]);
        hm_init_give(m, pair, RIGHT, &rig->names[C]);
        hm_move(m, &rig->names[A], &rig->names[B]);
        hm_watch(m, &rig->names[A]);
    }
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    for (hm_next_dead(m, &rig->names[A]); !hm_is_null(hm_at(&rig->names[A]));
         hm_next_dead(m, &rig->names[A])) {
        uint64_t bit = (uint64_t)1 << rig_number_in(m, &rig->names[A], RIGHT);
        assert_int_equal(seen & bit, 0);
        seen |= bit;
    }
    assert_int_equal(seen, (1 << LENGTH) - 1);
    queue_assert_gone(rig);
    rig_close(rig);
}

/* ---- memory, threads, the end ---- */

/* Boxes without end, watched, each owned by a record that is owned by the next. */
static void watch_for_ever(hm_mutator *m, hm_name *names, void *user)
{
    size_t *made = user;
    for (;; (*made)++) {
        queue_watched_box(m, &names[B], *made);
        hm_ref record = hm_new(m, &names[C], &rig_record);
        hm_init_give(m, record, 0, &names[B]);
        hm_init_give(m, record, 1, &names[D]);
        hm_move(m, &names[D], &names[C]);
    }
}

/* When memory is out nothing that was watched is lost, and dying needs none. */
static void watching_ends_with_memory(void)
{
    struct rig *rig = rig_open(RIG_SMALL_HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t round = 0; round < 3; round++) {
        size_t made = 0, came = 0;
        uint64_t sum = 0;
        assert_int_equal(rig_land(m, rig->names, watch_for_ever, &made), HM_OUT_OF_MEMORY);
        assert_true(made > 100);
        hm_clear(m, &rig->names[B]); /* one more, watched or not */
        for (size_t i = C; i <= D; i++)
            hm_clear(m, &rig->names[i]);
        rig_collect(rig);
        for (hm_next_dead(m, &rig->names[A]); !hm_is_null(hm_at(&rig->names[A]));
             hm_next_dead(m, &rig->names[A])) {
            came++;
            sum += hm_word(m, hm_at(&rig->names[A]), 0);
        }
        assert_in_range(came, made, made + 1);
        assert_int_equal(sum, came * (came - 1) / 2);
        queue_assert_gone(rig);
    }
    rig_close(rig);
}

enum { WATCHED = 4000 / RIG_SCALE };

struct draining {
    _Atomic uint64_t came, sum;
};

/* Half die in this thread's names, half with its frame: it leaves them all to others. */
static void watch_and_leave(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    for (uint64_t i = 0; i < WATCHED; i++)
        queue_watched_box(m, &names[i % NAMES], i * 4 + thread->index);
}

static void drain(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    struct draining *draining = thread->user;
    for (hm_next_dead(m, &names[A]); !hm_is_null(hm_at(&names[A])); hm_next_dead(m, &names[A])) {
        atomic_fetch_add(&draining->came, 1);
        atomic_fetch_add(&draining->sum, hm_word(m, hm_at(&names[A]), 0));
        if (atomic_load(&draining->came) % 64 == 0)
            hm_poll(m);
    }
}

/* While others still make what is to be drained, and again when all have left. */
static void watch_and_drain(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    watch_and_leave(thread, m, names);
    drain(thread, m, names);
}

static void several_threads_drain(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 4, 0);
    for (size_t round = 0; round < 2; round++) {
        struct draining draining = {.came = 0, .sum = 0};
        uint64_t expected = 3 * (uint64_t)4 * WATCHED * (WATCHED - 1) / 2 + 6 * WATCHED;
        rig_run(rig, 3, round == 0 ? watch_and_leave : watch_and_drain, &draining);
        rig_collect(rig);
        rig_run(rig, 3, drain, &draining);
        assert_int_equal(draining.came, 3 * WATCHED);
        assert_int_equal(draining.sum, expected);
        queue_assert_gone(rig);
    }
    rig_close(rig);
}

/* Closed with watched objects, waiting ones, and such as were handed over; then opened again. */
static void a_heap_closes_with_a_full_queue(void)
{
    for (size_t round = 0; round < 3; round++) {
        struct rig *rig = rig_open(HEAP_BYTES, 1, 1);
        hm_mutator *m = rig->m;
        for (size_t i = 0; i < 1000; i++)
            queue_watched_box(m, &rig->names[A], i);
        hm_clear(m, &rig->names[A]);
        rig_collect(rig);
        hm_next_dead(m, &rig->names[A]);
        hm_give(m, hm_globals(m), 0, &rig->names[A]);
        queue_watched_box(m, &rig->names[B], 5);
        rig_close(rig);
    }
}

const struct rig_test rig_finalizers[] = {
    {"what is watched comes once, and dead", what_is_watched_comes_once_and_dead, queue_is_there},
    {"watching ends with the object", watching_ends_with_the_object, queue_is_there},
    {"weak references to what waits are null", weak_references_to_what_waits_are_null,
     has_queue_and_weak},
    {"a weak reference may wait itself", a_weak_reference_may_wait_itself, has_queue_and_weak},
    {"a revived object lives", a_revived_object_lives, queue_is_there},
    {"what waits keeps what it reaches", what_waits_keeps_what_it_reaches, queue_is_there},
    {"a watched chain comes whole", a_watched_chain_comes_whole, queue_is_there},
    {"watching ends with memory", watching_ends_with_memory, has_queue_and_limit},
    {"several threads drain", several_threads_drain, has_queue_and_threads},
    {"a heap closes with a full queue", a_heap_closes_with_a_full_queue, queue_is_there},
    {.name = NULL},
};
