/* SPDX-License-Identifier: MIT
 *
 * Whether the trials of a point did the same work in the same way; a part of versus.h.
 */
#ifndef HEAPMARK_REPORT_VERSUS_ALIKE_H
#define HEAPMARK_REPORT_VERSUS_ALIKE_H

#include "report/versus.h"

/* A trial, and the place of its run: those of the base first, then the other's, then earlier. */
struct versus_entry {
    const struct trial_record *record;
    struct versus_point key; /* the names and numbers only */
    size_t run;
};

/* Does the trial differ in any aspect from any of the others? */
bool versus_differs_from_any(const struct versus_entry *entries, size_t count,
                             const struct trial_record *record);

/* Count in what both sides differ at the point. False where that is the work, so that nothing can
 * be compared. Where only the answer differs the point gets both. */
bool versus_is_same_work(struct versus *versus, struct versus_point *point,
                         const struct versus_entry *base, size_t base_count,
                         const struct versus_entry *other, size_t other_count);

#endif
