/* SPDX-License-Identifier: MIT
 *
 * The words of the worked example: what a step means, and what a collector made of it.
 */
#include <ctype.h>
#include <inttypes.h>

#include "learn/names.h"

const char *names_code(enum names_action step)
{
    static const char *const codes[] = {
#define STEP_CODE(ACTION, code, words) code,
        NAMES_STEPS(STEP_CODE)
#undef STEP_CODE
    };
    return codes[step];
}

const char *names_meaning(enum names_action step)
{
    static const char *const meanings[] = {
#define STEP_MEANING(ACTION, code, words) words,
        NAMES_STEPS(STEP_MEANING)
#undef STEP_MEANING
    };
    return meanings[step];
}

bool names_shows(const struct names_seen *now, uint32_t step, enum names_object object)
{
    enum names_state state = now->objects[object].state;
    return state != NAMES_NOT_MADE &&
           (state != NAMES_GONE || object >= NAMES_RING_A || step < NAMES_NEW_PAIR);
}

const char *names_cell_name(enum names_cell cell)
{
    static const char *const names[NAMES_CELLS] = {"E", "K", "Z", "A", "B"};
    return names[cell];
}

const char *names_object_name(enum names_object object)
{
    static const char *const names[NAMES_OBJECTS] = {"simple 1", "container 2", "container 3",
                                                     "container 4"};
    return names[object];
}

/* ---- objects in a sentence ---- */

struct group {
    int objects[NAMES_OBJECTS];
    int count;
};

/* Those that are in this state now. */
static struct group in_state(const struct names_seen *now, enum names_state state)
{
    struct group group = {.count = 0};
    for (int i = 0; i < NAMES_OBJECTS; i++)
        if (now->objects[i].state == state)
            group.objects[group.count++] = i;
    return group;
}

/* … and were not before. */
static struct group newly_in_state(const struct names_play *play, uint32_t step,
                                   enum names_state state)
{
    struct group all = in_state(&play->seen[step], state), fresh = {.count = 0};
    for (int i = 0; i < all.count; i++)
        if (step == 0 || play->seen[step - 1].objects[all.objects[i]].state != state)
            fresh.objects[fresh.count++] = all.objects[i];
    return fresh;
}

static void append_group(struct text *text, const struct group *group)
{
    for (int i = 0; i < group->count; i++)
        text_format(text, "%s%s",
                    i == 0                 ? ""
                    : i + 1 < group->count ? ", "
                                           : " and ",
                    names_object_name((enum names_object)group->objects[i]));
}

static bool have_owners(const struct names_seen *now, const struct group *group)
{
    bool all = group->count > 0;
    for (int i = 0; i < group->count; i++)
        all = all && now->objects[group->objects[i]].owners > 0;
    return all;
}

/* A sentence that begins with the objects. */
static void append_subject(struct text *text, const struct group *group)
{
    text_append(text, text->length > 0 ? " " : "");
    size_t first = text->length;
    append_group(text, group);
    text->chars[first] = (char)toupper((unsigned char)text->chars[first]);
}

static void begin_sentence(struct text *text, const struct group *group)
{
    append_subject(text, group);
    text_append(text, group->count == 1 ? " is" : " are");
}

/* ---- what the collector made of it ---- */

static void append_gone(struct text *text, const struct group *gone, bool collected,
                        const struct hm_capabilities *can)
{
    begin_sentence(text, gone);
    const char *its = gone->count == 1 ? "its count is" : "their counts are";
    if (collected && can->counts)
        text_append(text, " reclaimed: looking for cycles, the collector found that all "
                          "references to them come from themselves.");
    else if (collected)
        text_append(text, " reclaimed: the collector went from the names to all that they reach, "
                          "and gave up the rest.");
    else if (can->counts)
        text_format(text, " reclaimed at once, as %s 0.", its);
    else
        text_append(text, " reclaimed at once.");
}

static void append_kept(struct text *text, const struct names_seen *now, const struct group *kept,
                        const struct hm_capabilities *can)
{
    begin_sentence(text, kept);
    if (!can->frees)
        text_append(text, " out of reach and still there: this collector reclaims nothing.");
    else if (can->counts && have_owners(now, kept))
        text_append(text, " out of reach and still there: each has a reference from the other, so "
                          "that no count falls to 0.");
    else if (can->counts)
        text_append(text, " out of reach and still there: this collector reclaims later.");
    else
        text_append(text, " out of reach and still there: a collector that traces learns of it "
                          "when it next collects.");
}

/* Of a collection that left something. */
static void append_left(struct text *text, const struct group *left,
                        const struct hm_capabilities *can)
{
    begin_sentence(text, left);
    if (!can->frees)
        text_append(text, " still there: this collector reclaims nothing.");
    else if (!can->cycles && can->counts)
        text_append(text, " still there: this collector looks at counts only, and those of a ring "
                          "are never 0. It has leaked.");
    else if (can->conservative)
        text_append(text, " still there: this collector takes some words for references that "
                          "are none.");
    else
        text_append(text, " still there, though no name reaches them.");
}

