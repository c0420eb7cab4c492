/* SPDX-License-Identifier: MIT
 *
 * What each thread of a trial does: attach, pin, warm up, set up, the timed part, check, detach.
 *
 * Invariant: whenever a thread waits for another one, its mutator is blocked, so that a stop of
 * the world never waits for a wait. A thread that lands cancels all waits, and every thread then
 * goes straight to its detach.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "measure/counting.h"
#include "trial/session.h"

enum { MICRO_BATCH = 1 << 14 };

/* ---- calls that may land ---- */

typedef void (*seat_call)(struct seat *seat);

/* The thread gave up: wake all others, and leave nothing locked. */
static void landed(struct seat *seat, enum hm_cause cause)
{
    seat->cause = cause;
    services_cancel(&seat->session->services);
    services_release_locks(&seat->session->services, seat->index);
}

/* Make the call with a landing. False when it landed; its names and spares are then popped. */
static bool call(struct seat *seat, seat_call function)
{
    hm_mutator *m = seat->m;
    struct hm_landing landing = {.name_top = m->name_top, .spare_top = m->spare_top};
    m->landing = &landing;
    if (setjmp(landing.buffer) == 0) {
        function(seat);
        m->landing = NULL;
        return true;
    }
    m->landing = NULL;
    m->ops->pop(m, landing.name_top);
    m->ops->pop_spare(m, landing.spare_top);
    landed(seat, landing.cause);
    return false;
}

static void push_frame(struct seat *seat)
{
    seat->frame = seat->m->ops->push(seat->m, seat->session->kernel->names);
    seat->thread.names = seat->frame;
}

/* Without a landing: a pop needs none, and must not take what lies below one. */
static bool pop_frame(struct seat *seat)
{
    seat->m->ops->pop(seat->m, seat->frame);
    return true;
}

static void set_up(struct seat *seat)
{
    if (seat->session->kernel->setup != NULL)
        seat->session->kernel->setup(seat->m, &seat->thread);
}

static void step(struct seat *seat)
{
    seat->thread.answer = 0;
    seat->thread.operations = 0;
    seat->session->kernel->step(seat->m, &seat->thread);
}

static void check(struct seat *seat)
{
    const struct session *session = seat->session;
    if (session->kernel->check != NULL)
        session->kernel->check(seat->m, &seat->thread, &session->inspection);
}

static void tear_down(struct seat *seat)
{
    if (seat->session->kernel->teardown != NULL)
        seat->session->kernel->teardown(seat->m, &seat->thread);
}

/* ---- meeting ---- */

/* All threads meet; false when the trial is cancelled. */
static bool meet(struct seat *seat)
{
    seat->m->ops->block(seat->m);
    bool met = services_meet(&seat->session->services);
    seat->m->ops->unblock(seat->m);
    return met;
}

/* All meet, thread 0 does something that may not land, all meet again. */
static bool meet_around(struct seat *seat, seat_call by_thread_0)
{
    if (!meet(seat))
        return false;
    if (seat->index == 0)
        by_thread_0(seat);
    return meet(seat);
}

static bool keep_running(struct seat *seat, struct gbench_state *state, uint64_t iterations)
{
    seat->m->ops->block(seat->m);
    bool goes_on = gbench_keep_running_batch(state, iterations);
    seat->m->ops->unblock(seat->m);
    return goes_on && !services_cancelled(&seat->session->services);
}

/* ---- what thread 0 does for all ---- */

static void collect_fully(struct seat *seat)
{
    struct session *session = seat->session;
    uint32_t times = session->capabilities.complete_after;
    for (uint32_t i = 0; i < (times == 0 ? 1 : times); i++)
        session->heap->ops->collect(session->heap, seat->m, HM_COLLECT_FULL);
}

/* All threads are there: they wait for this one. */
static void read_cpu(const struct session *session, struct snapshot *snapshot)
{
    snapshot->process_cpu_ns = clock_process_cpu_ns();
    snapshot->mutators_cpu_ns = 0;
    for (uint32_t i = 0; i < session->spec->threads; i++)
        snapshot->mutators_cpu_ns += clock_cpu_ns_of(session->seats[i].self);
    snapshot->harness_cpu_ns = sampler_cpu_ns(&session->sampler);
}

