/* SPDX-License-Identifier: MIT
 *
 * The supervisor's side: start a trial's process, listen, enforce limits, name the outcome.
 *
 * The child is this program again, in a process group of its own, and dies with its supervisor:
 * trial_serve asks the kernel for that first of all, and a guard kills whatever it has started.
 * The kernel acts when the thread that started the child ends, so one thread does both.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "measure/log.h"
#include "trial/guard.h"
#include "trial/launcher.h"
#include "trial/scarcity.h"
#include "trial/trial.h"
#include "trial/variables.h"

enum { MOST_OUTPUT_BYTES = 64 << 10, LOOK_INTERVAL_MS = 50 };

/* Why the supervisor killed the trial, if it did. */
enum verdict { VERDICT_NONE, VERDICT_TIME, VERDICT_MEMORY, VERDICT_INTERRUPTED };

struct watch {
    const struct trial_limits *limits;
    const struct trial_attention *attention;
    const struct trial_launcher *launcher; /* null: this program starts itself */
    pid_t child;
    struct guard guard;
    struct scarcity scarcity;
    int result_fd, output_fd, child_fd; /* child_fd: readable when the child has ended */
    struct text results, output;
    uint64_t start_ns;
    enum verdict verdict;
    struct trial_state *state;
};

/* ---- starting ---- */

static bool make_state(struct watch *watch, int *state_fd, struct error *error)
{
    *state_fd = memfd_create("heapmark-trial", MFD_CLOEXEC);
    if (*state_fd < 0 || ftruncate(*state_fd, (off_t)sizeof *watch->state) != 0)
        return error_system(error, "cannot make memory to share with a trial: %s", strerror(errno));
    watch->state =
        mmap(NULL, sizeof *watch->state, PROT_READ | PROT_WRITE, MAP_SHARED, *state_fd, 0);
    if (watch->state == MAP_FAILED)
        return error_system(error, "cannot map memory to share with a trial: %s", strerror(errno));
    return true;
}

/* The child sees its ends as these descriptors; stdin is empty. */
enum { CHILD_RESULT_FD = 3, CHILD_STATE_FD = 4, CHILD_GUARD_FD = 5, CHILD_GROUP_FD = 6 };

static void build_actions(posix_spawn_file_actions_t *actions, int results, int output, int state,
                          const struct watch *watch)
{
    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(actions, results, CHILD_RESULT_FD);
    posix_spawn_file_actions_adddup2(actions, state, CHILD_STATE_FD);
    posix_spawn_file_actions_adddup2(actions, watch->guard.tell_fd, CHILD_GUARD_FD);
    if (watch->scarcity.group_fd >= 0)
        posix_spawn_file_actions_adddup2(actions, watch->scarcity.group_fd, CHILD_GROUP_FD);
}

static void build_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, standard;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGINT);
    sigaddset(&standard, SIGTERM);
    sigaddset(&standard, SIGPIPE);
    sigaddset(&standard, SIGXFSZ);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &standard);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETSIGDEF);
}

/* A descriptor above those that the child's ends are moved to, so that no move hits another. */
static int move_up(int fd)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    return moved;
}

static bool make_pipe(int ends[2], struct error *error)
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_system(error, "cannot make a pipe: %s", strerror(errno));
    ends[0] = move_up(ends[0]);
    ends[1] = move_up(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

/* The program that is started, and its arguments before those of this one. */
static const char *build_arguments(struct text_list *arguments, const struct trial_spec *spec,
                                   const struct trial_launcher *launcher)
{
    const char *program = "/proc/self/exe";
    if (launcher != NULL) {
        program = launcher->program;
        for (size_t i = 0; i < launcher->arguments.count; i++)
            text_list_add(arguments, launcher->arguments.items[i]);
    } else {
        text_list_add(arguments, "heapmark");
    }
    text_list_add(arguments, "trial");
    text_list_add(arguments, "--result-fd=3");
    text_list_add(arguments, "--state-fd=4");
    trial_spec_append_arguments(arguments, spec);
    return program;
}

static int spawn(struct watch *watch, const struct trial_spec *spec, int results, int output,
                 int state)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct text_list arguments = {0};
    build_actions(&actions, results, output, state, watch);
    build_attributes(&attributes);
    const char *program = build_arguments(&arguments, spec, watch->launcher);
    char **argv = memory_new((arguments.count + 1) * sizeof *argv);
    memcpy(argv, arguments.items, arguments.count * sizeof *argv);
    watch->start_ns = watch->state->spawned_ns = clock_now_ns();
    char **variables = variables_for_trial();
    int result = posix_spawnp(&watch->child, program, &actions, &attributes, argv, variables);
    variables_free(variables);
    free(argv);
    text_list_free(&arguments);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return result;
}

