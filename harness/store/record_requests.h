/* SPDX-License-Identifier: MIT
 *
 * The requests of a trial, for the rest of harness/store/.
 */
#ifndef HEAPMARK_STORE_RECORD_REQUESTS_H
#define HEAPMARK_STORE_RECORD_REQUESTS_H

#include "base/text.h"
#include "store/record.h"

void record_merge_requests(struct trial_record *to, const struct trial_record *from);
void record_free_requests(struct trial_record *record);

json_t *record_requests_to_json(const struct trial_record *record);
bool record_requests_from_json(struct trial_record *record, const json_t *json,
                               struct error *error);

/* As the database keeps them, in few bytes: for each request the distance of its due time from that
 * of the one before (the first: from 0), then its latency. Each is a number of seven bits a byte,
 * low ones first, the eighth bit set where more follow; a distance is doubled, and a negative one
 * turned over (-1 is 1, 1 is 2). Appends to `bytes`. */
void record_pack_requests(const struct trial_record *record, struct text *bytes);

/* False where the bytes are not those of so many requests; then there are none. */
bool record_unpack_requests(struct trial_record *record, const unsigned char *bytes, size_t count);

#endif