static void take_snapshot(struct session *session, struct snapshot *snapshot)
{
    sampler_statistics(session->heap, &snapshot->statistics);
    absurd_clear_statistics(&session->absurd, &snapshot->statistics);
    read_cpu(session, snapshot);
    snapshot->collector_cpu_ns = log_book_collector_cpu_ns(&session->book);
    process_usage(&snapshot->usage);
    snapshot->frequency_hz = process_frequency_hz("", sched_getcpu());
    counters_read(&session->counters, &snapshot->counters);
}

/* Cycles that are dead by then are found by a full collection: of who records when objects die. Its
 * times mean nothing. */
static void find_dead(struct seat *seat)
{
    if (seat->session->capabilities.records)
        collect_fully(seat);
}

static void begin_setup(struct seat *seat)
{
    session_enter(seat->session, TRIAL_PHASE_SETUP);
    seat->session->setup_start_ns = clock_now_ns();
}

/* A thread inherits the binding of its maker: the sampler would run on this mutator's PU. */
static void start_sampler(struct seat *seat)
{
    struct session *session = seat->session;
    placement_step_aside(&session->placement);
    sampler_start(&session->sampler, session->heap);
    placement_step_back(&session->placement, seat->index);
}

static void begin_timed(struct seat *seat)
{
    struct session *session = seat->session;
    find_dead(seat);
    session->setup_ns = clock_now_ns() - session->setup_start_ns;
    if (!session->kernel->micro && !session->counting)
        start_sampler(seat);
    take_snapshot(session, &session->before);
    session_enter(session, TRIAL_PHASE_TIMED);
    counting_start();
}

static void end_timed(struct seat *seat)
{
    struct session *session = seat->session;
    counting_stop();
    find_dead(seat);
    take_snapshot(session, &session->after);
    sampler_stop(&session->sampler);
    session->timed = true;
    session_tell_timed(session);
}

static void final_collect(struct seat *seat)
{
    session_enter(seat->session, TRIAL_PHASE_FINAL_COLLECT);
    uint64_t start_ns = clock_now_ns();
    collect_fully(seat);
    seat->session->final_collect_ns = clock_now_ns() - start_ns;
    session_enter(seat->session, TRIAL_PHASE_CHECK);
}

static void enter_teardown(struct seat *seat)
{
    session_enter(seat->session, TRIAL_PHASE_TEARDOWN);
}

/* All frames are popped: what is left is garbage, or the globals hold it. */
static void take_census(struct seat *seat)
{
    struct session *session = seat->session;
    session_enter(session, TRIAL_PHASE_CENSUS);
    collect_fully(seat);
    struct hm_statistics statistics;
    sampler_statistics(session->heap, &statistics);
    struct hm_census census = {.size = sizeof census};
    bool counted = session->inspection.census(&session->inspection, seat->m, &census);
    absurd_clear_statistics(&session->absurd, &statistics);
    absurd_clear_census(&session->absurd, &census);
    session_tell_end(session, &statistics, counted ? &census : NULL);
}

/* ---- attach and detach ---- */

/* The thread cannot take part, so the trial ends. */
static void refuse(struct seat *seat, const struct hm_refusal *refusal)
{
    struct session *session = seat->session;
    pthread_mutex_lock(&session->tell_lock);
    session->refusal = *refusal;
    pthread_mutex_unlock(&session->tell_lock);
    landed(seat, refusal->out_of_memory ? HM_OUT_OF_MEMORY : HM_NO_THREAD);
}

