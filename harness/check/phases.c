/* SPDX-License-Identifier: MIT
 *
 * Phases and schedules: what runs while the collector is at a place of which it tells.
 *
 * A collector built for stress testing calls the host at each phase (heapmark/phases.h); of any
 * other, what it tells by events is taken for phases, and so are its slow paths (slow_paths.c), and
 * that a thread is about to attach or to detach. Two things are done there. A thread of the
 * program that awaits the phase goes on, and the collector waits until it has done its next
 * operation: so the operation falls into the phase. And, with the rate that the program says, a
 * thread gives its processor away, spins, sleeps or changes its priority, at phases and between
 * operations: few such places a run find races that need few, however rare they are otherwise. One
 * phase, which the seed chooses, is such a place half of the time, as windows of some instructions
 * are met by chance only where they are held open often.
 *
 * No wait is without an end: one who awaits a phase as a running mutator holds up every stop, and
 * one for whom the collector waits may need the collector's lock.
 */
#include <sched.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"
#include "check/session.h"

enum {
    MOST_DELAY_NS = 50000,
    DELAY_SCALES = 10,
    SELDOMER = 200,
    HELD_OPEN_RATE = 2,
    MOST_DOUBLINGS = 24
};
enum { AWAIT_NS = 300000, HANDSHAKE_NS = 100000 };

static _Thread_local struct check_thread *self; /* null: a thread of the collector */
static _Thread_local struct random chance;      /* state 0: not begun */
static _Thread_local uint32_t hold_ups;
static _Atomic uint64_t next_stream;

/* ---- schedules ---- */

/* Each thread has a stream of its own. */
static void begin_chance(const struct check_session *session)
{
    uint64_t stream =
        self != NULL ? self->head.index + UINT64_C(1) : ~atomic_fetch_add(&next_stream, 1);
    chance.state = session->program->seed + stream * UINT64_C(0xd1342543de82ef95);
}

static void spin(uint64_t ns)
{
    uint64_t end_ns = clock_now_ns() + ns;
    while (clock_now_ns() < end_ns)
        continue;
}

/* Between being asked for less and as usual: a batch thread is not woken at once where others run,
 * which keeps it out of the way for longer than any delay here, and starves nobody. */
static void change_priority(void)
{
    static const int policies[] = {SCHED_OTHER, SCHED_BATCH};
    static const struct sched_param none = {0};
    static _Thread_local bool is_batch;
    is_batch = !is_batch;
    (void)sched_setscheduler(0, policies[is_batch], &none);
}

static enum hm_phase held_open(const struct program *program)
{
    struct random random = {.state = program->seed ^ UINT64_C(0x8ebc6af09c88c6e3)};
    return 1 + random_below(&random, HM_PHASE_COUNT - 1);
}

/* Races need the right order at few places, so what is held up often already is held up ever more
 * seldom, or a long program would do little else. Short delays are as likely as long ones. */
static void perturb(const struct check_session *session, enum hm_phase phase)
{
    uint64_t rate = session->program->perturb;
    if (rate == 0)
        return;
    if (chance.state == 0)
        begin_chance(session);
    if (phase != HM_PHASE_NONE && phase == held_open(session->program))
        rate = HELD_OPEN_RATE;
    rate <<= hold_ups / SELDOMER < MOST_DOUBLINGS ? hold_ups / SELDOMER : MOST_DOUBLINGS;
    if (random_next(&chance) % rate != 0)
        return;
    hold_ups++;
    uint64_t ns = random_below(&chance, MOST_DELAY_NS) >> random_below(&chance, DELAY_SCALES);
    switch (random_below(&chance, 4)) {
    case 0:
        sched_yield();
        break;
    case 1:
        spin(ns);
        break;
    case 2:
        change_priority();
        break;
    default:
        nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
        break;
    }
}

/* ---- awaiting ---- */

void phases_begin_thread(struct check_thread *thread)
{
    self = thread;
}

bool phases_is_own(const struct check_thread *thread)
{
    return self == thread;
}

_Static_assert(HM_PHASE_COUNT <= 64, "each has a bit");
#define EVERY_PHASE (~UINT64_C(0))

/* Few writes: it is read by all. */
static void expect(struct check_session *session, uint64_t phases)
{
    if ((~atomic_load_explicit(&session->phases.expected, memory_order_relaxed) & phases) != 0)
        atomic_fetch_or(&session->phases.expected, phases);
}

void phases_expect(struct check_session *session, enum hm_phase phase)
{
    expect(session, UINT64_C(1) << phase);
}

