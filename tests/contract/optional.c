/* SPDX-License-Identifier: MIT
 *
 * Rules of weak objects, ephemerons and watched objects, broken one at a time.
 */
#include "contract.h"

/* names[A] owns a pair, names[B] a weak object that refers to it. */
static void make_weak(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_new_weak(m, &t->names[B], &t->names[A]);
}

/* names[A] owns a pair, names[B] an ephemeron from it to what names[C] owns. */
static void make_ephemeron(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_new_ephemeron(m, &t->names[B], &t->names[A], &t->names[C]);
}

/* ---- what is referred to ---- */

static void weak_of_nothing(hm_mutator *m, struct hm_thread *t)
{
    hm_new_weak(m, &t->names[B], &t->names[A]);
}

static void weak_over_its_target(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_new_weak(m, &t->names[A], &t->names[A]);
}

static void weak_of_target(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    hm_weak_get(m, &t->names[C], hm_at(&t->names[B]));
    t->answer = hm_same(m, hm_at(&t->names[C]), hm_at(&t->names[A]));
}

static void weak_of_kept_name(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_poll_keep(m, &t->names[C], hm_at(&t->names[A]));
    hm_new_weak(m, &t->names[B], &t->names[C]);
}

static void ephemeron_of_nothing(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[C]);
    hm_new_ephemeron(m, &t->names[B], &t->names[A], &t->names[C]);
}

static void ephemeron_over_its_key(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_new_ephemeron(m, &t->names[A], &t->names[A], &t->names[C]);
}

static void ephemeron_over_its_value(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_new_ephemeron(m, &t->names[C], &t->names[A], &t->names[C]);
}

/* A null value, and one name for both. */
static void ephemerons_of_keys(hm_mutator *m, struct hm_thread *t)
{
    make_ephemeron(m, t);
    hm_new_ephemeron(m, &t->names[C], &t->names[A], &t->names[A]);
    hm_ephemeron_get(m, &t->names[B], hm_at(&t->names[B]));
    hm_ephemeron_get(m, &t->names[C], hm_at(&t->names[C]));
    t->answer = hm_same(m, hm_at(&t->names[C]), hm_at(&t->names[A]));
}

static void watch_nothing(hm_mutator *m, struct hm_thread *t)
{
    hm_watch(m, &t->names[A]);
}

/* Twice, and a weak object as well as its target. */
static void watch_what_is_there(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    for (uint32_t i = A; i <= B; i++) {
        hm_watch(m, &t->names[i]);
        hm_watch(m, &t->names[i]);
        hm_clear(m, &t->names[i]);
    }
    do
        hm_next_dead(m, &t->names[C]);
    while (!hm_is_null(hm_at(&t->names[C])));
}

/* ---- what is read ---- */

static void weak_get_of_null(hm_mutator *m, struct hm_thread *t)
{
    hm_weak_get(m, &t->names[A], hm_at(&t->names[B]));
}

static void ephemeron_get_of_null(hm_mutator *m, struct hm_thread *t)
{
    hm_ephemeron_get(m, &t->names[A], hm_at(&t->names[B]));
}

static void weak_get_of_pair(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_weak_get(m, &t->names[B], hm_at(&t->names[A]));
}

static void weak_get_of_ephemeron(hm_mutator *m, struct hm_thread *t)
{
    make_ephemeron(m, t);
    hm_weak_get(m, &t->names[C], hm_at(&t->names[B]));
}

static void ephemeron_get_of_weak(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    hm_ephemeron_get(m, &t->names[C], hm_at(&t->names[B]));
}

/* ---- what has no shape ---- */

static void slot_of_weak(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    hm_get(m, &t->names[C], hm_at(&t->names[B]), LEFT);
}

static void slots_of_ephemeron(hm_mutator *m, struct hm_thread *t)
{
    make_ephemeron(m, t);
    hm_clear_slots(m, hm_at(&t->names[B]), 0, 0);
}

static void word_of_weak(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    t->answer = hm_word(m, hm_at(&t->names[B]), 0);
}

