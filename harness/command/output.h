/* SPDX-License-Identifier: MIT
 *
 * A file that is whole or not there: written beside its place, and moved there at the end.
 */
#ifndef HEAPMARK_COMMAND_OUTPUT_H
#define HEAPMARK_COMMAND_OUTPUT_H

#include <stdio.h>

#include "base/error.h"

struct output {
    FILE *file;
    char *path;      /* NULL: standard output */
    FILE *held;      /* of standard output: what is kept until it is whole */
    char *temporary; /* NULL: written in place, as it is no regular file (/dev/null, a pipe) */
};

/* Open it; a path of NULL or "-" is standard output. A path that cannot be written is the user's
 * mistake. */
bool output_open(struct output *output, const char *path, struct error *error);

/* The same of a document whose lines each stand alone: to standard output they go as they come,
 * however many there are. */
bool output_open_lines(struct output *output, const char *path, struct error *error);

/* Put the file in its place and free the output; a failure (disk full) is the system's. */
bool output_commit(struct output *output, struct error *error);

/* Leave nothing behind and free the output. */
void output_abandon(struct output *output);

#endif
