/* SPDX-License-Identifier: MIT
 *
 * What came of hunts for planted faults, and how it is told.
 */
#ifndef HEAPMARK_TESTS_FAULTS_RUN_FAULTS_H
#define HEAPMARK_TESTS_FAULTS_RUN_FAULTS_H

#include "check/hunt.h"
#include "table.h"

/* One hunt, to its first find; without one the figures are those of the whole hunt. */
struct fault_catch {
    bool caught, right; /* right: the property is one of the row's */
    enum hm_property property;
    uint64_t programs, operations, after_ns;
    size_t length; /* of what shrinking left; without it, of the whole program */
    char sentence[512];
};

/* A fault on one collector: a hunt for each seed. */
struct fault_result {
    const struct fault *fault;
    const char *carrier; /* the table's */
    struct fault_catch *catches;
    size_t count;
};

struct fault_results {
    struct fault_result *results;
    size_t count;
    uint32_t jobs; /* programs at once */
};

/* Add a result, whose catches are the results' from now on. */
void fault_results_add(struct fault_results *results, const struct fault_result *result);
void fault_results_free(struct fault_results *results);

/* Print what was missed or wrongly named; true when nothing was. */
bool fault_results_tell(const struct fault_results *results);

/* Write the page of the documentation, of what was hunted. */
bool fault_results_write(const struct fault_results *results, const struct fault_table *table,
                         const char *path, struct error *error);

#endif
