/* SPDX-License-Identifier: MIT
 *
 * The hunt: programs of one seed after another, several at once, until time, number or somebody
 * says enough. What breaks a property is made smaller and handed over.
 */
#ifndef HEAPMARK_CHECK_HUNT_H
#define HEAPMARK_CHECK_HUNT_H

#include "check/check.h"

enum { CHECK_MOST_OPTION_BYTES = 512 };

/* A program that breaks a property, made smaller. */
struct check_find {
    struct check_verdict verdict; /* of the smaller program */
    enum check_profile profile;
    uint64_t seed;                         /* of the generator */
    struct program program;                /* with its collector and dispatch */
    char options[CHECK_MOST_OPTION_BYTES]; /* that it drew, as in the collector's name; "": none */
    size_t length_before;
    /* When it was met: the programs up to it, the operations done, and the time since the start. */
    uint64_t programs, operations, after_ns;
    uint32_t failed, runs; /* so often the smaller program broke the property, of so many runs */
};

/* What was done so far. */
struct check_tally {
    uint64_t programs, refused, operations, objects, collections;
    uint64_t judged[HM_PROPERTY_COUNT];    /* programs that looked at it */
    uint64_t broken[HM_PROPERTY_COUNT];    /* programs that broke it */
    uint64_t strange[CHECK_STRANGE_COUNT]; /* programs in which the collector did that */
    char refusal[512];                     /* the first one's sentence */
    uint64_t runs;             /* of all programs; more than these where sweeps repeat them */
    uint64_t refused_requests; /* for memory or threads, on purpose, as the collector told */
};

/* All is owned by the caller. Program number n (from 0) has profile and dispatch by turns, and the
 * seeds count up from `seed`: what is run does not depend on `jobs`. */
struct check_hunt {
    struct check_target target; /* without its dispatch: both */
    const char *collector;      /* as programs' files have it */
    /* The collector's; some programs draw those that the target does not give. May be NULL. */
    const struct plugin_setting *options;
    size_t option_count;
    uint64_t seed;
    uint64_t programs;      /* so many at most; 0: any number */
    uint64_t time_ns;       /* no new program after that; 0: no end */
    uint64_t shrink_ns;     /* for making one program smaller */
    uint64_t program_ns;    /* for one program: a hang after that */
    uint64_t program_bytes; /* of memory, for one program; 0: any number */
    uint32_t threads;       /* of each program; 0: by the seed */
    uint32_t jobs;          /* programs at once, at least 1 */
    uint64_t profiles;      /* a bit for each that is run */
    uint64_t properties;    /* a bit for each whose finds count */
    /* A find for each property and sentence (numbers apart) instead of one for each property. */
    bool each_sentence;
    bool refuses;       /* each program is run again and again, its requests refused: sweep.h */
    bool ends_at_first; /* no new program once one has broken a property that counts */
    const volatile _Atomic int *interrupted; /* not 0: end now; may be NULL */
    void (*found)(void *user, const struct check_find *find);
    /* Several times a second. */
    void (*tick)(void *user, const struct check_tally *tally);
    void *user;
};

/* Hunt. False when the system failed; finds and tally up to then are good. It forks: call it with
 * one thread only, and without children. */
bool check_hunt(const struct check_hunt *hunt, struct check_tally *tally, struct error *error);

#endif
