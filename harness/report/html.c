/* SPDX-License-Identifier: MIT
 *
 * Escaping, and the few shapes of markup that are used everywhere.
 */
#include "report/html.h"

#include <string.h>

void html_text(struct text *page, const char *chars)
{
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    text_append_html(page, text_chars(&shown));
    text_free(&shown);
}

void html_lines(struct text *page, const char *chars)
{
    struct text_list lines = {0};
    text_split(&lines, chars, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        text_append(page, i > 0 ? "\n" : "");
        html_text(page, lines.items[i]);
    }
    text_list_free(&lines);
}

void html_element(struct text *page, const char *tag, const char *chars)
{
    text_format(page, "<%s>", tag);
    html_text(page, chars);
    text_format(page, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

void html_begin_table(struct text *page, const char *caption, const char *class_name)
{
    text_append(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    html_text(page, caption);
    text_format(page, "\"><table class=\"%s\"><caption>", class_name);
    html_text(page, caption);
    text_append(page, "</caption>\n");
}

void html_end_table(struct text *page)
{
    text_append(page, "</table></div>\n");
}

void html_headings(struct text *page, const char *const *headings)
{
    text_append(page, "<thead><tr>");
    for (; *headings != NULL; headings++) {
        text_append(page, "<th scope=\"col\">");
        html_text(page, *headings);
        text_append(page, "</th>");
    }
    text_append(page, "</tr></thead>\n");
}
