/* SPDX-License-Identifier: MIT
 *
 * The three kinds of failure that are not a plugin's.
 *
 * A user's mistake and a failure of the system travel upwards in a struct error
 * that the caller owns, and end as one sentence on stderr (exit status 2 and 3).
 * Our own bug ends where it is found: CHECK prints file, line and values, and aborts.
 */
#ifndef HEAPMARK_BASE_ERROR_H
#define HEAPMARK_BASE_ERROR_H

#include <stdbool.h>

enum error_kind {
    ERROR_NONE,
    ERROR_USER,   /* exit status 2 */
    ERROR_SYSTEM, /* exit status 3 */
};

/* What went wrong: one sentence that says what is wrong and what would be right.
 * Owned by the caller; zero-initialised means "nothing". */
struct error {
    enum error_kind kind;
    char text[1024];
};

/* Fill `error` (which may be NULL) and return false, so that a function can
 * `return error_user(error, "...")`. A text that is too long is cut. */
bool error_user(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool error_system(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The exit status that stands for this error: 0, 2 or 3. */
int error_exit_status(const struct error *error);

/* Our own bug: print "heapmark: bug: FILE:LINE: CONDITION: text" and abort. */
_Noreturn void error_bug(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define CHECK(condition, ...)                                                                      \
    ((condition) ? (void)0 : error_bug(__FILE__, __LINE__, #condition, __VA_ARGS__))

/* The user's mistake where there is a choice: "the format is 'cvs', and must be json or csv; did
 * you mean 'csv'?" Null-terminated; `what` is its subject. */
bool error_choice(struct error *error, const char *what, const char *given,
                  const char *const *choices);

#endif
