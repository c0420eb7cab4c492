/* SPDX-License-Identifier: MIT
 *
 * Quantities as people write and read them. Numbers are read digit by digit, so that
 * neither a locale nor the rounding of a double changes what was written.
 */
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t scale;
};

/* The first entry of each table is what a bare number is in. */
static const struct unit byte_units[] = {
    {"B", 1},
    {"k", 1ull << 10},
    {"K", 1ull << 10},
    {"KB", 1ull << 10},
    {"KiB", 1ull << 10},
    {"m", 1ull << 20},
    {"M", 1ull << 20},
    {"MB", 1ull << 20},
    {"MiB", 1ull << 20},
    {"g", 1ull << 30},
    {"G", 1ull << 30},
    {"GB", 1ull << 30},
    {"GiB", 1ull << 30},
    {"t", 1ull << 40},
    {"T", 1ull << 40},
    {"TB", 1ull << 40},
    {"TiB", 1ull << 40},
    {NULL, 0},
};

static const struct unit time_units[] = {
    {"s", 1000000000u},    {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"min", 60000000000u},
    {"h", 3600000000000u}, {NULL, 0},
};

/* What a quantity is called, and the quantity as it was written. */
struct input {
    const char *what;
    const char *text;
    struct error *error;
};

/* A number without sign: digits, and a fraction of fraction / 10^places. */
struct number {
    uint64_t whole;
    uint64_t fraction;
    uint64_t denominator;
};

