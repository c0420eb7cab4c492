/* SPDX-License-Identifier: MIT
 *
 * Rules of names, frames and borrows, broken one at a time.
 */
#include "contract.h"

static void borrow_over_poll(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_at(&t->names[A]);
    hm_poll(m);
    hm_get(m, &t->names[B], pair, LEFT);
}

static void borrow_kept_over_poll(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_poll_keep(m, &t->names[C], hm_at(&t->names[A]));
    hm_get(m, &t->names[B], pair, LEFT);
}

static void borrow_over_barrier(hm_mutator *m, struct hm_thread *t)
{
    hm_ref globals = hm_globals(m);
    hm_barrier(m, t);
    hm_get(m, &t->names[B], globals, 0);
}

static void borrow_after_barrier(hm_mutator *m, struct hm_thread *t)
{
    hm_barrier(m, t);
    hm_get(m, &t->names[B], hm_globals(m), 0);
}

static void borrow_of_popped_spare(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref left = hm_peek(m, spare, hm_at(&t->names[A]), LEFT);
    hm_pop_spare(m, spare);
    t->answer = hm_word(m, left, 0);
}

static void borrow_of_pushed_spare(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_spare *spare = hm_push_spare(m, 1);
    t->answer = hm_word(m, hm_peek(m, spare, hm_at(&t->names[A]), LEFT), 0);
    hm_pop_spare(m, spare);
}

/* A walk may reuse its spare: the borrow that the next one is peeked through has been used. */
static void walk_by_one_spare(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_new(m, &t->names[B], &contract_pair);
    hm_set(m, hm_at(&t->names[B]), LEFT, hm_at(&t->names[A]));
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref at = hm_peek(m, spare, hm_at(&t->names[B]), LEFT);
    at = hm_peek(m, spare, at, LEFT);
    t->answer = hm_word(m, at, 0);
    hm_pop_spare(m, spare);
}

static void spare_not_pushed(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_spare *spare = hm_push_spare(m, 1);
    hm_pop_spare(m, spare);
    hm_peek(m, spare, hm_at(&t->names[A]), LEFT);
}

static void name_not_pushed(hm_mutator *m, struct hm_thread *t)
{
    hm_name *name = hm_push(m, 1);
    hm_pop(m, name);
    hm_new(m, name, &contract_box);
    t->answer = 1;
}

static void name_pushed(hm_mutator *m, struct hm_thread *t)
{
    hm_name *name = hm_push(m, 1);
    hm_new(m, name, &contract_box);
    hm_pop(m, name);
    t->answer = 1;
}

static void name_elsewhere(hm_mutator *m, struct hm_thread *t)
{
    hm_name own = {0};
    hm_bind(m, &own, hm_at(&t->names[A]));
}

static void name_written_by_hand(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_box);
    t->names[B] = t->names[A];
    hm_clear(m, &t->names[B]);
}

static void name_bound(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_box);
    hm_bind(m, &t->names[B], hm_at(&t->names[A]));
    hm_clear(m, &t->names[B]);
}

static void pop_twice(hm_mutator *m, struct hm_thread *t)
{
    hm_name *frame = hm_push(m, 2);
    hm_pop(m, frame);
    hm_pop(m, frame);
    t->answer = 1;
}

static void pop_within_frame(hm_mutator *m, struct hm_thread *t)
{
    hm_name *frame = hm_push(m, 2);
    hm_pop(m, &frame[1]);
    t->answer = 1;
}

static void pop_callers_frame(hm_mutator *m, struct hm_thread *t)
{
    hm_pop(m, t->names);
}

static void pop_several(hm_mutator *m, struct hm_thread *t)
{
    hm_name *frame = hm_push(m, 2);
    hm_name *empty = hm_push(m, 0);
    hm_push(m, 3);
    hm_pop(m, empty);
    hm_pop(m, frame);
    t->answer = 1;
}

static void leave_spares(hm_mutator *m, struct hm_thread *t)
{
    hm_push_spare(m, 2);
    t->answer = 1;
}

static void kept_name_read(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_poll_keep(m, &t->names[C], hm_at(&t->names[A]));
    hm_bind(m, &t->names[B], hm_at(&t->names[C]));
}

static void kept_name_written(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_poll_keep(m, &t->names[C], hm_at(&t->names[A]));
    hm_clear(m, &t->names[C]);
    hm_bind(m, &t->names[B], pair);
}

static void kept_name_used_well(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_poll_keep(m, &t->names[C], hm_at(&t->names[A]));
    hm_bind(m, &t->names[B], pair);
    hm_clear(m, &t->names[C]);
    hm_bind(m, &t->names[B], hm_poll_keep(m, &t->names[B], hm_at(&t->names[B])));
    hm_bind(m, &t->names[A], hm_at(&t->names[B]));
}

static void operation_while_blocked(hm_mutator *m, struct hm_thread *t)
{
    hm_block(m);
    hm_clear(m, &t->names[A]);
    hm_unblock(m);
}

static void operation_after_block(hm_mutator *m, struct hm_thread *t)
{
    hm_block(m);
    hm_unblock(m);
    hm_clear(m, &t->names[A]);
}

static void unblock_alone(hm_mutator *m, struct hm_thread *t)
{
    hm_unblock(m);
    t->answer = 1;
}

const struct contract_case contract_names[] = {
    {"a borrow held over hm_poll", "BORROW.a (1)", 1, borrow_over_poll, borrow_kept_over_poll},
    {"the globals held over a barrier", "BORROW.a (1)", 1, borrow_over_barrier,
     borrow_after_barrier},
    {"a borrow through a popped spare", "BORROW.a (2)", 1, borrow_of_popped_spare,
     borrow_of_pushed_spare},
    {"a spare that is not pushed", "peek.a", 1, spare_not_pushed, walk_by_one_spare},
    {"a name that is not pushed", "NAME.a", 1, name_not_pushed, name_pushed},
    {"a name on the C stack", "NAME.a", 1, name_elsewhere, name_pushed},
    {"a name that was assigned", "NAME.a", 1, name_written_by_hand, name_bound},
    {"a frame popped twice", "pop.a", 1, pop_twice, pop_several},
    {"a pop in the middle of a frame", "pop.a", 1, pop_within_frame, pop_several},
    {"a pop of the caller's frame", "pop.a", 1, pop_callers_frame, pop_several},
    {"spares left at the end", "pop.a", 1, leave_spares, borrow_of_pushed_spare},
    {"the name of hm_poll_keep read", "poll_keep.1", 1, kept_name_read, kept_name_used_well},
    {"the name of hm_poll_keep written", "BORROW.a (2)", 1, kept_name_written, kept_name_used_well},
    {"an operation in a wait", "block.a", 1, operation_while_blocked, operation_after_block},
    {"hm_unblock alone", "block.a", 1, unblock_alone, operation_after_block},
    {.name = NULL},
};
