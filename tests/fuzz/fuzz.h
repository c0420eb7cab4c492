/* SPDX-License-Identifier: MIT
 *
 * A fuzz target: one input at a time. A find ends the process by abort() or by a sanitizer, with
 * the reason on stderr. In a build with HEAPMARK_FUZZ libFuzzer calls it, in all others
 * replay_corpus.c.
 */
#ifndef HEAPMARK_TESTS_FUZZ_FUZZ_H
#define HEAPMARK_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Always 0. Its name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* A file in memory that holds the bytes, for what reads files by their path; close it. `path` takes
 * its path. */
enum { FUZZ_PATH_BYTES = 64 };
int fuzz_file(const uint8_t *bytes, size_t count, char path[static FUZZ_PATH_BYTES]);

#endif
