/* SPDX-License-Identifier: MIT
 *
 * Inside scaling: the structures that are built, of any size.
 */
#ifndef HEAPMARK_CHECK_SCALING_H
#define HEAPMARK_CHECK_SCALING_H

#include "check/session.h"

struct scaling {
    struct check_session *session;
    hm_mutator *m;
    hm_name *names; /* 0: what is built; 1 to 4: for building */
    size_t n;
};

enum { SCALING_NAMES = 5 };

struct scaling_structure {
    const char *name;                       /* "a chain" */
    void (*build)(const struct scaling *s); /* of about n objects, in name 0 */
    /* May be NULL. What is left to do when name 0 was dropped and all was collected. */
    void (*drain)(const struct scaling *s);
    bool ephemerons, weak, finalizers; /* it takes these */
};

extern const struct scaling_structure scaling_structures[];
extern const size_t scaling_structure_count;

#endif
