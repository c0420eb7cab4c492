/* SPDX-License-Identifier: MIT
 *
 * The guides of docs/, which the build puts into the program, so that it explains itself in the
 * words of its documentation wherever it lies.
 */
#ifndef HEAPMARK_COMMAND_TOPICS_H
#define HEAPMARK_COMMAND_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct topic {
    const char *name;  /* of the file, without .md */
    const char *title; /* its first line */
    const char *text;  /* all of it, Markdown */
};

/* In the order of their names. */
extern const struct topic topics[];
extern const size_t topic_count;

/* NULL where there is none. */
const struct topic *topic_find(const char *name);

/* Append the text for a terminal: paragraphs wrapped, tables as terms with what is said of them,
 * no marks. */
void topic_append(struct text *text, const struct topic *topic);

/* ---- charts, as docs/reading-the-report.md has them ---- */

/* Their names, in its order. */
void chart_names(struct text_list *names);

/* Append what is said of the chart; false where there is none of this name, in which capitals do
 * not count, and a hyphen is a blank. */
bool chart_explain(struct text *text, const char *name);

#endif
