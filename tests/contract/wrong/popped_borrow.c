/* SPDX-License-Identifier: MIT
 *
 * A borrow returned out of the frame that it came through.
 */
#include "../contract.h"

static hm_ref make_in_own_frame(hm_mutator *m)
{
    hm_name *own = hm_push(m, 1);
    contract_make_pair(m, own);
    hm_ref pair = hm_at(own);
    hm_pop(m, own);
    return pair;
}

static hm_ref make_in_callers_frame(hm_mutator *m, hm_name *result)
{
    hm_name *own = hm_push(m, 1);
    contract_make_pair(m, own);
    hm_move(m, result, own);
    hm_pop(m, own);
    return hm_at(result);
}

void wrong_popped_borrow(hm_mutator *m, struct hm_thread *t)
{
    hm_bind(m, &t->names[A], make_in_own_frame(m));
}

void right_popped_borrow(hm_mutator *m, struct hm_thread *t)
{
    hm_bind(m, &t->names[A], make_in_callers_frame(m, &t->names[B]));
}
