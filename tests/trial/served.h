/* SPDX-License-Identifier: MIT
 *
 * For tests of supervised trials: the supervisor starts its own program again, so each of these
 * tests is the program of its trials, too.
 */
#ifndef HEAPMARK_TESTS_TRIAL_SERVED_H
#define HEAPMARK_TESTS_TRIAL_SERVED_H

#include "trial/trial.h"

/* What `heapmark trial` does with the hidden options: the main function calls it where argv[1] is
 * "trial", and returns what it returns. */
int served_trial(int argc, char **argv);

/* Put a copy of the value into a field of a spec. */
void served_replace(char **field, const char *value);

#endif
