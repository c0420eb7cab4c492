/* SPDX-License-Identifier: MIT
 *
 * The curves of a record, for the record's own functions.
 */
#ifndef HEAPMARK_STORE_RECORD_CURVES_H
#define HEAPMARK_STORE_RECORD_CURVES_H

#include "store/record.h"

/* Each curve that has points in `from` replaces that of `to`. */
void record_merge_curves(struct trial_record *to, const struct trial_record *from);
void record_free_curves(struct trial_record *record);

/* As record_to_json and record_from_json do with them. */
json_t *record_curves_to_json(const struct trial_record *record);
bool record_curves_from_json(struct trial_record *record, const json_t *json, struct error *error);

#endif
