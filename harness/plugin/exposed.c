/* SPDX-License-Identifier: MIT
 *
 * Plugins that other users could have changed; see plugin.h.
 */
#include "plugin/plugin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In a folder with the sticky bit others may add files, but not replace those of their owner. */
static bool others_may_write(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || (status.st_mode & S_IWOTH) == 0)
        return false;
    return !S_ISDIR(status.st_mode) || (status.st_mode & S_ISVTX) == 0;
}

bool plugin_is_exposed(const char *path, struct text *place)
{
    char *part = realpath(path, NULL);
    bool exposed = part != NULL && others_may_write(part);
    /* A folder above that others may write to lets them put another folder in the place of ours. */
    while (part != NULL && !exposed && strcmp(part, "/") != 0) {
        char *slash = strrchr(part, '/');
        slash[slash == part] = '\0';
        exposed = others_may_write(part);
    }
    if (exposed)
        text_append(place, part);
    free(part);
    return exposed;
}
