/* SPDX-License-Identifier: MIT
 *
 * Parts of heapmark compare: which runs are meant, and what is said of them.
 */
#ifndef HEAPMARK_COMMAND_COMPARE_H
#define HEAPMARK_COMMAND_COMPARE_H

#include "base/text.h"
#include "command/paint.h"
#include "report/versus.h"

/* A run, where it lies, and what machine it was made on. Owns all. */
struct compare_run {
    int64_t id;
    char *file;
    char *machine; /* in words that are the same for alike machines */
    struct store_trial_list trials;
};

/* The runs of one side, or earlier ones beside both. */
struct compare_side {
    char *name; /* "run 3 (label) of results/heapmark.db, by Heapmark 0.1.0 (1a2b3c4)"; … */
    struct compare_run *runs;
    struct versus_run *trials; /* those of each run, as versus.h takes them */
    size_t count;
};

/* Load the runs that `name` means, as the command's help says. The user's mistake where there is
 * none. Free it in either case. */
bool compare_load(struct compare_side *side, const char *name, const char *database,
                  struct error *error);

/* Load the newest runs of the sides' files that are on neither side, but of the machine of the
 * first and of a collector's file that is on one: they may tell how far runs drift. */
bool compare_check_sides(const struct compare_side *base, const struct compare_side *other,
                         struct error *error);

bool compare_load_earlier(struct compare_side *earlier, const struct compare_side *base,
                          const struct compare_side *other, struct error *error);
void compare_free(struct compare_side *side);

/* Add a run, whose trials are loaded; takes over what it owns. */
void compare_add_run(struct compare_side *side, struct compare_run run);
/* Is it this run of this file, whatever its name here? */
bool compare_is_run(const struct compare_run *run, const char *file, int64_t id);
/* What machine a run was made on; the caller frees it. */
bool compare_machine(struct store *store, int64_t run_id, char **machine, struct error *error);

struct versus_runs compare_runs(const struct compare_side *side);

/* For people: as text, with pictures and colour as far as `paint` says. */
void compare_append_text(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus, const struct paint *paint);
/* Why it could not judge by any mean; NULL where it could. */
const char *compare_why_not_judged(const struct versus_gate *gate);
/* What a gate says, in one sentence: also that it could not judge. */
void compare_append_gate(struct text *text, const struct versus_gate *gate, double share);
/* `gate` may be NULL. */
void compare_append_json(struct text *text, const struct compare_side sides[2],
                         const struct versus *versus, const struct versus_gate *gate);

#endif
