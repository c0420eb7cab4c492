/* SPDX-License-Identifier: MIT
 *
 * A guard over one trial: a process that waits for its supervisor's death, and then kills all
 * that the trial has started.
 *
 * The kernel kills the trial itself when its supervisor dies (trial_serve asks for that), but not
 * what a plugin forked. The guard knows that the supervisor is gone when the pipe between them
 * closes, and kills the trial's process group. It learns the group from the trial, before the
 * trial loads anything that could fork: so there is no moment without a guard.
 */
#ifndef HEAPMARK_TRIAL_GUARD_H
#define HEAPMARK_TRIAL_GUARD_H

#include <sys/types.h>

#include "base/error.h"

struct guard {
    pid_t process;
    int life_fd; /* the guard reads the other end: closed, the supervisor is dead */
    int tell_fd; /* for the trial, which calls guard_tell on it; close it once that is started */
};

/* Start a guard, before the trial. Forks: call it with one thread only. */
bool guard_start(struct guard *guard, struct error *error);

/* The trial has ended, and so has its group: the guard ends without a deed. */
void guard_dismiss(struct guard *guard);

/* The trial's side: tell the guard the group to kill, which this process leads, and close. */
void guard_tell(int tell_fd);

#endif