static void append_doubt(struct text *text, const struct group *unsure)
{
    begin_sentence(text, unsure);
    text_format(text, " out of reach; this collector does not tell whether %s still there.",
                unsure->count == 1 ? "it is" : "they are");
}

static void append_of_collection(struct text *text, const struct names_play *play, uint32_t step,
                                 const struct hm_capabilities *can)
{
    const struct names_seen *now = &play->seen[step];
    struct group gone = newly_in_state(play, step, NAMES_GONE);
    struct group left = in_state(now, NAMES_KEPT), reached = in_state(now, NAMES_REACHED);
    struct group unsure = in_state(now, NAMES_UNSURE);
    if (gone.count > 0)
        append_gone(text, &gone, true, can);
    if (left.count > 0)
        append_left(text, &left, can);
    if (unsure.count > 0)
        append_doubt(text, &unsure);
    else if (gone.count == 0 && left.count == 0 && reached.count == 0)
        text_append(text, "There was nothing left for it to reclaim.");
    if (reached.count == 0)
        return;
    append_subject(text, &reached);
    text_append(text, reached.count == 1 ? " stays" : " stay");
    text_append(text, now->moved ? ", but elsewhere: this collector moved what it found, and names "
                                   "and slots refer to the new places."
                                 : ", as names reach them.");
}

void names_append_remark(struct text *text, const struct names_play *play, uint32_t step,
                         const struct hm_capabilities *can)
{
    const struct names_seen *now = &play->seen[step];
    struct text remark = {0};
    if (now->collected) {
        append_of_collection(&remark, play, step, can);
    } else {
        struct group gone = newly_in_state(play, step, NAMES_GONE);
        struct group kept = newly_in_state(play, step, NAMES_KEPT);
        if (gone.count > 0)
            append_gone(&remark, &gone, false, can);
        if (kept.count > 0)
            append_kept(&remark, now, &kept, can);
        struct group unsure = newly_in_state(play, step, NAMES_UNSURE);
        if (unsure.count > 0)
            append_doubt(&remark, &unsure);
    }
    text_append(text, text_chars(&remark));
    text_free(&remark);
}

void names_append_count(struct text *text, const struct names_seen_object *object,
                        const struct hm_capabilities *can)
{
    if (object->count != HM_UNKNOWN)
        text_format(text, "count %" PRIu64, object->count);
    else if (can->counts)
        text_format(text, "count %" PRIu32, object->owners);
    else
        text_format(text, "%" PRIu32 " reference%s", object->owners,
                    object->owners == 1 ? "" : "s");
}

void names_append_held(struct text *text, const struct names_play *play, uint32_t step)
{
    const struct names_seen *seen = &play->seen[step];
    const char *who = seen->by_census ? "census" : "statistics";
    if (seen->held == HM_UNKNOWN) {
        text_append(text, "in the heap: this collector does not tell");
        return;
    }
    uint64_t before = step > 0 && seen->collected ? play->seen[step - 1].held : HM_UNKNOWN;
    uint64_t first = before != HM_UNKNOWN ? before : seen->held;
    text_format(text, "in the heap: %" PRIu64 " object%s", first, first == 1 ? "" : "s");
    if (before != HM_UNKNOWN)
        text_format(text, ", then %" PRIu64, seen->held);
    if (seen->unreachable == 0 && seen->held > 0)
        text_append(text, ", none out of reach");
    else if (seen->unreachable != HM_UNKNOWN && seen->held > 0)
        text_format(text, ", %" PRIu64 " out of reach", seen->unreachable);
    text_format(text, " (%s)", who);
}

void names_append_kind(struct text *text, const struct hm_capabilities *can)
{
    if (!can->frees)
        text_append(text, "It never reclaims anything");
    else if (can->counts)
        text_append(text, "It counts the references to each object, and reclaims what has none");
    else if (can->prompt)
        text_append(text, "It reclaims an object when its last reference is dropped");
    else
        text_append(text, "It traces: from the names it goes to all that they reach, and reclaims "
                          "the rest");
    if (can->frees && can->counts)
        text_append(text, can->cycles ? "; rings it finds by looking for cycles"
                                      : "; it does not find rings");
    if (can->moves)
        text_append(text, "; what it keeps may move");
    text_append(text, can->counts ? "."
                                  : ". It does not count: how many references there are "
                                    "follows from what the program did.");
}

void names_append_end(struct text *text, const struct names_play *play, const struct stage_end *end)
{
    if (end->ending == STAGE_ENDED)
        return;
    if (play->steps == 0)
        text_append(text, "The play ended before its first step was done: ");
    else
        text_format(text, "The play ended after step %" PRIu32 ": ", play->steps);
    text_append_terminal(text, end->sentence);
    text_append(text, ".");
}
