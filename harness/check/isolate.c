/* SPDX-License-Identifier: MIT
 *
 * A program in a process of its own: forked, watched, and named by how it ended.
 *
 * The child is a fork of a process with one thread, so it may start threads; it dies with its
 * parent. Nothing of the plugin is loaded in the parent.
 */
#include <dirent.h>
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
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/units.h"
#include "check/patience.h"
#include "check/session.h"
#include "measure/process.h"

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
    if (target->ended != NULL)
        target->ended();
    fflush(NULL);
    _exit(0);
}

/* ---- the parent ---- */

enum ending { ENDED, HANGS, EATS, STOPPED };

/* Resident, and not mapped: collectors may reserve address space as they like. */
static uint64_t resident_bytes(int statm)
{
    char line[128] = "";
    unsigned long pages = 0;
    if (pread(statm, line, sizeof line - 1, 0) <= 0 || sscanf(line, "%*u %lu", &pages) != 1)
        return 0; /* it has ended */
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int open_statm(pid_t child)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)child);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static uint64_t how_far(const struct check_shared *shared)
{
    uint64_t far = atomic_load(&shared->phase) + atomic_load(&shared->beats);
    for (size_t i = 0; i < PROGRAM_MOST_THREADS; i++)
        far += atomic_load_explicit(&shared->at[i], memory_order_relaxed);
    return far;
}

struct child {
    pid_t process;
    const struct check_shared *shared;
};

/* How long all its threads have run, by the clock of the process, and how long they were ready to
 * run and did not: what those say that ended, and for the others the second figure of schedstat, 0
 * where the kernel does not tell. */
static struct patience_times times_of(void *user)
{
    const struct child *of = user;
    pid_t child = of->process;
    char folder[64], path[sizeof folder + 300];
    struct patience_times times = {0};
    clockid_t clock;
    struct timespec ran;
    if (clock_getcpuclockid(child, &clock) == 0 && clock_gettime(clock, &ran) == 0)
        times.ran_ns = (uint64_t)ran.tv_sec * 1000000000 + (uint64_t)ran.tv_nsec;
    snprintf(folder, sizeof folder, "/proc/%d/task", (int)child);
    DIR *tasks = opendir(folder);
    for (struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s/schedstat", folder, task->d_name);
        uint64_t waited_ns = process_waited_ns(path);
        times.waited_ns += waited_ns == PROCESS_UNKNOWN ? 0 : waited_ns;
    }
    if (tasks != NULL)
        closedir(tasks);
    times.waited_ns += atomic_load(&of->shared->waited_ns);
    return times;
}

