/* SPDX-License-Identifier: MIT
 *
 * The database as a file: whose it is, before SQLite may touch it, and how it comes to be.
 */
#define HEAPMARK_STORE_INTERNAL
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "store/internal.h"

/* Where SQLite's file format keeps what tells one program's files from another's. */
enum { HEADER_BYTES = 100, APPLICATION_ID_OFFSET = 68 };
static const char MAGIC[16] = "SQLite format 3";

static bool refuse(const char *path, int reason, struct error *error)
{
    return error_user(error, "cannot use '%s' as a database: %s; name another file with --db", path,
                      strerror(reason));
}

/* The folder in which the file of this path lies; the caller frees it. */
static char *folder_of(const char *path)
{
    char *copy = memory_copy_text(path);
    char *folder = memory_copy_text(dirname(copy));
    free(copy);
    return folder;
}

/* SQLite keeps its journal beside the file, so the folder must be writable too. */
static bool check_folder(const char *path, struct error *error)
{
    char *folder = folder_of(path);
    struct stat status;
    bool ok = true;
    if (stat(folder, &status) != 0 && errno == ENOENT)
        ok = error_user(error,
                        "the folder '%s' does not exist: make it, or name another file "
                        "than '%s' with --db",
                        folder, path);
    else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
        ok = error_user(error,
                        "cannot write to the folder '%s' (%s): name another file than '%s' "
                        "with --db",
                        folder, strerror(errno), path);
    free(folder);
    return ok;
}

static bool look_at_missing(const char *path, enum store_mode mode, struct error *error)
{
    struct stat status;
    if (lstat(path, &status) == 0)
        return error_user(error,
                          "'%s' is a symbolic link that leads nowhere: remove it, or name another "
                          "file with --db",
                          path);
    if (mode == STORE_READ)
        return error_user(error,
                          "there is no database '%s': `heapmark run` makes it, or name another "
                          "with --db",
                          path);
    if (path[strlen(path) - 1] == '/')
        return refuse(path, EISDIR, error);
    return check_folder(path, error);
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool check_header(const char *path, const unsigned char *header, ssize_t count,
                         struct error *error)
{
    if (count < HEADER_BYTES || memcmp(header, MAGIC, sizeof MAGIC) != 0)
        return error_user(
            error, "'%s' is not a database of Heapmark's: name another file with --db", path);
    uint32_t application = big_endian(header + APPLICATION_ID_OFFSET);
    if (application != STORE_APPLICATION_ID)
        return error_user(error,
                          "'%s' is the database of another program (application id %u): name "
                          "another file with --db",
                          path, application);
    return true;
}

static bool look_at_header(const char *path, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return refuse(path, errno, error);
    unsigned char header[HEADER_BYTES];
    ssize_t count = pread(file, header, sizeof header, 0);
    int reason = errno;
    close(file);
    if (count < 0)
        return error_system(error, "cannot read '%s': %s", path, strerror(reason));
    return check_header(path, header, count, error);
}

static bool look_at_file(const char *path, enum store_mode mode, off_t size,
                         enum store_file_state *state, struct error *error)
{
    *state = size == 0 ? STORE_FILE_EMPTY : STORE_FILE_OURS;
    if (size > 0 && !look_at_header(path, error))
        return false;
    if (mode == STORE_READ)
        return size > 0 || error_user(error, "'%s' is empty: name another file with --db", path);
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return error_user(error,
                          "cannot write to the database '%s' (%s): make it writable, or name "
                          "another file with --db",
                          path, strerror(errno));
    char *real = realpath(path, NULL);
    bool ok = real != NULL ? check_folder(real, error) : refuse(path, errno, error);
    free(real);
    return ok;
}

bool store_file_look(const char *path, enum store_mode mode, enum store_file_state *state,
                     struct error *error)
{
    *state = STORE_FILE_MISSING;
    if (*path == '\0')
        return error_user(error, "the name of the database is empty: name a file with --db");
    struct stat status;
    if (stat(path, &status) != 0)
        return errno == ENOENT ? look_at_missing(path, mode, error) : refuse(path, errno, error);
    if (S_ISDIR(status.st_mode))
        return error_user(error, "'%s' is a folder: name a file in it with --db", path);
    if (!S_ISREG(status.st_mode))
        return error_user(error, "'%s' is no regular file: name another file with --db", path);
    return look_at_file(path, mode, status.st_size, state, error);
}

static bool creation_failed(const char *path, int reason, struct error *error)
{
    bool is_users = reason == EACCES || reason == EPERM || reason == EROFS || reason == ENOENT ||
                    reason == ENOTDIR || reason == ENAMETOOLONG || reason == EISDIR;
    if (is_users)
        return refuse(path, reason, error);
    return error_system(error, "cannot make the database '%s': %s", path, strerror(reason));
}

/* 0, or the errno of what failed. */
static int write_lasting(int file, const char *bytes, size_t count)
{
    return files_write_all(file, bytes, count) && fsync(file) == 0 ? 0 : errno;
}

static int make_file(const char *name, const void *bytes, size_t count)
{
    int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return errno;
    int reason = write_lasting(file, bytes, count);
    if (close(file) != 0 && reason == 0)
        reason = errno;
    if (reason != 0)
        unlink(name);
    return reason;
}

/* Give the file its name unless something has that name; some file systems cannot link. */
static int publish(const char *from, const char *to)
{
    int reason = link(from, to) == 0 ? 0 : errno;
    if (reason == EPERM || reason == EOPNOTSUPP || reason == ENOSYS)
        reason = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : errno;
    unlink(from);
    return reason == EEXIST ? 0 : reason;
}

static int sync_folder(const char *path)
{
    char *folder = folder_of(path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (file < 0)
        return errno;
    /* EINVAL: a file system that cannot, and needs not. */
    int reason = fsync(file) == 0 || errno == EINVAL ? 0 : errno;
    close(file);
    return reason;
}

bool store_file_create(const char *path, const void *bytes, size_t count, struct error *error)
{
    struct text name = {0};
    text_format(&name, "%s.new-%ld-%llx", path, (long)getpid(), (unsigned long long)clock_now_ns());
    int reason = make_file(name.chars, bytes, count);
    if (reason == 0)
        reason = publish(name.chars, path);
    text_free(&name);
    if (reason == 0)
        reason = sync_folder(path);
    return reason == 0 || creation_failed(path, reason, error);
}
