/* SPDX-License-Identifier: MIT
 *
 * Where files lie, and reading the small ones in which a kernel says what it is.
 *
 * `root` is what the kernel's paths begin with: "" but in tests.
 */
#ifndef HEAPMARK_BASE_FILES_H
#define HEAPMARK_BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Append the whole file root/path, without blanks at its end; false where it cannot be read. */
bool files_read(struct text *text, const char *root, const char *path);

/* The value of the first line "key<blanks>separator<blanks>value" of a file, quotes around it
 * taken off. The caller frees it; NULL where there is none. */
char *files_value(const char *root, const char *path, const char *key, char separator);

/* Append the folders in which things of a kind are searched: those of the environment's variable,
 * separated by ':', then that one beside the program's own folder, if it is there. */
void files_search_path(struct text_list *folders, const char *variable, const char *beside);

/* Append the folders of this process's control group and of all above it, from the innermost on:
 * those of version 2 where `controller` is "", else those of the controller's own hierarchy. */
void files_group_folders(struct text_list *folders, const char *root, const char *controller);

/* files_read of a file in such a folder. */
bool files_read_in(struct text *text, const char *root, const char *folder, const char *name);

/* A file of this process's control group (version 2), or of the nearest one above it that has
 * something else than "max" to say; "max" where all say that. The caller frees it; NULL where no
 * group has the file. */
char *files_control_group(const char *root, const char *name);

/* Make the folder and those above it that are missing. True where it is a folder now; else false
 * with errno, ENOTDIR where it or one above is something else; folders above that were made stay.
 */
bool files_make_folder(const char *path);

/* Write all of it, however often the system takes a part or is interrupted; false with errno. */
bool files_write_all(int file, const void *bytes, size_t count);

#endif
