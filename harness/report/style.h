/* SPDX-License-Identifier: MIT
 *
 * How the page looks.
 */
#ifndef HEAPMARK_REPORT_STYLE_H
#define HEAPMARK_REPORT_STYLE_H

#include "base/text.h"

/* Append the style sheet: light and dark by the reader's preference, narrow screens, paper. It
 * loads nothing. */
void style_append(struct text *page);

#endif
