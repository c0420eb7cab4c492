/* SPDX-License-Identifier: MIT
 *
 * Conformance: weak references. When they read their target and when null, with objects that die
 * by every way, with memory that is used again at once, and with threads that race for the last
 * reference.
 */
#include "rig.h"

#include <sched.h>

enum { HEAP_BYTES = 8 << 20 };

static bool has_weak(const struct hm_capabilities *can)
{
    return can->weak;
}

static bool has_weak_and_cycles(const struct hm_capabilities *can)
{
    return can->weak && can->cycles && can->frees;
}

static bool has_weak_and_frees(const struct hm_capabilities *can)
{
    return can->weak && can->frees;
}

static bool has_weak_and_limit(const struct hm_capabilities *can)
{
    return can->weak && can->frees && can->heap_limit;
}

static bool has_weak_and_threads(const struct hm_capabilities *can)
{
    return can->weak && can->shares && can->most_mutators != 1;
}

/* The number in the box that a weak object leads to; UINT64_MAX when it reads null. */
static uint64_t weak_number(struct rig *rig, hm_name *weak)
{
    hm_mutator *m = rig->m;
    hm_name *name = hm_push(m, 1);
    hm_weak_get(m, name, hm_at(weak));
    uint64_t number = hm_is_null(hm_at(name)) ? UINT64_MAX : hm_word(m, hm_at(name), 0);
    hm_pop(m, name);
    return number;
}

static void a_weak_reference_leads_to_what_lives(void)
{
    static const enum hm_collection kinds[] = {HM_COLLECT_FULL, HM_COLLECT_MINOR, HM_COLLECT_MOVING,
                                               HM_COLLECT_FULL};
    struct rig *rig = rig_open(HEAP_BYTES, 1, 1);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 5);
    hm_ref weak = hm_new_weak(m, &rig->names[B], &rig->names[A]);
    assert_true(hm_same(m, weak, hm_at(&rig->names[B])));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        rig_collect_kind(rig, kinds[i]);
        hm_weak_get(m, &rig->names[C], hm_at(&rig->names[B]));
        assert_true(hm_same(m, hm_at(&rig->names[A]), hm_at(&rig->names[C])));
    }
    /* It may come from a slot, and through the name that is to own the target. */
    hm_set(m, hm_globals(m), 0, hm_at(&rig->names[B]));
    hm_clear(m, &rig->names[B]);
    rig_collect(rig);
    hm_get(m, &rig->names[D], hm_globals(m), 0);
    hm_clear_slots(m, hm_globals(m), 0, 1);
    hm_weak_get(m, &rig->names[D], hm_at(&rig->names[D]));
    assert_true(hm_same(m, hm_at(&rig->names[A]), hm_at(&rig->names[D])));
    /* What it owns it keeps. */
    hm_clear(m, &rig->names[A]);
    hm_clear(m, &rig->names[C]);
    rig_collect(rig);
    assert_int_equal(hm_word(m, hm_at(&rig->names[D]), 0), 5);
    rig_close(rig);
}

/* At once where the collector is prompt, else after the collection. */
static void a_weak_reference_owns_nothing(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 5);
    hm_new_weak(m, &rig->names[B], &rig->names[A]);
    hm_new_weak(m, &rig->names[C], &rig->names[A]);
    hm_clear(m, &rig->names[B]);
    assert_int_equal(weak_number(rig, &rig->names[C]), 5);
    hm_clear(m, &rig->names[A]);
    if (!rig->can->prompt)
        rig_collect(rig);
    assert_int_equal(weak_number(rig, &rig->names[C]), UINT64_MAX);
    rig_collect(rig);
    assert_int_equal(weak_number(rig, &rig->names[C]), UINT64_MAX);
    hm_clear(m, &rig->names[C]);
    rig_collect(rig);
    assert_int_equal(rig_census(rig).objects, 0);
    rig_close(rig);
}

