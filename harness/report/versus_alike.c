/* SPDX-License-Identifier: MIT
 *
 * Did two trials do the same work, and was it measured in the same way? See versus_alike.h.
 */
#include "report/versus_alike.h"

#include <string.h>

#include "base/units.h"

bool versus_is_of_work(enum versus_aspect aspect)
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

bool versus_aspect_value(const struct trial_record *record, enum versus_aspect aspect,
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

bool versus_aspect_differs(const struct trial_record *a, const struct trial_record *b,
                           enum versus_aspect aspect)
{
    struct text of_a = {0}, of_b = {0};
    bool told = versus_aspect_value(a, aspect, &of_a) && versus_aspect_value(b, aspect, &of_b);
    bool differs = told && strcmp(text_chars(&of_a), text_chars(&of_b)) != 0;
    text_free(&of_a);
    text_free(&of_b);
    return differs;
}

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
    versus_aspect_value(difference->base, aspect, &base);
    versus_aspect_value(difference->other, aspect, &other);
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
        if (difference->points == 0 || versus_is_of_work(aspect) != of_work)
            continue;
        text_format(text, "%s%zu in ", any ? ", " : "", difference->points);
        append_difference(text, difference, aspect);
        any = true;
    }
}
