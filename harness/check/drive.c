/* SPDX-License-Identifier: MIT
 *
 * The whole life of a program's process: load, open, run the threads, drop all, close.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "check/session.h"
#include "measure/process.h"

enum { MOST_NAME_DEPTH = 1 << 17, OWN_NAMES = 64, SPARE_DEPTH = 1 << 10 };

#define SESSION_OF(pointer, member)                                                                \
    ((struct check_session *)((uintptr_t)(pointer)-offsetof(struct check_session, member)))

/* ---- verdicts ---- */

void check_judged(struct check_session *session, enum hm_property property)
{
    atomic_fetch_or_explicit(&session->shared->judged, UINT64_C(1) << property,
                             memory_order_relaxed);
}

void check_beat(struct check_session *session)
{
    atomic_fetch_add_explicit(&session->shared->beats, 1, memory_order_relaxed);
}

static struct check_session *current; /* a process has one */

/* How far it went; of threads that run, as far as can be seen. */
static void note_work(struct check_session *session)
{
    uint64_t operations = 0;
    for (uint32_t i = 0; session->threads != NULL && i < session->thread_count; i++)
        operations += session->threads[i].operations;
    atomic_store(&session->shared->operations, operations);
    atomic_store(&session->shared->objects, atomic_load(&session->shadows.made));
}

static void set_verdict(struct check_shared *shared, enum check_outcome outcome,
                        enum hm_property property, const struct check_thread *thread,
                        const char *format, va_list arguments)
{
    struct check_verdict *verdict = &shared->verdict;
    verdict->outcome = outcome;
    verdict->property = property;
    verdict->thread = thread == NULL ? UINT32_MAX : thread->head.index;
    verdict->op = thread == NULL ? 0 : thread->at == 0 ? 0 : thread->at - 1;
    vsnprintf(verdict->sentence, sizeof verdict->sentence, format, arguments);
    note_work(current);
    atomic_store(&shared->written, 1);
}

void check_broken(struct check_session *session, struct check_thread *thread,
                  enum hm_property property, const char *format, ...)
{
    if (atomic_exchange(&session->shared->decided, 1) == 0) {
        va_list arguments;
        va_start(arguments, format);
        set_verdict(session->shared, CHECK_BROKEN, property, thread, format, arguments);
        va_end(arguments);
        _exit(1);
    }
    for (;;) /* the first one ends the process */
        pause();
}

void check_refused(struct check_session *session, const char *format, ...)
{
    if (atomic_exchange(&session->shared->decided, 1) == 0) {
        va_list arguments;
        va_start(arguments, format);
        set_verdict(session->shared, CHECK_REFUSED, HM_PROPERTY_SAFETY, NULL, format, arguments);
        va_end(arguments);
    }
    _exit(2);
}

static void broken_of_kernel(struct hm_thread *t, enum hm_property property, const char *format,
                             ...) __attribute__((noreturn, format(printf, 3, 4)));
static void broken_of_kernel(struct hm_thread *t, enum hm_property property, const char *format,
                             ...)
{
    struct check_thread *thread = (struct check_thread *)t;
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    check_broken(thread->session, thread, property, "%s", sentence);
}

/* ---- the host ---- */

static void event(struct hm_log *log, enum hm_event_kind kind, uint64_t time_ns, uint64_t value)
{
    if (log != NULL)
        events_told(current, kind, time_ns, value);
}

/* Nothing is kept in logs, and one that is made for each thread would look like something that the
 * collector leaves behind. */
static struct hm_log *begin_thread(const struct hm_host *host, const char *name)
{
    (void)name;
    return SESSION_OF(host, host)->collector_log;
}

static void end_thread(struct hm_log *log)
{
    (void)log;
}

static void note(const struct hm_host *host, const char *sentence)
{
    (void)host;
    fprintf(stderr, "%s\n", sentence);
}

static __attribute__((noreturn)) void fail(const struct hm_host *host, const char *sentence)
{
    check_broken(SESSION_OF(host, host), NULL, HM_PROPERTY_SAFETY, "the collector says: %s",
                 sentence);
}

/* ---- services ---- */

/* Lock held. */
static void wait_for_all(struct check_session *session)
{
    uint64_t meeting = session->meetings;
    if (++session->met == session->thread_count) {
        session->met = 0;
        session->meetings++;
        pthread_cond_broadcast(&session->changed);
    }
    while (session->meetings == meeting)
        pthread_cond_wait(&session->changed, &session->lock);
}

static bool barrier(struct hm_thread *t)
{
    struct check_thread *thread = (struct check_thread *)t;
    struct check_session *session = thread->session;
    pthread_mutex_lock(&session->lock);
    wait_for_all(session);
    if (thread->stays)
        wait_for_all(session);
    thread->stays = false;
    pthread_mutex_unlock(&session->lock);
    return true;
}

