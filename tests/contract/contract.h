/* SPDX-License-Identifier: MIT
 *
 * Wrong kernels and their right twins: each breaks one rule of heapmark/operations.h in the way
 * in which a program would, and the twin does the same work within the rule.
 */
#ifndef HEAPMARK_TESTS_CONTRACT_H
#define HEAPMARK_TESTS_CONTRACT_H

#include <heapmark/workload.h>

/* The shapes that all of them use, and what the fields are called. */
enum { PAIR, BOX, LIST, TEXT, SHAPES };
enum { LEFT, RIGHT };
extern const struct hm_shape contract_pair; /* two slots */
extern const struct hm_shape contract_box;  /* one word of payload */
extern const struct hm_shape contract_list; /* slots vary */
extern const struct hm_shape contract_text; /* bytes vary */

/* Names that the harness pushes: t->names[A] and so on. */
enum { A, B, C, NAMES };

typedef void contract_step(hm_mutator *m, struct hm_thread *t);

struct contract_case {
    const char *name;
    const char *label; /* of the demand that `wrong` breaks */
    uint32_t threads;  /* 0 for 1 */
    contract_step *wrong, *right;
};

/* Tables that end with a null name. */
extern const struct contract_case contract_spike[];    /* the six of the interface's spike */
extern const struct contract_case contract_names[];    /* names, frames, borrows */
extern const struct contract_case contract_objects[];  /* objects, slots, payload, shapes */
extern const struct contract_case contract_optional[]; /* weak, ephemerons, finalizers */
extern const struct contract_case contract_threads[];  /* two threads */

/* Bind a new pair of two new boxes, holding 1 and 2, to the name. */
void contract_make_pair(hm_mutator *m, hm_name *name);

/* The six: see the files in wrong/. */
contract_step wrong_borrow_over_new, right_borrow_over_new;
contract_step wrong_one_spare, right_one_spare;
contract_step wrong_last_owner, right_last_owner;
contract_step wrong_late_init, right_late_init;
contract_step wrong_popped_borrow, right_popped_borrow;
contract_step wrong_written_name, right_written_name;

#endif
