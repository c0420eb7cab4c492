/* SPDX-License-Identifier: MIT
 *
 * Completion: `heapmark --complete WORD...` tells a shell what the last word may become. The
 * shells' scripts (completions/) only ask and show, so that all three know the same, and nothing
 * has to be kept in step: options come from the commands' own tables, names from where they are
 * looked up.
 *
 * The answer is a line for each possibility, the whole word, and its meaning behind a tab; or the
 * one line ":files" for a file's name.
 */
#ifndef HEAPMARK_COMMAND_COMPLETION_H
#define HEAPMARK_COMMAND_COMPLETION_H

#include <argp.h>
#include <stdbool.h>

#include "base/text.h"

/* The words after the program's name, up to the one that is being written, which may be "". */
int completion_main(int count, char **words);

/* A command that parses its arguments is asked for its options instead: then command_parse calls
 * completion_answer, which prints and ends the process. */
bool completion_is_wanted(void);
_Noreturn void completion_answer(const struct argp *argp);

/* ---- between the two files of it ---- */

/* Add the possibility `before` + `word` + `after`, if it begins with what has been written. */
struct completion {
    struct text lines;
    const char *written; /* the word so far */
};

void completion_add(struct completion *on, const char *before, const char *word, const char *after,
                    const char *meaning);

/* Add what the value of an option may be, or the argument of a command. `before` is what of the
 * word stands before the value. False where it is a file's name. */
bool completion_add_value(struct completion *on, const char *option, const char *before);
bool completion_add_argument(struct completion *on, const char *command, int place);

#endif
