/* SPDX-License-Identifier: MIT
 *
 * The grammar of an item of -c and -w; see split.h.
 */
#include "suite/split.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *copy_bytes(const char *chars, size_t length)
{
    char *copy = memory_new(length + 1);
    memcpy(copy, chars, length);
    return copy;
}

static bool ends_in_so(const char *chars, size_t length)
{
    return length > 3 && memcmp(chars + length - 3, ".so", 3) == 0;
}

static bool is_file(const char *chars, size_t length)
{
    char *path = copy_bytes(chars, length);
    struct stat status;
    bool found = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    free(path);
    return found;
}

/* "./x", "../x", "/x": a path, whether the file is there or not. */
static bool looks_like_path(const char *item)
{
    return item[0] == '/' || strncmp(item, "./", 2) == 0 || strncmp(item, "../", 3) == 0;
}

/* Length of the path at the front of the item, or 0 where a name stands there: the longest part
 * that is a file; where none is, the first that ends in ".so" (to be refused by name later). */
static size_t path_length(const char *item)
{
    size_t length = 0;
    bool there = false;
    for (size_t i = 1; i <= strlen(item); i++) {
        if (item[i] != '\0' && item[i] != ':' && item[i] != '/')
            continue;
        bool is_library = ends_in_so(item, i);
        if (!is_library && memchr(item, '/', i) == NULL)
            continue;
        bool exists = is_file(item, i);
        if (exists || (is_library && length == 0 && !there))
            length = i;
        there = there || exists;
    }
    if (length == 0 && looks_like_path(item))
        length = strcspn(item, ":");
    return length;
}

size_t split_name_length(const char *piece)
{
    size_t length = strcspn(piece, "=:/");
    return piece[length] == '=' ? length : 0;
}

struct split_item split_collector(const char *piece)
{
    struct split_item item = {0};
    size_t alias = split_name_length(piece);
    item.alias = copy_bytes(piece, alias);
    if (alias > 0)
        piece += alias + 1;
    size_t head = path_length(piece);
    if (head == 0)
        head = strcspn(piece, ":/");
    item.head = copy_bytes(piece, head);
    piece += head;
    size_t variant = *piece == '/' ? strcspn(++piece, ":") : 0;
    item.variant = copy_bytes(piece, variant);
    piece += variant;
    item.has_pairs = *piece == ':';
    item.pair = memory_copy_text(item.has_pairs ? piece + 1 : "");
    return item;
}

struct split_item split_workload(const char *piece)
{
    size_t head = strcspn(piece, ":");
    bool has_pairs = piece[head] == ':';
    return (struct split_item){
        .alias = memory_copy_text(""),
        .head = copy_bytes(piece, head),
        .variant = memory_copy_text(""),
        .pair = memory_copy_text(has_pairs ? piece + head + 1 : ""),
        .has_pairs = has_pairs,
    };
}

void split_item_free(struct split_item *item)
{
    free(item->alias);
    free(item->head);
    free(item->variant);
    free(item->pair);
    *item = (struct split_item){0};
}