/* New objects of the target's size and of the weak object's come where the dead ones were. */
static void a_weak_reference_leads_to_no_other_object(void)
{
    enum { ROUNDS = 200, OTHERS = 40 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        hm_new_n(m, &rig->names[D], &rig_list, OTHERS);
        rig_box_of(m, &rig->names[A], i);
        hm_new_weak(m, &rig->names[B], &rig->names[A]);
        hm_clear(m, &rig->names[A]);
        if (i % 8 == 0)
            rig_collect(rig);
        uint64_t seen = weak_number(rig, &rig->names[B]);
        assert_true(seen == UINT64_MAX || (seen == i && i % 8 != 0));
        for (size_t k = 0; k < OTHERS; k++) {
            if (k % 2 == 0)
                rig_box_of(m, &rig->names[C], ROUNDS + k);
            else
                hm_new_weak(m, &rig->names[C], &rig->names[D]);
            hm_give(m, hm_at(&rig->names[D]), k, &rig->names[C]);
        }
        uint64_t now = weak_number(rig, &rig->names[B]);
        assert_true(now == UINT64_MAX || (now == i && seen == i));
    }
    rig_close(rig);
}

/* Weak objects and their targets die in every order, and the tables behind them grow and shrink. */
static void many_weak_references_keep_apart(void)
{
    enum { TARGETS = 1500, EACH = 3 };
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    hm_name *targets = &rig->names[A], *weaks = &rig->names[B];
    for (size_t round = 0; round < 2; round++) {
        hm_new_n(m, targets, &rig_list, TARGETS);
        hm_new_n(m, weaks, &rig_list, TARGETS * EACH);
        for (size_t i = 0; i < TARGETS * EACH; i++) {
            if (i < TARGETS) {
                rig_box_of(m, &rig->names[C], i);
                hm_give(m, hm_at(targets), i, &rig->names[C]);
            }
            hm_get(m, &rig->names[C], hm_at(targets), i % TARGETS);
            hm_new_weak(m, &rig->names[D], &rig->names[C]);
            hm_give(m, hm_at(weaks), i, &rig->names[D]);
        }
        hm_clear(m, &rig->names[C]);
        for (size_t i = 0; i < TARGETS * EACH; i++)
            if (i % 5 == round) /* some weak objects go before their targets */
                hm_clear_slots(m, hm_at(weaks), i, 1);
        for (size_t i = 0; i < TARGETS; i += 2)
            hm_clear_slots(m, hm_at(targets), i, 1);
        rig_collect(rig);
        for (size_t i = 0; i < TARGETS * EACH; i++) {
            hm_get(m, &rig->names[D], hm_at(weaks), i);
            if (i % 5 == round) {
                assert_true(hm_is_null(hm_at(&rig->names[D])));
                continue;
            }
            assert_int_equal(weak_number(rig, &rig->names[D]),
                             i % TARGETS % 2 == 0 ? UINT64_MAX : i % TARGETS);
        }
        hm_clear(m, &rig->names[D]);
        hm_clear(m, round == 0 ? targets : weaks);
        rig_collect(rig);
        hm_clear(m, round == 0 ? weaks : targets);
        rig_collect(rig);
        assert_int_equal(rig_census(rig).objects, 0);
    }
    rig_close(rig);
}

/* A ring of so many pairs, with a weak object to its first in the last one's RIGHT if asked. */
static void make_ring(struct rig *rig, size_t nodes, bool with_weak)
{
    hm_mutator *m = rig->m;
    hm_new(m, &rig->names[C], &rig_pair);
    hm_bind(m, &rig->names[D], hm_at(&rig->names[C]));
    for (size_t i = 1; i < nodes; i++) {
        hm_ref node = hm_new(m, &rig->names[E], &rig_pair);
        hm_init_give(m, node, LEFT, &rig->names[D]);
        hm_move(m, &rig->names[D], &rig->names[E]);
    }
    if (with_weak) {
        hm_new_weak(m, &rig->names[E], &rig->names[C]);
        hm_give(m, hm_at(&rig->names[D]), RIGHT, &rig->names[E]);
    }
    hm_set(m, hm_at(&rig->names[C]), LEFT, hm_at(&rig->names[D]));
}

