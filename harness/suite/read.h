/* SPDX-License-Identifier: MIT
 *
 * Suite files: a named matrix of trials, as YAML. docs/suites.md is their description.
 */
#ifndef HEAPMARK_SUITE_READ_H
#define HEAPMARK_SUITE_READ_H

#include "suite/settings.h"

/* Zero-initialise it, free it with suite_text_free. */
struct suite_text {
    char *summary; /* one sentence; NULL where it has none */
    struct suite_settings settings;
};

/* Lists of parameters make no more workloads than this in one suite. */
enum { SUITE_WORKLOADS_MOST = 10000 };

/* Read the file's form and keys; what its names mean is left to suite_settings_apply. Every
 * mistake is the user's: file, line, key, and what is allowed. */
bool suite_read(const char *path, struct suite_text *suite, struct error *error);
void suite_text_free(struct suite_text *suite);

/* The folders that hold suites, in the order in which they are searched: those of the variable
 * HEAPMARK_SUITE_PATH, then ../share/heapmark/suites beside the program's folder. */
void suite_folders(struct text_list *folders);

/* The names of all suites there, sorted, each once. */
void suite_names(struct text_list *names);

/* The file of a suite by its name, or by its path, which contains '/' or ends in ".yaml" or
 * ".yml". The caller frees *path. False with the nearest name proposed. */
bool suite_find(const char *name_or_path, char **path, struct error *error);

/* What a suite is called: the file's name without folder and ending. The caller frees it. */
char *suite_name_of(const char *path);

#endif
