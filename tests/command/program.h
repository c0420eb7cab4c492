/* SPDX-License-Identifier: MIT
 *
 * For tests that run the program: a folder of its own, and what came of a command line.
 */
#ifndef HEAPMARK_TESTS_COMMAND_PROGRAM_H
#define HEAPMARK_TESTS_COMMAND_PROGRAM_H

#include <stdbool.h>

/* What the last command wrote and how it ended. Valid until the next one. */
struct program_result {
    int status; /* exit status; 128 and the signal's number where one ended it */
    char *output;
    char *complaint; /* what it wrote to stderr */
};

/* Make a new folder, in which program_run works; remove it again. For cmocka. */
int program_begin(void **state);
int program_end(void **state);

/* Run this by a shell in the test's folder. $H is the program, $FAULTY a plugin that does what
 * its option `fault` says, $FIXTURES the folder of plugins with one thing wrong each. */
const struct program_result *program_run(const char *command);

const char *program_folder(void);

/* Is there such a file in the test's folder? */
bool program_left(const char *name);

/* Fail unless the command ends with this status and `words` are in what it wrote to stderr
 * (to stdout, for status 0); "" fits everything. A status of 2 or 3 must come with one line on
 * stderr that begins with "heapmark: ". */
void program_assert(const char *command, int status, const char *words);

#endif