static void a_dead_ring_is_not_held_by_weak_references(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    for (size_t nodes = 1; nodes < 40; nodes += 13) {
        make_ring(rig, nodes, true);
        hm_new_weak(m, &rig->names[A], &rig->names[C]);
        hm_new_weak(m, &rig->names[B], &rig->names[D]);
        hm_clear(m, &rig->names[D]);
        rig_collect(rig);
        hm_weak_get(m, &rig->names[E], hm_at(&rig->names[B]));
        assert_false(hm_is_null(hm_at(&rig->names[E])));
        hm_move(m, &rig->names[C], &rig->names[E]);
        rig_collect(rig);
        hm_weak_get(m, &rig->names[E], hm_at(&rig->names[A]));
        assert_false(hm_is_null(hm_at(&rig->names[E])));
        hm_clear(m, &rig->names[E]);
        hm_clear(m, &rig->names[C]);
        rig_collect(rig);
        for (size_t i = A; i <= B; i++) {
            hm_weak_get(m, &rig->names[E], hm_at(&rig->names[i]));
            assert_true(hm_is_null(hm_at(&rig->names[E])));
        }
        assert_int_equal(rig_census(rig).objects, 2);
    }
    rig_close(rig);
}

static void a_weak_reference_may_refer_to_another(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 1, 0);
    hm_mutator *m = rig->m;
    rig_box_of(m, &rig->names[A], 5);
    hm_new_weak(m, &rig->names[B], &rig->names[A]);
    hm_new_weak(m, &rig->names[C], &rig->names[B]);
    rig_collect(rig);
    hm_weak_get(m, &rig->names[D], hm_at(&rig->names[C]));
    assert_true(hm_same(m, hm_at(&rig->names[B]), hm_at(&rig->names[D])));
    hm_clear(m, &rig->names[D]);
    hm_clear(m, &rig->names[B]);
    rig_collect(rig);
    assert_int_equal(weak_number(rig, &rig->names[C]), UINT64_MAX);
    hm_clear(m, &rig->names[A]);
    rig_collect(rig);
    hm_clear(m, &rig->names[C]);
    rig_collect(rig);
    assert_int_equal(rig_census(rig).objects, 0);
    rig_close(rig);
}

/* ---- no memory ---- */

/* Weak objects without end, each owned by the one slot of a record before it. */
static void make_weak_for_ever(hm_mutator *m, hm_name *names, void *user)
{
    size_t *made = user;
    for (;; (*made)++) {
        hm_new_weak(m, &names[B], &names[A]);
        hm_ref record = hm_new(m, &names[C], &rig_record);
        hm_init_give(m, record, 0, &names[B]);
        hm_init_give(m, record, 1, &names[D]);
        hm_move(m, &names[D], &names[C]);
    }
}

static void weak_references_end_with_memory_and_come_again(void)
{
    struct rig *rig = rig_open(RIG_SMALL_HEAP_BYTES, 1, 0);
    size_t first = 0;
    for (size_t round = 0; round < 3; round++) {
        size_t made = 0;
        rig_box_of(rig->m, &rig->names[A], round);
        assert_int_equal(rig_land(rig->m, rig->names, make_weak_for_ever, &made), HM_OUT_OF_MEMORY);
        assert_true(made > 100);
        assert_true(round == 0 || made > first / 2);
        first = round == 0 ? made : first;
        hm_get(rig->m, &rig->names[E], hm_at(&rig->names[D]), 0);
        assert_int_equal(weak_number(rig, &rig->names[E]), round);
        hm_clear(rig->m, &rig->names[A]);
        rig_collect(rig);
        assert_int_equal(weak_number(rig, &rig->names[E]), UINT64_MAX);
        for (size_t i = B; i <= E; i++)
            hm_clear(rig->m, &rig->names[i]);
        rig_collect(rig);
        assert_int_equal(rig_census(rig).objects, 0);
    }
    rig_close(rig);
}

/* ---- threads ---- */

enum { WEAK, DONE, SLOTS };
enum { ROUNDS = 30000 / RIG_SCALE };

/* A record whose payload and box have the same number. */
static void make_record(hm_mutator *m, hm_name *names, uint64_t number)
{
    rig_box_of(m, &names[B], number);
    hm_ref record = hm_new(m, &names[A], &rig_record);
    hm_put_word(m, record, RECORD_SLOTS, number);
    hm_init_give(m, record, 0, &names[B]);
}

/* Publish the weak object, and drop the only owner of its target at once. */
static void make_and_drop(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    _Atomic uint64_t *done = thread->user;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        make_record(m, names, i);
        hm_new_weak(m, &names[C], &names[A]);
        hm_set_shared(m, hm_globals(m), WEAK, hm_at(&names[C]));
        if (i % 64 == 0)
            sched_yield();
        hm_clear(m, &names[A]);
    }
    atomic_store(done, 1);
}

