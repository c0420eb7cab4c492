/* SPDX-License-Identifier: MIT
 *
 * Did two trials do the same work, and was it measured in the same way? See versus_alike.h.
 */
#include "report/versus_alike.h"

#include <string.h>

#include "base/units.h"

static bool is_of_work(enum versus_aspect aspect)
{
    return aspect <= VERSUS_LAST_OF_WORK;
}

static bool is_completed(const struct trial_record *record)
{
    return record_outcome(record, OUTCOME_REFUSED) == OUTCOME_OK;
}

static bool append_text(const struct trial_record *record, enum trial_field field,
                        struct text *value)
{
    if (record_is_known(record, field))
        text_append(value, record_text(record, field, ""));
    return record_is_known(record, field);
}

/* Null says none, and of a trial that failed nothing: it may not have come so far. */
static bool append_bytes(const struct trial_record *record, enum trial_field field,
                         struct text *value)
{
    char bytes[UNITS_TEXT_BYTES] = "none";
    if (record_is_known(record, field))
        units_format_bytes((uint64_t)record_integer(record, field, 0), bytes);
    text_append(value, bytes);
    return record_is_known(record, field) || is_completed(record);
}

/* Only the command tells, as an option of its own; no value that it quotes begins with two dashes
 * after a space. */
static bool append_warm_up(const struct trial_record *record, struct text *value)
{
    const char *command = record_text(record, TRIAL_COMMAND, "");
    text_append(value, strstr(command, " --no-warm-up") != NULL ? "none" : "one life");
    return strstr(command, " --seed ") != NULL;
}

/* Append what this trial says of the aspect; false where it does not tell. */
static bool value_of(const struct trial_record *record, enum versus_aspect aspect,
                     struct text *value)
{
    switch (aspect) {
    case VERSUS_REVISION:
        return append_text(record, TRIAL_WORKLOAD_REVISION, value);
    case VERSUS_SEED:
        text_format(value, "%lld", (long long)record_integer(record, TRIAL_SEED, 0));
        return record_is_known(record, TRIAL_SEED);
    case VERSUS_WARM_UP:
        return append_warm_up(record, value);
    case VERSUS_ANSWER:
        return is_completed(record) && append_text(record, TRIAL_ANSWER, value);
    case VERSUS_STAMPS:
        text_append(value, record_integer(record, TRIAL_STAMPS, 0) != 0 ? "on" : "off");
        return record_is_known(record, TRIAL_STAMPS);
    case VERSUS_PIN:
        return append_text(record, TRIAL_PIN_POLICY, value);
    case VERSUS_MEMORY_POLICY:
        return append_text(record, TRIAL_MEMORY_POLICY, value);
    case VERSUS_MACHINE_MEMORY:
        return append_bytes(record, TRIAL_MACHINE_MEMORY_BYTES, value);
    case VERSUS_OUTER_LOAD:
        return append_bytes(record, TRIAL_OUTER_LOAD_BYTES, value);
    case VERSUS_ASPECT_COUNT:
        break;
    }
    return false;
}

/* Do both tell, and differ? */
static bool differs(const struct trial_record *a, const struct trial_record *b,
                    enum versus_aspect aspect)
{
    struct text of_a = {0}, of_b = {0};
    bool told = value_of(a, aspect, &of_a) && value_of(b, aspect, &of_b);
    bool unlike = told && strcmp(text_chars(&of_a), text_chars(&of_b)) != 0;
    text_free(&of_a);
    text_free(&of_b);
    return unlike;
}

/* ---- sides ---- */

/* Does the trial differ in this aspect from any of the others'? The first that does, or NULL. */
static const struct trial_record *find_other(const struct versus_entry *entries, size_t count,
                                             const struct trial_record *record,
                                             enum versus_aspect aspect)
{
    for (size_t i = 0; i < count; i++)
        if (differs(record, entries[i].record, aspect))
            return entries[i].record;
    return NULL;
}

bool versus_differs_from_any(const struct versus_entry *entries, size_t count,
                             const struct trial_record *record)
{
    for (enum versus_aspect aspect = 0; aspect < VERSUS_ASPECT_COUNT; aspect++)
        if (find_other(entries, count, record, aspect) != NULL)
            return true;
    return false;
}

