/* SPDX-License-Identifier: MIT
 *
 * Scarce memory; see scarcity.h.
 */
#include "trial/scarcity.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/units.h"

/* ---- files of control groups ---- */

static char *path_in(const char *folder, const char *name)
{
    struct text text = {0};
    text_format(&text, "%s/%s", folder, name);
    char *path = memory_copy_text(text_chars(&text));
    text_free(&text);
    return path;
}

/* Into a file that is there; false with errno. */
static bool put(const char *folder, const char *name, const char *words)
{
    char *path = path_in(folder, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    free(path);
    if (file < 0)
        return false;
    bool fine = files_write_all(file, words, strlen(words));
    int number = errno;
    close(file);
    errno = number;
    return fine;
}

static bool put_number(const char *folder, const char *name, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%ju", (uintmax_t)number);
    return put(folder, name, digits);
}

/* Is the word in that list of words? */
static bool has_word(const char *folder, const char *name, const char *word)
{
    struct text said = {0};
    bool has =
        files_read_in(&said, "", folder, name) && text_has_piece(text_chars(&said), ' ', word);
    text_free(&said);
    return has;
}

/* The number behind a word in a file of lines "word number"; 0 where there is none. */
static uint64_t number_of(const char *folder, const char *name, const char *word)
{
    struct text said = {0};
    struct text_list lines = {0};
    uint64_t number = 0;
    size_t length = strlen(word);
    if (files_read_in(&said, "", folder, name))
        text_split(&lines, text_chars(&said), '\n');
    for (size_t i = 0; i < lines.count; i++)
        if (strncmp(lines.items[i], word, length) == 0 && lines.items[i][length] == ' ')
            number = strtoull(lines.items[i] + length, NULL, 10);
    text_list_free(&lines);
    text_free(&said);
    return number;
}

/* ---- the place ---- */

static bool refuse(const char *why, struct error *error)
{
    return error_user(error,
                      "a limit on the machine's memory needs a control group (version 2, with the "
                      "memory controller) that Heapmark may divide, and %s; where systemd runs, "
                      "`systemd-run --user --scope -p Delegate=yes heapmark ...` gives it one, or "
                      "leave --machine-memory out",
                      why);
}

/* A group that has groups with controllers in it may have no process of its own. */
static bool step_aside(struct scarcity_place *place)
{
    struct text leaf = {0};
    text_format(&leaf, "%s/heapmark-%d", place->parent, (int)getpid());
    if (mkdir(text_chars(&leaf), 0755) == 0) {
        place->leaf = memory_copy_text(text_chars(&leaf));
        text_free(&leaf);
        return put(place->leaf, "cgroup.procs", "0") &&
               put(place->parent, "cgroup.subtree_control", "+memory");
    }
    text_free(&leaf);
    return false;
}

bool scarcity_place_open(struct scarcity_place *place, const char *root, struct error *error)
{
    struct text_list folders = {0};
    struct text folder = {0};
    *place = (struct scarcity_place){0};
    files_group_folders(&folders, root, "");
    if (folders.count > 0)
        text_format(&folder, "%s%s", root, folders.items[0]);
    place->parent = memory_copy_text(text_chars(&folder));
    text_list_free(&folders);
    text_free(&folder);
    bool fine = false;
    if (*place->parent == '\0' || access(place->parent, F_OK) != 0)
        refuse("this process is in none", error);
    else if (!has_word(place->parent, "cgroup.controllers", "memory"))
        refuse("the one that this process is in has no memory controller", error);
    else if (has_word(place->parent, "cgroup.subtree_control", "memory") || step_aside(place))
        fine = true;
    else if (errno == EBUSY)
        refuse("other processes are in the one that this process is in", error);
    else
        refuse("it may not divide the one that this process is in", error);
    if (!fine)
        scarcity_place_close(place);
    return fine;
}

void scarcity_place_close(struct scarcity_place *place)
{
    if (place->leaf != NULL) {
        put(place->parent, "cgroup.subtree_control", "-memory");
        put(place->parent, "cgroup.procs", "0");
        rmdir(place->leaf);
    }
    free(place->parent);
    free(place->leaf);
    *place = (struct scarcity_place){0};
}

/* ---- the group of a trial ---- */

static bool make_group(struct scarcity *scarcity, struct error *error)
{
    static unsigned count;
    struct text folder = {0};
    text_format(&folder, "%s/heapmark-%d-%u", scarcity->limits->place->parent, (int)getpid(),
                count++);
    if (mkdir(text_chars(&folder), 0755) == 0)
        scarcity->group = memory_copy_text(text_chars(&folder));
    text_free(&folder);
    if (scarcity->group == NULL ||
        !put_number(scarcity->group, "memory.max", scarcity->limits->machine_bytes))
        return error_system(error, "cannot make a control group for a trial: %s", strerror(errno));
    /* Else it would swap and not be short. The file is missing where nothing can be swapped. */
    put(scarcity->group, "memory.swap.max", "0");
    char *path = path_in(scarcity->group, "cgroup.procs");
    scarcity->group_fd = open(path, O_WRONLY | O_CLOEXEC);
    free(path);
    if (scarcity->group_fd < 0)
        return error_system(error, "cannot put a trial into a control group: %s", strerror(errno));
    int moved = fcntl(scarcity->group_fd, F_DUPFD_CLOEXEC, 10);
    close(scarcity->group_fd);
    scarcity->group_fd = moved;
    return true;
}

/* ---- the outer load ---- */

/* Every page gets another content in each round: none can be merged with, or taken for, another. */
static void touch(volatile char *memory, uint64_t bytes, uint64_t round)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    for (uint64_t at = 0; at + sizeof(uint64_t) <= bytes; at += page_bytes)
        *(volatile uint64_t *)(volatile void *)(memory + at) = at + round;
}

