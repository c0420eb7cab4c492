/* SPDX-License-Identifier: MIT
 *
 * Reading the kernel's small files; see files.h.
 */
#include "base/files.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The path of a line "NUMBER:CONTROLLERS:PATH", whose controllers are cut off; NULL for no such
 * line. */
static char *split_group_line(char *line, char **controllers)
{
    char *first = strchr(line, ':');
    char *second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second == NULL)
        return NULL;
    *second = '\0';
    *controllers = first + 1;
    trim_end(second + 1);
    return second + 1;
}

/* The group of the controller, or of version 2 for "", whose line names no controller; the caller
 * frees it. NULL: there is none. */
static char *find_group(const char *root, const char *controller)
{
    FILE *file = open_file(root, "/proc/self/cgroup");
    char *line = NULL, *controllers, *group = NULL;
    size_t capacity = 0;
    while (file != NULL && group == NULL && getline(&line, &capacity, file) > 0) {
        char *path = split_group_line(line, &controllers);
        if (path != NULL && text_has_piece(controllers, ',', controller))
            group = memory_copy_text(path);
    }
    free(line);
    if (file != NULL)
        fclose(file);
    return group;
}

void files_group_folders(struct text_list *folders, const char *root, const char *controller)
{
    struct text base = {0};
    char *group = find_group(root, controller);
    if (*controller == '\0')
        text_append(&base, group_folder(root));
    else
        text_format(&base, "/sys/fs/cgroup/%s", controller);
    while (group != NULL) {
        struct text folder = {0};
        text_format(&folder, "%s%s", text_chars(&base), strcmp(group, "/") == 0 ? "" : group);
        text_list_add(folders, text_chars(&folder));
        text_free(&folder);
        char *last = strrchr(group, '/');
        if (last == NULL || strcmp(group, "/") == 0)
            break;
        *last = '\0';
    }
    free(group);
    text_free(&base);
}

bool files_read_in(struct text *text, const char *root, const char *folder, const char *name)
{
    struct text path = {0};
    text_format(&path, "%s/%s", folder, name);
    bool known = files_read(text, root, text_chars(&path));
    text_free(&path);
    return known;
}

char *files_control_group(const char *root, const char *name)
{
    struct text_list folders = {0};
    char *found = NULL;
    files_group_folders(&folders, root, "");
    for (size_t i = 0; i < folders.count; i++) {
        struct text said = {0};
        if ((found == NULL || strncmp(found, "max", 3) == 0) &&
            files_read_in(&said, root, folders.items[i], name)) {
            free(found);
            found = memory_copy_text(text_chars(&said));
        }
        text_free(&said);
    }
    text_list_free(&folders);
    return found;
}

void files_search_path(struct text_list *folders, const char *variable, const char *beside)
{
    const char *asked = getenv(variable);
    if (asked != NULL && *asked != '\0')
        text_split(folders, asked, ':');
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return;
    program[length] = '\0';
    struct text folder = {0};
    text_format(&folder, "%s/%s", dirname(program), beside);
    char *real = realpath(text_chars(&folder), NULL);
    if (real != NULL)
        text_list_add(folders, real);
    free(real);
    text_free(&folder);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool make_folder_above(const char *path)
{
    char *copy = memory_copy_text(path);
    bool fine = files_make_folder(dirname(copy));
    int cause = errno;
    free(copy);
    errno = cause;
    return fine;
}

bool files_make_folder(const char *path)
{
    bool fine = mkdir(path, 0777) == 0;
    if (!fine && errno == ENOENT && path[0] != '\0')
        fine = make_folder_above(path) && mkdir(path, 0777) == 0;
    int cause = errno == EEXIST ? ENOTDIR : errno;
    fine = fine || is_folder(path);
    errno = cause;
    return fine;
}

bool files_write_all(int file, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count > 0) {
        ssize_t written = write(file, at, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO; /* it takes nothing, and says nothing */
        if (written <= 0)
            return false;
        at += written;
        count -= (size_t)written;
    }
    return true;
}
