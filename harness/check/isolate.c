/* SPDX-License-Identifier: MIT
 *
 * A program in a process of its own: forked, watched, and named by how it ended.
 *
 * The child is a fork of a process with one thread, so it may start threads; it dies with its
 * parent. Nothing of the plugin is loaded in the parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "check/session.h"

static const char *const property_names[] = {
#define NAME(NAME, name, words) name,
    HM_PROPERTIES(NAME)
#undef NAME
};

static const char *const property_words[] = {
#define WORDS(NAME, name, words) words,
    HM_PROPERTIES(WORDS)
#undef WORDS
};

const char *check_property_name(enum hm_property property)
{
    return property_names[property];
}

const char *check_property_words(enum hm_property property)
{
    return property_words[property];
}

/* ---- the child ---- */

static _Noreturn void live(const struct check_target *target, const struct program *program,
                           struct check_shared *shared, int output, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(3);
    setsid(); /* /dev/tty and the terminal's signals are the parent's */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, UINT32_MAX, 0);
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        signal(caught[i], SIG_DFL); /* whatever the parent does with them */
    check_drive(target, program, shared);
    fflush(NULL);
    _exit(0);
}

/* ---- the parent ---- */

enum ending { ENDED, HANGS, STOPPED };

/* Wait, and kill the child if it has to be. */
static enum ending outlive(pid_t child, int child_fd, const struct check_limits *limits,
                           int *status)
{
    static const uint64_t LOOK_NS = 100000000; /* how soon a stop is seen */
    uint64_t now_ns, end_ns = clock_now_ns() + limits->time_ns;
    enum ending ending = HANGS;
    while ((now_ns = clock_now_ns()) < end_ns) {
        if (waitpid(child, status, WNOHANG) == child)
            return ENDED;
        if (limits->stop != NULL && atomic_load(limits->stop) != 0) {
            ending = STOPPED;
            break;
        }
        uint64_t left_ns = end_ns - now_ns < LOOK_NS ? end_ns - now_ns : LOOK_NS;
        struct pollfd waiting = {.fd = child_fd, .events = POLLIN};
        poll(&waiting, 1, (int)(left_ns / 1000000 + 1));
    }
    kill(child, SIGKILL);
    waitpid(child, status, 0);
    return ending;
}

static const char *phase_words(uint32_t phase)
{
    static const char *const words[] = {
        "while the plugin was loaded",
        "while the heap was opened",
        "",
        "after the last operation, while everything was dropped and collected",
        "while the heap was closed",
        "after the heap was closed"};
    return words[phase < sizeof words / sizeof *words ? phase : 0];
}

/* Where each thread was: the list's operation that it had begun. */
static void append_places(char *sentence, size_t size, const struct check_shared *shared,
                          const struct program *program)
{
    struct text text = {0};
    uint32_t phase = atomic_load(&shared->phase);
    text_append(&text, phase_words(phase));
    for (uint32_t i = 0; phase == CHECK_PHASE_RUN && i < program->thread_count; i++) {
        size_t at = atomic_load(&shared->at[i]);
        text_format(&text, "%sthread %u was at operation %zu", i == 0 ? "" : ", ", i, at);
        if (at < program->threads[i].count) {
            text_append(&text, " (");
            program_append_op(&text, &program->threads[i].ops[at]);
            text_append(&text, ")");
        }
    }
    size_t used = strlen(sentence);
    snprintf(sentence + used, size - used, "%s", text_chars(&text));
    text_free(&text);
}

/* What the crashed thread could still tell. */
static void set_crash(struct check_verdict *verdict, const struct check_shared *shared)
{
    uint32_t thread = atomic_load(&shared->crashed);
    if (verdict->signal == 0)
        return;
    memcpy(verdict->backtrace, shared->backtrace, sizeof verdict->backtrace);
    verdict->backtrace[sizeof verdict->backtrace - 1] = '\0';
    if (thread >= PROGRAM_MOST_THREADS || atomic_load(&shared->phase) != CHECK_PHASE_RUN)
        return;
    verdict->thread = thread;
    verdict->op = atomic_load(&shared->at[thread]);
}

