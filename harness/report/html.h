/* SPDX-License-Identifier: MIT
 *
 * Data as text of an HTML page. Whatever comes from a plugin, a database or the machine goes
 * through html_text or html_lines; the page's own markup is appended as it is.
 */
#ifndef HEAPMARK_REPORT_HTML_H
#define HEAPMARK_REPORT_HTML_H

#include "base/text.h"

/* Append as text or as the value of a quoted attribute: marked-up nowhere, and with control codes
 * and marks of direction shown as \xNN. */
void html_text(struct text *page, const char *chars);

/* The same, line by line, for what a program printed. */
void html_lines(struct text *page, const char *chars);

/* <tag>chars</tag>; `tag` may carry attributes ("p class=\"x\""). */
void html_element(struct text *page, const char *tag, const char *chars);

/* The beginning of a table that scrolls by itself when it is wide, up to its head; and its end. */
void html_begin_table(struct text *page, const char *caption, const char *class_name);
void html_end_table(struct text *page);

/* <th scope="col">…</th> for each heading of a list that ends with NULL. */
void html_headings(struct text *page, const char *const *headings);

#endif
