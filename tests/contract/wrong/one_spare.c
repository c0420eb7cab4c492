/* SPDX-License-Identifier: MIT
 *
 * One spare for two borrows that are alive: where a borrow is a cell, the second replaces the
 * first.
 */
#include "../contract.h"

void wrong_one_spare(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref left = hm_peek(m, spare, hm_at(&t->names[A]), LEFT);
    hm_ref right = hm_peek(m, spare, hm_at(&t->names[A]), RIGHT);
    t->answer = hm_word(m, left, 0) + hm_word(m, right, 0);
    hm_pop_spare(m, spare);
}

void right_one_spare(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref left = hm_peek(m, &spare[LEFT], hm_at(&t->names[A]), LEFT);
    hm_ref right = hm_peek(m, &spare[RIGHT], hm_at(&t->names[A]), RIGHT);
    t->answer = hm_word(m, left, 0) + hm_word(m, right, 0);
    hm_pop_spare(m, spare);
}
