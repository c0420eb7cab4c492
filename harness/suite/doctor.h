/* SPDX-License-Identifier: MIT
 *
 * What on this machine will spoil measurements, and how to mend it.
 */
#ifndef HEAPMARK_SUITE_DOCTOR_H
#define HEAPMARK_SUITE_DOCTOR_H

#include "store/store.h"

enum doctor_verdict {
    DOCTOR_FINE,
    DOCTOR_SPOILS,
    DOCTOR_UNKNOWN, /* the machine does not tell */
};

struct doctor_finding {
    const char *about; /* static */
    enum doctor_verdict verdict;
    char *found;      /* what is so; owned */
    const char *harm; /* what it does to figures; static, and "" unless it spoils */
    const char *mend; /* what to do about it; likewise */
};

struct doctor_findings {
    struct doctor_finding *findings;
    size_t count;
};

/* What a thread that does nothing but read the clock could not explain: time that went to others.
 */
struct doctor_listening {
    uint64_t length_ns;    /* it listened for so long; 0: not at all */
    uint64_t lost_ns;      /* sum of the gaps between two readings longer than DOCTOR_GAP_NS */
    uint64_t longest_ns;   /* the longest of them */
    double reading_ns;     /* what one reading of the clock costs */
    uint64_t stolen_ns;    /* by other machines on the same hardware, as the kernel says … */
    uint64_t throttled_ns; /* and by quotas; UINT64_MAX: it does not say */
};

enum { DOCTOR_GAP_NS = 2000 };

/* Read the clock over and over for so long. */
struct doctor_listening doctor_listen(uint64_t length_ns);

/* Judge what environment_capture found, and what was heard. In a fixed order, each thing looked at
 * once. Owned by the caller. */
struct doctor_findings doctor_examine(const struct store_environment *environment,
                                      const struct doctor_listening *heard);
void doctor_findings_free(struct doctor_findings *findings);

size_t doctor_count(const struct doctor_findings *findings, enum doctor_verdict verdict);

#endif
