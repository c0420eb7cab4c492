/* SPDX-License-Identifier: MIT
 *
 * The list of suites.
 */
#ifndef HEAPMARK_COMMAND_SUITES_H
#define HEAPMARK_COMMAND_SUITES_H

#include <jansson.h>

#include "base/text.h"

/* Append a table of the suites that are found: how many collectors and workloads each has, what it
 * is for, where it lies; of one that cannot be read, why. */
void suites_append(struct text *text);

/* The same as an array of objects, which the caller owns. */
json_t *suites_json(void);

#endif