static void length_of_ephemeron(hm_mutator *m, struct hm_thread *t)
{
    make_ephemeron(m, t);
    t->answer = hm_length(m, hm_at(&t->names[B]));
}

static void clone_of_weak(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    hm_clone(m, &t->names[C], &t->names[B]);
}

/* Owned, stored, compared, referred to. */
static void weak_as_an_object(hm_mutator *m, struct hm_thread *t)
{
    make_weak(m, t);
    hm_ref pair = hm_new(m, &t->names[C], &contract_pair);
    hm_init(m, pair, LEFT, hm_at(&t->names[B]));
    hm_new_weak(m, &t->names[A], &t->names[B]);
    hm_weak_get(m, &t->names[A], hm_at(&t->names[A]));
    t->answer = hm_same(m, hm_at(&t->names[A]), hm_at(&t->names[B]));
}

/* ---- borrows ---- */

static void borrow_over_new_weak(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_at(&t->names[A]);
    hm_new_weak(m, &t->names[B], &t->names[A]);
    hm_get(m, &t->names[C], pair, LEFT);
}

static void borrow_over_new_ephemeron(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_at(&t->names[A]);
    hm_new_ephemeron(m, &t->names[B], &t->names[A], &t->names[A]);
    hm_get(m, &t->names[C], pair, LEFT);
}

static void borrow_of_new_weak(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref weak = hm_new_weak(m, &t->names[B], &t->names[A]);
    hm_weak_get(m, &t->names[B], weak);
    hm_get(m, &t->names[C], hm_at(&t->names[B]), LEFT);
}

static void weak_read_through_itself_twice(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref weak = hm_new_weak(m, &t->names[B], &t->names[A]);
    hm_weak_get(m, &t->names[B], weak);
    hm_weak_get(m, &t->names[C], weak);
}

static void init_after_new_weak(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_new_weak(m, &t->names[B], &t->names[A]);
    hm_init(m, hm_at(&t->names[A]), LEFT, hm_at(&t->names[B]));
}

static void init_then_new_weak(hm_mutator *m, struct hm_thread *t)
{
    hm_init(m, hm_new(m, &t->names[A], &contract_pair), LEFT, hm_null);
    hm_new_weak(m, &t->names[B], &t->names[A]);
    hm_set(m, hm_at(&t->names[A]), LEFT, hm_at(&t->names[B]));
}

/* Any thread could have taken it. */
static void init_of_handed_over(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_watch(m, &t->names[A]);
    hm_clear(m, &t->names[A]);
    hm_next_dead(m, &t->names[A]);
    hm_init(m, hm_at(&t->names[A]), LEFT, hm_null);
}

static void init_of_watched(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_watch(m, &t->names[A]);
    hm_init(m, hm_at(&t->names[A]), LEFT, hm_null);
}

/* What owns the box in the end is the value of an ephemeron, as long as the key lives. */
static void borrow_in_value(hm_mutator *m, struct hm_thread *t, bool key_dies)
{
    hm_spare *spare = hm_push_spare(m, 1);
    contract_make_pair(m, &t->names[C]);
    make_ephemeron(m, t);
    hm_ref box = hm_peek(m, spare, hm_at(&t->names[C]), LEFT);
    hm_clear(m, &t->names[C]);
    if (key_dies)
        hm_clear(m, &t->names[A]);
    t->answer = hm_word(m, box, 0);
    hm_pop_spare(m, spare);
}

static void borrow_in_value_of_dead_key(hm_mutator *m, struct hm_thread *t)
{
    borrow_in_value(m, t, true);
}

static void borrow_in_value_of_key(hm_mutator *m, struct hm_thread *t)
{
    borrow_in_value(m, t, false);
}

/* hm_next_dead clears its name first. */
static void borrow_over_next_dead(hm_mutator *m, struct hm_thread *t)
{
    hm_spare *spare = hm_push_spare(m, 1);
    contract_make_pair(m, &t->names[A]);
    hm_ref box = hm_peek(m, spare, hm_at(&t->names[A]), LEFT);
    hm_next_dead(m, &t->names[A]);
    t->answer = hm_word(m, box, 0);
    hm_pop_spare(m, spare);
}

