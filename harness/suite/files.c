/* SPDX-License-Identifier: MIT
 *
 * Reading the kernel's small files; see files.h.
 */
#include "suite/files.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_file(const char *root, const char *path)
{
    struct text whole = {0};
    text_format(&whole, "%s%s", root, path);
    FILE *file = fopen(text_chars(&whole), "re");
    text_free(&whole);
    return file;
}

static void trim_end(char *chars)
{
    size_t length = strlen(chars);
    while (length > 0 && isspace((unsigned char)chars[length - 1]))
        chars[--length] = '\0';
}

bool files_read(struct text *text, const char *root, const char *path)
{
    FILE *file = open_file(root, path);
    if (file == NULL)
        return false;
    char bytes[4096];
    size_t count;
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_append_bytes(text, bytes, count);
    bool fine = !ferror(file);
    fclose(file);
    if (text->length > 0) {
        trim_end(text->chars);
        text->length = strlen(text->chars);
    }
    return fine && text->length > 0;
}

static char *unquoted(char *value)
{
    trim_end(value);
    size_t length = strlen(value);
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        value[length - 1] = '\0';
        value++;
    }
    return memory_copy_text(value);
}

/* What follows "key<blanks>separator<blanks>" in the line, or NULL. */
static char *after_key(char *line, const char *key, char separator)
{
    size_t length = strlen(key);
    if (strncmp(line, key, length) != 0)
        return NULL;
    char *rest = line + length + strspn(line + length, " \t");
    if (*rest != separator)
        return NULL;
    return rest + 1 + strspn(rest + 1, " \t");
}

char *files_value(const char *root, const char *path, const char *key, char separator)
{
    FILE *file = open_file(root, path);
    if (file == NULL)
        return NULL;
    char *line = NULL, *value = NULL;
    size_t capacity = 0;
    while (value == NULL && getline(&line, &capacity, file) > 0) {
        char *rest = after_key(line, key, separator);
        if (rest != NULL)
            value = unquoted(rest);
    }
    free(line);
    fclose(file);
    return value;
}

/* Where the groups' files lie: beside the older controllers, where there are any. */
static const char *group_folder(const char *root)
{
    struct text controllers = {0};
    bool alone = files_read(&controllers, root, "/sys/fs/cgroup/cgroup.controllers");
    text_free(&controllers);
    return alone ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
}

char *files_control_group(const char *root, const char *name)
{
    char *group = files_value(root, "/proc/self/cgroup", "0:", ':');
    char *found = NULL;
    while (group != NULL && (found == NULL || strncmp(found, "max", 3) == 0)) {
        struct text path = {0}, said = {0};
        text_format(&path, "%s%s/%s", group_folder(root), strcmp(group, "/") == 0 ? "" : group,
                    name);
        if (files_read(&said, root, text_chars(&path))) {
            free(found);
            found = memory_copy_text(text_chars(&said));
        }
        text_free(&path);
        text_free(&said);
        char *last = strrchr(group, '/');
        if (last == NULL || *group == '\0')
            break;
        *last = '\0';
    }
    free(group);
    return found;
}
