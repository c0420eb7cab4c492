/* SPDX-License-Identifier: MIT
 *
 * heapmark maxrate: what is asked, what is found, and how it is told.
 */
#ifndef HEAPMARK_COMMAND_MAXRATE_H
#define HEAPMARK_COMMAND_MAXRATE_H

#include "suite/critical.h"

struct maxrate_options {
    struct suite_request request;
    uint64_t bound_ns;
    double percentile, precision;
    int64_t tries;
    const char *database;
    const char *command; /* the whole command line */
    bool json, quiet;
    struct error *error;
};

struct maxrate_answer {
    struct critical_found found;
    unsigned trials;
    char *cause; /* why there is no answer; owned */
};

/* "4400/s keeps p99 within 10 ms, 4600/s does not", or why there is no such rate. */
void maxrate_append_verdict(struct text *text, const struct maxrate_options *given,
                            const struct maxrate_answer *answer);

/* A table of the collectors in one row of the plan. `answers` are those of all points. */
void maxrate_append_row(struct text *text, const struct maxrate_options *given,
                        const struct suite_plan *plan, size_t row,
                        const struct maxrate_answer *answers);

/* One line for the point of this spec. */
void maxrate_append_json(struct text *text, const struct maxrate_options *given,
                         const struct trial_spec *spec, int64_t run_id,
                         const struct maxrate_answer *answer);

#endif
