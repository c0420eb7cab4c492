/* SPDX-License-Identifier: MIT
 *
 * faulty: the collector `none` with one fault, chosen by an option. Its functions are those of
 * none.c, under other names, with the faulty one in front.
 */
#define heapmark_plugin faulty_none_plugin
#define hm_set_none hm_set_faulty
#include "../../plugins/none/none.c"
#undef heapmark_plugin

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum fault {
    SOUND,
    CRASH_AT_OPEN,
    EXIT_AT_OPEN,
    HANG_AT_OPEN,
    REFUSE,
    OUT_OF_MEMORY_AT_OPEN,
    CRASH_AFTER_EVENT,
    CRASH_AT_CLOSE,
    EAT_MEMORY,
    FAIL,
    NOTE,
    NO_ATTACH,
    PRINT,
    LIE,
    THREADS,
    STRAY_OF_MUTATOR,
    LOOK,
    SAMPLED,
    FORK,
    FORK_AND_HANG,
    HOLD,
    NARROW,
    STALL,
    LATE,
    ABSURD,
};

static const char *const fault_names[] = {
    "sound",        "crash-at-open",
    "exit-at-open", "hang-at-open",
    "refuse",       "oom-at-open",
    "crash-after",  "crash-at-close",
    "eat-memory",   "fail",
    "note",         "no-attach",
    "print",        "lie",
    "threads",      "stray-of-mutator",
    "look",         "sampled",
    "fork",         "fork-and-hang",
    "hold",         "narrow",
    "stall",        "late",
    "absurd",       NULL,
};

static int64_t fault;

/* ---- threads of its own: some tell the host, one does not ---- */

enum { REGISTERED = 2, ALL_THREADS };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct hm_host *host;
    pthread_t threads[ALL_THREADS];
    unsigned started, waiting; /* how many were started, and are as far as they go */
    bool ending;
} crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void wait_for_the_end(void)
{
    pthread_mutex_lock(&crew.lock);
    crew.waiting++;
    pthread_cond_broadcast(&crew.changed);
    while (!crew.ending)
        pthread_cond_wait(&crew.changed, &crew.lock);
    pthread_mutex_unlock(&crew.lock);
}

static void *registered(void *argument)
{
    struct hm_log *log = crew.host->begin_thread(crew.host, "registered");
    wait_for_the_end();
    crew.host->end_thread(log);
    return argument;
}

static void *stray(void *argument)
{
    pthread_setname_np(pthread_self(), "stray");
    wait_for_the_end();
    return argument;
}

/* One after the other, so that their order is known. */
static void start_thread(void *(*body)(void *argument))
{
    pthread_create(&crew.threads[crew.started], NULL, body, NULL);
    crew.started++;
    pthread_mutex_lock(&crew.lock);
    while (crew.waiting < crew.started)
        pthread_cond_wait(&crew.changed, &crew.lock);
    pthread_mutex_unlock(&crew.lock);
}

static void start_crew(const struct hm_host *host)
{
    crew.host = host;
    for (unsigned i = 0; i < REGISTERED; i++)
        start_thread(registered);
    start_thread(stray);
}

static void end_crew(void)
{
    pthread_mutex_lock(&crew.lock);
    crew.ending = true;
    pthread_cond_broadcast(&crew.changed);
    pthread_mutex_unlock(&crew.lock);
    for (unsigned i = 0; i < crew.started; i++)
        pthread_join(crew.threads[i], NULL);
}

/* What the harness says of the machine. */
static void look(const struct hm_open *request)
{
    char sentence[200] = "nothing is said of the machine";
    if (HM_COVERS(request, free_pus))
        snprintf(sentence, sizeof sentence, "%u PUs, %u free, the first is %d", request->pu_count,
                 request->free_pu_count,
                 request->free_pu_count > 0 ? (int)request->free_pus[0] : -1);
    request->host->note(request->host, sentence);
}

static _Noreturn void crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    abort();
}

/* Until the limit kills it; the bound keeps a test without one from taking the machine. */
static void eat_memory(void)
{
    enum { PIECE = 1 << 20, MOST_PIECES = 2048 };
    for (int i = 0; i < MOST_PIECES; i++) {
        char *piece = malloc(PIECE);
        if (piece != NULL)
            memset(piece, 1, PIECE);
        usleep(100);
    }
}