static void count_step(struct check_thread *thread)
{
    /* Written by its own thread only. */
    atomic_store_explicit(&thread->steps,
                          atomic_load_explicit(&thread->steps, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

void phases_step(struct check_thread *thread)
{
    count_step(thread);
    perturb(thread->session, HM_PHASE_NONE);
}

static uint64_t bound(const struct check_session *session, uint64_t ns)
{
    return clock_now_ns() + (session->phases.patience_ns != 0 ? session->phases.patience_ns : ns);
}

void phases_await(struct check_thread *thread, uint32_t phase, uint32_t how)
{
    struct check_session *session = thread->session;
    struct check_phases *phases = &session->phases;
    phase %= HM_PHASE_COUNT;
    if (phase == HM_PHASE_NONE || (atomic_load(&phases->expected) >> phase & 1) == 0)
        return;
    uint64_t end_ns = bound(session, AWAIT_NS);
    atomic_store(&thread->awaited_count,
                 atomic_load(&phases->met[phase]) + how % PROGRAM_AWAIT_TIMES + 1);
    atomic_store(&thread->awaited_steps, UINT64_C(1)
                                             << (how / PROGRAM_AWAIT_TIMES % PROGRAM_AWAIT_SCALES));
    atomic_store(&thread->awaited, phase);
    atomic_fetch_add(&phases->waiting, 1);
    while (atomic_load(&thread->awaited) != HM_PHASE_NONE && clock_now_ns() < end_ns)
        sched_yield();
    atomic_store(&thread->awaited, HM_PHASE_NONE);
    atomic_fetch_sub(&phases->waiting, 1);
}

/* Let it go on, and wait until it has done its next operation, or as many as it says; phases that
 * it comes to itself count as operations. */
static void let_go(struct check_session *session, struct check_thread *thread, uint32_t phase)
{
    uint64_t steps = atomic_load(&thread->steps), wanted = atomic_load(&thread->awaited_steps);
    if (!atomic_compare_exchange_strong(&thread->awaited, &phase, HM_PHASE_NONE))
        return;
    uint64_t end_ns = bound(session, HANDSHAKE_NS);
    while (atomic_load(&thread->steps) - steps < wanted && clock_now_ns() < end_ns)
        sched_yield();
}

static void meet(struct check_session *session, enum hm_phase phase)
{
    struct check_phases *phases = &session->phases;
    uint64_t count = atomic_fetch_add(&phases->met[phase], 1) + 1;
    if (self != NULL)
        count_step(self);
    for (uint32_t i = 0; atomic_load(&phases->waiting) != 0 && i < session->thread_count; i++) {
        struct check_thread *thread = &session->threads[i];
        if (thread != self && atomic_load(&thread->awaited) == phase &&
            count >= atomic_load(&thread->awaited_count))
            let_go(session, thread, phase);
    }
    perturb(session, phase);
}

void check_phase(const struct hm_host *host, enum hm_phase phase)
{
    struct check_session *session =
        (struct check_session *)((uintptr_t)host - offsetof(struct check_session, host));
    atomic_store_explicit(&session->phases.by_hook, true, memory_order_relaxed);
    expect(session, EVERY_PHASE);
    meet(session, phase);
}

/* Those that a collector may tell of late, when the world runs again (bdwgc does some), are met
 * late: an operation is placed elsewhere then, and nothing else comes of it. The events that end
 * what was timed are none: what waits there would not be in any bracket that was told. */
static enum hm_phase phase_of_event(enum hm_event_kind kind)
{
    switch (kind) {
    case HM_EVENT_STOP_REQUESTED:
        return HM_PHASE_STOP_ASKED;
    case HM_EVENT_STOPPED:
        return HM_PHASE_STOPPED;
    case HM_EVENT_MARK_END:
        return HM_PHASE_MARK_DRAINED;
    case HM_EVENT_COPY_END:
        return HM_PHASE_EVACUATED;
    case HM_EVENT_SWEEP_BEGIN:
        return HM_PHASE_SWEEP_BEGUN;
    case HM_EVENT_CYCLES_END:
        return HM_PHASE_CYCLE_FREED;
    case HM_EVENT_RELEASE_BEGIN:
        return HM_PHASE_RELEASE_BEGUN;
    case HM_EVENT_FINALIZERS_QUEUED:
        return HM_PHASE_FINALIZERS_QUEUED;
    default:
        return HM_PHASE_NONE;
    }
}

static bool tells_itself(const struct check_session *session)
{
    return atomic_load_explicit(&session->phases.by_hook, memory_order_relaxed);
}

static uint64_t phases_of_events(void)
{
    uint64_t phases = 0;
#define ADD(code, NAME, name, meaning) phases |= UINT64_C(1) << phase_of_event(HM_EVENT_##NAME);
    HM_EVENTS(ADD)
#undef ADD
    return phases;
}

void phases_by_event(struct check_session *session, enum hm_event_kind kind)
{
    enum hm_phase phase = phase_of_event(kind);
    if (phase == HM_PHASE_NONE || tells_itself(session))
        return;
    expect(session, phases_of_events());
    meet(session, phase);
}

void phases_by_slow_path(struct check_session *session, enum hm_phase phase)
{
    if (session->thread_count == 1 || tells_itself(session))
        return;
    if (phase == HM_PHASE_NONE)
        perturb(session, phase);
    else
        meet(session, phase);
}
