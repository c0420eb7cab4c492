/* SPDX-License-Identifier: MIT
 *
 * broken: the collector `none`, which does something wrong in the middle of an operation: the
 * option `fault` says what. Each happens at the fifth hm_set of a thread but where it says else.
 * Its other variants promise what none of them keeps.
 */
#define heapmark_plugin broken_none_plugin
#define hm_set_none hm_set_broken
#include "../../plugins/none/none.c"
#undef heapmark_plugin

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum fault {
    SOUND,
    FORGET,
    CRASH,
    OVERFLOW,
    EXIT,
    RAISE,
    HANG,
    PRINT,
    BABBLE,
    EAT,
    STOUT,
    HIDE,
    FORK,
    CLOSE,
    SAY,
    REFUSE,
    RARE,
    DAWDLE
};

static const char *const fault_names[] = {
    "sound", "forget", "crash", "overflow", "exit", "raise",  "hang", "print",  "babble", "eat",
    "stout", "hide",   "fork",  "close",    "say",  "refuse", "rare", "dawdle", NULL};

static int64_t fault;
static struct hm_ops ops;
static const struct hm_ops *true_ops;

/* A function to be found in a backtrace. */
__attribute__((noinline)) void broken_crashes_here(volatile int *nowhere);
__attribute__((noinline, no_sanitize("undefined"))) void broken_crashes_here(volatile int *nowhere)
{
    *nowhere = 1;
}

__attribute__((noinline)) static int overflow_stack(volatile int depth)
{
    volatile char room[4096] = {0};
    return depth < 0 ? room[0] : overflow_stack(depth + 1) + room[depth % 4096];
}

/* What it leaves behind would go on for ever, and has a session of its own. */
static void leave_child(void)
{
    if (fork() != 0)
        return;
    setsid();
    for (;;)
        pause();
}

static void say(hm_mutator *m)
{
    m->heap->host->fail(m->heap->host,
                        "set.1: a \033[31mred\033[0m <word> & \"quotes\" \xff\xef\xbf\xbf");
}

static void print(void)
{
    printf("\033]0;a title\007<printed>\n");
    fprintf(stderr, "%0*d\n", 100000, 1);
    fflush(stdout);
}

/* As long as somebody takes it. */
static void babble(void)
{
    static const char words[65536] = "blah ";
    while (write(STDOUT_FILENO, words, sizeof words) > 0)
        continue;
}

static void eat(void)
{
    enum { BITE_BYTES = 1 << 20 };
    for (;;) {
        void *bite = malloc(BITE_BYTES);
        if (bite != NULL)
            memset(bite, 1, BITE_BYTES);
    }
}

/* Much for what is open, and more when something is done. */
static void stuff(void)
{
    enum { STUFFED_BYTES = 600 << 20 };
    static char *volatile stuffed; /* which no compiler leaves out */
    stuffed = malloc(STUFFED_BYTES);
    if (stuffed != NULL)
        memset(stuffed, 1, STUFFED_BYTES);
}

/* Memory that no figure tells of, at an address that the kernel chooses. */
static void hide(void)
{
    enum { HIDDEN_BYTES = 2 << 20 };
    void *hidden = mmap(NULL, HIDDEN_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (hidden != MAP_FAILED)
        memset(hidden, 1, HIDDEN_BYTES);
}

/* True: the store is left out. */
static bool misbehave(hm_mutator *m)
{
    switch (fault) {
    case FORGET:
        return true;
    case CRASH:
        broken_crashes_here(NULL);
        break;
    case OVERFLOW:
        overflow_stack(0);
        break;
    case EXIT:
        exit(0);
    case RAISE:
        raise(SIGTERM);
        break;
    case HANG:
        for (;;)
            pause();
    case PRINT:
        print();
        break;
    case BABBLE:
        babble();
        break;
    case EAT:
    case STOUT:
        eat();
        break;
    case HIDE:
        hide();
        break;
    case FORK:
        leave_child();
        break;
    case CLOSE:
        for (int fd = 0; fd < 64; fd++)
            close(fd);
        break;
    case SAY:
        say(m);
        break;
    case RARE: /* so a program that breaks something does not do so each time */
        return getpid() % 2 == 0;
    default:
        break;
    }
    return false;
}

static void broken_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref value)
{
    static _Thread_local unsigned calls;
    if (fault == DAWDLE) /* and goes on */
        nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    bool now = ++calls == 5 || (fault == FORGET && calls % 5 == 0);
    if (!now || !misbehave(m))
        true_ops->set(m, obj, slot, value);
}

static hm_heap *broken_open(const struct hm_open *request, struct hm_refusal *refusal)
{
    fault = request->options[0].integer;
    if (fault == REFUSE) {
        snprintf(refusal->sentence, sizeof refusal->sentence, "it does not want to");
        return NULL;
    }
    if (fault == STOUT)
        stuff();
    const union hm_value none_options[] = {{.integer = (int64_t)1 << 30}};
    struct hm_open changed = *request;
    changed.options = none_options;
    struct none_heap *heap = (struct none_heap *)open_heap(&changed, refusal);
    if (heap != NULL)
        heap->request = request;
    return (hm_heap *)heap;
}

static hm_mutator *broken_attach(hm_heap *heap, uint32_t index, struct hm_log *log,
                                 struct hm_refusal *refusal)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    hm_mutator *m = attach(heap, index, log, refusal);
    pthread_mutex_lock(&lock);
    if (true_ops == NULL) {
        true_ops = m->ops;
        ops = *true_ops;
        ops.set = broken_set;
    }
    pthread_mutex_unlock(&lock);
    m->ops = &ops;
    return m;
}

static const struct hm_heap_ops broken_ops = {
    .size = sizeof broken_ops,
    .abi = HM_ABI,
    .open = broken_open,
    .attach = broken_attach,
    .detach = detach,
    .collect = collect,
    .statistics = statistics,
    .census = census,
    .close = close_heap,
};

static const struct hm_variant broken_variant = {
    .size = sizeof broken_variant,
    .name = "default",
    .summary = "broken",
    .capabilities = &capabilities,
    .heap_ops = &broken_ops,
};

static const struct hm_setting fault_option = {
    .name = "fault", .help = "what goes wrong", .type = HM_CHOICE, .choices = fault_names};

#define BOASTING(variant_name, ...)                                                                \
    {                                                                                              \
        .size = sizeof broken_variant, .name = variant_name, .summary = "boasts",                  \
        .capabilities = &(const struct hm_capabilities){.size = sizeof capabilities,               \
                                                        .shares = true,                            \
                                                        .census = true,                            \
                                                        .reports_pauses = true,                    \
                                                        .most_slots = KIT_MOST,                    \
                                                        .most_bytes = KIT_MOST,                    \
                                                        .granule_bytes = KIT_GRANULE_BYTES,        \
                                                        __VA_ARGS__},                              \
        .heap_ops = &broken_ops,                                                                   \
    }

static const struct hm_variant frees_variant = BOASTING("frees", .frees = true, .cycles = true);
static const struct hm_variant limits_variant =
    BOASTING("limits", .frees = true, .heap_limit = true);
static const struct hm_variant weak_variant = BOASTING("weak", .weak = true);

HM_PLUGIN = {
    HM_PLUGIN_HEAD,
    .name = "broken",
    .version = "1",
    .summary = "For tests.",
    .source = "none",
    .variants = (const struct hm_variant *const[]){&broken_variant, &frees_variant, &limits_variant,
                                                   &weak_variant, NULL},
    .options = (const struct hm_setting *const[]){&fault_option, NULL},
};
