/* SPDX-License-Identifier: MIT
 *
 * Inside `heapmark run`: what the command line asks for, and carrying it out.
 */
#ifndef HEAPMARK_COMMAND_RUN_H
#define HEAPMARK_COMMAND_RUN_H

#include "base/text.h"
#include "suite/plan.h"

struct run_options {
    struct suite_request request;
    const char *database;
    const char *command; /* the whole command line */
    bool resume;         /* go on with a run instead of beginning one */
    int64_t run_id;      /* that run */
    char *definition;    /* of the request, for whoever goes on with it */
    bool quiet;
    bool verbose;          /* say what each trial cost beside its work */
    bool json;             /* the trials on stdout as JSON, and no table */
    bool dry_run;          /* show the trials and the time expected, and run none */
    bool yes;              /* however many trials there are */
    struct text to_search; /* of a dry run: what would be found out first, a line each */
    bool interrupted;      /* while searching, before the run began */
};

/* A run of more trials than this asks for --yes. */
#define RUN_TRIALS_UNASKED 100000

/* Has the user agreed to so many trials? */
bool run_is_agreed(const struct run_options *given, const struct suite_plan *plan,
                   struct error *error);

/* Find out what the heaps of a request that asks for multiples are multiples of, or, of a dry run,
 * what would have to be found out. False without an error where it was interrupted. */
bool run_settle_multiples(struct run_options *given, struct error *error);

/* Have what collectors free by recorded, where it is not there yet; of a dry run, note what would
 * be. False without an error where it was interrupted. */
bool run_make_recordings(struct run_options *given, struct suite_plan *plan, struct error *error);

/* Print the trials of the plan in their order, and how long they will take by what the database
 * holds of the like. Returns the exit status. */
int run_show_plan(const struct run_options *given, const struct suite_plan *plan);

/* Run the plan, store it, print the table. Returns the exit status. */
int run_carry_out(const struct run_options *given, const struct suite_plan *plan);

#endif