/* Wait, and kill the child if it has to be. */
static enum ending outlive(pid_t child, int child_fd, const struct check_limits *limits,
                           const struct check_shared *shared, int *status)
{
    /* How soon a stop is seen, and memory that it takes: some ten MiB later on each processor. */
    static const uint64_t LOOK_NS = 20000000;
    struct patience patience;
    uint64_t left_ns;
    enum ending ending = HANGS;
    int statm = limits->memory_bytes != 0 ? open_statm(child) : -1;
    struct child of = {.process = child, .shared = shared};
    patience_begin(&patience, limits->time_ns, clock_now_ns(), times_of, &of);
    while ((left_ns = patience_left_ns(&patience, clock_now_ns(), how_far(shared))) > 0) {
        if (waitpid(child, status, WNOHANG) == child)
            ending = ENDED;
        else if (limits->stop != NULL && atomic_load(limits->stop) != 0)
            ending = STOPPED;
        else if (statm >= 0 && resident_bytes(statm) > limits->memory_bytes)
            ending = EATS;
        if (ending != HANGS)
            break;
        struct pollfd waiting = {.fd = child_fd, .events = POLLIN};
        poll(&waiting, 1, (int)((left_ns < LOOK_NS ? left_ns : LOOK_NS) / 1000000 + 1));
    }
    if (statm >= 0)
        close(statm);
    if (ending == ENDED)
        return ending;
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
static void append_places(struct text *text, const struct check_shared *shared,
                          const struct program *program)
{
    uint32_t phase = atomic_load(&shared->phase);
    text_append(text, phase_words(phase));
    for (uint32_t i = 0; phase == CHECK_PHASE_RUN && i < program->thread_count; i++) {
        size_t at = atomic_load(&shared->at[i]);
        text_format(text, "%sthread %u was at operation %zu", i == 0 ? "" : ", ", i, at);
        if (at < program->threads[i].count) {
            text_append(text, " (");
            program_append_op(text, &program->threads[i].ops[at]);
            text_append(text, ")");
        }
    }
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

/* What a thread that died had not counted yet: the places in the lists. */
static uint64_t operations_begun(const struct check_shared *shared)
{
    uint64_t begun = 0;
    for (uint32_t i = 0; i < PROGRAM_MOST_THREADS; i++)
        begun += atomic_load(&shared->at[i]);
    return begun;
}

/* One program's process, from its start to its end. */
struct life {
    const struct check_target *target;
    const struct program *program;
    const struct check_limits *limits;
    struct check_shared *shared;
    enum ending ending;
    int status;
};

/* What a limit of this process says of the collector: where it promised to keep one of its own, it
 * did not; where not, its memory should have been bounded by what the program does. */
static enum hm_property eaten(const struct life *life)
{
    return life->target->capabilities->heap_limit && life->program->heap_bytes != 0
               ? HM_PROPERTY_LIMIT
               : HM_PROPERTY_PACING;
}

/* The limit left no room for what it had to take, or it took all of it before its heap was open. */
static bool is_excused(const struct life *life)
{
    uint64_t idle = atomic_load(&life->shared->idle_bytes), heap = life->program->heap_bytes;
    uint64_t more = heap > CHECK_NEEDED_HEAP_BYTES ? heap - CHECK_NEEDED_HEAP_BYTES : 0;
    return life->ending == EATS &&
           (idle == 0 || life->limits->memory_bytes < idle + CHECK_NEEDED_BYTES + more);
}

static void set_excuse(struct check_verdict *verdict, const struct life *life)
{
    uint64_t idle = atomic_load(&life->shared->idle_bytes);
    char most[UNITS_TEXT_BYTES], idle_text[UNITS_TEXT_BYTES], needed[UNITS_TEXT_BYTES];
    units_format_bytes(life->limits->memory_bytes, most);
    units_format_bytes(idle, idle_text);
    units_format_bytes(CHECK_NEEDED_BYTES, needed);
    verdict->outcome = CHECK_REFUSED;
    if (idle == 0)
        snprintf(verdict->sentence, sizeof verdict->sentence,
                 "it took more than the %s of memory that a program may take before its heap was "
                 "open; allow more with --program-memory",
                 most);
    else
        snprintf(verdict->sentence, sizeof verdict->sentence,
                 "it took more than the %s of memory that a program may take, of which it had %s "
                 "when its heap was just open, and a program may need %s besides; allow more with "
                 "--program-memory",
                 most, idle_text, needed);
}

static void append_death(struct text *text, const struct life *life)
{
    char bytes[UNITS_TEXT_BYTES];
    units_format_bytes(life->limits->memory_bytes, bytes);
    if (life->ending == HANGS)
        text_append(text, "it was not done within its time limit: ");
    else if (life->ending == EATS)
        text_format(text, "it took more than the %s of memory that a program may take: ", bytes);
    else if (WIFSIGNALED(life->status))
        text_format(text, "signal %d (%s): ", WTERMSIG(life->status),
                    strsignal(WTERMSIG(life->status)));
    else
        text_format(text, "the process ended with status %d: ", WEXITSTATUS(life->status));
}

static void set_death(struct check_verdict *verdict, const struct life *life)
{
    struct text text = {0};
    verdict->outcome = CHECK_BROKEN;
    verdict->property = life->ending == HANGS  ? HM_PROPERTY_PROGRESS
                        : life->ending == EATS ? eaten(life)
                                               : HM_PROPERTY_SAFETY;
    verdict->thread = UINT32_MAX;
    verdict->signal =
        life->ending == ENDED && WIFSIGNALED(life->status) ? WTERMSIG(life->status) : 0;
    set_crash(verdict, life->shared);
    append_death(&text, life);
    append_places(&text, life->shared, life->program);
    snprintf(verdict->sentence, sizeof verdict->sentence, "%s", text_chars(&text));
    text_free(&text);
}

/* A file in memory for what the child prints. Writing past its end fails, so that endless output
 * takes no memory without end. */
static int open_output(void)
{
    enum { MOST_BYTES = 1 << 20 };
    int fd = memfd_create("heapmark-check", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, MOST_BYTES) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* How far the child came is the offset, which it shares. */
static void read_output(int fd, struct check_verdict *verdict)
{
    off_t printed = lseek(fd, 0, SEEK_CUR);
    size_t room = sizeof verdict->output - 1;
    ssize_t count = pread(fd, verdict->output, (size_t)printed < room ? (size_t)printed : room, 0);
    verdict->output[count > 0 ? count : 0] = '\0';
    if (count > 0)
        verdict->strange |= 1u << CHECK_STRANGE_PRINTED;
}

static void conclude(struct check_verdict *verdict, const struct life *life)
{
    const struct check_shared *shared = life->shared;
    if (atomic_load(&shared->written) != 0)
        *verdict = shared->verdict;
    else if (life->ending == STOPPED)
        verdict->outcome = CHECK_STOPPED;
    else if (is_excused(life))
        set_excuse(verdict, life);
    else if (life->ending != ENDED || !WIFEXITED(life->status) || WEXITSTATUS(life->status) != 0 ||
             atomic_load(&shared->phase) != CHECK_PHASE_DONE)
        set_death(verdict, life);
    verdict->judged = atomic_load(&shared->judged);
    verdict->refusals = atomic_load(&shared->refusals);
    verdict->strange = atomic_load(&shared->strange);
    verdict->operations = atomic_load(&shared->operations);
    if (verdict->operations == 0)
        verdict->operations = operations_begun(shared);
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

static bool start_and_wait(struct life *life, int output, struct check_verdict *verdict,
                           struct error *error)
{
    pid_t parent = getpid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return error_system(error, "cannot start a process for a program: %s", strerror(errno));
    if (child == 0)
        live(life->target, life->program, life->shared, output, parent);
    int child_fd = (int)syscall(SYS_pidfd_open, child, 0);
    life->ending = outlive(child, child_fd, life->limits, life->shared, &life->status);
    kill(-child, SIGKILL); /* whatever it started itself */
    if (child_fd >= 0)
        close(child_fd);
    end_strays();
    conclude(verdict, life);
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
    int output = open_output();
    bool fine = shared != MAP_FAILED && output >= 0;
    if (!fine)
        error_system(error, "cannot get memory to share with a program: %s", strerror(errno));
    else
        fine = start_and_wait(
            &(struct life){
                .target = target, .program = program, .limits = limits, .shared = shared},
            output, verdict, error);
    if (shared != MAP_FAILED)
        munmap(shared, sizeof *shared);
    if (output >= 0)
        close(output);
    return fine;
}
