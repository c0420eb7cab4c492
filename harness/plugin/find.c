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
/* In the place of a plugin that the build left out: a file with the reason, one sentence without
 * its subject. */
static const char ABSENT[] = ".absent";

static bool ends_in(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    return length > strlen(suffix) && strcmp(text + length - strlen(suffix), suffix) == 0;
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
        const char *suffix = ends_in(entry->d_name, SUFFIX) ? SUFFIX : ABSENT;
        if (!ends_in(entry->d_name, suffix))
            continue;
        struct text name = {0};
        text_append_bytes(&name, entry->d_name, strlen(entry->d_name) - strlen(suffix));
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

bool plugin_absent(const char *name, struct text *reason)
{
    struct text_list folders = {0};
    plugin_folders(&folders);
    bool absent = false;
    for (size_t i = 0; i < folders.count && !absent; i++) {
        struct text path = {0};
        text_format(&path, "%s/%s%s", folders.items[i], name, ABSENT);
        absent = files_read(reason, "", text_chars(&path));
        text_free(&path);
    }
    text_list_free(&folders);
    return absent;
}

/* Say why there is no such collector: the build left it out, or the name is wrong. */
static bool refuse(const char *name, struct error *error)
{
    struct text reason = {0};
    bool absent = plugin_absent(name, &reason);
    if (absent)
        error_user(error, "the collector '%s' is absent: %s", name, text_chars(&reason));
    text_free(&reason);
    if (absent)
        return false;
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
    if (strchr(name_or_path, '/') != NULL || ends_in(name_or_path, SUFFIX))
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
    return found || refuse(name_or_path, error);
}
