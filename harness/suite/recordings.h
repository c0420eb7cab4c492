/* SPDX-License-Identifier: MIT
 *
 * Recordings of when objects die, for collectors that free by one: made by the collector `oracle`
 * in trials of their own before the run, and kept in a folder by what they are of.
 */
#ifndef HEAPMARK_SUITE_RECORDINGS_H
#define HEAPMARK_SUITE_RECORDINGS_H

#include "suite/plan.h"

struct recordings_making {
    const char *folder; /* which is made if it is missing */
    const volatile _Atomic int *interrupted;
    void (*begins)(void *user,
                   const struct suite_point *point); /* a trial of the oracle; or NULL */
    void *user;
};

/* Does any point of the plan need one? */
bool recordings_are_needed(const struct suite_plan *plan);

/* Give every such point its recording, and make those that are missing. A point whose recording
 * could not be made is unsupported, with the reason. False where the oracle or the folder cannot be
 * had (the error says so), and, without one, when it was interrupted. */
bool recordings_make(const struct recordings_making *making, struct suite_plan *plan,
                     struct error *error);

/* What recordings_make would do: calls `begins` for the first point of each recording that is
 * missing, and makes nothing. */
bool recordings_foresee(const struct recordings_making *making, struct suite_plan *plan,
                        struct error *error);

#endif