static bool refuse(const struct input *input, const char *why)
{
    return error_user(input->error, "%s \"%.100s\" %s", input->what, input->text, why);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool read_whole(const char **cursor, uint64_t *whole)
{
    for (*whole = 0; is_digit(**cursor); ++*cursor) {
        uint64_t digit = (uint64_t)(**cursor - '0');
        if (__builtin_mul_overflow(*whole, 10u, whole) ||
            __builtin_add_overflow(*whole, digit, whole))
            return false;
    }
    return true;
}

/* Digits past the eighteenth are below what any unit can show, and are dropped. */
static void read_fraction(const char **cursor, struct number *number)
{
    for (; is_digit(**cursor); ++*cursor) {
        if (number->denominator >= 1000000000000000000u)
            continue;
        number->fraction = number->fraction * 10 + (uint64_t)(**cursor - '0');
        number->denominator *= 10;
    }
}

/* Read the number at `cursor` and leave `cursor` behind it. */
static bool read_number(const struct input *input, const char **cursor, struct number *number)
{
    *number = (struct number){.denominator = 1};
    if (**cursor == '-')
        return refuse(input, "is negative; it must be 0 or more");
    bool point = **cursor == '.';
    if (!is_digit(**cursor) && !(point && is_digit((*cursor)[1])))
        return refuse(input, "is not a number");
    if (!read_whole(cursor, &number->whole))
        return refuse(input, "is too large for 64 bits");
    if (**cursor == '.' && is_digit((*cursor)[1])) {
        ++*cursor;
        read_fraction(cursor, number);
    }
    return true;
}

static void list_units(const struct unit *units, char *list, size_t capacity)
{
    list[0] = '\0';
    for (size_t length = 0; units->name != NULL && length < capacity; units++)
        length += (size_t)snprintf(list + length, capacity - length, "%s%s", length > 0 ? " " : "",
                                   units->name);
}

static const struct unit *find_unit(const struct input *input, const struct unit *units,
                                    const char *name)
{
    if (*name == '\0')
        return units;
    for (const struct unit *unit = units; unit->name != NULL; unit++)
        if (strcmp(unit->name, name) == 0)
            return unit;
    char list[128];
    list_units(units, list, sizeof list);
    error_user(input->error, "%s \"%.100s\" has the unknown unit \"%.40s\"; the units are: %s",
               input->what, input->text, name, list);
    return NULL;
}

/* Whole plus fraction in the unit's smallest parts, rounded to nearest. */
static bool scale_number(const struct input *input, const struct number *number,
                         const struct unit *unit, uint64_t *value)
{
    if (unit->scale == 1 && number->fraction != 0)
        return refuse(input, "has a fraction, which needs a larger unit");
    unsigned __int128 total = (unsigned __int128)number->whole * unit->scale;
    total += ((unsigned __int128)number->fraction * unit->scale + number->denominator / 2) /
             number->denominator;
    if (total > UINT64_MAX)
        return refuse(input, "is too large for 64 bits");
    *value = (uint64_t)total;
    return true;
}

static bool parse_quantity(const struct input *input, const struct unit *units, uint64_t *value)
{
    const char *cursor = input->text;
    struct number number;
    if (!read_number(input, &cursor, &number))
        return false;
    if (*cursor == ' ' && cursor[1] != '\0')
        cursor++;
    const struct unit *unit = find_unit(input, units, cursor);
    return unit != NULL && scale_number(input, &number, unit, value);
}

bool units_parse_bytes(const char *text, const char *what, uint64_t *bytes, struct error *error)
{
    return parse_quantity(&(struct input){what, text, error}, byte_units, bytes);
}

bool units_parse_ns(const char *text, const char *what, uint64_t *ns, struct error *error)
{
    return parse_quantity(&(struct input){what, text, error}, time_units, ns);
}

bool units_parse_integer(const char *text, const char *what, int64_t least, int64_t most,
                         int64_t *value, struct error *error)
{
    const char *digits = text + (*text == '-');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return refuse(&(struct input){what, text, error}, "is not a whole number");
    errno = 0;
    long long parsed = strtoll(text, NULL, 10);
    if (errno == ERANGE || parsed < least || parsed > most)
        return error_user(error, "%s \"%.100s\" must be from %" PRId64 " to %" PRId64, what, text,
                          least, most);
    *value = parsed;
    return true;
}

/* strtod reads more than a decimal number: hexadecimal, nan, inf, leading blanks. */
static bool is_decimal(const char *text)
{
    const char *digits = text + (*text == '-');
    return (is_digit(*digits) || *digits == '.') &&
           digits[strspn(digits, "0123456789.eE+-")] == '\0';
}

bool units_parse_decimal(const char *text, const char *what, double least, double most,
                         double *value, struct error *error)
{
    char *end = NULL;
    double parsed = is_decimal(text) ? strtod(text, &end) : 0;
    if (end == NULL || end == text || *end != '\0')
        return refuse(&(struct input){what, text, error}, "is not a decimal number");
    if (!isfinite(parsed) || parsed < least || parsed > most)
        return error_user(error, "%s \"%.100s\" must be from %g to %g", what, text, least, most);
    *value = parsed;
    return true;
}

/* Three digits that count, without zeros behind the point. */
static void format_digits(double value, const char *unit, char text[static UNITS_TEXT_BYTES])
{
    char digits[UNITS_TEXT_BYTES - 8];
    double size = fabs(value);
    if (size != 0 && (size < 1 || size >= 1e6)) {
        snprintf(digits, sizeof digits, "%.3g", value);
    } else {
        snprintf(digits, sizeof digits, "%.*f", size < 10 ? 2 : size < 100 ? 1 : 0, value);
        size_t length = strlen(digits);
        while (strchr(digits, '.') != NULL && strchr("0.", digits[length - 1]) != NULL) {
            digits[--length] = '\0';
        }
    }
    snprintf(text, UNITS_TEXT_BYTES, "%s %s", digits, unit);
}

void units_format_bytes(uint64_t bytes, char text[static UNITS_TEXT_BYTES])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; unit < 6 && value >= (unit == 0 ? 1024.0 : 1023.5); unit++)
        value /= 1024;
    format_digits(value, names[unit], text);
}

void units_format_ns(double ns, char text[static UNITS_TEXT_BYTES])
{
    static const char *const names[] = {"ns", "us", "ms", "s"};
    double value = ns;
    size_t unit = 0;
    for (; unit < 3 && fabs(value) >= 999.5; unit++)
        value /= 1000;
    if (isfinite(ns))
        format_digits(value, names[unit], text);
    else
        snprintf(text, UNITS_TEXT_BYTES, "unknown");
}

void units_format_duration(double ns, char text[static UNITS_TEXT_BYTES])
{
    enum { SECONDS_OF_HOUR = 3600, SECONDS_OF_MINUTE = 60 };
    double seconds = ns / 1e9 + 0.5;
    if (!(seconds >= SECONDS_OF_MINUTE && seconds < 1e12)) {
        units_format_ns(ns, text);
        return;
    }
    unsigned long long whole = (unsigned long long)seconds;
    if (whole >= SECONDS_OF_HOUR)
        snprintf(text, UNITS_TEXT_BYTES, "%llu h %llu min", whole / SECONDS_OF_HOUR,
                 whole % SECONDS_OF_HOUR / SECONDS_OF_MINUTE);
    else
        snprintf(text, UNITS_TEXT_BYTES, "%llu min %llu s", whole / SECONDS_OF_MINUTE,
                 whole % SECONDS_OF_MINUTE);
}
