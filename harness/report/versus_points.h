/* SPDX-License-Identifier: MIT
 *
 * Points of several runs; a part of versus.h.
 */
#ifndef HEAPMARK_REPORT_VERSUS_POINTS_H
#define HEAPMARK_REPORT_VERSUS_POINTS_H

#include "report/versus.h"

/* Fill in the points that both sides have, with their samples and runs, but nothing that is worked
 * out of these. `versus` must be zeroed. */
void versus_find_points(struct versus *versus, const struct versus_input *input);

/* Have these two trials the same collector: the same file, variant and options? */
bool versus_same_build(const struct trial_record *a, const struct trial_record *b);

#endif
