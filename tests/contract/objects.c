/* SPDX-License-Identifier: MIT
 *
 * Rules of objects, slots, payload and shapes, broken one at a time.
 */
#include "contract.h"

static void null_object(hm_mutator *m, struct hm_thread *t)
{
    hm_get(m, &t->names[B], hm_at(&t->names[A]), LEFT);
}

static void null_value(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_set(m, hm_at(&t->names[A]), LEFT, hm_at(&t->names[B]));
    hm_get(m, &t->names[B], hm_at(&t->names[A]), LEFT);
}

static void slot_beyond(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_get(m, &t->names[B], hm_at(&t->names[A]), 2);
}

static void slots_beyond(hm_mutator *m, struct hm_thread *t)
{
    hm_new_n(m, &t->names[A], &contract_list, 8);
    hm_clear_slots(m, hm_at(&t->names[A]), 6, 3);
}

static void slots_around(hm_mutator *m, struct hm_thread *t)
{
    hm_new_n(m, &t->names[A], &contract_list, 8);
    hm_clear_slots(m, hm_at(&t->names[A]), 6, SIZE_MAX);
}

static void slots_within(hm_mutator *m, struct hm_thread *t)
{
    hm_new_n(m, &t->names[A], &contract_list, 8);
    hm_clear_slots(m, hm_at(&t->names[A]), 6, 2);
    hm_clear_slots(m, hm_at(&t->names[A]), 8, 0);
}

static void word_in_slots(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    t->answer = hm_word(m, hm_at(&t->names[A]), LEFT);
}

static void bytes_beyond(hm_mutator *m, struct hm_thread *t)
{
    char bytes[8] = "";
    hm_new_n(m, &t->names[A], &contract_text, 10);
    hm_write(m, hm_at(&t->names[A]), 3, bytes, 8);
}

static void bytes_within(hm_mutator *m, struct hm_thread *t)
{
    char bytes[8] = "";
    hm_new_n(m, &t->names[A], &contract_text, 10);
    hm_write(m, hm_at(&t->names[A]), 2, bytes, 8);
    t->answer = hm_word(m, hm_at(&t->names[A]), 0);
}

static void varying_without_n(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_list);
}

static void fixed_with_n(hm_mutator *m, struct hm_thread *t)
{
    hm_new_n(m, &t->names[A], &contract_pair, 2);
}

static void shape_not_given(hm_mutator *m, struct hm_thread *t)
{
    static const struct hm_shape other = {.id = PAIR, .slots = 3, .name = "other"};
    hm_new(m, &t->names[A], &other);
}

static void shape_unknown(hm_mutator *m, struct hm_thread *t)
{
    static const struct hm_shape other = {.id = SHAPES, .slots = 2, .name = "other"};
    hm_new(m, &t->names[A], &other);
}

static void length_of_fixed(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    t->answer = hm_length(m, hm_at(&t->names[A]));
}

static void length_of_varying(hm_mutator *m, struct hm_thread *t)
{
    hm_new_n(m, &t->names[A], &contract_list, 0);
    t->answer = hm_length(m, hm_at(&t->names[A]));
}

static void init_twice(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_box);
    hm_ref pair = hm_new(m, &t->names[B], &contract_pair);
    hm_init(m, pair, LEFT, hm_at(&t->names[A]));
    hm_init(m, pair, LEFT, hm_null);
}

static void init_each_once(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_box);
    hm_ref pair = hm_new(m, &t->names[B], &contract_pair);
    hm_init(m, pair, LEFT, hm_at(&t->names[A]));
    hm_init(m, pair, RIGHT, hm_at(&t->names[A]));
    hm_set(m, pair, RIGHT, hm_null);
}

static void init_after_set(hm_mutator *m, struct hm_thread *t)
{
    hm_ref pair = hm_new(m, &t->names[B], &contract_pair);
    hm_set(m, pair, LEFT, hm_null);
    hm_init(m, pair, LEFT, hm_null);
}

