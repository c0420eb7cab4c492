/* SPDX-License-Identifier: MIT
 *
 * A guard over one trial; see guard.h.
 */
#include "trial/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many bytes there were to read; 0 where the other end is closed. */
static ssize_t read_patiently(int fd, void *bytes, size_t count)
{
    ssize_t got;
    do
        got = read(fd, bytes, count);
    while (got < 0 && errno == EINTR);
    return got;
}

/* In a session of its own, so that no key of the terminal reaches it, and with two descriptors,
 * so that nothing that the supervisor holds (pipes, locks of a database) outlives it here. Only
 * system calls: it is a fork. */
static _Noreturn void stand_guard(int tell_fd, int life_fd)
{
    enum { TELL, LIFE, OTHERS };
    pid_t group = 0;
    char dismissed;
    setsid();
    prctl(PR_SET_NAME, "heapmark-guard");
    dup2(tell_fd, TELL);
    dup2(life_fd, LIFE);
    close_range(OTHERS, ~0U, 0);
    bool told = read_patiently(TELL, &group, sizeof group) == (ssize_t)sizeof group;
    if (read_patiently(LIFE, &dismissed, 1) != 1 && told && group > 1)
        kill(-group, SIGKILL);
    _exit(0);
}

/* Above the descriptors that a trial's ends are moved to, and those that the guard takes. */
static bool make_pipe(int ends[2])
{
    int made[2];
    if (pipe2(made, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 10);
        close(made[i]);
    }
    return true;
}

bool guard_start(struct guard *guard, struct error *error)
{
    int tell[2] = {-1, -1}, life[2] = {-1, -1};
    bool made = make_pipe(tell) && make_pipe(life);
    guard->process = made ? fork() : -1;
    if (guard->process == 0)
        stand_guard(tell[0], life[0]);
    int failure = errno;
    close(tell[0]);
    close(life[0]);
    guard->tell_fd = tell[1];
    guard->life_fd = life[1];
    if (guard->process > 0)
        return true;
    close(tell[1]);
    close(life[1]);
    return error_system(error, "cannot start a guard over a trial: %s", strerror(failure));
}

/* A reader that is gone is no error here, and no signal. */
static bool write_boldly(int fd, const void *bytes, size_t count)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignored, &before);
    ssize_t written = write(fd, bytes, count);
    sigaction(SIGPIPE, &before, NULL);
    return written == (ssize_t)count;
}

void guard_dismiss(struct guard *guard)
{
    if (!write_boldly(guard->life_fd, "", 1))
        kill(guard->process, SIGKILL);
    close(guard->life_fd);
    while (waitpid(guard->process, NULL, 0) < 0 && errno == EINTR)
        continue;
    *guard = (struct guard){0};
}

void guard_tell(int tell_fd)
{
    pid_t self = getpid();
    write_boldly(tell_fd, &self, sizeof self);
    close(tell_fd);
}
