/* SPDX-License-Identifier: MIT
 *
 * The result of one trial in memory.
 */
#include "store/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/record_curves.h"
#include "store/record_requests.h"
#include "store/utf8.h"

const struct record_field record_fields[TRIAL_FIELD_COUNT] = {
#define TRIAL_FIELD_ROW(name, column, type, unit, sentence)                                        \
    [name] = {column, VALUE_##type, unit, sentence},
    TRIAL_FIELDS(TRIAL_FIELD_ROW)
#undef TRIAL_FIELD_ROW
};

static const char *const outcome_words[OUTCOME_COUNT] = {
#define TRIAL_OUTCOME_ROW(name, word, sentence) [name] = word,
    TRIAL_OUTCOMES(TRIAL_OUTCOME_ROW)
#undef TRIAL_OUTCOME_ROW
};

enum trial_field record_find_field(const char *column)
{
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++) {
        if (strcmp(record_fields[field].column, column) == 0)
            return (enum trial_field)field;
    }
    return TRIAL_FIELD_COUNT;
}

const char *record_outcome_word(enum trial_outcome outcome)
{
    CHECK((unsigned)outcome < OUTCOME_COUNT, "outcome %d of %d", (int)outcome, OUTCOME_COUNT);
    return outcome_words[outcome];
}

enum trial_outcome record_find_outcome(const char *word)
{
    for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        if (strcmp(outcome_words[outcome], word) == 0)
            return (enum trial_outcome)outcome;
    }
    return OUTCOME_COUNT;
}

static void check_field(enum trial_field field, enum value_kind kind)
{
    CHECK((unsigned)field < TRIAL_FIELD_COUNT, "field %d of %d", (int)field, TRIAL_FIELD_COUNT);
    CHECK(kind == VALUE_UNKNOWN || record_fields[field].kind == kind,
          "column %s is of kind %d, not %d", record_fields[field].column,
          (int)record_fields[field].kind, (int)kind);
}

/* The cell of a field that is about to get a value of this kind, emptied. */
static struct value *emptied(struct trial_record *record, enum trial_field field,
                             enum value_kind kind)
{
    check_field(field, kind);
    struct value *value = &record->values[field];
    if (value->kind == VALUE_TEXT)
        free(value->text);
    *value = (struct value){.kind = VALUE_UNKNOWN};
    return value;
}

void record_set_integer(struct trial_record *record, enum trial_field field, int64_t integer)
{
    *emptied(record, field, VALUE_INTEGER) =
        (struct value){.kind = VALUE_INTEGER, .integer = integer};
}

void record_set_count(struct trial_record *record, enum trial_field field, uint64_t count)
{
    if (count > INT64_MAX)
        emptied(record, field, VALUE_INTEGER);
    else
        record_set_integer(record, field, (int64_t)count);
}

void record_set_real(struct trial_record *record, enum trial_field field, double real)
{
    struct value *value = emptied(record, field, VALUE_REAL);
    if (isfinite(real))
        *value = (struct value){.kind = VALUE_REAL, .real = real};
}

void record_set_text_bytes(struct trial_record *record, enum trial_field field, const char *bytes,
                           size_t count)
{
    char *copy = utf8_copy(bytes, count); /* first: bytes may lie in the value */
    *emptied(record, field, VALUE_TEXT) = (struct value){.kind = VALUE_TEXT, .text = copy};
}

void record_set_text(struct trial_record *record, enum trial_field field, const char *text)
{
    if (text == NULL)
        emptied(record, field, VALUE_TEXT);
    else
        record_set_text_bytes(record, field, text, strlen(text));
}

void record_add_warning(struct trial_record *record, const char *sentence)
{
    struct text text = {0};
    const char *before = record_text(record, TRIAL_WARNING, NULL);
    text_format(&text, "%s%s%s", before != NULL ? before : "", before != NULL ? "; " : "",
                sentence);
    record_set_text(record, TRIAL_WARNING, text_chars(&text));
    text_free(&text);
}

void record_set_outcome(struct trial_record *record, enum trial_outcome outcome)
{
    record_set_text(record, TRIAL_OUTCOME, record_outcome_word(outcome));
}

void record_set_unknown(struct trial_record *record, enum trial_field field)
{
    emptied(record, field, VALUE_UNKNOWN);
}

