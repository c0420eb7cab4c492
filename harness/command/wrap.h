/* SPDX-License-Identifier: MIT
 *
 * Paragraphs for a terminal.
 */
#ifndef HEAPMARK_COMMAND_WRAP_H
#define HEAPMARK_COMMAND_WRAP_H

#include "base/text.h"

enum { WRAP_PLACES = 80 };

/* Append the words, as data, in lines of at most WRAP_PLACES, each indented. A word that is longer
 * than that has a line of its own. */
void wrap_append(struct text *text, const char *words, unsigned indent);

#endif
