/* SPDX-License-Identifier: MIT
 *
 * Finding plugins by name or path; see plugin.h.
 */
#include "plugin/plugin.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/files.h"

static const char SUFFIX[] = ".so";

static bool ends_in_suffix(const char *text)
{
    size_t length = strlen(text);
    return length > strlen(SUFFIX) && strcmp(text + length - strlen(SUFFIX), SUFFIX) == 0;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

void plugin_folders(struct text_list *folders)
{
    files_search_path(folders, "HEAPMARK_PLUGIN_PATH", "../lib/heapmark");
}

static void add_names_of(struct text_list *names, const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!ends_in_suffix(entry->d_name))
            continue;
        struct text name = {0};
        text_append_bytes(&name, entry->d_name, strlen(entry->d_name) - strlen(SUFFIX));
        text_list_add(names, text_chars(&name));
        text_free(&name);
    }
    closedir(directory);
}

void plugin_names(struct text_list *names)
{
    struct text_list folders = {0};
    plugin_folders(&folders);
    for (size_t i = 0; i < folders.count; i++)
        add_names_of(names, folders.items[i]);
    text_list_free(&folders);
    text_list_sort(names);
}

static bool find_path(const char *asked, char **path, struct error *error)
{
    if (!is_file(asked))
        return error_user(error, "there is no plugin file %s", asked);
    *path = realpath(asked, NULL);
    if (*path == NULL)
        return error_user(error, "cannot resolve the path of the plugin %s", asked);
    return true;
}

static bool propose(const char *name, struct error *error)
{
    struct text_list names = {0};
    plugin_names(&names);
    const char *nearest = text_nearest(name, (const char *const *)names.items, names.count);
    if (nearest != NULL)
        error_user(error, "there is no collector '%s'; did you mean '%s'?", name, nearest);
    else
        error_user(error,
                   "there is no collector '%s'; `heapmark list collectors` shows what there is",
                   name);
    text_list_free(&names);
    return false;
}

bool plugin_find(const char *name_or_path, char **path, struct error *error)
{
    if (strchr(name_or_path, '/') != NULL || ends_in_suffix(name_or_path))
        return find_path(name_or_path, path, error);
    struct text_list folders = {0};
    plugin_folders(&folders);
    bool found = false;
    for (size_t i = 0; i < folders.count && !found; i++) {
        struct text candidate = {0};
        text_format(&candidate, "%s/%s%s", folders.items[i], name_or_path, SUFFIX);
        found = is_file(text_chars(&candidate));
        if (found)
            *path = memory_copy_text(text_chars(&candidate));
        text_free(&candidate);
    }
    text_list_free(&folders);
    return found || propose(name_or_path, error);
}
