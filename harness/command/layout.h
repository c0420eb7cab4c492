/* SPDX-License-Identifier: MIT
 *
 * Addresses that are the same in each process.
 */
#ifndef HEAPMARK_COMMAND_LAYOUT_H
#define HEAPMARK_COMMAND_LAYOUT_H

/* Where memory is mapped the kernel draws for each process anew, and what a collector does may
 * depend on it: which of its buckets is full first, whether one block lies behind another. So that
 * a program breaks again what it broke, begin this process anew without that: `argv` is main's.
 * Once it has begun so, or where it cannot (a container may forbid it; valgrind would not follow),
 * it just returns. Call it first, with one thread. */
void layout_begin(char **argv);

#endif
