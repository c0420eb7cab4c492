/* SPDX-License-Identifier: MIT
 *
 * Finding suites by name or path; see read.h.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"
#include "suite/read.h"

static const char *const endings[] = {".yaml", ".yml"};
enum { ENDING_COUNT = sizeof endings / sizeof *endings };

/* Length of the text without the ending of a suite's file; 0 where it has none. */
static size_t stem_length(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(text + length - ending, endings[i]) == 0)
            return length - ending;
    }
    return 0;
}

void suite_folders(struct text_list *folders)
{
    files_search_path(folders, "HEAPMARK_SUITE_PATH", "../share/heapmark/suites");
}

char *suite_name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = memory_copy_text(slash != NULL ? slash + 1 : path);
    size_t length = stem_length(name);
    if (length > 0)
        name[length] = '\0';
    return name;
}

static void add_names_of(struct text_list *names, const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (stem_length(entry->d_name) == 0)
            continue;
        char *name = suite_name_of(entry->d_name);
        text_list_add(names, name);
        free(name);
    }
    closedir(directory);
}

void suite_names(struct text_list *names)
{
    struct text_list folders = {0};
    suite_folders(&folders);
    for (size_t i = 0; i < folders.count; i++)
        add_names_of(names, folders.items[i]);
    text_list_free(&folders);
    text_list_sort(names);
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static bool propose(const char *name, struct error *error)
{
    struct text_list names = {0};
    suite_names(&names);
    const char *nearest = text_nearest(name, (const char *const *)names.items, names.count);
    if (nearest != NULL)
        error_user(error, "there is no suite '%s'; did you mean '%s'?", name, nearest);
    else
        error_user(error, "there is no suite '%s'; `heapmark list suites` shows what there is",
                   name);
    text_list_free(&names);
    return false;
}

static bool is_in(const char *folder, const char *name, char **path)
{
    bool found = false;
    for (size_t i = 0; i < ENDING_COUNT && !found; i++) {
        struct text candidate = {0};
        text_format(&candidate, "%s/%s%s", folder, name, endings[i]);
        found = is_file(text_chars(&candidate));
        if (found)
            *path = memory_copy_text(text_chars(&candidate));
        text_free(&candidate);
    }
    return found;
}

bool suite_find(const char *name_or_path, char **path, struct error *error)
{
    if (strchr(name_or_path, '/') != NULL || stem_length(name_or_path) > 0) {
        if (!is_file(name_or_path))
            return error_user(error, "there is no suite file %s", name_or_path);
        *path = memory_copy_text(name_or_path);
        return true;
    }
    struct text_list folders = {0};
    bool found = false;
    suite_folders(&folders);
    for (size_t i = 0; i < folders.count && !found; i++)
        found = is_in(folders.items[i], name_or_path, path);
    text_list_free(&folders);
    return found || propose(name_or_path, error);
}
