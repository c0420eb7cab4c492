/* SPDX-License-Identifier: MIT
 *
 * Scarce memory: a control group (version 2) of its own for each trial, whose limit stands for a
 * small machine, and an outer load: another process that holds memory and never gives any back.
 *
 * Where both are asked for the load is in the trial's group, as it is on the same machine.
 */
#ifndef HEAPMARK_TRIAL_SCARCITY_H
#define HEAPMARK_TRIAL_SCARCITY_H

#include <sys/types.h>

#include "trial/trial.h"

/* Where groups for trials can be made: in this process's own, which must be delegated to it. */
struct scarcity_place {
    char *parent; /* the folder of that group; owned */
    char *leaf;   /* where this process went, since a group with groups in it may have no process;
                     owned; NULL: it did not have to */
};

/* Find the place, and make it ready. It is the user's to mend where there is none: one sentence
 * says why. `root` stands before the kernel's files: "" but in tests. */
bool scarcity_place_open(struct scarcity_place *place, const char *root, struct error *error);
/* Go back, and leave all as it was. */
void scarcity_place_close(struct scarcity_place *place);

/* What one trial lives with. */
struct scarcity {
    const struct trial_limits *limits;
    char *group;              /* the folder of its control group; owned; NULL: none */
    int group_fd;             /* who writes 0 to it is in the group; -1: none */
    pid_t load;               /* 0: none */
    uint64_t load_held_bytes; /* resident, the least that was seen */
    uint64_t kills_before;    /* by the kernel of the whole machine */
};

/* Before the trial's process is started. Forks: call it with one thread only. What cannot be had is
 * an error; scarcity_end is called all the same. */
bool scarcity_begin(struct scarcity *scarcity, const struct trial_limits *limits,
                    struct error *error);

/* The trial's process is there: the kernel is to take it before anything else that is in need. */
void scarcity_offer(const struct scarcity *scarcity, pid_t trial);

/* The trial's process is gone. Set what it lived with. */
void scarcity_tell(struct scarcity *scarcity, struct trial_record *record);

/* Append how memory ended it, as a sentence without its end; false where the kernel has killed
 * nobody for want of memory meanwhile. */
bool scarcity_killed(const struct scarcity *scarcity, struct text *cause);

/* End the load, and take the group away. */
void scarcity_end(struct scarcity *scarcity);

#endif
