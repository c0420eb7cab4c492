/* SPDX-License-Identifier: MIT
 *
 * The child that plays, and the parent that waits; see stage.h.
 */
#include "learn/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "measure/log.h"

/* What the child tells of its end, in shared memory. `told` is set last. */
struct telling {
    struct stage_end end;
    _Atomic uint32_t told;
};

/* The child's own: a process has one. */
static struct {
    struct telling *telling;
    struct log_book book;
    struct hm_log *collector_log;
    struct hm_host host;
    struct hm_open request;
} child;

/* ---- the end, as the child tells it ---- */

static _Noreturn void leave(enum stage_ending ending, const char *sentence)
{
    if (atomic_load(&child.telling->told) == 0) {
        child.telling->end.ending = ending;
        snprintf(child.telling->end.sentence, sizeof child.telling->end.sentence, "%s", sentence);
        atomic_store(&child.telling->told, 1);
    }
    _exit(0);
}

static const char *cause_words(enum hm_cause cause)
{
    switch (cause) {
#define CAUSE_WORDS(code, name, words)                                                             \
    case HM_##name:                                                                                \
        return words;
        HM_CAUSES(CAUSE_WORDS)
#undef CAUSE_WORDS
    case HM_NO_CAUSE:
        break;
    }
    return "the collector gave a cause that this program does not know";
}

/* ---- the host ---- */

static struct hm_log *begin_thread(const struct hm_host *host, const char *name)
{
    (void)host;
    (void)name;
    return child.collector_log;
}

static void end_thread(struct hm_log *log)
{
    (void)log;
}

/* Nobody looks at events here. */
static void event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value)
{
    (void)log;
    (void)kind;
    (void)time_ns;
    (void)value;
}

static void note(const struct hm_host *host, const char *sentence)
{
    (void)host;
    (void)sentence;
}

static __attribute__((noreturn)) void fail(const struct hm_host *host, const char *sentence)
{
    (void)host;
    leave(STAGE_BROKEN, sentence);
}

/* ---- opening ---- */

static void read_options(const struct stage *stage, const struct hm_plugin *descriptor,
                         union hm_value **values)
{
    struct text_list pairs = {0};
    struct error error = {0};
    *values = memory_new((setting_count(descriptor->options) + 1) * sizeof **values);
    if (*stage->collector->options != '\0')
        text_split(&pairs, stage->collector->options, ',');
    if (!setting_parse_all(descriptor->options, (const char *const *)pairs.items, pairs.count,
                           "option", *values, &error))
        leave(STAGE_REFUSED, error.text);
    text_list_free(&pairs);
}

static void fill_request(const struct stage *stage, const struct hm_variant *variant,
                         const union hm_value *options)
{
    uint32_t shapes = 0;
    while (stage->shapes[shapes] != NULL)
        shapes++;
    child.host = (struct hm_host){
        .size = sizeof child.host,
        .now_ns = clock_now_ns,
        .begin_thread = begin_thread,
        .end_thread = end_thread,
        .event = event,
        .note = note,
        .fail = fail,
    };
    child.request = (struct hm_open){
        .size = sizeof child.request,
        .abi = HM_ABI,
        .heap_bytes = stage->heap_bytes,
        .most_mutators = 1,
        .globals = stage->globals,
        .name_depth = stage->name_depth,
        .spare_depth = stage->name_depth,
        .shape_count = shapes,
        .shapes = stage->shapes,
        .options = options,
        .host = &child.host,
        .variant = variant,
    };
}

static void attach(struct stage_heap *on)
{
    struct hm_refusal refusal = {0};
    struct hm_log *log = log_begin(&child.book, LOG_MUTATOR);
    on->m = on->heap->ops->attach(on->heap, 0, log, &refusal);
    if (on->m == NULL)
        leave(STAGE_REFUSED, refusal.sentence[0] != '\0'
                                 ? refusal.sentence
                                 : "the collector refused to attach a thread, and gave no reason");
}

/* The plugin stays loaded: the process ends soon. */
static void open_heap(struct stage_heap *on)
{
    static struct plugin plugin;
    const struct suite_collector *collector = on->stage->collector;
    struct error error = {0};
    struct hm_refusal refusal = {0};
    union hm_value *options;
    if (!plugin_load(&plugin, collector->info->path, &error))
        leave(STAGE_REFUSED, error.text);
    const struct hm_variant *variant = plugin_variant(&plugin, collector->can->name, &error);
    if (variant == NULL)
        leave(STAGE_REFUSED, error.text);
    read_options(on->stage, plugin.descriptor, &options);
    fill_request(on->stage, variant, options);
    on->can = collector->can->capabilities;
    on->heap = variant->heap_ops->open(&child.request, &refusal);
    if (on->heap == NULL)
        leave(STAGE_REFUSED, refusal.sentence[0] != '\0'
                                 ? refusal.sentence
                                 : "the collector refused to open a heap, and gave no reason");
    if (!plugin_check_set(on->heap->set, &on->can, &error))
        leave(STAGE_REFUSED, error.text);
}

/* ---- the child ---- */

/* What a plugin prints is nobody's; nor does it get descriptors or the terminal of the parent. */
static void step_aside(pid_t parent)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(3);
    setsid();
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; nowhere >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(nowhere, fd);
    close_range(STDERR_FILENO + 1, UINT32_MAX, 0);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
        signal(caught[i], SIG_DFL);
}

