/* SPDX-License-Identifier: MIT
 *
 * Inside the suite: the grammar of an item of -c and -w, before anything is looked up.
 */
#ifndef HEAPMARK_SUITE_SPLIT_H
#define HEAPMARK_SUITE_SPLIT_H

#include "base/text.h"

/* [ALIAS=]HEAD[/variant][:pair], of which every part is owned, "" where it is missing. */
struct split_item {
    char *alias;
    char *head; /* a name, or a path as typed */
    char *variant;
    char *pair; /* what follows ':' up to the comma */
    bool has_pairs;
};

/* Take one piece between commas apart. Looks at the file system to tell a path with a variant
 * from a path, and a path from a name with a variant. */
struct split_item split_collector(const char *piece);

/* The same of WORKLOAD[:pair]: no alias, no variant. */
struct split_item split_workload(const char *piece);

void split_item_free(struct split_item *item);

/* Length of x in "x=y"; 0 where there is no '=' or nothing before it, or where a ':' or '/' comes
 * first. */
size_t split_name_length(const char *piece);

#endif
