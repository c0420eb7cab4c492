/* SPDX-License-Identifier: MIT
 *
 * Words and colours in gnuplot's language.
 *
 * Strings are in single quotes, within which gnuplot knows no escape but the doubled quote: in
 * double quotes it would run what stands between backticks. Everything is drawn "noenhanced", so
 * that braces, carets and underscores are themselves.
 */
#include "report/gnuplot_parts.h"

static bool starts_character(char byte)
{
    return ((unsigned char)byte & 0xC0u) != 0x80u;
}

size_t parts_count_characters(const char *chars)
{
    size_t count = 0;
    for (; *chars != '\0'; chars++)
        count += starts_character(*chars);
    return count;
}

static void append_quoted(struct text *script, const char *chars, size_t most, bool is_format)
{
    struct text shown = {0};
    text_append_terminal(&shown, chars);
    bool cut = parts_count_characters(text_chars(&shown)) > most;
    size_t room = cut ? most - 1 : most;
    text_append(script, "'");
    for (const char *at = text_chars(&shown); *at != '\0'; at++) {
        if (starts_character(*at) && room-- == 0)
            break;
        text_append_bytes(script, at, 1);
        if (*at == '\'' || (*at == '%' && is_format))
            text_append_bytes(script, at, 1);
    }
    text_append(script, cut ? "…'" : "'");
    text_free(&shown);
}

void parts_append_string(struct text *script, const char *chars, size_t most)
{
    append_quoted(script, chars, most, false);
}

void parts_append_tick_label(struct text *script, const char *chars, size_t most)
{
    append_quoted(script, chars, most, true);
}

void parts_append_colour(struct text *script, enum look_colour colour)
{
    text_format(script, "'#%06X'", look_colours[colour].light);
}

double parts_character_width(const struct frame *frame)
{
    return frame->font * frame->character;
}

size_t parts_characters_in(const struct frame *frame, double pixels)
{
    double count = pixels / parts_character_width(frame);
    return count < 4 ? 4 : (size_t)count;
}

void parts_append_line(struct text *script, const char *from, const char *to,
                       enum look_colour colour, const char *style)
{
    text_format(script, "set arrow from %s to %s nohead back %s linecolor rgb ", from, to, style);
    parts_append_colour(script, colour);
    text_append(script, "\n");
}
