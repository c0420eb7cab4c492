/* SPDX-License-Identifier: MIT
 *
 * The worked example as pictures: a panel for each step, names above, objects below, arrows for
 * references. An object keeps its place from panel to panel, so that what changes is seen.
 */
#include "learn/draw.h"
#include "learn/names.h"

/* Of a panel, from its upper left corner. */
enum {
    PANEL_WIDTH = 370,
    PANEL_HEIGHT = 316,
    GAP = 14,
    HEAD_HEIGHT = 84,
    COLUMNS = 3,
    MARGIN = 16,
    WORD_PLACES = 50,
    HEAD_PLACES = 150,
    LINE_STEP = 16,
    NAME_Y = 86,
    NAME_WIDTH = 32,
    NAME_HEIGHT = 24,
    OBJECT_Y = 140,
    OBJECT_WIDTH = 134,
    OBJECT_HEIGHT = 74,
    LEFT_X = 22,
    RIGHT_X = 214,
    SLOT_WIDTH = 28,
    SLOT_HEIGHT = 20,
    UPPER_ROW = 16, /* where references leave and come in, from the object's top */
    LOWER_ROW = 58,
};

static const struct draw_rule rules[] = {
    {"reached", "fill", LOOK_SERIES_0}, {"reached", "stroke", LOOK_SERIES_0},
    {"kept", "stroke", LOOK_BAD},       {"gone", "stroke", LOOK_MUTED},
    {"slot", "stroke", LOOK_MUTED},     {"bound", "stroke", LOOK_INK},
    {"free", "stroke", LOOK_GRID},      {"owns", "stroke", LOOK_INK},
    {"owns-head", "fill", LOOK_INK},    {"lost", "stroke", LOOK_BAD},
    {"lost-head", "fill", LOOK_BAD},    {"dot", "fill", LOOK_INK},
    {"lost-dot", "fill", LOOK_BAD},     {"grey", "fill", LOOK_MUTED},
    {"count", "fill", LOOK_SERIES_0},
};

/* Shapes beside colours: what is lost or gone is told by dashes and words, too. */
static const char shapes[] =
    "<style>.reached{fill-opacity:.13;stroke-width:1.6}.kept{fill:none;stroke-width:1.6;"
    "stroke-dasharray:6 4}.gone{fill:none;stroke-width:1.2;stroke-dasharray:1.5 4}"
    ".slot,.bound,.free{fill:none;stroke-width:1.2}.owns,.lost{fill:none;stroke-width:1.6}"
    ".lost{stroke-dasharray:5 3}text.count{font-size:12px;font-weight:600}</style>\n";

struct place {
    int x, y;
};

struct canvas {
    struct text *svg;
    const struct hm_capabilities *can;
    const struct names_seen *now;
    int x, y; /* of the panel */
};

/* ---- places ---- */

static int object_x(int object)
{
    return object == NAMES_CONTAINER || object == NAMES_RING_A ? LEFT_X : RIGHT_X;
}

static int cell_x(int cell)
{
    static const int middles[NAMES_CELLS] = {
        [NAMES_E] = RIGHT_X + 40,
        [NAMES_K] = RIGHT_X + 94,
        [NAMES_Z] = LEFT_X + OBJECT_WIDTH / 2,
        [NAMES_A] = LEFT_X + OBJECT_WIDTH / 2,
        [NAMES_B] = RIGHT_X + OBJECT_WIDTH / 2,
    };
    return middles[cell];
}

/* The last one's slots look to the left and count from below: what leaves it is level with where it
 * comes in. */
static bool faces_left(int object)
{
    return object == NAMES_RING_B;
}

static struct place slot_place(const struct canvas *on, int object, int slot)
{
    bool left = faces_left(object);
    int row = left ? LOWER_ROW - slot * SLOT_HEIGHT : UPPER_ROW + slot * SLOT_HEIGHT;
    int x = object_x(object) + (left ? 0 : OBJECT_WIDTH - SLOT_WIDTH);
    return (struct place){on->x + x, on->y + OBJECT_Y + row - SLOT_HEIGHT / 2};
}

/* ---- parts ---- */

