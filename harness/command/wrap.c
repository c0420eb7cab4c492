/* SPDX-License-Identifier: MIT
 *
 * Paragraphs; see wrap.h.
 */
#include "command/wrap.h"

#include "command/columns.h"

void wrap_append(struct text *text, const char *words, unsigned indent)
{
    size_t places = 0;
    struct text_list pieces = {0};
    text_split(&pieces, words, ' ');
    for (size_t i = 0; i < pieces.count; i++) {
        struct text shown = {0};
        text_append_terminal(&shown, pieces.items[i]);
        size_t width = columns_width(text_chars(&shown));
        bool fits = places > 0 && places + 1 + width <= WRAP_PLACES;
        if (fits)
            text_append(text, " ");
        else
            text_format(text, "%s%*s", places > 0 ? "\n" : "", (int)indent, "");
        text_append(text, text_chars(&shown));
        places = fits ? places + 1 + width : indent + width;
        text_free(&shown);
    }
    text_append(text, "\n");
    text_list_free(&pieces);
}
