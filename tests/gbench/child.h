/* SPDX-License-Identifier: MIT
 *
 * One benchmark a process is the rule, so each test runs its own in a child, whose
 * output is caught and whose result comes back in shared memory.
 */
#ifndef HEAPMARK_TESTS_GBENCH_CHILD_H
#define HEAPMARK_TESTS_GBENCH_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "gbench/gbench.h"

enum { MOST_RUNS = 64 };

/* What a child leaves to its parent. The bodies count here what happened to them. */
struct shared {
    struct gbench_result result;
    atomic_uint calls[2];        /* of the body, by thread */
    atomic_uint loops[2];        /* times that the loop went on, by thread */
    atomic_ulong inside_ns[2];   /* measured by the body in its last run */
    pid_t threads[2][MOST_RUNS]; /* kernel's ids, by thread and run */
    atomic_bool ended_for_good;
};

extern struct shared *shared; /* in a child and its parent the same memory */

/* For cmocka: make and drop the shared memory, once a test. */
int child_setup(void **state);
int child_teardown(void **state);

/* A run that ends the process well and prints nothing; its result, good or not. */
const struct gbench_result *child_run(const struct gbench_request *request);

/* Expect that calling gbench_run so many times ends the process by CHECK, which names this. */
void child_expect_bug(const struct gbench_request *request, unsigned times, const char *named);

#define CHILD_TEST(function) cmocka_unit_test_setup_teardown(function, child_setup, child_teardown)

#endif
