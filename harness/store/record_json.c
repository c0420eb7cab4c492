/* SPDX-License-Identifier: MIT
 *
 * A record as JSON: what the trial's process sends to its supervisor, and what export writes.
 */
#include "store/record.h"

#include <string.h>

#include <stdlib.h>

#include "base/text.h"
#include "store/base64.h"
#include "store/json.h"
#include "store/record_curves.h"
#include "store/record_requests.h"

static json_t *value_to_json(const struct value *value)
{
    switch (value->kind) {
    case VALUE_INTEGER:
        return json_of_integer(value->integer);
    case VALUE_REAL:
        return json_of_real(value->real);
    case VALUE_TEXT:
        return json_of_text(value->text);
    case VALUE_UNKNOWN:
        break;
    }
    return json_null();
}

static json_t *pauses_to_json(const struct pause_list *pauses)
{
    json_t *list = json_new_array();
    for (size_t i = 0; i < pauses->count; i++) {
        json_t *pair = json_new_array();
        json_append(pair, json_of_integer(pauses->start_ns[i]));
        json_append(pair, json_of_integer(pauses->duration_ns[i]));
        json_append(list, pair);
    }
    return list;
}

json_t *record_to_json(const struct trial_record *record)
{
    json_t *json = json_new_object();
    for (int field = 0; field < TRIAL_FIELD_COUNT; field++)
        json_add(json, record_fields[field].column, value_to_json(&record->values[field]));
    json_add(json, "pauses", pauses_to_json(&record->pauses));
    json_add(json, "curves", record_curves_to_json(record));
    if (record->requests.count > 0)
        json_add(json, "requests", record_requests_to_json(record));
    return json;
}

json_t *record_to_json_with_events(const struct trial_record *record)
{
    json_t *json = record_to_json(record);
    struct text text = {0};
    if (record->events.count == 0)
        return json;
    base64_append(&text, record->events.bytes, record->events.count);
    json_add(json, "events", json_of_text(text_chars(&text)));
    text_free(&text);
    return json;
}

static bool events_from_json(struct trial_record *record, const json_t *json, struct error *error)
{
    size_t count;
    const char *text = json_string_value(json);
    unsigned char *bytes = text != NULL ? base64_read(text, &count) : NULL;
    if (bytes == NULL)
        return error_system(error, "the trial's result holds events that are not base64");
    record_set_events(record, bytes, count);
    free(bytes);
    return true;
}

static bool wrong_type(const char *column, const json_t *json, struct error *error)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object",   [JSON_ARRAY] = "an array", [JSON_STRING] = "text",
        [JSON_INTEGER] = "an integer", [JSON_REAL] = "a real",    [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",        [JSON_NULL] = "null",
    };
    static const char *const kinds[] = {
        [VALUE_INTEGER] = "an integer", [VALUE_REAL] = "a number", [VALUE_TEXT] = "text"};
    return error_system(error, "the trial's result holds %s in the field '%s', which takes %s",
                        names[json_typeof(json)], column,
                        kinds[record_fields[record_find_field(column)].kind]);
}

static bool value_from_json(struct trial_record *record, enum trial_field field, const json_t *json,
                            struct error *error)
{
    enum value_kind kind = record_fields[field].kind;
    if (json_is_null(json))
        record_set_unknown(record, field);
    else if (kind == VALUE_INTEGER && json_is_integer(json))
        record_set_integer(record, field, json_integer_value(json));
    else if (kind == VALUE_REAL && json_is_number(json))
        record_set_real(record, field, json_number_value(json));
    else if (kind == VALUE_TEXT && json_is_string(json))
        record_set_text_bytes(record, field, json_string_value(json), json_string_length(json));
    else
        return wrong_type(record_fields[field].column, json, error);
    return true;
}

static bool pauses_from_json(struct trial_record *record, const json_t *list, struct error *error)
{
    if (!json_is_array(list))
        return error_system(error, "the trial's result holds pauses that are no array of pairs");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *pair = json_array_get(list, i);
        const json_t *start = json_array_get(pair, 0), *duration = json_array_get(pair, 1);
        if (json_array_size(pair) != 2 || !json_is_integer(start) || !json_is_integer(duration) ||
            json_integer_value(duration) < 0)
            return error_system(
                error, "pause %zu of the trial's result is no pair [start_ns, duration_ns]", i);
        record_add_pause(record, json_integer_value(start), json_integer_value(duration));
    }
    return true;
}

static bool member_from_json(struct trial_record *record, const char *key, const json_t *json,
                             struct error *error)
{
    if (strcmp(key, "pauses") == 0)
        return pauses_from_json(record, json, error);
    if (strcmp(key, "curves") == 0)
        return record_curves_from_json(record, json, error);
    if (strcmp(key, "events") == 0)
        return events_from_json(record, json, error);
    if (strcmp(key, "requests") == 0)
        return record_requests_from_json(record, json, error);
    enum trial_field field = record_find_field(key);
    if (field == TRIAL_FIELD_COUNT)
        return error_system(error, "the trial's result holds '%.80s', which is no field", key);
    return value_from_json(record, field, json, error);
}

bool record_from_json(struct trial_record *record, const json_t *json, struct error *error)
{
    record_free(record);
    if (!json_is_object(json))
        return error_system(error, "the trial's result is no JSON object");
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)json, key, member)
    {
        if (!member_from_json(record, key, member, error)) {
            record_free(record);
            return false;
        }
    }
    return true;
}