static void draw_names(const struct canvas *on, bool in_ring)
{
    for (int i = in_ring ? NAMES_A : NAMES_E; i < (in_ring ? NAMES_CELLS : NAMES_A); i++) {
        bool bound = on->now->cells[i] != NAMES_NOTHING;
        int x = on->x + cell_x(i), y = on->y + NAME_Y;
        draw_box(on->svg, bound ? "bound" : "free", x - NAME_WIDTH / 2, y, NAME_WIDTH, NAME_HEIGHT,
                 4);
        draw_centred(on->svg, bound ? "ink strong" : "muted", x, y + 17,
                     names_cell_name((enum names_cell)i));
        if (bound)
            draw_arrow(on->svg, "owns", x, y + NAME_HEIGHT, x, on->y + OBJECT_Y);
    }
}

static void draw_slots(const struct canvas *on, int object)
{
    const struct names_seen_object *seen = &on->now->objects[object];
    bool lost = seen->state != NAMES_REACHED;
    for (int i = 0; object != NAMES_SIMPLE && i < NAMES_SLOTS; i++) {
        struct place at = slot_place(on, object, i);
        int y = at.y + SLOT_HEIGHT / 2, x = at.x + SLOT_WIDTH / 2;
        struct text index = {0};
        text_format(&index, "%d", i);
        draw_box(on->svg, "slot", at.x, at.y, SLOT_WIDTH, SLOT_HEIGHT, 0);
        if (seen->slots[i] == NAMES_NOTHING) {
            draw_centred(on->svg, "muted small", x, y + 4, text_chars(&index));
        } else {
            text_format(on->svg, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"3.5\"/>\n",
                        lost ? "lost-dot" : "dot", x, y);
            int end = on->x + object_x(seen->slots[i]) + (faces_left(object) ? OBJECT_WIDTH : 0);
            draw_arrow(on->svg, lost ? "lost" : "owns", x, y, end, y);
        }
        text_free(&index);
    }
}

static void draw_label(const struct canvas *on, int object, int x, int y)
{
    const struct names_seen_object *seen = &on->now->objects[object];
    const char *name = names_object_name((enum names_object)object);
    struct text count = {0};
    names_append_count(&count, seen, on->can);
    bool gone = seen->state == NAMES_GONE;
    draw_text(on->svg, gone ? "muted" : "ink strong", x, y + 24, name);
    if (!gone)
        draw_text(on->svg, seen->state == NAMES_REACHED ? "count" : "bad", x, y + 43,
                  text_chars(&count));
    if (gone)
        draw_text(on->svg, "muted", x, y + 43, "reclaimed");
    else if (seen->state != NAMES_REACHED)
        draw_text(on->svg, "bad small", x, y + 61,
                  seen->state == NAMES_KEPT ? "out of reach" : "not told");
    text_free(&count);
}

static void draw_object(const struct canvas *on, int object)
{
    static const char *const classes[] = {[NAMES_REACHED] = "reached",
                                          [NAMES_KEPT] = "kept",
                                          [NAMES_UNSURE] = "kept",
                                          [NAMES_GONE] = "gone"};
    enum names_state state = on->now->objects[object].state;
    int x = on->x + object_x(object), y = on->y + OBJECT_Y;
    if (state == NAMES_NOT_MADE)
        return;
    draw_box(on->svg, classes[state], x, y, OBJECT_WIDTH, OBJECT_HEIGHT, 8);
    draw_label(on, object, x + (faces_left(object) ? SLOT_WIDTH + 8 : 12), y);
    if (state != NAMES_GONE)
        draw_slots(on, object);
}

/* What the first half left behind, in the second. */
static bool has_remains(const struct names_seen *now)
{
    return now->objects[NAMES_SIMPLE].state == NAMES_KEPT;
}

