/* SPDX-License-Identifier: MIT
 *
 * Probing a plugin in a child process; see plugin.h.
 *
 * The child loads it and writes one JSON object and a newline to a pipe: {"info": …} or
 * {"error": "…"}. A child that dies, or says nothing within the limit, is an answer too.
 *
 * A process costs more than a plugin's loading. So where many are probed, a child loads several one
 * after another, and only what it says of good ones is believed: whatever was refused, crashed,
 * hung or came after such a plugin is probed again in a child of its own.
 */
#include "plugin/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "plugin/digest.h"
#include "plugin/info.h"

enum {
    PROBE_LIMIT_MS = 20000,
    SHARED_LIMIT_MS = 1000, /* for a child of several: those that it hangs in are probed alone */
    PLUGINS_A_CHILD = 4,    /* at least, where there are more */
};

/* A loaded plugin's constructors may print or hang: neither reaches the user. */
static void silence_output(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0)
        return;
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
}

/* The child dies of what the plugin does, whatever handlers its parent has. */
static void forget_signal_handlers(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
}

/* Load it, for good, and write what it says. */
static bool answer(const char *path, int fd)
{
    struct plugin plugin;
    struct error error = {0};
    json_t *json = plugin_load(&plugin, path, &error)
                       ? json_pack("{s:o}", "info", info_to_json(plugin.descriptor))
                       : json_pack("{s:s}", "error", error.text);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    bool told =
        text != NULL && files_write_all(fd, text, strlen(text)) && files_write_all(fd, "\n", 1);
    free(text);
    json_decref(json);
    return told;
}

/* It dies with its parent, also with one that was dead before it could ask for that. */
static _Noreturn void answer_from_child(const char *const *paths, size_t count, int fd,
                                        pid_t parent)
{
    forget_signal_handlers();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    silence_output();
    for (size_t i = 0; i < count; i++)
        if (!answer(paths[i], fd))
            _exit(1);
    _exit(0);
}

/* Everything that the child writes until it ends; false when the limit passed first. */
static bool read_until_end(int fd, uint64_t end_ns, struct text *text)
{
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        if (now_ns >= end_ns)
            return false;
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        int ready = poll(&waiting, 1, (int)((end_ns - now_ns) / 1000000 + 1));
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready <= 0)
            continue;
        char bytes[4096];
        ssize_t count = read(fd, bytes, sizeof bytes);
        if (count == 0)
            return true;
        if (count > 0)
            text_append_bytes(text, bytes, (size_t)count);
        else if (errno != EINTR)
            return false;
    }
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* ---- a child, from its parent ---- */

struct child {
    pid_t process;
    int answers; /* the end of the pipe that is read */
    uint64_t end_ns;
};

static bool start_child(struct child *child, const char *const *paths, size_t count, int limit_ms,
                        struct error *error)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_system(error, "cannot make a pipe: %s", strerror(errno));
    child->process = fork();
    if (child->process == 0) {
        setpgid(0, 0);
        close(ends[0]);
        answer_from_child(paths, count, ends[1], parent);
    }
    close(ends[1]);
    if (child->process < 0) {
        close(ends[0]);
        return error_system(error, "cannot start a process: %s", strerror(errno));
    }
    /* Whoever comes first: there is a group of that number from here on. */
    setpgid(child->process, child->process);
    child->answers = ends[0];
    child->end_ns = clock_now_ns() + (uint64_t)limit_ms * 1000000;
    return true;
}

/* All that it says; false when it was not done within its limit. */
static bool finish_child(const struct child *child, struct text *text, int *status)
{
    bool ended = read_until_end(child->answers, child->end_ns, text);
    kill(-child->process, SIGKILL); /* one that hangs, and whatever a plugin has forked */
    *status = wait_for(child->process);
    close(child->answers);
    return ended;
}

/* ---- one plugin ---- */

static bool take_answer(const char *path, const char *text, int status, struct plugin_info *info,
                        struct error *error)
{
    if (WIFSIGNALED(status))
        return error_user(error, "the plugin %s crashed while it was loaded (signal %d, %s)", path,
                          WTERMSIG(status), strsignal(WTERMSIG(status)));
    json_t *json = json_loads(text, 0, NULL);
    const char *refusal = json_string_value(json_object_get(json, "error"));
    bool fine = true;
    if (refusal != NULL)
        fine = error_user(error, "%s", refusal);
    else if (!info_from_json(info, json_object_get(json, "info")))
        fine = error_user(error, "the plugin %s ended the process that loaded it (exit status %d)",
                          path, WEXITSTATUS(status));
    json_decref(json);
    return fine;
}