static void init_of_clone(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref copy = hm_clone(m, &t->names[B], &t->names[A]);
    hm_init(m, copy, LEFT, hm_null);
}

static void init_when_published(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_box);
    hm_ref pair = hm_new(m, &t->names[B], &contract_pair);
    hm_set_shared(m, hm_globals(m), 0, pair);
    hm_init(m, pair, LEFT, hm_at(&t->names[A]));
}

/* Published by a container that is itself seen by all. */
static void init_when_reachable(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_set_shared(m, hm_globals(m), 0, hm_at(&t->names[A]));
    hm_ref pair = hm_new(m, &t->names[B], &contract_pair);
    hm_set(m, hm_at(&t->names[A]), LEFT, pair);
    hm_init(m, pair, LEFT, hm_null);
}

static void init_then_publish(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_box);
    hm_ref pair = hm_new(m, &t->names[B], &contract_pair);
    hm_init(m, pair, LEFT, hm_at(&t->names[A]));
    hm_set_shared(m, hm_globals(m), 0, pair);
}

static void give_init_itself(hm_mutator *m, struct hm_thread *t)
{
    hm_ref pair = hm_new(m, &t->names[A], &contract_pair);
    hm_init_give(m, pair, LEFT, &t->names[A]);
}

static void init_itself(hm_mutator *m, struct hm_thread *t)
{
    hm_ref pair = hm_new(m, &t->names[A], &contract_pair);
    hm_init(m, pair, LEFT, pair);
}

static void give_itself(hm_mutator *m, struct hm_thread *t)
{
    hm_ref pair = hm_new(m, &t->names[A], &contract_pair);
    hm_give(m, pair, LEFT, &t->names[A]);
}

static void give_itself_owned(hm_mutator *m, struct hm_thread *t)
{
    hm_ref pair = hm_new(m, &t->names[A], &contract_pair);
    hm_bind(m, &t->names[B], pair);
    hm_give(m, hm_at(&t->names[B]), LEFT, &t->names[A]);
}

static void clone_nothing(hm_mutator *m, struct hm_thread *t)
{
    hm_clone(m, &t->names[B], &t->names[A]);
}

static void clone_over_itself(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_clone(m, &t->names[A], &t->names[A]);
}

const struct contract_case contract_objects[] = {
    {"a null object", "NULL.a", 1, null_object, null_value},
    {"a slot beyond the last", "SLOT.a", 1, slot_beyond, slots_within},
    {"slots beyond the last", "SLOT.a", 1, slots_beyond, slots_within},
    {"slots around the address space", "SLOT.a", 1, slots_around, slots_within},
    {"a payload word among the slots", "SLOT.a", 1, word_in_slots, bytes_within},
    {"payload bytes beyond the last", "SLOT.a", 1, bytes_beyond, bytes_within},
    {"a varying shape without n", "new.a", 1, varying_without_n, length_of_varying},
    {"a fixed shape with n", "new.a", 1, fixed_with_n, length_of_varying},
    {"a shape of that id that is another", "new.a", 1, shape_not_given, length_of_varying},
    {"a shape of no known id", "new.a", 1, shape_unknown, length_of_varying},
    {"the length of a fixed shape", "length.a", 1, length_of_fixed, length_of_varying},
    {"a slot initialised twice", "init.a", 1, init_twice, init_each_once},
    {"a slot initialised after hm_set", "init.a", 1, init_after_set, init_each_once},
    {"a clone initialised", "init.a", 1, init_of_clone, init_each_once},
    {"an object initialised after it was published", "init.a", 1, init_when_published,
     init_then_publish},
    {"an object initialised that others reach", "init.a", 1, init_when_reachable,
     init_then_publish},
    {"hm_init_give of the object itself", "init_give.a", 1, give_init_itself, init_itself},
    {"hm_give of the object itself", "give.a", 1, give_itself, give_itself_owned},
    {"a clone of nothing", "clone.a", 1, clone_nothing, clone_over_itself},
    {.name = NULL},
};
