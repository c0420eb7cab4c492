/* SPDX-License-Identifier: MIT
 *
 * What a picture needs that a page has around it: title, verdict, legend, what its marks mean,
 * noise.
 */
#include <math.h>
#include <string.h>

#include "report/gnuplot_parts.h"

enum { MARGIN = 12, MOST_LINES = 8, TITLE_MORE = 2, NOISE_LESS = 2 };

/* Height of a line of text over its font's. */
static const double LINE = 1.4;

/* ---- lines of words ---- */

static double smaller_width(const struct frame *frame, double font)
{
    return parts_character_width(frame) * font / frame->font;
}

static size_t places_in(const struct frame *frame, double font)
{
    return (size_t)fmax(10, (frame->width - 2 * MARGIN) / smaller_width(frame, font));
}

/* As many words as fit; `at` moves on to what follows. The last line takes all, and is cut. */
static void take_line(const char **at, size_t places, bool is_last, struct text *line)
{
    while (**at != '\0') {
        const char *word = *at + strspn(*at, " ");
        size_t length = strcspn(word, " ");
        struct text longer = {0};
        text_format(&longer, "%s%s%.*s", text_chars(line), line->length > 0 ? " " : "", (int)length,
                    word);
        if (!is_last && line->length > 0 && parts_count_characters(text_chars(&longer)) > places) {
            text_free(&longer);
            return;
        }
        text_free(line);
        *line = longer;
        *at = word + length;
        *at += strspn(*at, " ");
    }
}

static size_t count_lines(const struct frame *frame, const char *words, double font)
{
    size_t lines = 0;
    while (*words != '\0' && lines < MOST_LINES) {
        struct text line = {0};
        take_line(&words, places_in(frame, font), ++lines == MOST_LINES, &line);
        text_free(&line);
    }
    return lines;
}

static void append_line(struct text *script, const struct frame *frame, const char *words,
                        double font, double y, enum look_colour colour)
{
    text_append(script, "set label ");
    parts_append_string(script, words, places_in(frame, font));
    text_format(script, " at screen %.4f, screen %.4f left font ',%.4g' textcolor rgb ",
                MARGIN / frame->width, 1 - y / frame->height, font * frame->font_scale);
    parts_append_colour(script, colour);
    text_append(script, "\n");
}

/* From `y` on, which is that of the first line's middle. Returns that of the line after the last.
 */
static double append_lines(struct text *script, const struct frame *frame, const char *words,
                           double font, double y, enum look_colour colour)
{
    for (size_t lines = 1; *words != '\0' && lines <= MOST_LINES; lines++) {
        struct text line = {0};
        take_line(&words, places_in(frame, font), lines == MOST_LINES, &line);
        append_line(script, frame, text_chars(&line), font, y, colour);
        text_free(&line);
        y += LINE * font;
    }
    return y;
}

/* ---- the legend ---- */

/* Entries stand beside each other while there is room. */
struct place {
    double x;
    size_t row;
};

static struct place next_place(const struct frame *frame, struct place *free_place,
                               const char *name)
{
    double width =
        2 * frame->font + parts_character_width(frame) * (double)parts_count_characters(name);
    if (free_place->x > MARGIN && free_place->x + width > frame->width - MARGIN) {
        free_place->x = MARGIN;
        free_place->row++;
    }
    struct place place = *free_place;
    free_place->x += width + frame->font;
    return place;
}

static size_t entry_count(const struct chart *chart)
{
    return chart->form == CHART_BARS || chart->form == CHART_HEAT ? 0
           : chart->form == CHART_STACK                           ? chart->category_count
                                                                  : chart->series_count;
}

/* NULL: it has none of its own. */
static const char *entry_name(const struct chart *chart, size_t entry)
{
    if (chart->form == CHART_STACK)
        return chart->categories[entry];
    return chart->series[entry].follows == entry ? chart->series[entry].name : NULL;
}

