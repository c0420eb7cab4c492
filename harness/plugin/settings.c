/* SPDX-License-Identifier: MIT
 *
 * Options and parameters: parsing against their rows, and writing them back; see plugin.h.
 */
#include "plugin/plugin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

size_t setting_count(const struct hm_setting *const *rows)
{
    size_t count = 0;
    while (rows[count] != NULL)
        count++;
    return count;
}

/* The index of the row, or -1. */
static long find_row(const struct hm_setting *const *rows, const char *name, size_t length)
{
    for (long i = 0; rows[i] != NULL; i++)
        if (strlen(rows[i]->name) == length && memcmp(rows[i]->name, name, length) == 0)
            return i;
    return -1;
}

bool setting_exists(const struct hm_setting *const *rows, const char *name, size_t length)
{
    return find_row(rows, name, length) >= 0;
}

static bool parse_boolean(const char *text, const char *what, union hm_value *value,
                          struct error *error)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            value->integer = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return error_user(error, "%s is '%s', and must be yes or no", what, text);
}

static bool parse_choice(const struct hm_setting *row, const char *text, const char *what,
                         union hm_value *value, struct error *error)
{
    for (int64_t i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(row->choices[i], text) != 0)
            continue;
        value->integer = i;
        return true;
    }
    return error_choice(error, what, text, row->choices);
}

static bool parse_bytes(const struct hm_setting *row, const char *text, const char *what,
                        union hm_value *value, struct error *error)
{
    uint64_t bytes;
    if (!units_parse_bytes(text, what, &bytes, error))
        return false;
    if (bytes < (uint64_t)row->least.integer || bytes > (uint64_t)row->most.integer) {
        struct text range = {0};
        setting_append_range(&range, row);
        error_user(error, "%s is %s, and must be %s", what, text, text_chars(&range));
        text_free(&range);
        return false;
    }
    value->integer = (int64_t)bytes;
    return true;
}

static bool parse_value(const struct hm_setting *row, const char *text, const char *what,
                        union hm_value *value, struct error *error)
{
    switch (row->type) {
    case HM_INTEGER:
        return units_parse_integer(text, what, row->least.integer, row->most.integer,
                                   &value->integer, error);
    case HM_BYTES:
        return parse_bytes(row, text, what, value, error);
    case HM_DECIMAL:
        return units_parse_decimal(text, what, row->least.decimal, row->most.decimal,
                                   &value->decimal, error);
    case HM_BOOLEAN:
        return parse_boolean(text, what, value, error);
    case HM_CHOICE:
        return parse_choice(row, text, what, value, error);
    }
    return error_user(error, "%s has a type that this program does not know", what);
}

static bool unknown_name(const struct hm_setting *const *rows, const char *name, const char *what,
                         struct error *error)
{
    size_t count = setting_count(rows);
    if (count == 0)
        return error_user(error, "there is no %s '%s': it has none", what, name);
    const char **names = memory_new(count * sizeof *names);
    struct text all = {0};
    for (size_t i = 0; i < count; i++) {
        names[i] = rows[i]->name;
        text_format(&all, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    const char *nearest = text_nearest(name, names, count);
    if (nearest != NULL)
        error_user(error, "there is no %s '%s'; did you mean '%s'?", what, name, nearest);
    else
        error_user(error, "there is no %s '%s'; there are %s", what, name, text_chars(&all));
    text_free(&all);
    free(names);
    return false;
}

static bool parse_pair(const struct hm_setting *const *rows, const char *pair, const char *what,
                       union hm_value *values, bool *seen, struct error *error)
{
    const char *equals = strchr(pair, '=');
    if (equals == NULL || equals == pair)
        return error_user(error, "'%s' must be written name=value", pair);
    struct text name = {0};
    text_append_bytes(&name, pair, (size_t)(equals - pair));
    long row = find_row(rows, name.chars, name.length);
    bool fine = row >= 0;
    if (!fine) {
        unknown_name(rows, name.chars, what, error);
    } else if (seen[row]) {
        fine = error_user(error, "the %s '%s' is given twice", what, name.chars);
    } else {
        struct text words = {0};
        text_format(&words, "%s '%s'", what, name.chars);
        fine = parse_value(rows[row], equals + 1, text_chars(&words), &values[row], error);
        seen[row] = true;
        text_free(&words);
    }
    text_free(&name);
    return fine;
}

bool setting_parse_all(const struct hm_setting *const *rows, const char *const *pairs, size_t count,
                       const char *what, union hm_value *values, struct error *error)
{
    size_t row_count = setting_count(rows);
    bool *seen = memory_new(row_count + 1);
    for (size_t i = 0; i < row_count; i++)
        values[i] = rows[i]->standard;
    bool fine = true;
    for (size_t i = 0; i < count && fine; i++)
        fine = parse_pair(rows, pairs[i], what, values, seen, error);
    free(seen);
    return fine;
}

/* The shortest form that reads back as the same number; "100" rather than "1e+02". */
static void append_decimal(struct text *text, double value)
{
    char digits[40], shortest[40] = "";
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        bool same = strtod(digits, NULL) >= value && strtod(digits, NULL) <= value;
        if (same && *shortest == '\0')
            strcpy(shortest, digits);
        if (same && strchr(digits, 'e') == NULL) {
            text_append(text, digits);
            return;
        }
    }
    text_append(text, shortest);
}

void setting_append_all(struct text *text, const struct hm_setting *const *rows,
                        const union hm_value *values)
{
    for (size_t i = 0; rows[i] != NULL; i++) {
        text_format(text, "%s%s=", i == 0 ? "" : ",", rows[i]->name);
        if (rows[i]->type == HM_DECIMAL)
            append_decimal(text, values[i].decimal);
        else if (rows[i]->type == HM_CHOICE)
            text_append(text, rows[i]->choices[values[i].integer]);
        else
            text_format(text, "%" PRId64, values[i].integer);
    }
}

void setting_append_value(struct text *text, const struct hm_setting *row, union hm_value value)
{
    char bytes[UNITS_TEXT_BYTES];
    switch (row->type) {
    case HM_BYTES:
        units_format_bytes((uint64_t)value.integer, bytes);
        text_append(text, bytes);
        break;
    case HM_DECIMAL:
        append_decimal(text, value.decimal);
        break;
    case HM_BOOLEAN:
        text_append(text, value.integer != 0 ? "yes" : "no");
        break;
    case HM_CHOICE:
        text_append(text, row->choices[value.integer]);
        break;
    case HM_INTEGER:
        text_format(text, "%" PRId64, value.integer);
        break;
    }
}

void setting_append_range(struct text *text, const struct hm_setting *row)
{
    switch (row->type) {
    case HM_BOOLEAN:
        text_append(text, "yes or no");
        break;
    case HM_CHOICE:
        for (size_t i = 0; row->choices[i] != NULL; i++)
            text_format(text, "%s%s", i == 0 ? "" : ", ", row->choices[i]);
        break;
    case HM_INTEGER:
    case HM_BYTES:
    case HM_DECIMAL:
        setting_append_value(text, row, row->least);
        text_append(text, " to ");
        setting_append_value(text, row, row->most);
        break;
    }
}