static void borrow_before_next_dead(hm_mutator *m, struct hm_thread *t)
{
    hm_spare *spare = hm_push_spare(m, 1);
    contract_make_pair(m, &t->names[A]);
    hm_ref box = hm_peek(m, spare, hm_at(&t->names[A]), LEFT);
    hm_next_dead(m, &t->names[B]);
    t->answer = hm_word(m, box, 0);
    hm_pop_spare(m, spare);
}

static void next_dead_in_popped_name(hm_mutator *m, struct hm_thread *t)
{
    (void)t;
    hm_name *frame = hm_push(m, 1);
    hm_pop(m, frame);
    hm_next_dead(m, frame);
}

static void next_dead_in_pushed_name(hm_mutator *m, struct hm_thread *t)
{
    (void)t;
    hm_name *frame = hm_push(m, 1);
    hm_next_dead(m, frame);
    hm_pop(m, frame);
}

const struct contract_case contract_optional[] = {
    {"a weak object of nothing", "weak.a", 1, weak_of_nothing, weak_of_target},
    {"a weak object in its target's name", "weak.a", 1, weak_over_its_target, weak_of_target},
    {"a weak object of the name of hm_poll_keep", "poll_keep.1", 1, weak_of_kept_name,
     weak_of_target},
    {"an ephemeron of no key", "ephemeron.a", 1, ephemeron_of_nothing, ephemerons_of_keys},
    {"an ephemeron in its key's name", "ephemeron.a", 1, ephemeron_over_its_key,
     ephemerons_of_keys},
    {"an ephemeron in its value's name", "ephemeron.a", 1, ephemeron_over_its_value,
     ephemerons_of_keys},
    {"nothing watched", "watch.a", 1, watch_nothing, watch_what_is_there},
    {"hm_weak_get of null", "NULL.a", 1, weak_get_of_null, weak_of_target},
    {"hm_ephemeron_get of null", "NULL.a", 1, ephemeron_get_of_null, ephemerons_of_keys},
    {"hm_weak_get of an ordinary object", "weak.c", 1, weak_get_of_pair, weak_of_target},
    {"hm_weak_get of an ephemeron", "weak.c", 1, weak_get_of_ephemeron, weak_of_target},
    {"hm_ephemeron_get of a weak object", "ephemeron.b", 1, ephemeron_get_of_weak,
     ephemerons_of_keys},
    {"a slot of a weak object", "weak.b", 1, slot_of_weak, weak_as_an_object},
    {"no slots of an ephemeron", "weak.b", 1, slots_of_ephemeron, ephemerons_of_keys},
    {"a word of a weak object", "weak.b", 1, word_of_weak, weak_as_an_object},
    {"the length of an ephemeron", "weak.b", 1, length_of_ephemeron, ephemerons_of_keys},
    {"a clone of a weak object", "weak.b", 1, clone_of_weak, weak_as_an_object},
    {"a borrow held over hm_new_weak", "BORROW.a (1)", 1, borrow_over_new_weak, borrow_of_new_weak},
    {"a borrow held over hm_new_ephemeron", "BORROW.a (1)", 1, borrow_over_new_ephemeron,
     ephemerons_of_keys},
    {"a weak object read after its name was written", "BORROW.a (2)", 1,
     weak_read_through_itself_twice, borrow_of_new_weak},
    {"hm_init after hm_new_weak", "init.a", 1, init_after_new_weak, init_then_new_weak},
    {"hm_init of what the queue gave", "init.a", 1, init_of_handed_over, init_of_watched},
    {"a borrow in a value whose key died", "BORROW.a (3)", 1, borrow_in_value_of_dead_key,
     borrow_in_value_of_key},
    {"a borrow of what hm_next_dead drops", "BORROW.a (3)", 1, borrow_over_next_dead,
     borrow_before_next_dead},
    {"hm_next_dead into a popped name", "NAME.a", 1, next_dead_in_popped_name,
     next_dead_in_pushed_name},
    {.name = NULL},
};
