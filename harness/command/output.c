/* SPDX-License-Identifier: MIT
 *
 * A file that is whole or not there; see output.h.
 */
#include "command/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static bool refuse(const char *path, struct error *error)
{
    return error_user(error, "cannot write the file '%s': %s; name another", path, strerror(errno));
}

/* As open() would have made it, under the process's umask. */
static void give_usual_mode(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
}

static bool open_beside(struct output *output, const char *path, struct error *error)
{
    struct text name = {0};
    text_format(&name, "%s.XXXXXX", path);
    int fd = mkostemp(name.chars, O_CLOEXEC);
    if (fd < 0) {
        text_free(&name);
        return refuse(path, error);
    }
    give_usual_mode(fd);
    output->temporary = memory_copy_text(name.chars);
    text_free(&name);
    output->file = fdopen(fd, "w");
    return output->file != NULL || refuse(path, error);
}

/* What goes to standard output is kept until it is whole, as half a document is read as one. */
static bool hold_back(struct output *output, struct error *error)
{
    output->held = tmpfile();
    if (output->held == NULL)
        return error_system(error, "cannot make a temporary file: %s", strerror(errno));
    output->file = output->held;
    return true;
}

/* Why not is in errno; 0: not known. The errno of a write that failed long ago is gone, and what it
 * could not write, too: one byte more tells whether the reason is still there, as a full disk is.
 */
static bool is_written(FILE *file)
{
    if (fflush(file) != 0)
        return false;
    if (!ferror(file))
        return true;
    clearerr(file);
    if (fputc('\n', file) != EOF && fflush(file) == 0)
        errno = 0;
    return false;
}

static bool let_go(struct output *output)
{
    char bytes[1 << 16];
    size_t count;
    bool fine = is_written(output->held);
    rewind(output->held);
    while (fine && (count = fread(bytes, 1, sizeof bytes, output->held)) > 0)
        fine = fwrite(bytes, 1, count, stdout) == count;
    fine = fine && !ferror(output->held);
    output->file = stdout;
    return fine;
}

static bool is_standard_output(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

bool output_open_lines(struct output *output, const char *path, struct error *error)
{
    *output = (struct output){.file = stdout};
    return is_standard_output(path) || output_open(output, path, error);
}

bool output_open(struct output *output, const char *path, struct error *error)
{
    *output = (struct output){.file = stdout};
    if (is_standard_output(path))
        return hold_back(output, error);
    struct stat status;
    bool exists = stat(path, &status) == 0;
    output->path = memory_copy_text(path);
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        refuse(path, error);
    } else if (exists && !S_ISREG(status.st_mode)) {
        output->file = fopen(path, "we");
        if (output->file != NULL)
            return true;
        refuse(path, error);
    } else if (exists && access(path, W_OK) != 0) {
        refuse(path, error);
    } else if (open_beside(output, path, error)) {
        return true;
    }
    output->file = NULL;
    output_abandon(output);
    return false;
}

bool output_commit(struct output *output, struct error *error)
{
    const char *path = output->path != NULL ? output->path : "standard output";
    bool fine = output->held == NULL || let_go(output);
    fine = fine && is_written(output->file);
    if (fine && output->temporary != NULL)
        fine = fsync(fileno(output->file)) == 0 && rename(output->temporary, output->path) == 0;
    if (!fine)
        error_system(error, "cannot write %s: %s", path,
                     errno != 0 ? strerror(errno) : "not all that was written came to be there");
    else if (output->temporary != NULL) {
        free(output->temporary);
        output->temporary = NULL;
    }
    output_abandon(output);
    return fine;
}

void output_abandon(struct output *output)
{
    if (output->temporary != NULL)
        unlink(output->temporary);
    if (output->file != NULL && output->path != NULL)
        fclose(output->file);
    if (output->held != NULL)
        fclose(output->held);
    free(output->temporary);
    free(output->path);
    *output = (struct output){0};
}