static void draw_words_below(const struct canvas *on, const struct names_play *play, uint32_t step,
                             bool in_ring)
{
    struct text remark = {0}, held = {0};
    int y = on->y + OBJECT_Y + OBJECT_HEIGHT + 24;
    names_append_remark(&remark, play, step, on->can);
    if (in_ring && remark.length == 0 && has_remains(on->now))
        text_append(&remark, "What the first half left is still there, too.");
    y = draw_words(on->svg, "ink small", on->x + MARGIN, y, LINE_STEP, WORD_PLACES,
                   text_chars(&remark));
    if (on->now->wrong[0] != '\0')
        draw_words(on->svg, "bad small strong", on->x + MARGIN, y, LINE_STEP, WORD_PLACES,
                   on->now->wrong);
    names_append_held(&held, play, step);
    draw_text(on->svg, "muted small", on->x + MARGIN, on->y + PANEL_HEIGHT - 12, text_chars(&held));
    text_free(&remark);
    text_free(&held);
}

static void draw_panel(struct text *svg, const struct names_play *play, uint32_t step,
                       const struct hm_capabilities *can, struct place at)
{
    struct canvas on = {svg, can, &play->seen[step], at.x, at.y};
    struct text code = {0};
    bool in_ring = step >= NAMES_NEW_PAIR;
    text_format(&code, "%u. %s", step + 1, names_code((enum names_action)step));
    draw_box(svg, "panel", at.x, at.y, PANEL_WIDTH, PANEL_HEIGHT, 10);
    draw_text(svg, "code ink", at.x + MARGIN, at.y + 26, text_chars(&code));
    draw_words(svg, "muted small", at.x + MARGIN, at.y + 48, LINE_STEP, WORD_PLACES,
               names_meaning((enum names_action)step));
    for (int i = in_ring ? NAMES_RING_A : 0; i < (in_ring ? NAMES_OBJECTS : NAMES_RING_A); i++)
        draw_object(&on, i);
    draw_names(&on, in_ring);
    draw_words_below(&on, play, step, in_ring);
    text_free(&code);
}

/* ---- documents ---- */

static void begin(struct text *svg, int width, int height, const char *label,
                  const char *description)
{
    struct text title = {0};
    text_format(&title, "What owns an object, on %s", label);
    draw_begin(svg, width, height, text_chars(&title), description, rules,
               sizeof rules / sizeof *rules);
    text_append(svg, shapes);
    text_free(&title);
}

void names_append_svg(struct text *text, const struct names_play *play, const struct stage_end *end,
                      const char *label, const struct hm_capabilities *can)
{
    struct text title = {0}, kind = {0}, description = {0}, ended = {0};
    int rows = ((int)play->steps + COLUMNS - 1) / COLUMNS;
    int width = COLUMNS * (PANEL_WIDTH + GAP) + GAP;
    text_format(&title, "What owns an object, on %s", label);
    names_append_kind(&kind, can);
    for (uint32_t i = 0; i < play->steps; i++)
        names_append_text_step(&description, play, i, can);
    names_append_end(&ended, play, end);
    text_append(&description, text_chars(&ended));
    begin(text, width, HEAD_HEIGHT + rows * (PANEL_HEIGHT + GAP), label, text_chars(&description));
    draw_text(text, "head ink", GAP, 32, text_chars(&title));
    draw_words(text, "muted", GAP, 54, LINE_STEP, HEAD_PLACES, text_chars(&kind));
    draw_text(text, "bad", GAP, HEAD_HEIGHT - 12, text_chars(&ended));
    for (uint32_t i = 0; i < play->steps; i++) {
        int column = (int)i % COLUMNS, row = (int)i / COLUMNS;
        draw_panel(text, play, i, can,
                   (struct place){GAP + column * (PANEL_WIDTH + GAP),
                                  HEAD_HEIGHT + row * (PANEL_HEIGHT + GAP)});
    }
    draw_end(text);
    text_free(&title);
    text_free(&kind);
    text_free(&ended);
    text_free(&description);
}

void names_append_svg_step(struct text *text, const struct names_play *play, uint32_t step,
                           const char *label, const struct hm_capabilities *can)
{
    struct text description = {0};
    names_append_text_step(&description, play, step, can);
    begin(text, PANEL_WIDTH + 2 * GAP, PANEL_HEIGHT + 2 * GAP, label, text_chars(&description));
    draw_panel(text, play, step, can, (struct place){GAP, GAP});
    draw_end(text);
    text_free(&description);
}
