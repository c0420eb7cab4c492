/* SPDX-License-Identifier: MIT
 *
 * Growable text, and the few things done to strings everywhere.
 * Out of memory ends the program (exit status 3): nothing here returns NULL for it.
 */
#ifndef HEAPMARK_BASE_TEXT_H
#define HEAPMARK_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A text that grows. Zero-initialise it, free it with text_free. `chars` is always
 * terminated once something was appended; use text_chars for one that may be empty. */
struct text {
    char *chars;
    size_t length;
    size_t capacity;
};

void text_append(struct text *text, const char *chars);
void text_append_bytes(struct text *text, const char *bytes, size_t count);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list arguments);
const char *text_chars(const struct text *text);
void text_free(struct text *text);

/* Escapers: append `chars` so that it is data in the target, whatever it holds. A CSV cell that
 * a spreadsheet would run gets an apostrophe before it; numbers stay; C0 codes but those of lines
 * and columns are \xNN, as a terminal may show them. A terminal is shown invalid UTF-8, C0 and C1
 * codes, line separators and marks of direction as \xNN by byte. */
void text_append_html(struct text *text, const char *chars);
void text_append_csv(struct text *text, const char *chars);      /* quotes; defuses = + - @ */
void text_append_terminal(struct text *text, const char *chars); /* control codes shown as \xNN */
/* Markdown of GitHub, in a line of text or a cell of a table: no link, mention, code or HTML. */
void text_append_markdown(struct text *text, const char *chars);
void text_append_shell(struct text *text, const char *chars); /* one word of a POSIX shell */

/* A list of owned strings. Zero-initialise it, free it with text_list_free. */
struct text_list {
    char **items;
    size_t count;
    size_t capacity;
};

void text_list_add(struct text_list *list, const char *item);
void text_list_free(struct text_list *list);

/* Into the order of strcmp, each text once. */
void text_list_sort(struct text_list *list);

/* The pieces of `chars` between separators; an empty string has one empty piece. */
void text_split(struct text_list *list, const char *chars, char separator);

/* Is `word` one of those pieces? */
bool text_has_piece(const char *chars, char separator, const char *word);

/* The candidate nearest to `wanted` by edit distance (two neighbours swapped count as one; the
 * first of equals), or NULL when none is near
 * (distance over a third of the longer one, at least 1). */
const char *text_nearest(const char *wanted, const char *const *candidates, size_t count);

/* malloc, realloc, strdup that end the program with exit status 3 when memory is out. */
void *memory_new(size_t bytes); /* zeroed */
void *memory_resize(void *memory, size_t bytes);
char *memory_copy_text(const char *chars);

#endif
