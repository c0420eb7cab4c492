/* SPDX-License-Identifier: MIT
 *
 * For tests of the suite: a request whose collectors and workloads exist nowhere else.
 */
#ifndef HEAPMARK_TESTS_SUITE_MADE_H
#define HEAPMARK_TESTS_SUITE_MADE_H

#include "suite/plan.h"

/* Collectors "able" (everything), "plain" (shares nothing, frees nothing) and "single" (one
 * mutator; least heap 16 MiB and 1 MiB a mutator), as asked by `names`. The workloads are
 * "tiny" (live_bytes 1000 a thread), "large" (10 MiB a thread), "huge", "shared" (needs sharing and
 * freeing), "unsure" (no expected answer) and "lonely" (one thread). Free it with
 * suite_request_free. */
void made_request(struct suite_request *request, const char *const *collectors,
                  const char *const *workloads);

#endif
