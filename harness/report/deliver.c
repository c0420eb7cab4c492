/* SPDX-License-Identifier: MIT
 *
 * A file is written beside its place, and renamed when it is whole.
 */
#include "report/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

/* ---- Where to ---- */

/* What a user can do something about; the rest is the system's failure. */
static bool is_users_mistake(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case EISDIR:
    case ENAMETOOLONG:
        return true;
    default:
        return false;
    }
}

static bool cannot_write(const char *path, const char *what, int number, struct error *error)
{
    if (number == ENOENT || number == ENOTDIR)
        return error_user(error, "cannot write the %s to '%s': its folder does not exist", what,
                          path);
    return is_users_mistake(number)
               ? error_user(error, "cannot write the %s to '%s': %s", what, path, strerror(number))
               : error_system(error, "cannot write the %s to '%s': %s", what, path,
                              strerror(number));
}

char *deliver_find_target(const char *path, const char *what, struct error *error)
{
    struct stat found;
    if (path == NULL || path[0] == '\0') {
        error_user(error, "the %s needs the name of a file to be written to", what);
        return NULL;
    }
    if (stat(path, &found) != 0) {
        if (errno == ENOENT && lstat(path, &found) != 0 && errno == ENOENT)
            return memory_copy_text(path);
        cannot_write(path, what, errno, error);
        return NULL;
    }
    if (!S_ISREG(found.st_mode)) {
        error_user(error,
                   "cannot write the %s to '%s': it is %s; name a file, as in "
                   "results/report.html",
                   what, path, S_ISDIR(found.st_mode) ? "a folder" : "no plain file");
        return NULL;
    }
    if (access(path, W_OK) != 0) {
        cannot_write(path, what, errno, error);
        return NULL;
    }
    char *target = realpath(path, NULL);
    if (target == NULL)
        cannot_write(path, what, errno, error);
    return target;
}

/* ---- Writing ---- */

/* mkostemp makes a file that nobody else may read: give it the mode of the file that it replaces,
 * or that of a new file. */
static bool set_mode(int descriptor, const char *target)
{
    struct stat found;
    if (stat(target, &found) == 0)
        return fchmod(descriptor, found.st_mode & 07777) == 0;
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(descriptor, 0666 & ~mask) == 0;
}

static bool fill(int descriptor, const char *target, const struct text *content)
{
    return files_write_all(descriptor, text_chars(content), content->length) &&
           set_mode(descriptor, target) && fsync(descriptor) == 0;
}

/* The folder of the target and a name that no other file has: ".report.html.XXXXXX". */
static char *name_beside(const char *target)
{
    struct text name = {0};
    const char *slash = strrchr(target, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - target) + 1;
    text_append_bytes(&name, target, folder);
    text_append(&name, ".heapmark-report.XXXXXX");
    char *copy = memory_copy_text(text_chars(&name));
    text_free(&name);
    return copy;
}

bool deliver_replace(const char *target, const struct text *content, const char *path,
                     const char *what, struct error *error)
{
    char *beside = name_beside(target);
    int descriptor = mkostemp(beside, O_CLOEXEC);
    if (descriptor < 0) {
        cannot_write(path, what, errno, error);
        free(beside);
        return false;
    }
    bool good = fill(descriptor, target, content);
    int number = errno;
    if (close(descriptor) != 0 && good) {
        good = false;
        number = errno;
    }
    if (good && rename(beside, target) != 0) {
        good = false;
        number = errno;
    }
    if (!good) {
        unlink(beside);
        cannot_write(path, what, number, error);
    }
    free(beside);
    return good;
}