/* Whoever forks and forgets leaves this. */
static void leave_child(void)
{
    if (fork() == 0)
        for (;;)
            pause();
}

/* Until the file is gone that a test has made. */
static void wait_for_test(void)
{
    const char *held = getenv("HEAPMARK_TEST_HOLD");
    while (held != NULL && access(held, F_OK) == 0)
        usleep(1000);
}

static hm_heap *faulty_open(const struct hm_open *request, struct hm_refusal *refusal)
{
    fault = request->options[0].integer;
    if (fault == CRASH_AT_OPEN)
        crash();
    if (fault == EXIT_AT_OPEN)
        _exit(7);
    if (fault == FORK || fault == FORK_AND_HANG)
        leave_child();
    while (fault == HANG_AT_OPEN || fault == FORK_AND_HANG)
        pause();
    if (fault == EAT_MEMORY)
        eat_memory();
    if (fault == HOLD)
        wait_for_test();
    if (fault == REFUSE || fault == OUT_OF_MEMORY_AT_OPEN) {
        snprintf(refusal->sentence, sizeof refusal->sentence, "it does not want to");
        refusal->out_of_memory = fault == OUT_OF_MEMORY_AT_OPEN;
        return NULL;
    }
    if (fault == NOTE)
        request->host->note(request->host, "a word of warning");
    if (fault == THREADS)
        start_crew(request->host);
    if (fault == LOOK)
        look(request);
    if (fault == PRINT)
        for (int i = 0; i < 20000; i++)
            printf("line %d\n", i);
    fflush(stdout);
    const union hm_value none_options[] = {{.integer = (int64_t)1 << 30}};
    struct hm_open changed = *request;
    changed.options = none_options;
    struct none_heap *heap = (struct none_heap *)open_heap(&changed, refusal);
    if (heap != NULL)
        heap->request = request;
    return (hm_heap *)heap;
}

/* The machine's stack of this thread. */
static size_t own_stack_bytes(void)
{
    pthread_attr_t attributes;
    void *low;
    size_t bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return 0;
    pthread_attr_getstack(&attributes, &low, &bytes);
    pthread_attr_destroy(&attributes);
    return bytes;
}

/* Five times a second at the most, the thread that comes for memory lies still for 50 ms; the clock
 * is read before and after, and that is what is told. */
static hm_ref stalling_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape,
                                size_t n, uint32_t flags)
{
    enum { STALL_US = 50000, BETWEEN_NS = 200000000 };
    static _Atomic uint64_t last_ns;
    const struct hm_host *host = m->heap->host;
    uint64_t start_ns = host->now_ns(), before_ns = atomic_load(&last_ns);
    if (start_ns - before_ns > BETWEEN_NS &&
        atomic_compare_exchange_strong(&last_ns, &before_ns, start_ns)) {
        host->event(m->log, HM_EVENT_STOP_REQUESTED, start_ns, 0);
        host->event(m->log, HM_EVENT_STOPPED, start_ns, 0);
        usleep(STALL_US);
        host->event(m->log, HM_EVENT_RESUMED, host->now_ns(), 0);
    }
    return allocate(m, name, shape, n, flags);
}

/* Whoever comes for memory works for 20 ms with the world stopped, and tells of it afterwards. */
static hm_ref late_allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                            uint32_t flags)
{
    enum { WORK_NS = 20000000 };
    const struct hm_host *host = m->heap->host;
    uint64_t start_ns = host->now_ns();
    while (host->now_ns() - start_ns < WORK_NS)
        continue;
    host->event(m->log, HM_EVENT_STOP_REQUESTED, start_ns, 0);
    host->event(m->log, HM_EVENT_STOPPED, start_ns, 0);
    host->event(m->log, HM_EVENT_RESUMED, host->now_ns(), 0);
    return allocate(m, name, shape, n, flags);
}

static const struct hm_slow late_slow = {
    .size = sizeof late_slow,
    .allocate = late_allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};

static const struct hm_slow stalling_slow = {
    .size = sizeof stalling_slow,
    .allocate = stalling_allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};

