/* SPDX-License-Identifier: MIT
 *
 * The worked example of what owns an object, played on a collector step by step: names, slots, a
 * count that falls to 0, and a ring whose counts never do. What is seen at each step is compared
 * with what the operations mean, and drawn as text and as pictures.
 */
#ifndef HEAPMARK_LEARN_NAMES_H
#define HEAPMARK_LEARN_NAMES_H

#include "learn/stage.h"

/* X(ACTION, "what the program does", "what it means, whatever the collector"). In their order. */
/* clang-format off */
#define NAMES_STEPS(X)                                                                             \
    X(NEW_SIMPLE, "E = simple()",                                                                  \
      "A new object. The name E owns a reference to it.")                                          \
    X(BIND, "K = E",                                                                               \
      "A second name for the same object: nothing is copied, and one more reference is owned.")    \
    X(NEW_CONTAINER, "Z = container(E, E)",                                                        \
      "A container with that object in both of its slots. A slot owns a reference as a name does.")\
    X(CLEAR_K, "del K",                                                                            \
      "The name owns nothing any more. The object has lost one of its owners.")                    \
    X(COLLECT_ALIVE, "collect",                                                                    \
      "A collection, while names reach all there is.")                                             \
    X(CLEAR_LEFT, "Z[0] = null",                                                                   \
      "A slot gives up its reference.")                                                            \
    X(CLEAR_RIGHT, "Z[1] = null",                                                                  \
      "So does the other. E is the last owner.")                                                   \
    X(CLEAR_E, "del E",                                                                            \
      "The last owner of the simple object is gone.")                                              \
    X(CLEAR_Z, "del Z",                                                                            \
      "And that of the container.")                                                                \
    X(COLLECT_DROPPED, "collect",                                                                  \
      "A collection, when names reach nothing.")                                                   \
    X(NEW_PAIR, "A = container(); B = container()",                                                \
      "Two new containers, each owned by a name.")                                                 \
    X(TIE, "A[0] = B; B[0] = A",                                                                   \
      "A ring: each holds the other in a slot.")                                                   \
    X(CLEAR_A, "del A",                                                                            \
      "The name is gone, and its object is reached all the same: by way of B.")                    \
    X(CLEAR_B, "del B",                                                                            \
      "No name reaches the ring any more.")                                                        \
    X(COLLECT_RING, "collect",                                                                     \
      "A collection, when nothing but the ring refers to the ring.")
/* clang-format on */

enum names_action {
#define NAMES_ACTION_ENUM(ACTION, code, words) NAMES_##ACTION,
    NAMES_STEPS(NAMES_ACTION_ENUM)
#undef NAMES_ACTION_ENUM
        NAMES_STEP_COUNT
};

/* The names on the stack, and the objects in the order in which they are made. */
enum names_cell { NAMES_E, NAMES_K, NAMES_Z, NAMES_A, NAMES_B, NAMES_CELLS };
enum names_object { NAMES_SIMPLE, NAMES_CONTAINER, NAMES_RING_A, NAMES_RING_B, NAMES_OBJECTS };
enum { NAMES_SLOTS = 2, NAMES_NOTHING = -1 };

enum names_state {
    NAMES_NOT_MADE,
    NAMES_REACHED, /* from names */
    NAMES_KEPT,    /* no name reaches it, and it is still in the heap */
    NAMES_UNSURE,  /* no name reaches it, and the collector does not tell whether it is there */
    NAMES_GONE,    /* reclaimed */
};

struct names_seen_object {
    enum names_state state;
    uint32_t owners;        /* names and slots that own it, as the operations mean it */
    uint64_t count;         /* what the collector says; HM_UNKNOWN */
    int slots[NAMES_SLOTS]; /* enum names_object, or NAMES_NOTHING */
};

/* After a step. Objects that were there before the first are left out of all figures. */
struct names_seen {
    int cells[NAMES_CELLS]; /* enum names_object, or NAMES_NOTHING */
    struct names_seen_object objects[NAMES_OBJECTS];
    uint64_t held, unreachable; /* objects in the heap; HM_UNKNOWN */
    bool by_census;             /* who tells that; else the statistics, which may lag */
    bool collected, moved;      /* references had other bits after the collection */
    char wrong[160];            /* what the collector tells that cannot be; "" */
};

struct names_play {
    uint32_t steps; /* so many were completed */
    struct names_seen seen[NAMES_STEP_COUNT];
};

/* Play on this collector, in a process of its own. False only when the system starts none. */
bool names_run(const struct suite_collector *collector, struct names_play *play,
               struct stage_end *end, struct error *error);

/* Is anything wrong with the collector? That it refuses, or has no memory, is no fault. */
bool names_is_broken(const struct names_play *play, const struct stage_end *end);

/* ---- words ---- */

const char *names_code(enum names_action step);
const char *names_meaning(enum names_action step);
const char *names_cell_name(enum names_cell cell);
const char *names_object_name(enum names_object object);

/* What this collector made of the step, in sentences; nothing where there is nothing to say. */
void names_append_remark(struct text *text, const struct names_play *play, uint32_t step,
                         const struct hm_capabilities *can);

/* "2 references, not counted" or "count 2", for an object that is not gone. */
void names_append_count(struct text *text, const struct names_seen_object *object,
                        const struct hm_capabilities *can);

/* What is in the heap after the step, without a full stop. */
void names_append_held(struct text *text, const struct names_play *play, uint32_t step);

/* Is the object of interest at that step? Those that were reclaimed in the first half are not in
 * the second. */
bool names_shows(const struct names_seen *now, uint32_t step, enum names_object object);

/* Why the play is not whole, with a full stop; nothing where it is. */
void names_append_end(struct text *text, const struct names_play *play,
                      const struct stage_end *end);

/* How this collector learns that an object is dead, in one sentence. */
void names_append_kind(struct text *text, const struct hm_capabilities *can);

/* ---- renderers; `label` is the collector's ---- */

void names_append_text(struct text *text, const struct names_play *play,
                       const struct stage_end *end, const char *label,
                       const struct hm_capabilities *can);

void names_append_text_step(struct text *text, const struct names_play *play, uint32_t step,
                            const struct hm_capabilities *can);

/* A picture of all steps, or of the one. */
void names_append_svg(struct text *text, const struct names_play *play, const struct stage_end *end,
                      const char *label, const struct hm_capabilities *can);
void names_append_svg_step(struct text *text, const struct names_play *play, uint32_t step,
                           const char *label, const struct hm_capabilities *can);

#endif
