/* SPDX-License-Identifier: MIT
 *
 * Parts of heapmark compare: which runs are meant, and what is said of them.
 */
#ifndef HEAPMARK_COMMAND_COMPARE_H
#define HEAPMARK_COMMAND_COMPARE_H

#include "base/text.h"
#include "report/versus.h"

/* One of the two runs. */
struct compare_side {
    char *name; /* "run 3 (label) of results/heapmark.db, by Heapmark 0.1.0 (1a2b3c4)" */
    struct store_trial_list trials;
};

/* Load the run that `name` means, as the command's help says. The user's mistake where there is
 * none. Free it in either case. */
bool compare_load(struct compare_side *side, const char *name, const char *database,
                  struct error *error);
void compare_free(struct compare_side *side);

void compare_append_text(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus);
void compare_append_json(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus);

#endif
