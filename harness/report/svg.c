/* SPDX-License-Identifier: MIT
 *
 * A pass over the tags of a picture. Text between them is already escaped by gnuplot, and holds
 * no "<"; what it holds is never taken for a colour or an id.
 */
#include "report/svg.h"

#include <stdio.h>
#include <string.h>

#include "report/look.h"

/* A piece of the document, not terminated. */
struct piece {
    const char *start;
    size_t length;
};

static bool is(struct piece piece, const char *word)
{
    return strlen(word) == piece.length && strncmp(piece.start, word, piece.length) == 0;
}

static bool is_one_of(struct piece piece, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is(piece, words[i]))
            return true;
    }
    return false;
}

/* ---- Attributes ---- */

static const char *const allowed_attributes[] = {
    "class",
    "clip-path",
    "color",
    "cx",
    "cy",
    "d",
    "dy",
    "dx",
    "fill",
    "fill-opacity",
    "font-size",
    "font-weight",
    "height",
    "id",
    "opacity",
    "points",
    "r",
    "rx",
    "ry",
    "stroke",
    "transform",
    "stroke-opacity",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "shape-rendering",
    "width",
    "stroke-dasharray",
    "text-anchor",
    "x",
    "x1",
    "x2",
    "xlink:href",
    "xml:space",
    "y",
    "y1",
    "y2",
};

/* The page sets the font; the rest is metadata. */
static const char *const dropped_attributes[] = {"font-family", "font-style", "xmlns",
                                                 "xmlns:xlink"};

/* gnuplot writes rgb(  0, 114, 178) and rgb(0,114,178); black is ink. False: not ours. */
static bool find_colour(struct piece value, enum look_colour *colour)
{
    char text[40];
    unsigned red, green, blue;
    if (is(value, "black")) {
        *colour = LOOK_INK;
        return true;
    }
    snprintf(text, sizeof text, "%.*s", (int)(value.length < 39 ? value.length : 39), value.start);
    if (sscanf(text, "rgb( %u , %u , %u )", &red, &green, &blue) != 3)
        return false;
    for (int i = 0; i < LOOK_COLOUR_COUNT; i++) {
        if (look_colours[i].light == (red << 16 | green << 8 | blue)) {
            *colour = (enum look_colour)i;
            return true;
        }
    }
    return false;
}

static void append_value(struct text *page, struct piece name, struct piece value,
                         const char *prefix)
{
    static const char *const colours[] = {"fill", "stroke", "color"};
    enum look_colour colour;
    if (is_one_of(name, colours, 3) && find_colour(value, &colour)) {
        text_format(page, "var(%s,#%06x)", look_colours[colour].variable,
                    look_colours[colour].light);
        return;
    }
    if (is(name, "id"))
        text_append(page, prefix);
    if (is(name, "xlink:href")) {
        text_format(page, "#%s", prefix);
        value.start++;
        value.length--;
    }
    text_append_bytes(page, value.start, value.length);
}

static bool refuse(struct error *error, const char *what, struct piece piece)
{
    struct text shown = {0};
    struct text raw = {0};
    text_append_bytes(&raw, piece.start, piece.length < 60 ? piece.length : 60);
    text_append_terminal(&shown, text_chars(&raw));
    error_system(error, "gnuplot's picture holds %s '%s', which no chart needs", what,
                 text_chars(&shown));
    text_free(&raw);
    text_free(&shown);
    return false;
}

static bool is_harmless(struct piece name, struct piece value)
{
    if (is(name, "xlink:href"))
        return value.length > 1 && value.start[0] == '#';
    return memmem(value.start, value.length, "url(", 4) == NULL &&
           memchr(value.start, '<', value.length) == NULL &&
           memchr(value.start, '"', value.length) == NULL;
}

/* At `name = "value"`, with either quote. Returns what follows, or NULL. */
static const char *take_attribute(const char *at, struct piece *name, struct piece *value)
{
    name->start = at;
    name->length = strcspn(at, "= \t\n\r\"'<>/");
    at += name->length;
    at += strspn(at, " \t\n\r");
    if (name->length == 0 || *at++ != '=')
        return NULL;
    at += strspn(at, " \t\n\r");
    char quote = *at++;
    if (quote != '"' && quote != '\'')
        return NULL;
    value->start = at;
    const char *end = strchr(at, quote);
    if (end == NULL)
        return NULL;
    value->length = (size_t)(end - at);
    return end + 1;
}

