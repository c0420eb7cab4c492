/* SPDX-License-Identifier: MIT
 *
 * What is known of the machine and of this program, once a run: whatever may explain a figure
 * later. What the machine does not tell is "unknown", never left out.
 */
#ifndef HEAPMARK_SUITE_ENVIRONMENT_H
#define HEAPMARK_SUITE_ENVIRONMENT_H

#include "store/store.h"

/* Add every row. `root` stands before each file that is read: "" for this machine, a folder with
 * its own proc/ and sys/ for a test. Never fails. */
void environment_capture(struct store_environment *environment, const char *root);

/* RAM that this process may use: the machine's, or its control group's limit if that is less.
 * 0 where neither is known. */
uint64_t environment_memory_bytes(const char *root);

/* "0.1.0", with the commit where it is known: "0.1.0 (1a2b3c4)". Static. */
const char *environment_heapmark_version(void);

#endif