static bool attach(struct seat *seat)
{
    struct session *session = seat->session;
    struct hm_refusal refusal = {0};
    placement_take_mutator(&session->placement, seat->index);
    seat->self = pthread_self();
    seat->log = log_begin(&session->book, LOG_MUTATOR);
    log_mark(seat->log, LOG_MARK_ATTACHED, clock_now_ns(), 0);
    seat->m = session->heap->ops->attach(session->heap, seat->index, seat->log, &refusal);
    if (seat->m == NULL) {
        if (refusal.sentence[0] == '\0')
            snprintf(refusal.sentence, sizeof refusal.sentence,
                     "the collector refused to attach a thread, and gave no reason");
        refuse(seat, &refusal);
        return false;
    }
    /* Callgrind counts instructions: everything is slow there, and stamps would be counted, too. */
    if (session->spec->stamps && !session->kernel->micro && !session->counting)
        stamps_wrap(&seat->stamps, seat->m, seat->log);
    return true;
}

static void detach(struct seat *seat)
{
    if (seat->m == NULL)
        return;
    if (seat->stamps.original != NULL && seat->m->slow == &seat->stamps.wrapped)
        stamps_unwrap(&seat->stamps, seat->m);
    seat->session->heap->ops->detach(seat->m);
    log_close(seat->log);
    seat->m = NULL;
}

/* A new life: the state as setup expects it. */
static void begin_life(struct seat *seat)
{
    struct session *session = seat->session;
    struct hm_thread *t = &seat->thread;
    if (session->kernel->state_bytes != NULL)
        memset(t->state, 0, session->kernel->state_bytes(&session->plan));
    t->answer = 0;
    t->operations = 0;
    services_begin_requests(&session->services, seat->index, true);
}

/* ---- the lives ---- */

static bool warm_up(struct seat *seat)
{
    if (seat->index == 0)
        session_enter(seat->session, TRIAL_PHASE_WARM_UP);
    begin_life(seat);
    return call(seat, push_frame) && call(seat, set_up) && meet(seat) && call(seat, step) &&
           meet(seat) && call(seat, tear_down) && pop_frame(seat) &&
           meet_around(seat, collect_fully);
}

/* Reading it takes instructions, which callgrind would count. */
static uint64_t waited_by_now(const struct seat *seat)
{
    return seat->session->counting ? PROCESS_UNKNOWN : process_thread_waited_ns();
}

static void timed_step(struct seat *seat)
{
    services_begin_requests(&seat->session->services, seat->index, false);
    seat->waited_start_ns = waited_by_now(seat);
    seat->account_start = seat->log->account;
    seat->cpu_start_ns = clock_thread_cpu_ns();
    seat->start_ns = clock_now_ns();
    log_mark(seat->log, LOG_MARK_STEP_BEGIN, seat->start_ns, 0);
    step(seat);
    seat->end_ns = clock_now_ns();
    seat->cpu_end_ns = clock_thread_cpu_ns();
    seat->account_end = seat->log->account;
    log_mark(seat->log, LOG_MARK_STEP_END, seat->end_ns, 0);
    seat->waited_end_ns = waited_by_now(seat);
}

/* From the first thread's start to the last one's end; every thread computes the same. */
static struct interval window_of(const struct session *session)
{
    struct interval window = {UINT64_MAX, 0};
    for (uint32_t i = 0; i < session->spec->threads; i++) {
        const struct seat *seat = &session->seats[i];
        window.start_ns = seat->start_ns < window.start_ns ? seat->start_ns : window.start_ns;
        window.end_ns = seat->end_ns > window.end_ns ? seat->end_ns : window.end_ns;
    }
    return window;
}

static bool run_whole(struct seat *seat, struct gbench_state *state)
{
    bool fine = true;
    while (fine && keep_running(seat, state, 1)) {
        fine = meet(seat) && call(seat, timed_step) && meet(seat);
        if (!fine)
            break;
        struct interval window = window_of(seat->session);
        if (seat->index == 0) {
            seat->session->window = window;
            seat->session->iterations = 1;
        }
        gbench_set_iteration_time_s(state, (double)(window.end_ns - window.start_ns) * 1e-9);
    }
    return fine && !services_cancelled(&seat->session->services);
}

/* Batches are bounded, so that a stop asked for meanwhile is met by block soon. */
static bool run_batches(struct seat *seat, uint64_t iterations)
{
    while (iterations > 0) {
        seat->thread.iterations = iterations < MICRO_BATCH ? iterations : MICRO_BATCH;
        iterations -= seat->thread.iterations;
        if (!call(seat, step))
            return false;
    }
    return true;
}

