/* SPDX-License-Identifier: MIT
 *
 * hm_set drops the last owner of what is borrowed: counting frees it there and then.
 */
#include "../contract.h"

void wrong_last_owner(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref left = hm_peek(m, spare, hm_at(&t->names[A]), LEFT);
    hm_set(m, hm_at(&t->names[A]), LEFT, hm_null);
    t->answer = hm_word(m, left, 0);
    hm_pop_spare(m, spare);
}

void right_last_owner(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_get(m, &t->names[B], hm_at(&t->names[A]), LEFT);
    hm_set(m, hm_at(&t->names[A]), LEFT, hm_null);
    t->answer = hm_word(m, hm_at(&t->names[B]), 0);
}
