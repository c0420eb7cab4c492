/* SPDX-License-Identifier: MIT
 *
 * Pictures become part of a page.
 */
#ifndef HEAPMARK_REPORT_SVG_H
#define HEAPMARK_REPORT_SVG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* Append gnuplot's SVG document as an element of an HTML page: with a label for those who do not
 * see it, ids that begin with `prefix`, no size but its proportions, and the page's variables in
 * the place of our own colours. A list of what pictures consist of is kept to: an element or
 * attribute that could run or load anything is an error of the system, and `page` is unchanged. */
bool svg_inline(const char *svg, const char *prefix, const char *class_name, const char *label,
                struct text *page, struct error *error);

#endif