static bool run_micro(struct seat *seat, struct gbench_state *state)
{
    struct session *session = seat->session;
    bool fixed = session->fixed_iterations != 0;
    uint64_t batch = fixed ? session->fixed_iterations : MICRO_BATCH;
    uint64_t wanted = gbench_max_iterations(state);
    if (!fixed && wanted < batch)
        batch = wanted;
    uint64_t done = 0;
    bool fine = true;
    while (fine && keep_running(seat, state, fixed ? 1 : batch)) {
        if (done == 0) {
            seat->waited_start_ns = waited_by_now(seat);
            seat->start_ns = clock_now_ns();
        }
        fine = run_batches(seat, batch);
        done += batch;
    }
    seat->end_ns = clock_now_ns();
    seat->waited_end_ns = waited_by_now(seat);
    seat->thread.operations = done;
    if (!fine || services_cancelled(&session->services) || !meet(seat))
        return false;
    if (seat->index == 0) {
        session->window = window_of(session);
        session->iterations = done;
    }
    return true;
}

static bool live(struct seat *seat, struct gbench_state *state)
{
    struct session *session = seat->session;
    if (session->spec->warm_up && !session->kernel->micro && !warm_up(seat))
        return false;
    begin_life(seat);
    return meet_around(seat, begin_setup) && call(seat, push_frame) && call(seat, set_up) &&
           meet_around(seat, begin_timed) &&
           (session->kernel->micro ? run_micro(seat, state) : run_whole(seat, state)) &&
           meet_around(seat, end_timed) && meet_around(seat, final_collect) && call(seat, check) &&
           meet_around(seat, enter_teardown) && call(seat, tear_down) && pop_frame(seat) &&
           meet_around(seat, take_census);
}

/* Names of a cancelled life are dropped here, as no landing is needed to pop. */
static void drop_all_names(struct seat *seat)
{
    seat->m->ops->pop(seat->m, seat->m->name_base);
    if (!seat->m->lends)
        seat->m->ops->pop_spare(seat->m, seat->m->spare_base);
}

struct run {
    struct seat *seat;
    struct gbench_state *state;
};

static void *run(void *user)
{
    const struct run *run = user;
    struct seat *seat = run->seat;
    bool fine = attach(seat) && live(seat, run->state);
    if (!fine && seat->m != NULL)
        drop_all_names(seat);
    seat->fine = fine;
    detach(seat);
    return NULL;
}

/* The benchmark's threads have the stack that the system gives, so another thread does all in the
 * place of this one, which only waits. False where there is no such thread to be had. */
static bool run_on_stack(struct run *on, uint64_t bytes)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    bool begun = pthread_attr_setstacksize(&attributes, bytes) == 0 &&
                 pthread_create(&thread, &attributes, run, on) == 0;
    pthread_attr_destroy(&attributes);
    if (begun)
        pthread_join(thread, NULL);
    return begun;
}

/* Refuse for lack of a thread with that stack. */
static void refuse_stack(struct seat *seat, uint64_t bytes)
{
    struct hm_refusal refusal = {0};
    snprintf(refusal.sentence, sizeof refusal.sentence,
             "the system gave no thread with a stack of %ju bytes", (uintmax_t)bytes);
    refuse(seat, &refusal);
}

void body_run(struct gbench_state *state, void *user)
{
    struct session *session = user;
    struct run on = {&session->seats[gbench_thread_index(state)], state};
    const struct hm_workload *kernel = session->kernel;
    uint64_t bytes = kernel->stack_bytes != NULL ? kernel->stack_bytes(&session->plan) : 0;
    if (bytes == 0)
        run(&on);
    else if (!run_on_stack(&on, bytes))
        refuse_stack(on.seat, bytes);
    if (!on.seat->fine)
        gbench_skip_with_error(state, "cancelled");
    if (on.seat->index == 0)
        sampler_stop(&session->sampler);
}
