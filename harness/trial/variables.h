/* SPDX-License-Identifier: MIT
 *
 * The environment variables of a trial's process: those of its supervisor, and room for libraries.
 */
#ifndef HEAPMARK_TRIAL_VARIABLES_H
#define HEAPMARK_TRIAL_VARIABLES_H

/* The supervisor's, null-terminated, with more room for the variables of threads of libraries that
 * are loaded later, unless the user has a word on that: glibc reserves some 1.7 KB, and jemalloc
 * alone needs 2.6. Every trial has it alike. Free with variables_free. */
char **variables_for_trial(void);
void variables_free(char **variables);

#endif
