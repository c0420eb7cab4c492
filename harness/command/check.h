/* SPDX-License-Identifier: MIT
 *
 * heapmark check and heapmark stress: what a hunt came to, and the forms in which it is told.
 */
#ifndef HEAPMARK_COMMAND_CHECK_H
#define HEAPMARK_COMMAND_CHECK_H

#include <stdio.h>

#include "check/hunt.h"
#include "suite/entries.h"

#define CHECK_STANDARD_FOLDER "results/check"
/* Resident memory of a program's process: a sound collector takes some ten MiB, strict 300. */
#define CHECK_STANDARD_MEMORY_BYTES (UINT64_C(2) << 30)
/* Less would be a verdict about the limit, and not about the collector: what a program may need
 * (check.h), and a small process; and the steps in which a program is seen to go on, which take
 * up to two seconds beside other work. */
#define CHECK_LEAST_MEMORY_BYTES (CHECK_NEEDED_BYTES + (UINT64_C(64) << 20))
#define CHECK_LEAST_TIME_NS UINT64_C(5000000000)

/* What the user wants. The hunt has no collector yet, and its callbacks are to be set. */
struct check_options {
    struct check_hunt hunt;
    const char *collector, *folder, *junit;
    bool json, quiet;
    struct error *error;
};

/* Parse the command line; what it does not say is standard, but hunt.jobs, which the caller sets
 * before. */
bool check_parse(struct check_options *given, int argc, char **argv, bool stress,
                 struct error *error);

/* The arguments of --program-memory and --program-time. */
bool check_parse_memory(const char *argument, uint64_t *bytes, struct error *error);
bool check_parse_program_time(const char *argument, uint64_t *ns, struct error *error);

/* A program that breaks a property, and where it was written. */
struct check_entry {
    struct check_verdict verdict;
    enum check_profile profile;
    uint64_t seed;
    enum program_dispatch dispatch;
    char *operation; /* what its thread was at, "set 3 0 4"; NULL: of no thread, or at the end */
    char *path;      /* of the program's file */
    size_t length, length_before;
    uint32_t failed, runs;
};

/* All of a hunt. */
struct check_result {
    const struct suite_collector *collector;
    uint64_t seed, elapsed_ns, properties;
    struct check_tally tally;
    struct check_entry *entries;
    size_t count;
    bool interrupted;
};

enum check_judgement {
    CHECK_JUDGED_SOUND,
    CHECK_JUDGED_BROKEN,
    CHECK_NOT_JUDGED,
    CHECK_CANNOT_JUDGE, /* by however many programs */
    CHECK_NOT_PROMISED, /* by this collector's capabilities */
    CHECK_NOT_ASKED,
};

enum check_judgement check_judge(const struct check_result *result, enum hm_property property);
const char *check_judgement_name(enum check_judgement judgement);
/* Why it is not promised, or cannot be judged; else NULL. */
const char *check_reason(const struct check_result *result, enum hm_property property);

/* Append the number of the guarantee that the sentence begins with ("set.1"); false for none. */
bool check_guarantee(const char *sentence, struct text *text);
/* Those of all entries of a property, each once, separated by ", ". */
void check_guarantees(const struct check_result *result, enum hm_property property,
                      struct text *text);
/* "thread 0, operation 17 of 20: set 3 0 4". */
void check_append_place(struct text *text, const struct check_entry *entry);
/* The backtrace and what was printed, as far as there are such; indented lines. */
void check_append_traces(struct text *text, const struct check_verdict *verdict);
/* The command that runs a program's file again. */
void check_append_replay(struct text *text, const char *path);

/* Keep the find, and write its program as a file in the folder; false when that cannot be written.
 */
bool check_keep(struct check_result *result, const struct check_find *find, const char *folder,
                struct error *error);
void check_result_free(struct check_result *result);

/* The forms. Whatever comes from a plugin is data in them. */
void check_append_table(struct text *text, const struct check_result *result);
void check_append_json(struct text *text, const struct check_result *result);
void check_append_junit(struct text *text, const struct check_result *result);

#endif
