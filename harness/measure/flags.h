/* SPDX-License-Identifier: MIT
 *
 * What a trial may not be asked about.
 */
#ifndef HEAPMARK_MEASURE_FLAGS_H
#define HEAPMARK_MEASURE_FLAGS_H

#include <heapmark/plugin.h>

#include "store/record.h"

enum { FLAGS_FEW_COLLECTIONS = 10 };

/* The two words of TRIAL_FLAGS. */
#define FLAG_FEW_COLLECTIONS "few-collections"
#define FLAG_THRASHING "thrashing"

/* Set TRIAL_FLAGS of a record that has its figures; unknown stays what needs no flag. `heap_bytes`
 * is the limit, 0 for none.
 *
 * Few collections: of a collector that reclaims by collections, so none that reclaims promptly or
 * never. Thrashing: more than half of the time was paused, or of the CPU spent on collecting, while
 * nine tenths of the heap limit or more were held: a little more heap would change the figures
 * much. */
void flags_set(struct trial_record *record, const struct hm_capabilities *capabilities,
               uint64_t heap_bytes);

#endif
