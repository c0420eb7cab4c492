/* SPDX-License-Identifier: MIT
 *
 * Bytes as a program of operations. Every string of bytes is one, and bytes that are near make
 * programs that are near: what a fuzzer needs.
 *
 *     byte 0   threads, places, dispatch: 2, 3 and 1 bits
 *     byte 1   how much larger the heap is than it must be, in steps of 256 KiB
 *     byte 2   how often threads are held up: 0 never
 *     then     an operation: its kind, and a byte for each operand of its kind; or the next thread,
 *              to which the operations after it belong
 */
#ifndef HEAPMARK_TESTS_FUZZ_OPERATIONS_H
#define HEAPMARK_TESTS_FUZZ_OPERATIONS_H

#include <stdint.h>

#include <heapmark/plugin.h>

#include "check/program.h"

/* Free it with program_free. */
void operations_read(struct program *program, const uint8_t *bytes, size_t count,
                     const struct hm_capabilities *can);

#endif
