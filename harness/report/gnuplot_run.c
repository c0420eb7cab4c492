/* SPDX-License-Identifier: MIT
 *
 * gnuplot as a child process: the script lies in a memory file that is its standard input, so
 * there is no pipe to fill; its picture comes through one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "report/gnuplot.h"

enum { MOST_BYTES = 4 << 20 };

extern char **environ;

/* What is open while a gnuplot runs; -1 is closed. */
struct plotting {
    int script, words; /* memory files: standard input and standard error */
    int picture[2];    /* pipe: read and write end */
    int process;       /* pidfd */
    pid_t pid;
};

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void close_all(struct plotting *plotting)
{
    close_one(&plotting->script);
    close_one(&plotting->words);
    close_one(&plotting->picture[0]);
    close_one(&plotting->picture[1]);
    close_one(&plotting->process);
}

static bool open_files(struct plotting *plotting, const char *script, struct error *error)
{
    plotting->script = memfd_create("heapmark-gnuplot-script", MFD_CLOEXEC);
    plotting->words = memfd_create("heapmark-gnuplot-words", MFD_CLOEXEC);
    if (plotting->script < 0 || plotting->words < 0 || pipe2(plotting->picture, O_CLOEXEC) != 0 ||
        !files_write_all(plotting->script, script, strlen(script)) ||
        lseek(plotting->script, 0, SEEK_SET) != 0)
        return error_system(error, "cannot prepare files for gnuplot: %m");
    return true;
}

/* Its own process group, so that what it starts dies with it. Returns an errno. */
static int spawn(struct plotting *plotting)
{
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"--default-settings"}, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, plotting->script, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, plotting->picture[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, plotting->words, STDERR_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    int failure =
        posix_spawnp(&plotting->pid, "gnuplot", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static bool start(struct plotting *plotting, bool *missing, struct error *error)
{
    int failure = spawn(plotting);
    close_one(&plotting->picture[1]);
    if (failure != 0) {
        *missing = failure == ENOENT || failure == EACCES;
        return *missing ? error_system(error, "gnuplot is not installed (Debian: gnuplot-nox)")
                        : error_system(error, "cannot start gnuplot: %s", strerror(failure));
    }
    plotting->process = pidfd_open(plotting->pid, 0);
    if (plotting->process >= 0)
        return true;
    error_system(error, "cannot watch gnuplot: %m");
    kill(-plotting->pid, SIGKILL);
    waitpid(plotting->pid, NULL, 0);
    return false;
}

/* Wait for descriptor `wanted`; false when the time is over. */
static bool wait_for(int wanted, uint64_t end_ns)
{
    struct pollfd one = {.fd = wanted, .events = POLLIN};
    for (;;) {
        uint64_t now = clock_now_ns();
        if (now >= end_ns)
            return false;
        struct timespec left = {(time_t)((end_ns - now) / 1000000000u),
                                (long)((end_ns - now) % 1000000000u)};
        int ready = ppoll(&one, 1, &left, NULL);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/* Until gnuplot has closed its output and ended. */
static bool collect(struct plotting *plotting, uint64_t end_ns, struct text *picture,
                    struct error *error)
{
    char bytes[16384];
    for (ssize_t got = 1; got != 0;) {
        if (!wait_for(plotting->picture[0], end_ns))
            return error_system(error, "gnuplot took too long to draw a chart");
        got = read(plotting->picture[0], bytes, sizeof bytes);
        if (got < 0 && errno != EINTR)
            return error_system(error, "cannot read from gnuplot: %m");
        if (got > 0)
            text_append_bytes(picture, bytes, (size_t)got);
        if (picture->length > MOST_BYTES)
            return error_system(error, "gnuplot drew a chart of more than %d MiB",
                                MOST_BYTES >> 20);
    }
    return wait_for(plotting->process, end_ns) ||
           error_system(error, "gnuplot did not end after it had drawn a chart");
}

/* The line in which gnuplot says what is wrong comes last; its bytes may be anything. */
static void last_words(int words, struct text *line)
{
    char bytes[2049];
    off_t length = lseek(words, 0, SEEK_END);
    off_t from = length > (off_t)sizeof bytes - 1 ? length - (off_t)sizeof bytes + 1 : 0;
    ssize_t got = length > 0 ? pread(words, bytes, sizeof bytes - 1, from) : 0;
    while (got > 0 && strchr("\n\r ", bytes[got - 1]) != NULL)
        got--;
    bytes[got > 0 ? got : 0] = '\0';
    const char *last = strrchr(bytes, '\n');
    last = last != NULL ? last + 1 : bytes;
    text_append_terminal(line, last[strspn(last, " \t")] != '\0' ? last : "it does not say why");
}

static bool judge(const struct plotting *plotting, int status, const struct text *picture,
                  struct error *error)
{
    struct text line = {0};
    last_words(plotting->words, &line);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0 && picture->length > 0;
    if (!good && strstr(text_chars(&line), "terminal type") != NULL)
        error_system(error, "this gnuplot cannot draw in that format (Debian's gnuplot-nox can)");
    else if (!good && WIFSIGNALED(status))
        error_system(error, "signal %d ended gnuplot: %s", WTERMSIG(status), text_chars(&line));
    else if (!good)
        error_system(error, "gnuplot failed: %s", text_chars(&line));
    text_free(&line);
    return good;
}

static bool run(struct plotting *plotting, const char *script, uint64_t limit_ns,
                struct text *picture, bool *missing, struct error *error)
{
    uint64_t end_ns = clock_now_ns() + limit_ns;
    if (!open_files(plotting, script, error) || !start(plotting, missing, error))
        return false;
    bool collected = collect(plotting, end_ns, picture, error);
    kill(-plotting->pid, SIGKILL); /* what it may have left behind; itself, if it is not done */
    int status = 0;
    while (waitpid(plotting->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return collected && judge(plotting, status, picture, error);
}

bool gnuplot_run(const char *script, uint64_t limit_ns, struct text *drawn, bool *missing,
                 struct error *error)
{
    struct plotting plotting = {-1, -1, {-1, -1}, -1, -1};
    struct text picture = {0};
    *missing = false;
    bool good = run(&plotting, script, limit_ns, &picture, missing, error);
    close_all(&plotting);
    if (good)
        text_append_bytes(drawn, text_chars(&picture), picture.length);
    text_free(&picture);
    return good;
}
