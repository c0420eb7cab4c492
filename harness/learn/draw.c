/* SPDX-License-Identifier: MIT
 *
 * Drawing; see draw.h. Colours are written into the rules of the style sheet, and not as its
 * variables, which not every viewer of pictures knows; on dark ground a second set of rules wins.
 */
#include "learn/draw.h"

#include <stdlib.h>

static void append_data(struct text *svg, const char *chars)
{
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    text_append_html(svg, text_chars(&shown));
    text_free(&shown);
}

/* Line by line, as a line's end is no control code here. */
static void append_lines(struct text *svg, const char *chars)
{
    struct text_list lines = {0};
    text_split(&lines, chars, '\n');
    for (size_t i = 0; i < lines.count; i++) {
        text_append(svg, i > 0 ? "\n" : "");
        append_data(svg, lines.items[i]);
    }
    text_list_free(&lines);
}

/* ---- the style ---- */

static const struct draw_rule common[] = {
    {"ink", "fill", LOOK_INK},
    {"muted", "fill", LOOK_MUTED},
    {"bad", "fill", LOOK_BAD},
    {"panel", "stroke", LOOK_GRID},
};

static void append_rules(struct text *svg, const struct draw_rule *rules, size_t count,
                         bool is_dark)
{
    for (size_t i = 0; i < count; i++) {
        const struct look_colour_row *row = &look_colours[rules[i].colour];
        text_format(svg, ".%s{%s:#%06x}", rules[i].class_name, rules[i].property,
                    is_dark ? row->dark : row->light);
    }
}

static void append_style(struct text *svg, const struct draw_rule *rules, size_t count)
{
    enum { COMMON = sizeof common / sizeof *common };
    text_append(svg, "<style>\n"
                     "text{font:13px system-ui,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',"
                     "sans-serif}\n"
                     "text.code{font:600 14px ui-monospace,'Cascadia Mono','DejaVu Sans Mono',"
                     "Menlo,monospace}\n"
                     "text.head{font-size:20px;font-weight:600}\n"
                     "text.small{font-size:12px}\n"
                     "text.strong{font-weight:600}\n"
                     ".ground{fill:#ffffff}.panel{fill:#f6f7f9;stroke-width:1}\n");
    append_rules(svg, common, COMMON, false);
    append_rules(svg, rules, count, false);
    text_append(svg, "\n@media screen and (prefers-color-scheme:dark){\n"
                     ".ground{fill:#16181c}.panel{fill:#1f2228}\n");
    append_rules(svg, common, COMMON, true);
    append_rules(svg, rules, count, true);
    text_append(svg, "\n}\n</style>\n");
}

void draw_begin(struct text *svg, int width, int height, const char *title, const char *description,
                const struct draw_rule *rules, size_t count)
{
    text_format(svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"title description\">\n",
                width, height, width, height);
    text_append(svg, "<title id=\"title\">");
    append_data(svg, title);
    text_append(svg, "</title>\n<desc id=\"description\">");
    append_lines(svg, description);
    text_append(svg, "</desc>\n");
    append_style(svg, rules, count);
    text_format(svg, "<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n", width, height);
}

void draw_end(struct text *svg)
{
    text_append(svg, "</svg>\n");
}

/* ---- shapes ---- */

void draw_box(struct text *svg, const char *class_name, int x, int y, int width, int height,
              int radius)
{
    text_format(svg,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>\n",
                class_name, x, y, width, height, radius);
}

void draw_text(struct text *svg, const char *class_name, int x, int y, const char *chars)
{
    text_format(svg, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class_name, x, y);
    append_data(svg, chars);
    text_append(svg, "</text>\n");
}

void draw_centred(struct text *svg, const char *class_name, int x, int y, const char *chars)
{
    text_format(svg, "<text class=\"%s\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">", class_name, x,
                y);
    append_data(svg, chars);
    text_append(svg, "</text>\n");
}

int draw_words(struct text *svg, const char *class_name, int x, int y, int step, size_t places,
               const char *chars)
{
    struct text_list words = {0};
    struct text line = {0};
    text_split(&words, chars, ' ');
    for (size_t i = 0; i < words.count; i++) {
        struct text longer = {0};
        text_format(&longer, "%s%s%s", text_chars(&line), line.length > 0 ? " " : "",
                    words.items[i]);
        if (longer.length > places && line.length > 0) {
            draw_text(svg, class_name, x, y, text_chars(&line));
            y += step;
            text_free(&longer);
            text_append(&longer, words.items[i]);
        }
        text_free(&line);
        line = longer;
    }
    if (line.length > 0) {
        draw_text(svg, class_name, x, y, text_chars(&line));
        y += step;
    }
    text_free(&line);
    text_list_free(&words);
    return y;
}

void draw_arrow(struct text *svg, const char *class_name, int x1, int y1, int x2, int y2)
{
    enum { LENGTH = 9, HALF = 4 };
    int dx = x2 > x1 ? 1 : x2 < x1 ? -1 : 0, dy = dx != 0 ? 0 : y2 > y1 ? 1 : -1;
    int bx = x2 - dx * LENGTH, by = y2 - dy * LENGTH; /* where the head begins */
    text_format(svg,
                "<path class=\"%s\" d=\"M%d %dL%d %d\"/>"
                "<path class=\"%s-head\" d=\"M%d %dL%d %dL%d %dz\"/>\n",
                class_name, x1, y1, bx, by, class_name, x2, y2, bx + dy * HALF, by + dx * HALF,
                bx - dy * HALF, by - dx * HALF);
}