static bool append_attributes(struct text *page, struct piece attributes, const char *prefix,
                              struct error *error)
{
    const char *at = attributes.start, *end = at + attributes.length;
    for (at += strspn(at, " \t\n\r/"); at < end; at += strspn(at, " \t\n\r/")) {
        struct piece name, value;
        const char *after = take_attribute(at, &name, &value);
        if (after == NULL || after > end)
            return refuse(error, "the odd attributes", attributes);
        at = after;
        if (is_one_of(name, dropped_attributes, sizeof dropped_attributes / sizeof(char *)))
            continue;
        if (!is_one_of(name, allowed_attributes, sizeof allowed_attributes / sizeof(char *)) ||
            !is_harmless(name, value))
            return refuse(error, "the attribute", name);
        text_format(page, " %.*s=\"", (int)name.length, name.start);
        append_value(page, name, value, prefix);
        text_append(page, "\"");
    }
    return true;
}

/* ---- Elements ---- */

static const char *const allowed_elements[] = {
    "svg",  "g",       "path",     "rect",     "circle", "ellipse", "line",
    "text", "polygon", "polyline", "clipPath", "tspan",  "defs",    "use",
};

/* Dropped with all they hold: names that would pop up as tool tips, boxes that nothing uses. */
static const char *const dropped_elements[] = {"title", "desc", "filter"};

/* The picture's own size gives its proportions. */
static bool append_root(struct text *page, struct piece attributes, const char *class_name,
                        const char *label, struct error *error)
{
    static const char view[] = "viewBox=\"";
    const char *found = memmem(attributes.start, attributes.length, view, sizeof view - 1);
    double width, height;
    if (found == NULL || sscanf(found + sizeof view - 1, "0 0 %lf %lf", &width, &height) != 2)
        return refuse(error, "the root", attributes);
    text_format(page, "<svg class=\"%s\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"",
                class_name, width, height);
    text_append_html(page, label);
    text_append(page, "\">");
    return true;
}

/* Of a tag between its brackets. */
static struct piece name_of(struct piece tag)
{
    size_t slash = tag.length > 0 && tag.start[0] == '/';
    struct piece name = {tag.start + slash, 0};
    while (slash + name.length < tag.length && strchr(" \t\n\r/>", name.start[name.length]) == NULL)
        name.length++;
    return name;
}

static bool append_tag(struct text *page, struct piece tag, const char *prefix,
                       const char *class_name, const char *label, struct error *error)
{
    struct piece name = name_of(tag);
    struct piece attributes = {name.start + name.length,
                               tag.length - (size_t)(name.start + name.length - tag.start)};
    if (!is_one_of(name, allowed_elements, sizeof allowed_elements / sizeof(char *)))
        return refuse(error, "the element", name);
    if (is(name, "svg") && tag.start[0] != '/')
        return append_root(page, attributes, class_name, label, error);
    text_format(page, "<%s%.*s", tag.start[0] == '/' ? "/" : "", (int)name.length, name.start);
    if (!append_attributes(page, attributes, prefix, error))
        return false;
    text_append(page, tag.start[tag.length - 1] == '/' ? "/>" : ">");
    return true;
}

/* Text between tags; the indentation is left out. */
static void append_content(struct text *page, struct piece content)
{
    size_t blank = strspn(content.start, " \t\r\n");
    if (blank < content.length)
        text_append_bytes(page, content.start, content.length);
}

/* What follows the element that begins with this tag, which nothing of its name lies in. */
static const char *skip_element(const char *after, struct piece tag)
{
    struct piece name = name_of(tag);
    if (tag.start[tag.length - 1] == '/')
        return after;
    char closing[40];
    snprintf(closing, sizeof closing, "</%.*s>", (int)name.length, name.start);
    const char *end = strstr(after, closing);
    return end == NULL ? after + strlen(after) : end + strlen(closing);
}

static bool append_document(struct text *page, const char *svg, const char *prefix,
                            const char *class_name, const char *label, struct error *error)
{
    const char *at = strstr(svg, "<svg");
    while (at != NULL && *at != '\0') {
        const char *end = strchr(at, '>');
        if (end == NULL || end == at + 1)
            return error_system(error, "gnuplot's picture ends in the middle of a tag");
        struct piece tag = {at + 1, (size_t)(end - at - 1)};
        at = end + 1;
        if (is_one_of(name_of(tag), dropped_elements, 3)) {
            at = skip_element(at, tag);
        } else if (!append_tag(page, tag, prefix, class_name, label, error)) {
            return false;
        } else if (is(tag, "/svg")) {
            return true;
        }
        struct piece content = {at, strcspn(at, "<")};
        append_content(page, content);
        at += content.length;
    }
    return error_system(error, "gnuplot's picture is no whole SVG document");
}

bool svg_inline(const char *svg, const char *prefix, const char *class_name, const char *label,
                struct text *page, struct error *error)
{
    struct text inlined = {0};
    bool good = append_document(&inlined, svg, prefix, class_name, label, error);
    if (good)
        text_append(page, text_chars(&inlined));
    text_free(&inlined);
    return good;
}
