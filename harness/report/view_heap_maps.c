/* SPDX-License-Identifier: MIT
 *
 * Pictures of heaps over time. They are images, in which a browser runs and loads nothing: so a
 * picture need not be looked through, whoever made it.
 */
#include <string.h>

#include "report/html.h"
#include "report/packed.h"
#include "report/view.h"

static const char begins[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
static const char titled[] = "<title id=\"title\">The heap over time: ";

/* What stands between a tag and its end: text of XML, with its five entities as characters. */
static void append_content(struct text *content, const struct text *svg, const char *tag,
                           const char *end)
{
    static const struct {
        const char *entity, *character;
    } entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    const char *at = strstr(text_chars(svg), tag);
    const char *last = at == NULL ? NULL : strstr(at, end);
    if (last == NULL)
        return;
    for (at = strchr(at, '>') + 1; at < last;) {
        size_t taken = 1;
        const char *character = at;
        for (size_t i = 0; *at == '&' && i < sizeof entities / sizeof *entities; i++) {
            if (strncmp(at, entities[i].entity, strlen(entities[i].entity)) == 0) {
                taken = strlen(entities[i].entity);
                character = entities[i].character;
            }
        }
        text_append_bytes(content, character, 1);
        at += taken;
    }
}

bool report_is_heap_map(const struct text *svg)
{
    const char *chars = text_chars(svg);
    return strlen(chars) == svg->length && strncmp(chars, begins, sizeof begins - 1) == 0 &&
           strstr(chars, titled) != NULL && strstr(chars, "</title>") != NULL;
}

/* The looks in words, for whoever does not see the picture. */
static void append_words(const struct text *svg, struct text *page)
{
    struct text words = {0};
    struct text_list looks = {0};
    append_content(&words, svg, "<desc id=\"description\">", "</desc>");
    text_split(&looks, text_chars(&words), '\n');
    text_append(page, "<details><summary>These pages in words</summary><ul>\n");
    for (size_t i = 0; i < looks.count; i++)
        if (looks.items[i][0] != '\0')
            html_element(page, "li", looks.items[i]);
    text_append(page, "</ul></details>\n");
    text_list_free(&looks);
    text_free(&words);
}

static void append_map(const struct text *svg, struct text *page)
{
    struct text title = {0};
    append_content(&title, svg, titled, "</title>");
    text_append(page, "<figure class=\"wide\"><figcaption>");
    html_element(page, "h5", text_chars(&title));
    text_append(page, "</figcaption>\n<div class=\"scroll\" tabindex=\"0\"><img class=\"book\" "
                      "alt=\"");
    html_text(page, text_chars(&title));
    text_append(page, "\" src=\"data:image/svg+xml;base64,");
    packed_append_base64(svg->chars, svg->length, page);
    text_append(page, "\"></div>\n");
    append_words(svg, page);
    text_append(page, "</figure>\n");
    text_free(&title);
}

void view_heap_maps(struct view *view, struct text *page)
{
    const struct report_request *request = view->request;
    if (request->heap_map_count == 0)
        return;
    text_append(
        page, "<section><h3 id=\"heap-maps\">What is in the heap</h3>\n<p>The heap as the pages "
              "of a book, right before and right after collections: rows are addresses; in each "
              "cell what lives stands at the bottom, what is dead on top of it, and the rest is "
              "free. These are runs of their own, with one thread, and their time is in no figure "
              "here.</p>\n");
    for (size_t i = 0; i < request->heap_map_count; i++)
        append_map(&request->heap_maps[i], page);
    text_append(page, "</section>\n");
}