/* The first trial that tells; NULL. */
static const struct trial_record *find_telling(const struct versus_entry *entries, size_t count,
                                               enum versus_aspect aspect)
{
    for (size_t i = 0; i < count; i++) {
        struct text value = {0};
        bool tells = value_of(entries[i].record, aspect, &value);
        text_free(&value);
        if (tells)
            return entries[i].record;
    }
    return NULL;
}

/* One trial of each side is held against all of the other: if nothing differs there, all are the
 * same. Else `pair` has a trial of each side. */
static bool find_difference(const struct versus_entry *base, size_t base_count,
                            const struct versus_entry *other, size_t other_count,
                            enum versus_aspect aspect, const struct trial_record *pair[2])
{
    const struct trial_record *of_base = find_telling(base, base_count, aspect);
    const struct trial_record *of_other = find_telling(other, other_count, aspect);
    if (of_base == NULL || of_other == NULL)
        return false;
    const struct trial_record *unlike = find_other(other, other_count, of_base, aspect);
    if (unlike != NULL)
        of_other = unlike;
    else
        unlike = of_base = find_other(base, base_count, of_other, aspect);
    pair[0] = of_base;
    pair[1] = of_other;
    return unlike != NULL;
}

static void note_difference(struct versus *versus, enum versus_aspect aspect,
                            const struct trial_record *const pair[2])
{
    struct versus_difference *difference = &versus->differences[aspect];
    if (difference->points++ > 0)
        return;
    difference->base = pair[0];
    difference->other = pair[1];
}

/* Another answer to the same work is no other work: one of the sides is wrong. `work`: does
 * anything else of the work differ? Where one does not tell what it did, nothing is known. */
static bool is_other_answer(enum versus_aspect aspect, bool work,
                            const struct trial_record *const pair[2])
{
    static const enum trial_field telling[] = {TRIAL_WORKLOAD_REVISION, TRIAL_SEED};
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
            work = work || !record_is_known(pair[side], telling[i]);
    return aspect == VERSUS_ANSWER && !work;
}

bool versus_is_same_work(struct versus *versus, struct versus_point *point,
                         const struct versus_entry *base, size_t base_count,
                         const struct versus_entry *other, size_t other_count)
{
    bool work = false, way = false;
    for (enum versus_aspect aspect = 0; aspect < VERSUS_ASPECT_COUNT; aspect++) {
        const struct trial_record *pair[2];
        if (work && !is_of_work(aspect))
            break; /* in how something was measured that is not compared nobody is interested */
        if (!find_difference(base, base_count, other, other_count, aspect, pair))
            continue;
        if (is_other_answer(aspect, work, pair)) {
            memcpy(point->answers, pair, sizeof point->answers);
            break;
        }
        note_difference(versus, aspect, pair);
        *(is_of_work(aspect) ? &work : &way) = true;
    }
    versus->other_work += work;
    versus->other_ways += way;
    return !work;
}

/* ---- in words ---- */

const char *versus_aspect_words(enum versus_aspect aspect)
{
    static const char *const words[VERSUS_ASPECT_COUNT] = {
        [VERSUS_REVISION] = "the workload's revision",
        [VERSUS_SEED] = "seed",
        [VERSUS_WARM_UP] = "warm-up",
        [VERSUS_ANSWER] = "answer",
        [VERSUS_STAMPS] = "stamps of slow paths",
        [VERSUS_PIN] = "pinning",
        [VERSUS_MEMORY_POLICY] = "memory policy",
        [VERSUS_MACHINE_MEMORY] = "the machine's memory",
        [VERSUS_OUTER_LOAD] = "outer load"};
    return words[aspect];
}

/* "seed (1 in A, 2 in B)" */
static void append_difference(struct text *text, const struct versus_difference *difference,
                              enum versus_aspect aspect)
{
    struct text base = {0}, other = {0};
    value_of(difference->base, aspect, &base);
    value_of(difference->other, aspect, &other);
    text_format(text, "%s (%s in A, %s in B)", versus_aspect_words(aspect), text_chars(&base),
                text_chars(&other));
    text_free(&base);
    text_free(&other);
}

void versus_append_differences(const struct versus *versus, bool of_work, struct text *text)
{
    bool any = false;
    for (enum versus_aspect aspect = 0; aspect < VERSUS_ASPECT_COUNT; aspect++) {
        const struct versus_difference *difference = &versus->differences[aspect];
        if (difference->points == 0 || is_of_work(aspect) != of_work)
            continue;
        text_format(text, "%s%zu in ", any ? ", " : "", difference->points);
        append_difference(text, difference, aspect);
        any = true;
    }
}
