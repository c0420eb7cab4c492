/* SPDX-License-Identifier: MIT
 *
 * A borrow held over an allocation, then stored: peek, new, init, the natural order. A collector
 * that moves at that allocation stores an address that is no object's.
 */
#include "../contract.h"

void wrong_borrow_over_new(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_ref tail = hm_at(&t->names[A]);
    hm_ref head = hm_new(m, &t->names[B], &contract_pair);
    hm_init(m, head, LEFT, tail);
}

void right_borrow_over_new(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_ref head = hm_new(m, &t->names[B], &contract_pair);
    hm_init(m, head, LEFT, hm_at(&t->names[A]));
}