static _Noreturn void *perform(void *user)
{
    struct stage_heap on = {.stage = user};
    open_heap(&on);
    attach(&on);
    struct hm_landing landing = {.name_top = on.m->name_top, .spare_top = on.m->spare_top};
    on.m->landing = &landing;
    if (setjmp(landing.buffer) != 0)
        leave(STAGE_LANDED, cause_words(landing.cause));
    on.names = on.m->ops->push(on.m, on.stage->names);
    on.stage->play(&on, on.stage->shared);
    on.m->landing = NULL;
    on.m->ops->pop(on.m, on.m->name_base);
    if (!on.m->lends)
        on.m->ops->pop_spare(on.m, on.m->spare_base);
    on.heap->ops->detach(on.m);
    on.heap->ops->close(on.heap);
    leave(STAGE_ENDED, "");
}

/* A deep workload gets a thread with the stack that it asks for. */
static void perform_on_stack(const struct stage *stage)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, stage->stack_bytes) != 0 ||
        pthread_create(&thread, &attributes, perform, (void *)(uintptr_t)stage) != 0)
        leave(STAGE_REFUSED, "the system gave no thread with the stack that the workload needs");
    pthread_join(thread, NULL);
}

static _Noreturn void live(const struct stage *stage, pid_t parent)
{
    step_aside(parent);
    log_book_open(&child.book, NULL, NULL);
    child.collector_log = log_begin(&child.book, LOG_COLLECTOR);
    if (stage->stack_bytes != 0)
        perform_on_stack(stage);
    perform((void *)(uintptr_t)stage);
}

/* ---- the parent ---- */

/* True when it ended by itself. */
static bool wait_for(pid_t process, int process_fd, uint64_t time_ns, int *status)
{
    uint64_t end_ns = clock_now_ns() + time_ns;
    for (;;) {
        if (waitpid(process, status, WNOHANG) == process)
            return true;
        uint64_t now_ns = clock_now_ns();
        if (now_ns >= end_ns)
            break;
        struct pollfd waiting = {.fd = process_fd, .events = POLLIN};
        /* Without a descriptor to wait on it looks a few times a second. */
        int left_ms = (int)((end_ns - now_ns) / 1000000 + 1);
        poll(&waiting, process_fd >= 0 ? 1 : 0, process_fd >= 0 || left_ms < 50 ? left_ms : 50);
    }
    kill(-process, SIGKILL);
    kill(process, SIGKILL);
    waitpid(process, status, 0);
    return false;
}

static void conclude(struct stage_end *end, const struct telling *telling, bool ended, int status,
                     uint64_t time_ns)
{
    *end = (struct stage_end){.ending = STAGE_BROKEN};
    if (atomic_load(&telling->told) != 0)
        *end = telling->end;
    else if (!ended)
        snprintf(end->sentence, sizeof end->sentence, "it was not done within %ju s",
                 (uintmax_t)(time_ns / 1000000000));
    else if (WIFSIGNALED(status))
        snprintf(end->sentence, sizeof end->sentence, "it crashed (signal %d, %s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(end->sentence, sizeof end->sentence, "it ended the process (exit status %d)",
                 WEXITSTATUS(status));
    end->sentence[sizeof end->sentence - 1] = '\0';
}

bool stage_run(const struct stage *stage, struct stage_end *end, struct error *error)
{
    struct telling *telling = stage_share(sizeof *telling, error);
    if (telling == NULL)
        return false;
    pid_t parent = getpid();
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        child.telling = telling;
        live(stage, parent);
    }
    if (process < 0) {
        stage_unshare(telling, sizeof *telling);
        return error_system(error, "cannot start a process: %s", strerror(errno));
    }
    int status = 0;
    int process_fd = (int)syscall(SYS_pidfd_open, process, 0);
    bool ended = wait_for(process, process_fd, stage->time_ns, &status);
    kill(-process, SIGKILL); /* whatever the plugin started itself */
    if (process_fd >= 0)
        close(process_fd);
    conclude(end, telling, ended, status, stage->time_ns);
    stage_unshare(telling, sizeof *telling);
    return true;
}

void *stage_share(size_t bytes, struct error *error)
{
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared != MAP_FAILED)
        return shared;
    error_system(error, "cannot get memory to share with a process: %s", strerror(errno));
    return NULL;
}

void stage_unshare(void *shared, size_t bytes)
{
    if (shared != NULL)
        munmap(shared, bytes);
}

/* ---- for plays ---- */

void stage_collect(struct stage_heap *on)
{
    on->heap->ops->collect(on->heap, on->m, HM_COLLECT_FULL);
}

void stage_collect_all(struct stage_heap *on)
{
    uint32_t times = on->can.complete_after;
    for (uint32_t i = 0; i < (times == 0 ? 1 : times); i++)
        stage_collect(on);
}

bool stage_census(struct stage_heap *on, struct hm_census *census)
{
    *census = (struct hm_census){.size = sizeof *census,
                                 .objects = HM_UNKNOWN,
                                 .bytes = HM_UNKNOWN,
                                 .unreachable_objects = HM_UNKNOWN,
                                 .unreachable_bytes = HM_UNKNOWN};
    if (!on->can.census)
        return false;
    on->heap->ops->census(on->heap, on->m, census);
    return census->objects != HM_UNKNOWN;
}