/* Once a second all of it is touched again, so that it is never the first to be swapped. */
static _Noreturn void hold(uint64_t bytes, int ready_fd, int group_fd, pid_t supervisor)
{
    enum { COULD_NOT = 1 };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "heapmark-load");
    setsid();
    if (getppid() != supervisor || (group_fd >= 0 && write(group_fd, "0", 1) != 1))
        _exit(COULD_NOT);
    dup2(ready_fd, STDOUT_FILENO);
    close_range(STDERR_FILENO, ~0U, 0);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        _exit(COULD_NOT);
    for (uint64_t round = 1;; round++) {
        touch(memory, bytes, round);
        if (round == 1 && write(STDOUT_FILENO, "", 1) != 1)
            _exit(COULD_NOT);
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
}

static void note_load(struct scarcity *scarcity)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)scarcity->load);
    char *resident = files_value("", path, "VmRSS", ':');
    uint64_t bytes = resident != NULL ? strtoull(resident, NULL, 10) * 1024 : 0;
    free(resident);
    if (scarcity->load_held_bytes > bytes)
        scarcity->load_held_bytes = bytes;
}

/* It is ready once it has touched all: then it writes a byte, else it ends. */
static bool is_ready(int fd)
{
    char byte;
    ssize_t got;
    do
        got = read(fd, &byte, 1);
    while (got < 0 && errno == EINTR);
    return got == 1;
}

static bool start_load(struct scarcity *scarcity, struct error *error)
{
    int ready[2];
    char size[UNITS_TEXT_BYTES];
    units_format_bytes(scarcity->limits->outer_bytes, size);
    if (pipe2(ready, O_CLOEXEC) != 0)
        return error_system(error, "cannot make a pipe: %s", strerror(errno));
    pid_t supervisor = getpid();
    pid_t load = fork();
    if (load == 0)
        hold(scarcity->limits->outer_bytes, ready[1], scarcity->group_fd, supervisor);
    close(ready[1]);
    scarcity->load = load > 0 ? load : 0;
    bool fine = load > 0 && is_ready(ready[0]);
    close(ready[0]);
    if (!fine)
        return error_system(error,
                            "an outer load of %s cannot be had: the system gave a process not so "
                            "much memory",
                            size);
    scarcity->load_held_bytes = UINT64_MAX;
    note_load(scarcity);
    return true;
}

/* ---- for the supervisor ---- */

bool scarcity_begin(struct scarcity *scarcity, const struct trial_limits *limits,
                    struct error *error)
{
    *scarcity = (struct scarcity){.limits = limits, .group_fd = -1};
    scarcity->kills_before = number_of("/proc", "vmstat", "oom_kill");
    CHECK(limits->machine_bytes == 0 || limits->place != NULL, "no place for control groups");
    return (limits->machine_bytes == 0 || make_group(scarcity, error)) &&
           (limits->outer_bytes == 0 || start_load(scarcity, error));
}

void scarcity_offer(const struct scarcity *scarcity, pid_t trial)
{
    char folder[32];
    if (scarcity->group == NULL && scarcity->load == 0)
        return;
    snprintf(folder, sizeof folder, "/proc/%d", (int)trial);
    put(folder, "oom_score_adj", "1000");
}

void scarcity_tell(struct scarcity *scarcity, struct trial_record *record)
{
    const struct trial_limits *limits = scarcity->limits;
    if (limits->machine_bytes != 0)
        record_set_count(record, TRIAL_MACHINE_MEMORY_BYTES, limits->machine_bytes);
    if (limits->outer_bytes == 0)
        return;
    note_load(scarcity);
    record_set_count(record, TRIAL_OUTER_LOAD_BYTES, limits->outer_bytes);
    record_set_count(record, TRIAL_OUTER_LOAD_HELD_BYTES, scarcity->load_held_bytes);
}

bool scarcity_killed(const struct scarcity *scarcity, struct text *cause)
{
    char size[UNITS_TEXT_BYTES];
    if (scarcity->group != NULL && number_of(scarcity->group, "memory.events", "oom_kill") > 0) {
        units_format_bytes(scarcity->limits->machine_bytes, size);
        text_format(cause, "the kernel killed it, as the %s of its control group ran out", size);
        return true;
    }
    if (number_of("/proc", "vmstat", "oom_kill") <= scarcity->kills_before)
        return false;
    text_append(cause, "the kernel killed it, as the machine's memory ran out");
    return true;
}

/* What was killed leaves its group a moment later: until then the group is busy. */
static void remove_group(const struct scarcity *scarcity)
{
    enum { MOST_LOOKS = 1000 };
    for (int i = 0; scarcity->group != NULL && rmdir(scarcity->group) != 0 && i < MOST_LOOKS; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void scarcity_end(struct scarcity *scarcity)
{
    if (scarcity->load != 0) {
        kill(scarcity->load, SIGKILL);
        while (waitpid(scarcity->load, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (scarcity->group_fd >= 0)
        close(scarcity->group_fd);
    remove_group(scarcity);
    free(scarcity->group);
    *scarcity = (struct scarcity){.group_fd = -1};
}