/* What the supervisor keeps of a trial that has ended, or could not be started. */
static void stop_watching(struct watch *watch)
{
    const int fds[] = {watch->result_fd, watch->output_fd, watch->child_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (watch->state != MAP_FAILED)
        munmap(watch->state, sizeof *watch->state);
    if (watch->guard.process > 0)
        guard_dismiss(&watch->guard);
    scarcity_end(&watch->scarcity);
    text_free(&watch->results);
    text_free(&watch->output);
}

static bool spawn_guarded(struct watch *watch, const struct trial_spec *spec, int results,
                          int output, int state, struct error *error)
{
    if (!scarcity_begin(&watch->scarcity, watch->limits, error) ||
        !guard_start(&watch->guard, error))
        return false;
    watch->state->supervisor = getpid();
    watch->state->guard_fd = CHILD_GUARD_FD;
    watch->state->group_fd = watch->scarcity.group_fd >= 0 ? CHILD_GROUP_FD : 0;
    watch->state->counting =
        watch->launcher != NULL ? watch->launcher->counting : TRIAL_COUNTS_NOTHING;
    watch->state->rounds = watch->launcher != NULL ? watch->launcher->rounds : 0;
    int failure = spawn(watch, spec, results, output, state);
    close(watch->guard.tell_fd);
    if (failure != 0)
        return error_system(error, "cannot start a trial's process: %s", strerror(failure));
    scarcity_offer(&watch->scarcity, watch->child);
    watch->child_fd = (int)syscall(SYS_pidfd_open, watch->child, 0);
    return true;
}

/* Whatever was opened is closed by stop_watching, also where this fails. */
static bool start(struct watch *watch, const struct trial_spec *spec, struct error *error)
{
    int state_fd = -1, results[2] = {-1, -1}, output[2] = {-1, -1};
    bool fine = make_state(watch, &state_fd, error) && make_pipe(results, error) &&
                make_pipe(output, error);
    watch->result_fd = results[0];
    watch->output_fd = output[0];
    if (state_fd >= 0)
        state_fd = move_up(state_fd);
    fine = fine && spawn_guarded(watch, spec, results[1], output[1], state_fd, error);
    const int theirs[] = {state_fd, results[1], output[1]};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        if (theirs[i] >= 0)
            close(theirs[i]);
    return fine;
}

/* ---- watching ---- */

static uint64_t resident_bytes_of(pid_t process)
{
    char path[64];
    unsigned long long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    bool read = fscanf(file, "%*u %llu", &pages) == 1;
    fclose(file);
    return read ? pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static enum verdict look_at_limits(const struct watch *watch)
{
    const volatile _Atomic int *interrupted = watch->attention->interrupted;
    if (interrupted != NULL && atomic_load(interrupted) != 0)
        return VERDICT_INTERRUPTED;
    if (clock_now_ns() - watch->start_ns > watch->limits->time_ns)
        return VERDICT_TIME;
    if (watch->limits->memory_bytes != 0 &&
        resident_bytes_of(watch->child) > watch->limits->memory_bytes)
        return VERDICT_MEMORY;
    return VERDICT_NONE;
}

/* Read what is there. Output beyond the bound is read and dropped, so that the trial goes on. */
static void drain(int fd, struct text *text, size_t most)
{
    char bytes[16384];
    for (;;) {
        ssize_t count = read(fd, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return;
        size_t room = text->length < most ? most - text->length : 0;
        text_append_bytes(text, bytes, (size_t)count < room ? (size_t)count : room);
    }
}

static void drain_both(struct watch *watch)
{
    drain(watch->result_fd, &watch->results, SIZE_MAX);
    drain(watch->output_fd, &watch->output, MOST_OUTPUT_BYTES);
}

/* It is not reaped yet, so that its number still stands for its group and nobody else's. */
static bool has_ended(const struct watch *watch)
{
    siginfo_t ended = {0};
    return waitid(P_PID, (id_t)watch->child, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == watch->child;
}

static void reap(const struct watch *watch, int *status)
{
    pid_t reaped;
    do
        reaped = waitpid(watch->child, status, 0);
    while (reaped < 0 && errno == EINTR);
    CHECK(reaped == watch->child, "a trial's process cannot be waited for: %m");
}

static void watch_until_end(struct watch *watch, int *status)
{
    while (!has_ended(watch)) {
        struct pollfd waiting[] = {
            {.fd = watch->result_fd, .events = POLLIN},
            {.fd = watch->output_fd, .events = POLLIN},
            {.fd = watch->child_fd, .events = POLLIN},
        };
        poll(waiting, 3, LOOK_INTERVAL_MS);
        drain_both(watch);
        /* A closed pipe is ready for ever: it is not waited on again. */
        for (int i = 0; i < 2; i++)
            if ((waiting[i].revents & (POLLIN | POLLHUP)) == POLLHUP)
                *(i == 0 ? &watch->result_fd : &watch->output_fd) = (close(waiting[i].fd), -1);
        if (watch->verdict == VERDICT_NONE) {
            watch->verdict = look_at_limits(watch);
            if (watch->verdict != VERDICT_NONE)
                kill(-watch->child, SIGKILL);
        }
        if (watch->attention->tick != NULL)
            watch->attention->tick(watch->attention->user);
    }
    kill(-watch->child, SIGKILL); /* whatever it started itself */
    reap(watch, status);
    drain_both(watch);
}

/* ---- naming the outcome ---- */

/* What happened to the machine's clocks while the trial ran. Times are monotonic, so a day that
 * was set changes none of them; but whoever sleeps wakes with cold caches. */
static void set_clocks(const struct clock_moment *began, struct trial_record *record)
{
    const struct clock_moment ended = clock_moment_now();
    uint64_t slept_ns = clock_slept_ns(began, &ended);
    record_set_count(record, TRIAL_PROCESS_NS, ended.monotonic_ns - began->monotonic_ns);
    record_set_count(record, TRIAL_SLEPT_NS, slept_ns);
    record_set_integer(record, TRIAL_CLOCK_SET_NS, clock_set_ns(began, &ended));
    if (slept_ns > 0)
        record_add_warning(record, "the machine slept while the trial ran");
}

/* What Heapmark itself took before the workload was called. */
static void set_overhead(const struct watch *watch, struct trial_record *record)
{
    uint64_t first_call_ns = atomic_load(&watch->state->first_call_ns);
    if (first_call_ns > watch->start_ns)
        record_set_count(record, TRIAL_SPAWN_TO_CALL_NS, first_call_ns - watch->start_ns);
}

/* Merge what the trial told; its own word for an error in `refusal`. */
static void take_results(const struct watch *watch, struct trial_record *record,
                         struct text *refusal)
{
    struct text_list lines = {0};
    text_split(&lines, text_chars(&watch->results), '\n');
    for (size_t i = 0; i < lines.count; i++) {
        json_t *json = json_loads(lines.items[i], 0, NULL);
        const char *error = json_string_value(json_object_get(json, "error"));
        struct trial_record told = {0};
        if (error != NULL)
            text_append(refusal, error);
        else if (json != NULL && record_from_json(&told, json, NULL))
            record_merge(record, &told);
        record_free(&told);
        json_decref(json);
    }
    text_list_free(&lines);
    if (record_text(record, TRIAL_WARNING, "")[0] == '\0') /* taken back */
        record_set_unknown(record, TRIAL_WARNING);
}

static const char *verdict_words(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_TIME:
        return "it was not done within its time limit";
    case VERDICT_MEMORY:
        return "its process outgrew the memory limit of the trial";
    case VERDICT_INTERRUPTED:
        return "the run was interrupted";
    case VERDICT_NONE:
        break;
    }
    return "";
}

static enum trial_outcome verdict_outcome(enum verdict verdict)
{
    return verdict == VERDICT_TIME     ? OUTCOME_HANG
           : verdict == VERDICT_MEMORY ? OUTCOME_MEMORY_LIMIT
                                       : OUTCOME_INTERRUPTED;
}

static void set_where(const struct watch *watch, struct trial_record *record)
{
    const char *event = log_event_name(atomic_load(&watch->state->last_event));
    record_set_text(record, TRIAL_PHASE, trial_phase_name(atomic_load(&watch->state->phase)));
    if (event == NULL)
        return;
    struct text text = {0};
    text_format(&text, "%s (thread %u)", event, atomic_load(&watch->state->last_event_thread));
    record_set_text(record, TRIAL_LAST_EVENT, text_chars(&text));
    text_free(&text);
}

static void set_death(const struct watch *watch, struct trial_record *record, int status)
{
    struct text cause = {0};
    const char *where = trial_phase_name(atomic_load(&watch->state->phase));
    enum trial_outcome outcome = OUTCOME_CRASH;
    bool by_kernel = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (by_kernel && scarcity_killed(&watch->scarcity, &cause)) {
        record_set_integer(record, TRIAL_SIGNAL, SIGKILL);
        text_format(&cause, " while %s", where);
        outcome = OUTCOME_MACHINE_MEMORY;
    } else if (WIFSIGNALED(status)) {
        record_set_integer(record, TRIAL_SIGNAL, WTERMSIG(status));
        text_format(&cause, "signal %d (%s) while %s", WTERMSIG(status),
                    strsignal(WTERMSIG(status)), where);
    } else {
        text_format(&cause, "its process ended with status %d while %s", WEXITSTATUS(status),
                    where);
    }
    record_set_outcome(record, outcome);
    record_set_text(record, TRIAL_CAUSE, text_chars(&cause));
    text_free(&cause);
}

/* A trial that told its outcome and then died in its clean-up has crashed all the same. */
static void name_outcome(const struct watch *watch, struct trial_record *record, int status,
                         const struct text *refusal)
{
    bool told = record_is_known(record, TRIAL_OUTCOME);
    bool died = WIFSIGNALED(status) || (!told && refusal->length == 0);
    if (!WIFSIGNALED(status))
        record_set_integer(record, TRIAL_EXIT_STATUS, WEXITSTATUS(status));
    if (watch->verdict != VERDICT_NONE) {
        record_set_outcome(record, verdict_outcome(watch->verdict));
        record_set_text(record, TRIAL_CAUSE, verdict_words(watch->verdict));
    } else if (refusal->length > 0) {
        record_set_outcome(record, OUTCOME_REFUSED);
        record_set_text(record, TRIAL_CAUSE, text_chars(refusal));
    } else if (died || (told && WEXITSTATUS(status) > 1)) {
        set_death(watch, record, status);
    }
    if (record_outcome(record, OUTCOME_CRASH) != OUTCOME_OK)
        set_where(watch, record);
}

bool trial_supervise(const struct trial_spec *spec, const struct trial_limits *limits,
                     const struct trial_attention *attention, struct trial_record *record,
                     struct error *error)
{
    return trial_supervise_by(NULL, spec, limits, attention, record, error);
}

bool trial_supervise_by(const struct trial_launcher *launcher, const struct trial_spec *spec,
                        const struct trial_limits *limits, const struct trial_attention *attention,
                        struct trial_record *record, struct error *error)
{
    static const struct trial_attention none = {0};
    struct watch watch = {
        .limits = limits,
        .attention = attention != NULL ? attention : &none,
        .launcher = launcher,
        .scarcity = {.group_fd = -1},
        .result_fd = -1,
        .output_fd = -1,
        .child_fd = -1,
        .state = MAP_FAILED,
    };
    char started[21];
    const struct clock_moment began = clock_moment_now();
    clock_utc_text(started);
    if (!start(&watch, spec, error)) {
        stop_watching(&watch);
        return false;
    }
    int status = 0;
    watch_until_end(&watch, &status);
    struct text refusal = {0};
    trial_spec_describe(spec, record);
    take_results(&watch, record, &refusal);
    record_set_text(record, TRIAL_STARTED_UTC, started);
    set_clocks(&began, record);
    set_overhead(&watch, record);
    name_outcome(&watch, record, status, &refusal);
    scarcity_tell(&watch.scarcity, record);
    if (watch.output.length > 0)
        record_set_text_bytes(record, TRIAL_OUTPUT, watch.output.chars, watch.output.length);
    text_free(&refusal);
    stop_watching(&watch);
    return true;
}