static size_t count_rows(const struct chart *chart, const struct frame *frame)
{
    struct place at = {MARGIN, 0};
    size_t rows = 0;
    for (size_t i = 0; i < entry_count(chart); i++)
        if (entry_name(chart, i) != NULL)
            rows = next_place(frame, &at, entry_name(chart, i)).row + 1;
    return rows;
}

static void append_swatch(struct text *script, const struct chart *chart, const struct frame *frame,
                          size_t part, double x, double y)
{
    double half = frame->font * 0.4;
    text_format(script,
                "set object rectangle from screen %.4f, screen %.4f to screen %.4f, screen %.4f "
                "fillstyle transparent solid %.2f noborder fillcolor rgb ",
                (x - half) / frame->width, 1 - (y + half) / frame->height,
                (x + half) / frame->width, 1 - (y - half) / frame->height,
                chart_part_opacity(chart, part));
    parts_append_colour(script, LOOK_INK);
    text_append(script, "\n");
}

static void append_marker(struct text *script, const struct chart *chart, const struct frame *frame,
                          size_t series, double x, double y)
{
    size_t look = chart->series[series].look;
    text_format(script,
                "set label '' at screen %.4f, screen %.4f point pointtype %d pointsize 0.65 "
                "linecolor rgb ",
                x / frame->width, 1 - y / frame->height, look_marker(look)->filled);
    parts_append_colour(script, look_colour(look));
    text_append(script, "\n");
}

/* `y` is that of the middle of its first row. */
static void append_legend(struct text *script, const struct chart *chart, const struct frame *frame,
                          double y)
{
    struct place at = {MARGIN, 0};
    for (size_t i = 0; i < entry_count(chart); i++) {
        const char *name = entry_name(chart, i);
        if (name == NULL)
            continue;
        struct place place = next_place(frame, &at, name);
        double x = place.x + frame->font / 2;
        double row_y = y + (double)place.row * LINE * frame->font;
        if (chart->form == CHART_STACK)
            append_swatch(script, chart, frame, i, x, row_y);
        else
            append_marker(script, chart, frame, i, x, row_y);
        text_append(script, "set label ");
        parts_append_string(script, name, places_in(frame, frame->font));
        text_format(script, " at screen %.4f, screen %.4f left textcolor rgb ",
                    (place.x + 1.4 * frame->font) / frame->width, 1 - row_y / frame->height);
        parts_append_colour(script, LOOK_INK);
        text_append(script, "\n");
    }
}

/* ---- all of it ---- */

static double foot_part(const struct frame *frame, const char *words, double font)
{
    return words[0] == '\0' ? 0 : LINE * font * (double)count_lines(frame, words, font) + MARGIN;
}

void parts_make_room(const struct chart *chart, struct frame *frame)
{
    struct text title = {0};
    chart_append_title(chart, &title);
    double font = frame->font;
    double lines =
        (font + TITLE_MORE) * (double)count_lines(frame, text_chars(&title), font + TITLE_MORE) +
        font * (double)(count_lines(frame, chart->verdict, font) + count_rows(chart, frame));
    frame->head = MARGIN + LINE * lines + MARGIN;
    double small = font - NOISE_LESS;
    frame->foot =
        foot_part(frame, chart->explanation, small) + foot_part(frame, chart->noise, small);
    frame->top += frame->head;
    frame->bottom += frame->foot;
    frame->height += frame->head + frame->foot;
    text_free(&title);
}

void parts_append_surroundings(struct text *script, const struct chart *chart,
                               const struct frame *frame)
{
    struct text title = {0};
    double font = frame->font;
    chart_append_title(chart, &title);
    double y = append_lines(script, frame, text_chars(&title), font + TITLE_MORE, MARGIN + font / 2,
                            LOOK_INK);
    y = append_lines(script, frame, chart->verdict, font, y, LOOK_MUTED);
    append_legend(script, chart, frame, y + font / 2);
    double small = font - NOISE_LESS, foot = frame->height - frame->foot + font;
    append_lines(script, frame, chart->explanation, small, foot, LOOK_MUTED);
    append_lines(script, frame, chart->noise, small,
                 foot + foot_part(frame, chart->explanation, small), LOOK_MUTED);
    text_free(&title);
}
