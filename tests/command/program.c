/* SPDX-License-Identifier: MIT
 *
 * Running the program; see program.h.
 */
#include "program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

static char folder[] = "/tmp/heapmark-command-XXXXXX";
static struct program_result result;

static char *in_folder(const char *name)
{
    struct text path = {0};
    text_format(&path, "%s/%s", folder, name);
    char *copy = memory_copy_text(text_chars(&path));
    text_free(&path);
    return copy;
}

static char *read_file(const char *name)
{
    char *path = in_folder(name);
    FILE *file = fopen(path, "re");
    struct text text = {0};
    char bytes[4096];
    size_t count;
    free(path);
    while (file != NULL && (count = fread(bytes, 1, sizeof bytes, file)) > 0)
        text_append_bytes(&text, bytes, count);
    if (file != NULL)
        fclose(file);
    char *copy = memory_copy_text(text_chars(&text));
    text_free(&text);
    return copy;
}

static void forget(void)
{
    free(result.output);
    free(result.complaint);
    result = (struct program_result){0};
}

int program_begin(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    setenv("H", HEAPMARK, 1);
    setenv("FAULTY", FAULTY, 1);
    setenv("FIXTURES", FIXTURES, 1);
    unsetenv("HEAPMARK_PLUGIN_PATH");
    return mkdtemp(folder) == NULL;
}

int program_end(void **state)
{
    (void)state;
    struct text command = {0};
    forget();
    text_format(&command, "chmod -R u+w %s && rm -rf %s", folder, folder);
    int status = system(text_chars(&command));
    text_free(&command);
    return status;
}

const struct program_result *program_run(const char *command)
{
    struct text whole = {0};
    forget();
    text_format(&whole, "cd %s && mkdir -p .said && { %s\n} >.said/out 2>.said/err </dev/null",
                folder, command);
    int status = system(text_chars(&whole));
    text_free(&whole);
    result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    result.output = read_file(".said/out");
    result.complaint = read_file(".said/err");
    return &result;
}

const char *program_folder(void)
{
    return folder;
}

bool program_left(const char *name)
{
    char *path = in_folder(name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

/* One line, from this program. */
static bool is_one_sentence(const char *complaint)
{
    const char *end = strchr(complaint, '\n');
    return strncmp(complaint, "heapmark: ", 10) == 0 && end != NULL && end[1] == '\0';
}

void program_assert(const char *command, int status, const char *words)
{
    const struct program_result *got = program_run(command);
    if (got->status != status)
        fail_msg("`%s` ended with %d, not %d\n%s%s", command, got->status, status, got->output,
                 got->complaint);
    if (strstr(status == 0 ? got->output : got->complaint, words) == NULL)
        fail_msg("`%s` did not say \"%s\":\n%s%s", command, words, got->output, got->complaint);
    if ((status == 2 || status == 3) && !is_one_sentence(got->complaint))
        fail_msg("`%s` did not complain in one sentence:\n%s", command, got->complaint);
}