static hm_mutator *attach_slow(hm_heap *heap, uint32_t index, struct hm_log *log,
                               struct hm_refusal *refusal)
{
    hm_mutator *m = attach(heap, index, log, refusal);
    if (m != NULL && fault == STALL)
        m->slow = &stalling_slow;
    if (m != NULL && fault == LATE)
        m->slow = &late_slow;
    return m;
}

static hm_mutator *faulty_attach(hm_heap *heap, uint32_t index, struct hm_log *log,
                                 struct hm_refusal *refusal)
{
    if (fault == NO_ATTACH && index == 1) {
        snprintf(refusal->sentence, sizeof refusal->sentence, "one is enough");
        return NULL;
    }
    if (fault == NARROW && own_stack_bytes() > (1 << 20)) {
        snprintf(refusal->sentence, sizeof refusal->sentence, "a stack of %zu bytes is too large",
                 own_stack_bytes());
        return NULL;
    }
    if (fault == STRAY_OF_MUTATOR && index == 0) {
        crew.host = heap->host;
        start_thread(registered);
        start_thread(stray);
    }
    return attach_slow(heap, index, log, refusal);
}

static void faulty_collect(hm_heap *heap, hm_mutator *m, enum hm_collection kind)
{
    if (fault == CRASH_AFTER_EVENT) {
        heap->host->event(m->log, HM_EVENT_MARK_BEGIN, heap->host->now_ns(), 0);
        crash();
    }
    if (fault == FAIL)
        heap->host->fail(heap->host, "BORROW.a: broken");
    collect(heap, m, kind);
}

static void faulty_close(hm_heap *heap)
{
    if (fault == CRASH_AT_CLOSE)
        crash();
    end_crew();
    close_heap(heap);
}

/* Which PUs the harness's sampler may use: the one thread that asks and is not the first. */
static void note_sampler(const hm_heap *heap)
{
    static atomic_flag noted = ATOMIC_FLAG_INIT;
    cpu_set_t pus;
    char sentence[64];
    if (gettid() == getpid() || atomic_flag_test_and_set(&noted))
        return;
    sched_getaffinity(0, sizeof pus, &pus);
    snprintf(sentence, sizeof sentence, "sampled on %d PUs", CPU_COUNT(&pus));
    heap->host->note(heap->host, sentence);
}

/* Collections that nobody was told of. */
static void faulty_statistics(hm_heap *heap, struct hm_statistics *report)
{
    static _Atomic uint64_t asked;
    statistics(heap, report);
    if (fault == SAMPLED)
        note_sampler(heap);
    if (fault == ABSURD && atomic_fetch_add(&asked, 1) >= 3) { /* some looks see nothing wrong */
        report->held_bytes = (uint64_t)-4096;
        report->live_bytes = UINT64_C(1) << 60;
    }
    if (fault == LIE)
        report->collections = atomic_fetch_add(&asked, 1);
}

static const struct hm_heap_ops faulty_ops = {
    .size = sizeof faulty_ops,
    .abi = HM_ABI,
    .open = faulty_open,
    .attach = faulty_attach,
    .detach = detach,
    .collect = faulty_collect,
    .statistics = faulty_statistics,
    .census = census,
    .close = faulty_close,
};

static const struct hm_variant faulty_variant = {
    .size = sizeof faulty_variant,
    .name = "default",
    .summary = "faulty",
    .capabilities = &capabilities,
    .heap_ops = &faulty_ops,
};

/* The same, on threads that cannot be told apart. */
static struct hm_capabilities hidden_capabilities;

__attribute__((constructor)) static void hide_threads(void)
{
    hidden_capabilities = capabilities;
    hidden_capabilities.hidden_threads = true;
}

static const struct hm_variant hidden_variant = {
    .size = sizeof hidden_variant,
    .name = "hidden",
    .summary = "faulty, on threads of its own",
    .capabilities = &hidden_capabilities,
    .heap_ops = &faulty_ops,
};

static const struct hm_setting fault_option = {
    .name = "fault", .help = "what goes wrong", .type = HM_CHOICE, .choices = fault_names};

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "faulty",
    .version = "1",
    .summary = "For tests.",
    .source = "none",
    .variants = (const struct hm_variant *const[]){&faulty_variant, &hidden_variant, NULL},
    .options = (const struct hm_setting *const[]){&fault_option, NULL},
};
