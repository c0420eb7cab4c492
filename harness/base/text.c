/* SPDX-License-Identifier: MIT
 *
 * Growable text, lists of strings, the nearest name, and memory that is never NULL.
 */
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* Ends without atexit handlers, which may want memory too. */
static _Noreturn void out_of_memory(size_t bytes)
{
    fprintf(stderr, "heapmark: out of memory: %zu bytes were refused\n", bytes);
    _exit(3);
}

void *memory_new(size_t bytes)
{
    void *memory = calloc(1, bytes > 0 ? bytes : 1);
    if (memory == NULL)
        out_of_memory(bytes);
    return memory;
}

void *memory_resize(void *memory, size_t bytes)
{
    void *resized = realloc(memory, bytes > 0 ? bytes : 1);
    if (resized == NULL)
        out_of_memory(bytes);
    return resized;
}

char *memory_copy_text(const char *chars)
{
    size_t bytes = strlen(chars) + 1;
    return memcpy(memory_new(bytes), chars, bytes);
}

/* Room for `count` more bytes and the terminator; capacity doubles, so appending is linear. */
static void reserve(struct text *text, size_t count)
{
    if (count >= SIZE_MAX / 4 || text->length >= SIZE_MAX / 4)
        out_of_memory(count);
    size_t wanted = text->length + count + 1;
    if (wanted <= text->capacity)
        return;
    size_t capacity = text->capacity > 0 ? text->capacity : 64;
    while (capacity < wanted)
        capacity *= 2;
    text->chars = memory_resize(text->chars, capacity);
    text->capacity = capacity;
}

void text_append_bytes(struct text *text, const char *bytes, size_t count)
{
    reserve(text, count);
    if (count > 0)
        memcpy(text->chars + text->length, bytes, count);
    text->length += count;
    text->chars[text->length] = '\0';
}

void text_append(struct text *text, const char *chars)
{
    text_append_bytes(text, chars, strlen(chars));
}

void text_vformat(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int count = vsnprintf(NULL, 0, format, arguments);
    CHECK(count >= 0, "format \"%s\" cannot be printed", format);
    reserve(text, (size_t)count);
    vsnprintf(text->chars + text->length, (size_t)count + 1, format, again);
    text->length += (size_t)count;
    va_end(again);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, format, arguments);
    va_end(arguments);
}

const char *text_chars(const struct text *text)
{
    return text->chars != NULL ? text->chars : "";
}

void text_free(struct text *text)
{
    free(text->chars);
    *text = (struct text){0};
}

/* Takes ownership of `item`. */
static void list_push(struct text_list *list, char *item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 8;
        list->items = memory_resize(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = item;
}

void text_list_add(struct text_list *list, const char *item)
{
    list_push(list, memory_copy_text(item));
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void text_list_sort(struct text_list *list)
{
    size_t kept = 0;
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, compare_texts);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && strcmp(list->items[kept - 1], list->items[i]) == 0)
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

void text_split(struct text_list *list, const char *chars, char separator)
{
    for (;;) {
        const char *end = strchr(chars, separator);
        size_t length = separator != '\0' && end != NULL ? (size_t)(end - chars) : strlen(chars);
        char *piece = memory_new(length + 1);
        memcpy(piece, chars, length);
        list_push(list, piece);
        if (chars[length] == '\0')
            return;
        chars += length + 1;
    }
}

bool text_has_piece(const char *chars, char separator, const char *word)
{
    struct text_list list = {0};
    bool found = false;
    text_split(&list, chars, separator);
    for (size_t i = 0; i < list.count; i++)
        found = found || strcmp(list.items[i], word) == 0;
    text_list_free(&list);
    return found;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Fill row `i` of the table of distances between the prefixes of a and b. */
static void fill_distances(const char *a, const char *b, size_t i, const size_t *before_last,
                           const size_t *last, size_t *row)
{
    row[0] = i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
        row[j] = least(replaced, least(last[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = least(row[j], before_last[j - 2] + 1);
    }
}

/* Edit distance in which two neighbours swapped count as one (optimal string alignment). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t width = strlen(b) + 1;
    size_t *rows = memory_new(3 * width * sizeof *rows);
    size_t *before_last = rows, *last = rows + width, *row = rows + 2 * width;
    for (size_t j = 0; j < width; j++)
        row[j] = j;
    for (size_t i = 1; i <= strlen(a); i++) {
        size_t *free_row = before_last;
        before_last = last;
        last = row;
        row = free_row;
        fill_distances(a, b, i, before_last, last, row);
    }
    size_t distance = row[width - 1];
    free(rows);
    return distance;
}

const char *text_nearest(const char *wanted, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;
    size_t length = strlen(wanted);
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        size_t longer = length > other ? length : other;
        size_t limit = longer >= 3 ? longer / 3 : 1;
        if (longer - least(length, other) > limit)
            continue;
        size_t distance = edit_distance(wanted, candidates[i]);
        if (distance <= limit && distance < nearest_distance) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}
