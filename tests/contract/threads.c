/* SPDX-License-Identifier: MIT
 *
 * Rules between two threads, broken one at a time. The threads take turns by barriers or by the
 * queues of the workload interface, so that each run is the same.
 */
#include "contract.h"

#include <sched.h>

/* ---- what one thread may not use of another's ---- */

static void name_of_other(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        hm_new(m, &t->names[A], &contract_box);
        hm_put(m, t, 1, (uint64_t)(uintptr_t)&t->names[A]);
    } else {
        hm_name *theirs = (hm_name *)(uintptr_t)hm_take_word(m, t);
        hm_clear(m, theirs);
    }
    hm_barrier(m, t);
}

static void reference_of_other(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        hm_new(m, &t->names[A], &contract_box);
        hm_barrier(m, t);
        hm_put(m, t, 1, hm_at(&t->names[A]).bits);
    } else {
        hm_barrier(m, t);
        hm_bind(m, &t->names[A], (hm_ref){(uintptr_t)hm_take_word(m, t)});
    }
    hm_barrier(m, t);
}

static void mutator_of_other(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        hm_put(m, t, 1, (uint64_t)(uintptr_t)m);
    } else {
        hm_mutator *theirs = (hm_mutator *)(uintptr_t)hm_take_word(m, t);
        hm_globals(theirs);
    }
    hm_barrier(m, t);
}

static void hand_over(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        contract_make_pair(m, &t->names[A]);
        hm_swap_shared(m, hm_globals(m), 0, &t->names[A]);
    }
    hm_barrier(m, t);
    if (t->index == 1) {
        hm_get_shared(m, &t->names[A], hm_globals(m), 0);
        hm_get(m, &t->names[B], hm_at(&t->names[A]), LEFT);
        t->answer = hm_word(m, hm_at(&t->names[B]), 0);
    }
    hm_barrier(m, t);
}

/* ---- what is initialised by another thread than its maker ---- */

static void init_by_other(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        hm_new(m, &t->names[A], &contract_pair);
        hm_set_shared(m, hm_globals(m), 0, hm_at(&t->names[A]));
    }
    hm_barrier(m, t);
    if (t->index == 1) {
        hm_get_shared(m, &t->names[A], hm_globals(m), 0);
        hm_init(m, hm_at(&t->names[A]), LEFT, hm_null);
    }
    hm_barrier(m, t);
}

/* ---- plain operations that race ----
 * Thread 0 acts, and tells thread 1 by a word in memory that is no synchronisation of the
 * workload interface. */

static _Atomic uint32_t turn;

static void say_turn(uint32_t number)
{
    atomic_store(&turn, number);
}

static void wait_for_turn(uint32_t number)
{
    while (atomic_load(&turn) != number)
        sched_yield();
}

/* Both are past the barrier before either acts. */
static void race(hm_mutator *m, struct hm_thread *t, contract_step *first, contract_step *second)
{
    hm_barrier(m, t);
    if (t->index == 0) {
        wait_for_turn(1);
        first(m, t);
        say_turn(2);
    } else {
        say_turn(1);
        wait_for_turn(2);
        second(m, t);
    }
    hm_barrier(m, t);
}

static void write_plain(hm_mutator *m, struct hm_thread *t)
{
    (void)t;
    hm_set(m, hm_globals(m), 0, hm_null);
}

static void write_shared(hm_mutator *m, struct hm_thread *t)
{
    (void)t;
    hm_set_shared(m, hm_globals(m), 0, hm_null);
}

static void read_plain(hm_mutator *m, struct hm_thread *t)
{
    hm_get(m, &t->names[A], hm_globals(m), 0);
}

static void read_shared(hm_mutator *m, struct hm_thread *t)
{
    hm_get_shared(m, &t->names[A], hm_globals(m), 0);
}

static void race_write_write(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, write_plain, write_plain);
}

static void race_write_read(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, write_plain, read_plain);
}

static void race_read_write(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, read_plain, write_plain);
}

static void race_shared_plain(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, write_shared, read_plain);
}

static void race_plain_shared(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, write_plain, read_shared);
}

static void no_race_reading(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, read_plain, read_plain);
}

static void no_race_shared(hm_mutator *m, struct hm_thread *t)
{
    race(m, t, write_shared, read_shared);
}

/* Plain, then shared, then plain, each side of a barrier. */
static void no_race_over_barriers(hm_mutator *m, struct hm_thread *t)
{
    for (uint32_t i = 0; i < 4; i++) {
        if (t->index == i % 2) {
            write_plain(m, t);
            read_plain(m, t);
        }
        hm_barrier(m, t);
        write_shared(m, t);
        read_shared(m, t);
        hm_barrier(m, t);
    }
}

/* ---- what others reach by weak objects and by the queue ---- */

/* Thread 0 has a pair in names[A], and thread 1 has got it by a weak object that was published. */
static void share_weakly(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        contract_make_pair(m, &t->names[A]);
        hm_new_weak(m, &t->names[B], &t->names[A]);
        hm_set_shared(m, hm_globals(m), 0, hm_at(&t->names[B]));
    }
    hm_barrier(m, t);
    if (t->index == 1) {
        hm_get_shared(m, &t->names[B], hm_globals(m), 0);
        hm_weak_get(m, &t->names[A], hm_at(&t->names[B]));
    }
}

