/* SPDX-License-Identifier: MIT
 *
 * Probing a plugin in a child process; see plugin.h.
 *
 * The child loads it and writes one JSON object to a pipe: {"info": …} or {"error": "…"}. A
 * child that dies, or says nothing within the limit, is an answer too.
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
#include "plugin/digest.h"
#include "plugin/info.h"

enum { PROBE_LIMIT_MS = 20000 };

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        count -= (size_t)written;
    }
    return true;
}

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

/* It dies with its parent, also with one that was dead before it could ask for that. */
static _Noreturn void answer_from_child(const char *path, int fd, pid_t parent)
{
    forget_signal_handlers();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    silence_output();
    struct plugin plugin;
    struct error error = {0};
    json_t *answer = plugin_load(&plugin, path, &error)
                         ? json_pack("{s:o}", "info", info_to_json(plugin.descriptor))
                         : json_pack("{s:s}", "error", error.text);
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    bool told = text != NULL && write_all(fd, text, strlen(text));
    _exit(told ? 0 : 1);
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

static bool take_answer(const char *path, const struct text *text, int status,
                        struct plugin_info *info, struct error *error)
{
    if (WIFSIGNALED(status))
        return error_user(error, "the plugin %s crashed while it was loaded (signal %d, %s)", path,
                          WTERMSIG(status), strsignal(WTERMSIG(status)));
    json_t *answer = json_loads(text_chars(text), 0, NULL);
    const char *refusal = json_string_value(json_object_get(answer, "error"));
    bool fine = true;
    if (refusal != NULL)
        fine = error_user(error, "%s", refusal);
    else if (!info_from_json(info, json_object_get(answer, "info")))
        fine = error_user(error, "the plugin %s ended the process that loaded it (exit status %d)",
                          path, WEXITSTATUS(status));
    json_decref(answer);
    return fine;
}

/* ---- the parent's side ---- */

struct plugin_probing {
    char *path;
    bool identify;
    pid_t child;
    int answer; /* the end of the pipe that is read */
    uint64_t end_ns;
};

struct plugin_probing *plugin_probe_begin(const char *path, bool identify, struct error *error)
{
    int ends[2];
    if (access(path, R_OK) != 0) {
        error_user(error, "cannot read the plugin %s: %s", path, strerror(errno));
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_system(error, "cannot make a pipe: %s", strerror(errno));
        return NULL;
    }
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        error_system(error, "cannot start a process: %s", strerror(errno));
        return NULL;
    }
    if (child == 0) {
        setpgid(0, 0);
        close(ends[0]);
        answer_from_child(path, ends[1], parent);
    }
    setpgid(child, child); /* whoever comes first: there is a group of that number from here on */
    close(ends[1]);
    struct plugin_probing *probing = memory_new(sizeof *probing);
    *probing = (struct plugin_probing){
        .path = memory_copy_text(path),
        .identify = identify,
        .child = child,
        .answer = ends[0],
        .end_ns = clock_now_ns() + (uint64_t)PROBE_LIMIT_MS * 1000000,
    };
    return probing;
}

static bool take_child(const struct plugin_probing *probing, struct plugin_info *info,
                       struct error *error)
{
    struct text text = {0};
    bool ended = read_until_end(probing->answer, probing->end_ns, &text);
    kill(-probing->child, SIGKILL); /* one that hangs, and whatever the plugin has forked */
    int status = wait_for(probing->child);
    bool fine = ended ? take_answer(probing->path, &text, status, info, error)
                      : error_user(error, "the plugin %s does not finish loading within %d s",
                                   probing->path, PROBE_LIMIT_MS / 1000);
    text_free(&text);
    return fine;
}

bool plugin_probe_end(struct plugin_probing *probing, struct plugin_info *info, struct error *error)
{
    memset(info, 0, sizeof *info);
    bool fine = take_child(probing, info, error);
    if (fine && probing->identify) {
        fine = digest_file(probing->path, info->sha256, error);
        digest_build_id(probing->path, info->build_id);
    }
    if (fine)
        info->path = memory_copy_text(probing->path);
    else
        plugin_info_free(info);
    close(probing->answer);
    free(probing->path);
    free(probing);
    return fine;
}

bool plugin_probe(const char *path, struct plugin_info *info, struct error *error)
{
    struct plugin_probing *probing = plugin_probe_begin(path, true, error);
    if (probing != NULL)
        return plugin_probe_end(probing, info, error);
    memset(info, 0, sizeof *info);
    return false;
}
