/* SPDX-License-Identifier: MIT
 *
 * The worked example as text: for each step names, what they refer to, and counts.
 */
#include <string.h>

#include "learn/names.h"

enum { LINE_PLACES = 88 };

/* Append words as lines, indented. */
static void append_wrapped(struct text *text, const char *words, int indent)
{
    size_t places = 0;
    struct text_list pieces = {0};
    text_split(&pieces, words, ' ');
    for (size_t i = 0; i < pieces.count; i++) {
        size_t width = strlen(pieces.items[i]);
        bool fits = places > 0 && places + 1 + width <= LINE_PLACES;
        if (fits)
            text_format(text, " %s", pieces.items[i]);
        else
            text_format(text, "%s%*s%s", places > 0 ? "\n" : "", indent, "", pieces.items[i]);
        places = fits ? places + 1 + width : (size_t)indent + width;
    }
    text_append(text, "\n");
    text_list_free(&pieces);
}

static void append_object(struct text *text, const struct names_seen *now, int object,
                          const struct hm_capabilities *can)
{
    const struct names_seen_object *seen = &now->objects[object];
    struct text count = {0};
    names_append_count(&count, seen, can);
    text_format(text, "%-12s %s", names_object_name((enum names_object)object), text_chars(&count));
    text_free(&count);
    if (seen->state == NAMES_KEPT)
        text_append(text, ", out of reach");
    if (seen->state == NAMES_UNSURE)
        text_append(text, ", out of reach, perhaps reclaimed");
    text_append(text, "\n");
}

static void append_slots(struct text *text, const struct names_seen *now, int object)
{
    for (int i = 0; i < NAMES_SLOTS; i++)
        if (now->objects[object].slots[i] != NAMES_NOTHING)
            text_format(text, "             [%d] -> %s\n", i,
                        names_object_name((enum names_object)now->objects[object].slots[i]));
}

/* Each name with its object; an object's line is said in full where it comes first. */
static void append_graph(struct text *text, const struct names_seen *now, uint32_t step,
                         const struct hm_capabilities *can)
{
    bool shown[NAMES_OBJECTS] = {false};
    for (int i = 0; i < NAMES_CELLS; i++) {
        int object = now->cells[i];
        if (object == NAMES_NOTHING)
            continue;
        text_format(text, "     %s -> ", names_cell_name((enum names_cell)i));
        if (shown[object]) {
            text_format(text, "%s\n", names_object_name((enum names_object)object));
            continue;
        }
        append_object(text, now, object, can);
        append_slots(text, now, object);
        shown[object] = true;
    }
    for (int i = 0; i < NAMES_OBJECTS; i++) {
        enum names_state state = now->objects[i].state;
        if (shown[i] || !names_shows(now, step, (enum names_object)i))
            continue;
        if (state == NAMES_GONE) {
            text_format(text, "          %-12s reclaimed\n",
                        names_object_name((enum names_object)i));
            continue;
        }
        text_append(text, "          ");
        append_object(text, now, i, can);
        append_slots(text, now, i);
    }
}

void names_append_text_step(struct text *text, const struct names_play *play, uint32_t step,
                            const struct hm_capabilities *can)
{
    const struct names_seen *now = &play->seen[step];
    struct text words = {0};
    text_format(text, "\n%2u. %s\n", step + 1, names_code((enum names_action)step));
    text_append(&words, names_meaning((enum names_action)step));
    text_append(&words, " ");
    size_t before = words.length;
    names_append_remark(&words, play, step, can);
    if (words.length == before) /* nothing is said: no blank at the end */
        words.chars[--words.length] = '\0';
    append_wrapped(text, words.chars, 4);
    text_append(text, "\n");
    append_graph(text, now, step, can);
    text_append(text, "     ");
    names_append_held(text, play, step);
    text_append(text, "\n");
    if (now->wrong[0] != '\0')
        text_format(text, "     WRONG: %s\n", now->wrong);
    text_free(&words);
}

void names_append_text(struct text *text, const struct names_play *play,
                       const struct stage_end *end, const char *label,
                       const struct hm_capabilities *can)
{
    struct text kind = {0};
    text_append(text, "What owns an object, on ");
    text_append_terminal(text, label);
    text_append(text, "\n");
    names_append_kind(&kind, can);
    append_wrapped(text, text_chars(&kind), 4);
    text_free(&kind);
    for (uint32_t i = 0; i < play->steps; i++)
        names_append_text_step(text, play, i, can);
    if (end->ending != STAGE_ENDED) {
        text_append(text, "\n");
        names_append_end(text, play, end);
        text_append(text, "\n");
    }
}
