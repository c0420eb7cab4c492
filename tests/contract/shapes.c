/* SPDX-License-Identifier: MIT
 *
 * What the kernels of this folder share, and the six of the spike as a table.
 */
#include "contract.h"

const struct hm_shape contract_pair = {.id = PAIR, .slots = 2, .hint = HM_INSTANCE, .name = "pair"};
const struct hm_shape contract_box = {.id = BOX, .bytes = 8, .hint = HM_NUMBER, .name = "box"};
const struct hm_shape contract_list = {
    .id = LIST, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};
const struct hm_shape contract_text = {
    .id = TEXT, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "text"};

void contract_make_pair(hm_mutator *m, hm_name *name)
{
    hm_name *box = hm_push(m, 2);
    for (uint32_t i = LEFT; i <= RIGHT; i++)
        hm_put_word(m, hm_new(m, &box[i], &contract_box), 0, i + 1);
    hm_ref pair = hm_new(m, name, &contract_pair);
    hm_init_give(m, pair, LEFT, &box[LEFT]);
    hm_init_give(m, pair, RIGHT, &box[RIGHT]);
    hm_pop(m, box);
}

const struct contract_case contract_spike[] = {
    {"a borrow held over hm_new", "BORROW.a (1)", 1, wrong_borrow_over_new, right_borrow_over_new},
    {"one spare for two borrows", "peek.a", 1, wrong_one_spare, right_one_spare},
    {"the last owner dropped by hm_set", "BORROW.a (3)", 1, wrong_last_owner, right_last_owner},
    {"hm_init after a safepoint", "init.a", 1, wrong_late_init, right_late_init},
    {"a borrow returned out of its frame", "BORROW.a (2)", 1, wrong_popped_borrow,
     right_popped_borrow},
    {"a borrow of a name that is then written", "BORROW.a (2)", 1, wrong_written_name,
     right_written_name},
    {.name = NULL},
};