/* A wait that another thread does not end: the clock does. */
static bool sleep_ns(struct hm_thread *t, uint64_t ns)
{
    struct check_thread *thread = (struct check_thread *)t;
    if (thread->op.kind == PROGRAM_AWAIT_BLOCKED)
        phases_await(thread, thread->op.x, thread->op.y);
    else if (ns == 0)
        sched_yield();
    else
        nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
    return true;
}

/* ---- opening ---- */

static void count_refusal(const struct hm_host *host)
{
    (void)host;
    atomic_fetch_add(&current->shared->refusals, 1);
}

/* Read by the collector when it is loaded; what stands in the environment already is for all
 * programs. */
static void refuse_on_purpose(struct check_session *session)
{
    const struct program *program = session->program;
    char value[16];
    snprintf(value, sizeof value, "%" PRIu32 "%s",
             program->refuse_memory != 0 ? program->refuse_memory : program->refuse_thread,
             program->refuse_rest ? "+" : "");
    if (program->refuse_memory != 0)
        setenv("HEAPMARK_FAIL_MAP", value, 1);
    else if (program->refuse_thread != 0)
        setenv("HEAPMARK_FAIL_THREAD", value, 1);
    session->refuses_on_purpose = getenv("HEAPMARK_FAIL_MAP") != NULL;
}

static void fill_tables(struct check_session *session)
{
    session->host = (struct hm_host){
        .size = sizeof session->host,
        .now_ns = clock_now_ns,
        .begin_thread = begin_thread,
        .end_thread = end_thread,
        .event = event,
        .note = note,
        .fail = fail,
        .phase = session->target->unhooked ? NULL : check_phase,
        .refused = count_refusal,
    };
    session->script = (struct hm_script){
        .size = sizeof session->script,
        .next = check_next,
        .call = check_call,
        .shared_slot = check_shared_slot,
        .adopt = check_adopt,
        .count = check_count,
        .broken = broken_of_kernel,
    };
    session->services = (struct hm_services){
        .size = sizeof session->services,
        .barrier = barrier,
        .sleep_ns = sleep_ns,
        .script = &session->script,
    };
}

static void load(struct check_session *session)
{
    const struct check_target *target = session->target;
    struct error error = {0};
    if (!plugin_load(&session->plugin, target->path, &error))
        check_refused(session, "%s", error.text);
    session->variant = plugin_variant(&session->plugin, target->variant, &error);
    if (session->variant == NULL)
        check_refused(session, "%s", error.text);
    session->can = *target->capabilities;
}

/* Names for all frames of a thread; for a walk, where the collector does not lend, one for each
 * object that there may be; and some for the check itself. Each attach clears them all. */
static uint32_t name_depth(const struct program *program)
{
    uint64_t depth = CHECK_MOST_NAMES + OWN_NAMES;
    for (uint32_t i = 0; i < program->thread_count; i++)
        for (size_t k = 0; k < program->threads[i].count; k++) {
            const struct program_op *op = &program->threads[i].ops[k];
            depth += op->kind == PROGRAM_FLOOD ? op->z : 1;
        }
    return depth < MOST_NAME_DEPTH ? (uint32_t)depth : MOST_NAME_DEPTH;
}

static void choose_kernel(struct check_session *session)
{
    char reason[160] = "";
    const struct hm_workload *table = hm_program;
    session->kernel = table;
    if (session->target->table)
        return;
    const struct hm_workload *inlined = plugin_kernel(session->heap->set, table, reason);
    if (inlined != NULL)
        session->kernel = inlined;
}

static bool are_standard(const struct hm_setting *const *rows, const union hm_value *values)
{
    for (size_t i = 0; rows[i] != NULL; i++)
        if (rows[i]->type == HM_DECIMAL ? values[i].decimal != rows[i]->standard.decimal
                                        : values[i].integer != rows[i]->standard.integer)
            return false;
    return true;
}

void check_open_heap(struct check_session *session)
{
    struct error error = {0};
    struct hm_refusal refusal = {0};
    const struct hm_setting *const *rows = session->plugin.descriptor->options;
    const struct hm_workload *table = hm_program;
    /* For every life of the heap the same. */
    static union hm_value *options;
    static struct hm_open request;
    if (options == NULL)
        options = memory_new((setting_count(rows) + 1) * sizeof *options);
    if (!setting_parse_all(rows, session->target->option_pairs, session->target->option_count,
                           "option", options, &error))
        check_refused(session, "%s", error.text);
    session->has_standard_options = are_standard(rows, options);
    request = (struct hm_open){
        .size = sizeof request,
        .abi = HM_ABI,
        .heap_bytes = session->program->heap_bytes,
        .most_mutators = session->thread_count,
        .globals = session->shadows.globals->slot_count,
        .name_depth = session->name_depth,
        .spare_depth = SPARE_DEPTH,
        .shape_count = session->shape_count,
        .shapes = table->shapes,
        .options = options,
        .host = &session->host,
        .variant = session->variant,
    };
    session->heap = session->variant->heap_ops->open(&request, &refusal);
    if (session->heap == NULL && refusal.out_of_memory)
        judge_open_out_of_memory(session, &refusal);
    if (session->heap == NULL)
        check_refused(session, "open: %s", refusal.sentence);
    if (!plugin_check_set(session->heap->set, &session->can, &error))
        check_refused(session, "%s", error.text);
    choose_kernel(session);
}