/* Own what it refers to if one can; it is whole then, however many drop it meanwhile. */
static void get_and_look(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    _Atomic uint64_t *done = thread->user;
    uint64_t last = 0;
    while (atomic_load(done) == 0) {
        hm_poll(m);
        hm_get_shared(m, &names[A], hm_globals(m), WEAK);
        if (hm_is_null(hm_at(&names[A])))
            continue;
        hm_weak_get(m, &names[B], hm_at(&names[A]));
        if (hm_is_null(hm_at(&names[B])))
            continue;
        hm_get(m, &names[C], hm_at(&names[B]), 0);
        uint64_t number = hm_word(m, hm_at(&names[B]), RECORD_SLOTS);
        thread->wrong += number < last || number >= ROUNDS;
        thread->wrong += hm_word(m, hm_at(&names[C]), 0) != number;
        hm_weak_get(m, &names[D], hm_at(&names[A]));
        thread->wrong += !hm_same(m, hm_at(&names[B]), hm_at(&names[D]));
        last = number;
    }
}

static void make_or_get(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    if (thread->index == 1)
        make_and_drop(thread, m, names);
    else
        get_and_look(thread, m, names);
}

static void the_last_drop_and_a_weak_get_race(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 4, SLOTS);
    _Atomic uint64_t done = 0;
    rig_run(rig, 3, make_or_get, &done);
    rig_collect(rig);
    hm_get(rig->m, &rig->names[A], hm_globals(rig->m), WEAK);
    hm_weak_get(rig->m, &rig->names[B], hm_at(&rig->names[A]));
    assert_true(hm_is_null(hm_at(&rig->names[B])));
    hm_clear(rig->m, &rig->names[A]);
    hm_clear_slots(rig->m, hm_globals(rig->m), 0, SLOTS);
    rig_collect(rig);
    assert_int_equal(rig_census(rig).objects, 0);
    rig_close(rig);
}

/* All threads make weak objects to one target and drop them, while one owns it. */
static void make_and_get(struct rig_thread *thread, hm_mutator *m, hm_name *names)
{
    for (uint64_t i = 0; i < ROUNDS / 4; i++) {
        hm_get_shared(m, &names[A], hm_globals(m), DONE);
        hm_new_weak(m, &names[B + i % 3], &names[A]);
        hm_clear(m, &names[A]);
        hm_weak_get(m, &names[E], hm_at(&names[B + i % 3]));
        thread->wrong += hm_is_null(hm_at(&names[E])) || hm_word(m, hm_at(&names[E]), 0) != 77;
    }
}

static void weak_references_to_one_target_from_every_thread(void)
{
    struct rig *rig = rig_open(HEAP_BYTES, 4, SLOTS);
    rig_box_of(rig->m, &rig->names[A], 77);
    hm_give(rig->m, hm_globals(rig->m), DONE, &rig->names[A]);
    rig_run(rig, 3, make_and_get, NULL);
    hm_clear_slots(rig->m, hm_globals(rig->m), 0, SLOTS);
    rig_collect(rig);
    if (rig->can->frees)
        assert_int_equal(rig_census(rig).objects, 0);
    rig_close(rig);
}

const struct rig_test rig_weak[] = {
    {"a weak reference leads to what lives", a_weak_reference_leads_to_what_lives, has_weak},
    {"a weak reference owns nothing", a_weak_reference_owns_nothing, has_weak_and_frees},
    {"a weak reference leads to no other object", a_weak_reference_leads_to_no_other_object,
     has_weak_and_frees},
    {"many weak references keep apart", many_weak_references_keep_apart, has_weak_and_frees},
    {"a dead ring is not held by weak references", a_dead_ring_is_not_held_by_weak_references,
     has_weak_and_cycles},
    {"a weak reference may refer to another", a_weak_reference_may_refer_to_another,
     has_weak_and_frees},
    {"weak references end with memory and come again",
     weak_references_end_with_memory_and_come_again, has_weak_and_limit},
    {"the last drop and a weak get race", the_last_drop_and_a_weak_get_race, has_weak_and_threads},
    {"weak references to one target from every thread",
     weak_references_to_one_target_from_every_thread, has_weak_and_threads},
    {.name = NULL},
};