static void set_death(struct check_verdict *verdict, const struct check_shared *shared,
                      const struct program *program, bool hangs, int status)
{
    verdict->outcome = CHECK_BROKEN;
    verdict->property = hangs ? HM_PROPERTY_PROGRESS : HM_PROPERTY_SAFETY;
    verdict->thread = UINT32_MAX;
    if (hangs)
        snprintf(verdict->sentence, sizeof verdict->sentence,
                 "it was not done within its time limit: ");
    else if (WIFSIGNALED(status))
        snprintf(verdict->sentence, sizeof verdict->sentence, "signal %d (%s): ", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(verdict->sentence, sizeof verdict->sentence,
                 "the process ended with status %d: ", WEXITSTATUS(status));
    verdict->signal = !hangs && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    set_crash(verdict, shared);
    append_places(verdict->sentence, sizeof verdict->sentence, shared, program);
}

static void read_output(int fd, struct check_verdict *verdict)
{
    ssize_t count = pread(fd, verdict->output, sizeof verdict->output - 1, 0);
    verdict->output[count > 0 ? count : 0] = '\0';
    if (count > 0)
        verdict->strange |= 1u << CHECK_STRANGE_PRINTED;
}

static void conclude(struct check_verdict *verdict, const struct check_shared *shared,
                     const struct program *program, enum ending ending, int status)
{
    bool hangs = ending == HANGS;
    if (atomic_load(&shared->written) != 0)
        *verdict = shared->verdict;
    else if (ending == STOPPED)
        verdict->outcome = CHECK_STOPPED;
    else if (hangs || !WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
             atomic_load(&shared->phase) != CHECK_PHASE_DONE)
        set_death(verdict, shared, program, hangs, status);
    verdict->judged = atomic_load(&shared->judged);
    verdict->strange = atomic_load(&shared->strange);
    verdict->operations = atomic_load(&shared->operations);
    verdict->objects = atomic_load(&shared->objects);
    verdict->collections = atomic_load(&shared->collections);
}

/* What a program's process left behind in a session of its own has come to this one. */
static void end_strays(void)
{
    enum { MOST_ROUNDS = 1000 }; /* they may go on forking */
    for (int round = 0; round < MOST_ROUNDS && waitpid(-1, NULL, WNOHANG) >= 0; round++) {
        struct text text = {0};
        struct text_list children = {0};
        char path[64];
        snprintf(path, sizeof path, "proc/self/task/%d/children", (int)gettid());
        files_read(&text, "/", path);
        text_split(&children, text_chars(&text), ' ');
        for (size_t i = 0; i < children.count; i++)
            if (atoi(children.items[i]) > 0)
                kill(atoi(children.items[i]), SIGKILL);
        text_list_free(&children);
        text_free(&text);
    }
}

static bool start_and_wait(const struct check_target *target, const struct program *program,
                           const struct check_limits *limits, struct check_shared *shared,
                           int output, struct check_verdict *verdict, struct error *error)
{
    pid_t parent = getpid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return error_system(error, "cannot start a process for a program: %s", strerror(errno));
    if (child == 0)
        live(target, program, shared, output, parent);
    int child_fd = (int)syscall(SYS_pidfd_open, child, 0), status = 0;
    enum ending ending = outlive(child, child_fd, limits, &status);
    kill(-child, SIGKILL); /* whatever it started itself */
    if (child_fd >= 0)
        close(child_fd);
    end_strays();
    conclude(verdict, shared, program, ending, status);
    read_output(output, verdict);
    return true;
}

bool check_run(const struct check_target *target, const struct program *program,
               const struct check_limits *limits, struct check_verdict *verdict,
               struct error *error)
{
    *verdict = (struct check_verdict){.outcome = CHECK_SOUND, .thread = UINT32_MAX};
    struct check_shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int output = memfd_create("heapmark-check", MFD_CLOEXEC);
    bool fine = shared != MAP_FAILED && output >= 0;
    if (!fine)
        error_system(error, "cannot get memory to share with a program: %s", strerror(errno));
    else
        fine = start_and_wait(target, program, limits, shared, output, verdict, error);
    if (shared != MAP_FAILED)
        munmap(shared, sizeof *shared);
    if (output >= 0)
        close(output);
    return fine;
}