/* The same by the queue: the pair is below a watched list that thread 0 dropped. */
static void share_by_queue(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        contract_make_pair(m, &t->names[A]);
        hm_new_n(m, &t->names[B], &contract_list, 1);
        hm_set(m, hm_at(&t->names[B]), 0, hm_at(&t->names[A]));
        hm_watch(m, &t->names[B]);
        hm_clear(m, &t->names[B]);
    }
    hm_barrier(m, t);
    if (t->index == 1) {
        hm_next_dead(m, &t->names[B]);
        hm_get(m, &t->names[A], hm_at(&t->names[B]), 0);
    }
}

static void write_pair(hm_mutator *m, struct hm_thread *t)
{
    hm_set(m, hm_at(&t->names[A]), LEFT, hm_null);
}

static void read_pair(hm_mutator *m, struct hm_thread *t)
{
    hm_get(m, &t->names[C], hm_at(&t->names[A]), LEFT);
}

static void race_on_weak_target(hm_mutator *m, struct hm_thread *t)
{
    share_weakly(m, t);
    race(m, t, write_pair, read_pair);
}

static void no_race_on_weak_target(hm_mutator *m, struct hm_thread *t)
{
    share_weakly(m, t);
    race(m, t, read_pair, read_pair);
    if (t->index == 0)
        write_pair(m, t);
    hm_barrier(m, t);
    read_pair(m, t);
}

static void race_below_queue(hm_mutator *m, struct hm_thread *t)
{
    share_by_queue(m, t);
    race(m, t, write_pair, read_pair);
}

static void drop_watched(hm_mutator *m, struct hm_thread *t)
{
    write_pair(m, t);
    hm_set_shared(m, hm_globals(m), 0, hm_null);
    hm_clear(m, &t->names[A]);
}

static void take_watched(hm_mutator *m, struct hm_thread *t)
{
    hm_next_dead(m, &t->names[A]);
    read_pair(m, t);
}

/* Who gets it comes after whoever wrote and dropped it. */
static void no_race_over_queue(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        contract_make_pair(m, &t->names[A]);
        hm_watch(m, &t->names[A]);
        hm_set_shared(m, hm_globals(m), 0, hm_at(&t->names[A]));
    }
    race(m, t, drop_watched, take_watched);
}

/* ---- the owner of what a shared operation works on ---- */

/* Thread 1 holds a pair by a borrow out of a global slot, and thread 0 writes that slot. The pair
 * lives on, as thread 0 has a name for it. (Thread 0 has just synchronised with somebody: else
 * its write is a race with the borrowing already.) */
static void shared_through_written_slot(hm_mutator *m, struct hm_thread *t)
{
    hm_spare *spare = hm_push_spare(m, 1);
    if (t->index == 0) {
        contract_make_pair(m, &t->names[A]);
        hm_set_shared(m, hm_globals(m), 0, hm_at(&t->names[A]));
        hm_barrier(m, t);
        wait_for_turn(1);
        hm_get_shared(m, &t->names[B], hm_globals(m), 1);
        hm_set_shared(m, hm_globals(m), 0, hm_null);
        say_turn(2);
    } else {
        hm_barrier(m, t);
        hm_ref pair = hm_peek(m, spare, hm_globals(m), 0);
        say_turn(1);
        wait_for_turn(2);
        hm_set_shared(m, pair, LEFT, hm_null);
    }
    hm_pop_spare(m, spare);
    hm_barrier(m, t);
}

static void shared_through_name(hm_mutator *m, struct hm_thread *t)
{
    if (t->index == 0) {
        contract_make_pair(m, &t->names[A]);
        hm_set_shared(m, hm_globals(m), 0, hm_at(&t->names[A]));
    }
    hm_barrier(m, t);
    hm_get_shared(m, &t->names[A], hm_globals(m), 0);
    hm_barrier(m, t);
    hm_set_shared(m, hm_globals(m), 0, hm_null);
    hm_set_shared(m, hm_at(&t->names[A]), LEFT, hm_null);
    hm_barrier(m, t);
}

const struct contract_case contract_threads[] = {
    {"another thread's name", "NAME.a", 2, name_of_other, hand_over},
    {"another thread's reference", "BORROW.a", 2, reference_of_other, hand_over},
    {"another thread's mutator", "NAME.a", 2, mutator_of_other, hand_over},
    {"an object initialised by another thread", "init.a", 2, init_by_other, hand_over},
    {"two plain writes", "PLAIN.a", 2, race_write_write, no_race_over_barriers},
    {"a plain write and a plain read", "PLAIN.a", 2, race_write_read, no_race_reading},
    {"a plain read and a plain write", "PLAIN.a", 2, race_read_write, no_race_over_barriers},
    {"a shared write and a plain read", "PLAIN.a", 2, race_shared_plain, no_race_shared},
    {"a plain write and a shared read", "PLAIN.a", 2, race_plain_shared, no_race_shared},
    {"a weak object's target written and read", "PLAIN.a", 2, race_on_weak_target,
     no_race_on_weak_target},
    {"written and read below what the queue gave", "PLAIN.a", 2, race_below_queue,
     no_race_over_queue},
    {"a shared operation through a slot that is written", "shared.a", 2,
     shared_through_written_slot, shared_through_name},
    {.name = NULL},
};