static bool start_alone(struct child *child, const char *path, struct error *error)
{
    if (access(path, R_OK) != 0)
        return error_user(error, "cannot read the plugin %s: %s", path, strerror(errno));
    return start_child(child, &path, 1, PROBE_LIMIT_MS, error);
}

static bool finish_alone(const struct child *child, const char *path, struct plugin_info *info,
                         struct error *error)
{
    struct text text = {0};
    int status;
    bool fine = finish_child(child, &text, &status)
                    ? take_answer(path, text_chars(&text), status, info, error)
                    : error_user(error, "the plugin %s does not finish loading within %d s", path,
                                 PROBE_LIMIT_MS / 1000);
    text_free(&text);
    return fine;
}

static bool identify(const char *path, struct plugin_info *info, struct error *error)
{
    digest_build_id(path, info->build_id);
    return digest_file(path, info->sha256, error);
}

/* What the info lacks still, where there is one; else nothing is left of it. */
static bool complete(bool fine, const char *path, bool identified, struct plugin_info *info,
                     struct error *error)
{
    fine = fine && (!identified || identify(path, info, error));
    if (fine)
        info->path = memory_copy_text(path);
    else
        plugin_info_free(info);
    return fine;
}

bool plugin_probe(const char *path, struct plugin_info *info, struct error *error)
{
    struct child child;
    memset(info, 0, sizeof *info);
    bool fine = start_alone(&child, path, error) && finish_alone(&child, path, info, error);
    return complete(fine, path, true, info, error);
}

/* ---- many plugins ---- */

/* One of `groups` children: the members are probes[first], [first + groups], … */
struct group {
    struct child child;
    bool started;
};

static size_t count_groups(size_t count)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t groups = (count + PLUGINS_A_CHILD - 1) / PLUGINS_A_CHILD;
    return processors > 0 && groups > (size_t)processors ? (size_t)processors : groups;
}

/* A child that cannot be had is no answer: whoever is probed alone will say so. */
static void start_group(struct group *group, const struct plugin_probe *probes, size_t count,
                        size_t first, size_t groups)
{
    struct error error = {0};
    const char **paths = memory_new(count * sizeof *paths);
    size_t members = 0;
    for (size_t i = first; i < count; i += groups)
        paths[members++] = probes[i].path;
    group->started = start_child(&group->child, paths, members, SHARED_LIMIT_MS, &error);
    free(paths);
}

static void finish_group(const struct group *group, struct plugin_probe *probes, size_t count,
                         size_t first, size_t groups)
{
    struct text text = {0};
    struct text_list lines = {0};
    int status;
    if (!group->started)
        return;
    finish_child(&group->child, &text, &status);
    text_split(&lines, text_chars(&text), '\n');
    for (size_t line = 0, i = first; i < count && line < lines.count; line++, i += groups) {
        json_t *json = json_loads(lines.items[line], 0, NULL);
        probes[i].usable = info_from_json(&probes[i].info, json_object_get(json, "info"));
        if (!probes[i].usable)
            plugin_info_free(&probes[i].info);
        json_decref(json);
    }
    text_list_free(&lines);
    text_free(&text);
}

static void probe_in_groups(struct plugin_probe *probes, size_t count)
{
    size_t groups = count_groups(count);
    struct group *group = memory_new((groups + 1) * sizeof *group);
    for (size_t i = 0; i < groups; i++)
        start_group(&group[i], probes, count, i, groups);
    for (size_t i = 0; i < groups; i++)
        finish_group(&group[i], probes, count, i, groups);
    free(group);
}

/* Those of which nothing good is known yet, all at once. */
static void probe_the_rest(struct plugin_probe *probes, size_t count)
{
    struct group *alone = memory_new((count + 1) * sizeof *alone);
    for (size_t i = 0; i < count; i++)
        alone[i].started =
            !probes[i].usable && start_alone(&alone[i].child, probes[i].path, &probes[i].error);
    for (size_t i = 0; i < count; i++)
        if (alone[i].started)
            probes[i].usable =
                finish_alone(&alone[i].child, probes[i].path, &probes[i].info, &probes[i].error);
    free(alone);
}

void plugin_probe_all(struct plugin_probe *probes, size_t count, bool identified)
{
    for (size_t i = 0; i < count; i++)
        probes[i] = (struct plugin_probe){.path = probes[i].path};
    probe_in_groups(probes, count);
    probe_the_rest(probes, count);
    for (size_t i = 0; i < count; i++)
        probes[i].usable = complete(probes[i].usable, probes[i].path, identified, &probes[i].info,
                                    &probes[i].error);
}