/* ---- what a collector does to its process ---- */

static void note_fork(void)
{
    atomic_fetch_or(&current->shared->strange, 1u << CHECK_STRANGE_FORKED);
}

/* What a collector forked goes on in the middle of an operation, and may tell nothing: what it
 * tells goes nowhere. */
static void leave_alone(void)
{
    void *nowhere = mmap(NULL, sizeof *current->shared, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (nowhere == MAP_FAILED)
        _exit(0);
    current->shared = nowhere;
}

static void look_at_descriptors(struct check_shared *shared)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            atomic_fetch_or(&shared->strange, 1u << CHECK_STRANGE_CLOSED);
}

/* ---- threads ---- */

/* One call of the kernel; true when it landed. */
static bool step_lands(struct check_thread *thread)
{
    hm_mutator *m = thread->m;
    struct hm_landing landing = {.name_top = m->name_top, .spare_top = m->spare_top};
    m->landing = &landing;
    if (setjmp(landing.buffer) == 0) {
        thread->session->kernel->step(m, &thread->head);
        m->landing = NULL;
        return false;
    }
    m->landing = NULL;
    slow_paths_landed(thread);
    m->ops->pop(m, landing.name_top);
    m->ops->pop_spare(m, landing.spare_top);
    check_landed(thread, landing.cause);
    return true;
}

static void detach(struct check_thread *thread)
{
    thread->m->ops->pop(thread->m, thread->m->name_base);
    check_drop_names(thread, 0);
    slow_paths_unwrap(thread);
    if (!thread->session->target->bare)
        phases_by_slow_path(thread->session, HM_PHASE_DETACH);
    thread->session->heap->ops->detach(thread->m);
    thread->m = NULL;
}

static void *run_thread(void *user);

/* Detached: the thread of the machine that ran before this one has ended, or is about to. What it
 * wrote is seen from here on. */
static void join_previous(struct check_thread *thread)
{
    if (thread->has_previous)
        pthread_join(thread->previous, NULL);
    thread->has_previous = false;
}

/* What this thread waited for a processor, for who is patient with the program: it is about to end.
 */
static void tell_waited(struct check_shared *shared)
{
    uint64_t waited_ns = process_thread_waited_ns();
    if (waited_ns != PROCESS_UNKNOWN)
        atomic_fetch_add(&shared->waited_ns, waited_ns);
}

/* Every other time that it detaches another thread of the machine goes on in its stead, while this
 * one ends: what a collector keeps for a thread of the machine is not what it keeps for a mutator.
 * The first stays, as the process is its. */
static bool hand_over(struct check_thread *thread)
{
    join_previous(thread);
    if (thread->head.index == 0 || thread->births++ % 2 != 0)
        return false;
    thread->previous = pthread_self();
    thread->has_previous = true;
    bool goes_on = stacks_start_thread(thread->session, &thread->thread, run_thread, thread);
    if (!goes_on) {
        thread->has_previous = false;
        return false;
    }
    crash_leave();
    tell_waited(thread->session->shared);
    return true;
}

/* To its end, or until another thread goes on with it: then true. */
static bool live(struct check_thread *thread)
{
    bool attached;
    while ((attached = attach_thread(thread))) {
        while (step_lands(thread))
            ;
        if (thread->end != END_REBIRTH)
            break;
        thread->end = END_NOT_YET;
        check_judged(thread->session, HM_PROPERTY_THREADS);
        if (thread->session->target->trace != NULL)
            trace_rebirth(thread);
        detach(thread);
        if (hand_over(thread))
            return true;
    }
    if (attached && thread->head.index != 0)
        detach(thread);
    if (!attached || thread->end == END_GONE)
        attach_sit_out(thread);
    return false;
}

static void *run_thread(void *user)
{
    struct check_thread *thread = user;
    crash_enter(thread->head.index);
    thread->log = log_begin(&thread->session->book, LOG_MUTATOR);
    phases_begin_thread(thread);
    interrupts_begin_thread(thread);
    bool goes_on = live(thread);
    interrupts_end_thread();
    if (!goes_on && thread->head.index != 0) {
        join_previous(thread);
        sem_post(&thread->done);
    }
    return NULL;
}