bool record_is_known(const struct trial_record *record, enum trial_field field)
{
    check_field(field, VALUE_UNKNOWN);
    return record->values[field].kind != VALUE_UNKNOWN;
}

int64_t record_integer(const struct trial_record *record, enum trial_field field, int64_t otherwise)
{
    check_field(field, VALUE_INTEGER);
    const struct value *value = &record->values[field];
    return value->kind == VALUE_UNKNOWN ? otherwise : value->integer;
}

double record_real(const struct trial_record *record, enum trial_field field, double otherwise)
{
    check_field(field, VALUE_UNKNOWN);
    const struct value *value = &record->values[field];
    if (record_fields[field].kind == VALUE_INTEGER)
        return value->kind == VALUE_UNKNOWN ? otherwise : (double)value->integer;
    check_field(field, VALUE_REAL);
    return value->kind == VALUE_UNKNOWN ? otherwise : value->real;
}

const char *record_text(const struct trial_record *record, enum trial_field field,
                        const char *otherwise)
{
    check_field(field, VALUE_TEXT);
    const struct value *value = &record->values[field];
    return value->kind == VALUE_UNKNOWN ? otherwise : value->text;
}

enum trial_outcome record_outcome(const struct trial_record *record, enum trial_outcome otherwise)
{
    enum trial_outcome outcome = record_find_outcome(record_text(record, TRIAL_OUTCOME, ""));
    return outcome == OUTCOME_COUNT ? otherwise : outcome;
}

static void pause_list_reserve(struct pause_list *pauses, size_t capacity)
{
    if (capacity <= pauses->capacity)
        return;
    pauses->start_ns = memory_resize(pauses->start_ns, capacity * sizeof *pauses->start_ns);
    pauses->duration_ns =
        memory_resize(pauses->duration_ns, capacity * sizeof *pauses->duration_ns);
    pauses->capacity = capacity;
}

void record_add_pause(struct trial_record *record, int64_t start_ns, int64_t duration_ns)
{
    struct pause_list *pauses = &record->pauses;
    if (pauses->count == pauses->capacity)
        pause_list_reserve(pauses, pauses->capacity == 0 ? 64 : pauses->capacity * 2);
    pauses->start_ns[pauses->count] = start_ns;
    pauses->duration_ns[pauses->count] = duration_ns;
    pauses->count++;
}

static void pause_list_free(struct pause_list *pauses)
{
    free(pauses->start_ns);
    free(pauses->duration_ns);
    *pauses = (struct pause_list){0};
}

static void copy_value(struct trial_record *to, const struct trial_record *from,
                       enum trial_field field)
{
    struct value value = from->values[field];
    if (value.kind == VALUE_TEXT)
        value.text = memory_copy_text(value.text);
    *emptied(to, field, VALUE_UNKNOWN) = value;
}

void record_merge(struct trial_record *to, const struct trial_record *from)
{
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++) {
        if (from->values[field].kind != VALUE_UNKNOWN)
            copy_value(to, from, (enum trial_field)field);
    }
    record_merge_curves(to, from);
    if (from->events.count > 0)
        record_set_events(to, from->events.bytes, from->events.count);
    record_merge_requests(to, from);
    const struct pause_list *pauses = &from->pauses;
    if (pauses->count == 0)
        return;
    pause_list_reserve(&to->pauses, pauses->count);
    memcpy(to->pauses.start_ns, pauses->start_ns, pauses->count * sizeof *pauses->start_ns);
    memcpy(to->pauses.duration_ns, pauses->duration_ns,
           pauses->count * sizeof *pauses->duration_ns);
    to->pauses.count = pauses->count;
}

void record_set_events(struct trial_record *record, const void *bytes, size_t count)
{
    unsigned char *copy = memory_new(count + 1);
    if (count > 0)
        memcpy(copy, bytes, count);
    free(record->events.bytes);
    record->events = (struct record_events){copy, count};
}

void record_copy(struct trial_record *to, const struct trial_record *from)
{
    CHECK(to != from, "copy of a record onto itself");
    record_free(to);
    record_merge(to, from);
}

void record_free(struct trial_record *record)
{
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++)
        emptied(record, (enum trial_field)field, VALUE_UNKNOWN);
    pause_list_free(&record->pauses);
    record_free_curves(record);
    free(record->events.bytes);
    record->events = (struct record_events){0};
    record_free_requests(record);
}
