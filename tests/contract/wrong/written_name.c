/* SPDX-License-Identifier: MIT
 *
 * A borrow of a name that is then written: where a name is a cell, the borrow now means the new
 * value, and counting may have freed the old one.
 */
#include "../contract.h"

void wrong_written_name(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_at(&t->names[A]);
    hm_get(m, &t->names[A], pair, LEFT);
    hm_get(m, &t->names[B], pair, RIGHT);
}

void right_written_name(hm_mutator *m, struct hm_thread *t)
{
    contract_make_pair(m, &t->names[A]);
    hm_ref pair = hm_at(&t->names[A]);
    hm_get(m, &t->names[B], pair, RIGHT);
    hm_get(m, &t->names[A], pair, LEFT);
}