static void *map_lazily(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED, "%zu bytes", bytes);
    return memory;
}

static void prepare_thread(struct check_session *session, uint32_t index)
{
    struct check_thread *thread = &session->threads[index];
    thread->session = session;
    thread->list = &session->program->threads[index];
    thread->head = (struct hm_thread){
        .plan = &session->plan,
        .services = &session->services,
        .harness = thread,
        .index = index,
        .seed = hm_thread_seed(&session->plan, index),
        .state = &thread->action,
    };
    thread->walk.objects = map_lazily(SHADOW_MOST_OBJECTS * sizeof *thread->walk.objects);
    thread->walk.refs = map_lazily(SHADOW_MOST_OBJECTS * sizeof *thread->walk.refs);
    thread->walk.place = map_lazily(SHADOW_MOST_OBJECTS * sizeof *thread->walk.place);
    thread->stage = STAGE_NONE;
    sem_init(&thread->done, 0, 0);
}

static void prepare_threads(struct check_session *session)
{
    session->threads = memory_new(session->thread_count * sizeof *session->threads);
    for (uint32_t i = 0; i < session->thread_count; i++)
        prepare_thread(session, i);
}

static void run_threads(struct check_session *session)
{
    atomic_store(&session->shared->phase, CHECK_PHASE_RUN);
    for (uint32_t i = 1; i < session->thread_count; i++)
        if (!stacks_start_thread(session, &session->threads[i].thread, run_thread,
                                 &session->threads[i]))
            check_refused(session, "a thread of the program cannot be started");
    run_thread(&session->threads[0]);
    for (uint32_t i = 1; i < session->thread_count; i++) {
        while (sem_wait(&session->threads[i].done) != 0)
            ;
        pthread_join(session->threads[i].thread, NULL);
    }
}

/* ---- the end ---- */

static void end(struct check_session *session)
{
    struct check_thread *first = &session->threads[0];
    atomic_store(&session->shared->phase, CHECK_PHASE_END);
    meet_judge_end(first);
    detach(first);
    judge_pauses(session);
    atomic_store(&session->shared->phase, CHECK_PHASE_CLOSE);
    session->heap->ops->close(session->heap);
    check_judged(session, HM_PROPERTY_PROGRESS);
    lives_judge(session);
    /* What is refused to heaps of the judges' own says nothing about proportions. */
    if (session->refuses_on_purpose) {
        atomic_store(&session->shared->phase, CHECK_PHASE_DONE);
        return;
    }
    /* One program in sixteen, for it takes a while. With options that nobody asked for all bets on
     * work are off. */
    if (session->program->seed % 16 == 5 && !session->target->strays)
        scaling_judge(session);
    if (session->program->seed % 16 == 9)
        rounds_judge(session);
    if (session->program->seed % 8 == 1)
        pockets_judge(session);
    atomic_store(&session->shared->phase, CHECK_PHASE_DONE);
}

void check_drive(const struct check_target *target, const struct program *program,
                 struct check_shared *shared)
{
    static struct check_session session;
    current = &session;
    prctl(PR_SET_TIMERSLACK, 1UL); /* a sleep of microseconds takes no longer */
    session.target = target;
    session.program = program;
    session.shared = shared;
    crash_open(shared);
    pthread_atfork(note_fork, NULL, leave_alone);
    session.thread_count = program->thread_count;
    session.name_depth = name_depth(program);
    refuse_on_purpose(&session);
    session.plan = (struct hm_plan){.threads = program->thread_count, .seed = program->seed};
    while (hm_program->shapes[session.shape_count] != NULL)
        session.shape_count++;
    session.place_count = program->places < CHECK_MOST_PLACES ? program->places : CHECK_MOST_PLACES;
    pthread_mutex_init(&session.lock, NULL);
    pthread_cond_init(&session.changed, NULL);
    log_book_open(&session.book, NULL, NULL);
    session.collector_log = log_begin(&session.book, LOG_COLLECTOR);
    shadows_open(&session.shadows, CHECK_BOARDS + session.place_count,
                 target->capabilities->prompt && program->thread_count == 1,
                 program->thread_count == 1);
    places_open(&session);
    fill_tables(&session);
    layout_settle();
    load(&session);
    atomic_store(&shared->phase, CHECK_PHASE_OPEN);
    lives_begin(&session);
    stacks_begin(&session);
    interrupts_begin(&session);
    prepare_threads(&session);
    resident_begin(&session);
    check_open_heap(&session);
    uint64_t idle_bytes = process_resident_bytes();
    CHECK(idle_bytes != PROCESS_UNKNOWN, "%s", "/proc/self/statm");
    atomic_store(&shared->idle_bytes, idle_bytes);
    run_threads(&session);
    end(&session);
    look_at_descriptors(session.shared);
    note_work(&session);
}
