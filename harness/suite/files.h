/* SPDX-License-Identifier: MIT
 *
 * Inside the suite: reading the small files in which a kernel says what it is.
 */
#ifndef HEAPMARK_SUITE_FILES_H
#define HEAPMARK_SUITE_FILES_H

#include <stdbool.h>

#include "base/text.h"

/* Append the whole file root/path, without blanks at its end; false where it cannot be read. */
bool files_read(struct text *text, const char *root, const char *path);

/* The value of the first line "key<blanks>separator<blanks>value" of a file, quotes around it
 * taken off. The caller frees it; NULL where there is none. */
char *files_value(const char *root, const char *path, const char *key, char separator);

/* A file of this process's control group (version 2), or of the nearest one above it that has
 * something else than "max" to say; "max" where all say that. The caller frees it; NULL where no
 * group has the file. */
char *files_control_group(const char *root, const char *name);

#endif
