/* SPDX-License-Identifier: MIT
 *
 * Whether the trials of a point did the same work in the same way; a part of versus.h.
 */
#ifndef HEAPMARK_REPORT_VERSUS_ALIKE_H
#define HEAPMARK_REPORT_VERSUS_ALIKE_H

#include "report/versus.h"

/* Append what this trial says of the aspect; false where it does not tell. */
bool versus_aspect_value(const struct trial_record *record, enum versus_aspect aspect,
                         struct text *value);

/* Do both tell, and differ? */
bool versus_aspect_differs(const struct trial_record *a, const struct trial_record *b,
                           enum versus_aspect aspect);

/* Is another work done, or the same in another way? */
bool versus_is_of_work(enum versus_aspect aspect);

#endif
