/* SPDX-License-Identifier: MIT
 *
 * hm_init after a safepoint: the object may have been promoted meanwhile, and a generational
 * collector does not remember the store.
 */
#include "../contract.h"

void wrong_late_init(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_new(m, &t->names[B], &contract_box);
    hm_init(m, hm_at(&t->names[A]), LEFT, hm_at(&t->names[B]));
}

void right_late_init(hm_mutator *m, struct hm_thread *t)
{
    hm_new(m, &t->names[A], &contract_pair);
    hm_new(m, &t->names[B], &contract_box);
    hm_set(m, hm_at(&t->names[A]), LEFT, hm_at(&t->names[B]));
}
