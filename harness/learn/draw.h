/* SPDX-License-Identifier: MIT
 *
 * SVG documents that are drawn by hand rather than plotted: readable on light and on dark ground,
 * with a title and a description for those who do not see them. All text is data.
 */
#ifndef HEAPMARK_LEARN_DRAW_H
#define HEAPMARK_LEARN_DRAW_H

#include "base/text.h"
#include "report/look.h"

/* A colour of a class of what is drawn: `property` is fill or stroke. */
struct draw_rule {
    const char *class_name, *property;
    enum look_colour colour;
};

/* The beginning of a document of that size: title, description, the style of the classes below and
 * that of the `count` rules, and the ground. */
void draw_begin(struct text *svg, int width, int height, const char *title, const char *description,
                const struct draw_rule *rules, size_t count);
void draw_end(struct text *svg);

/* Classes that every document has: "panel" for boxes; for text "ink", "muted", "bad" by colour and
 * "code", "head", "small" by shape. */

void draw_box(struct text *svg, const char *class_name, int x, int y, int width, int height,
              int radius);
void draw_text(struct text *svg, const char *class_name, int x, int y, const char *chars);
/* Text around this place. */
void draw_centred(struct text *svg, const char *class_name, int x, int y, const char *chars);

/* Words as lines of at most so many characters, the first at y; returns the y after the last. */
int draw_words(struct text *svg, const char *class_name, int x, int y, int step, size_t places,
               const char *chars);

/* A straight line with a head at its end, which comes from above or from one side. */
void draw_arrow(struct text *svg, const char *class_name, int x1, int y1, int x2, int y2);

#endif
