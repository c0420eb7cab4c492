/* SPDX-License-Identifier: MIT
 *
 * Errors that travel upwards, and the end of the program at our own bugs.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static bool is_utf8_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0u) == 0x80u;
}

/* The length at which a text that was cut at `length` ends with a whole character. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 4 && is_utf8_continuation(text[start - 1]))
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0xC0u)
        return length;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0u ? 3 : lead >= 0xE0u ? 2 : 1;
    return length - start < wanted ? start - 1 : length;
}

/* Written to a buffer of its own first: the arguments may point into error->text. */
__attribute__((format(printf, 3, 0))) static bool fill(struct error *error, enum error_kind kind,
                                                       const char *format, va_list arguments)
{
    if (error == NULL)
        return false;
    char text[sizeof error->text];
    int wanted = vsnprintf(text, sizeof text, format, arguments);
    if (wanted < 0)
        snprintf(text, sizeof text, "%s", format);
    size_t length = strlen(text);
    if (wanted >= (int)sizeof text)
        length = whole_characters(text, length);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    text[length] = '\0';
    memcpy(error->text, text, length + 1);
    error->kind = kind;
    return false;
}

bool error_user(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, ERROR_USER, format, arguments);
    va_end(arguments);
    return false;
}

bool error_system(struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, ERROR_SYSTEM, format, arguments);
    va_end(arguments);
    return false;
}

int error_exit_status(const struct error *error)
{
    switch (error->kind) {
    case ERROR_USER:
        return 2;
    case ERROR_SYSTEM:
        return 3;
    case ERROR_NONE:
        break;
    }
    return 0;
}

/* One write and no stdio: a thread that a collector has stopped may hold stderr's lock. */
void error_bug(const char *file, int line, const char *condition, const char *format, ...)
{
    char text[2048];
    int head = snprintf(text, sizeof text - 1, "heapmark: bug: %s:%d: %s: ", file, line, condition);
    if (head >= 0 && (size_t)head < sizeof text - 1) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text + head, sizeof text - 1 - (size_t)head, format, arguments);
        va_end(arguments);
    }
    size_t length = strlen(text);
    text[length] = '\n';
    ssize_t ignored = write(STDERR_FILENO, text, length + 1);
    (void)ignored;
    abort();
}

bool error_choice(struct error *error, const char *what, const char *given,
                  const char *const *choices)
{
    struct text all = {0};
    size_t count = 0;
    while (choices[count] != NULL)
        count++;
    for (size_t i = 0; i < count; i++)
        text_format(&all, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", choices[i]);
    const char *nearest = text_nearest(given, choices, count);
    if (nearest != NULL)
        error_user(error, "%s is '%s', and must be %s; did you mean '%s'?", what, given,
                   text_chars(&all), nearest);
    else
        error_user(error, "%s is '%s', and must be %s", what, given, text_chars(&all));
    text_free(&all);
    return false;
}
