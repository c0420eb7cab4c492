/* SPDX-License-Identifier: MIT
 *
 * Pacing: memory and work stay in proportion to what is alive, and to what is allocated.
 *
 * One that reclaims at the last drop holds what is alive and reuses it. All others may fill their
 * limit before they collect; without one they decide themselves when to, and how well is a promise
 * of their capabilities. What was alive counts since the latest full collection that was asked for,
 * as that has to plan the next one like any other.
 */
#include <inttypes.h>

#include "check/session.h"

enum { PROMPT_FACTOR = 4, EVER_FACTOR = 8, WORK_FACTOR = 6, WORD_BYTES = 8 };
/* Each thread may have a block of each size in hand. */
#define THREAD_BYTES (UINT64_C(4) << 20)
#define PROMPT_BESIDE_BYTES (UINT64_C(1) << 20)
#define EVER_BESIDE_BYTES (UINT64_C(64) << 20)
#define WORK_BESIDE_BYTES (UINT64_C(32) << 20)

/* The thread has asked for the collection that is told of. */
static _Thread_local bool asked;

void pacing_collect(struct check_thread *thread, hm_mutator *m, enum hm_collection kind)
{
    struct check_session *session = thread->session;
    struct hm_statistics now;
    if (kind == HM_COLLECT_FULL)
        shadows_forget_peak(&session->shadows);
    asked = true;
    session->heap->ops->collect(session->heap, m, kind);
    asked = false;
    if (kind != HM_COLLECT_FULL || session->can.moves)
        return;
    read_statistics(thread, &now, false);
    atomic_store(&session->held_before_bytes, now.held_bytes == HM_UNKNOWN ? 0 : now.held_bytes);
}

static void add_work(struct check_session *session, uint64_t bytes)
{
    if (!asked)
        atomic_fetch_add(&session->unasked_bytes, bytes);
}

void pacing_event(struct check_session *session, enum hm_event_kind kind, uint64_t value)
{
    if (kind == HM_EVENT_MARK_END)
        add_work(session, value * WORD_BYTES);
    else if (kind == HM_EVENT_COPY_END)
        add_work(session, value);
}

/* A heap that is no longer whole may do and hold anything: then that is what is wrong. Where others
 * run meanwhile the collector cannot look. */
static void look_whether_whole(struct check_thread *thread)
{
    if (thread->session->thread_count == 1)
        meet_verify_itself(thread);
}

/* Against what was ever alive: where drops reclaim, and, without a limit, for everybody else, who
 * has to collect in time. */
static void judge_ever(struct check_thread *thread, const struct hm_statistics *now, bool at_once)
{
    struct check_session *session = thread->session;
    uint64_t peak = atomic_load(&session->shadows.peak_nominal_bytes);
    uint64_t most = session->can.least_heap_bytes + session->thread_count * THREAD_BYTES +
                    (at_once ? PROMPT_FACTOR * peak + PROMPT_BESIDE_BYTES
                             : EVER_FACTOR * peak + EVER_BESIDE_BYTES);
    check_judged(session, HM_PROPERTY_PACING);
    if (now->held_bytes <= most)
        return;
    look_whether_whole(thread);
    check_broken(session, thread, HM_PROPERTY_PACING,
                 "%" PRIu64 " bytes are held, and never were more than %" PRIu64
                 " nominal bytes alive at once",
                 now->held_bytes, peak);
}

/* What another thread is about to drop is dropped in the model already, and the collection that was
 * asked for may still have found it: so with several threads what was alive before it counts too.
 */
static uint64_t recent_peak(struct check_session *session)
{
    uint64_t recent = atomic_load(&session->shadows.recent_peak_bytes);
    uint64_t earlier = atomic_load(&session->shadows.earlier_peak_bytes);
    return session->thread_count > 1 && earlier > recent ? earlier : recent;
}

static void judge_held(struct check_thread *thread, const struct hm_statistics *now)
{
    struct check_session *session = thread->session;
    uint64_t peak = recent_peak(session);
    uint64_t before = atomic_load(&session->held_before_bytes);
    uint64_t most = session->can.held_factor * peak + session->can.held_beside_bytes +
                    session->thread_count * THREAD_BYTES + before;
    check_judged(session, HM_PROPERTY_PACING);
    if (now->held_bytes <= most)
        return;
    look_whether_whole(thread);
    check_broken(session, thread, HM_PROPERTY_PACING,
                 "%" PRIu64 " bytes are held without a limit, and since the latest full "
                 "collection that was asked for never were more than %" PRIu64
                 " nominal bytes alive at once",
                 now->held_bytes, peak);
}

static void judge_work(struct check_thread *thread, const struct hm_statistics *now)
{
    struct check_session *session = thread->session;
    uint64_t work = atomic_load(&session->unasked_bytes);
    /* Who is refused memory may collect in place of growing, however often. */
    if (now->allocated_bytes == HM_UNKNOWN || session->can.concurrent ||
        session->refuses_on_purpose)
        return;
    if (work <= WORK_FACTOR * now->allocated_bytes + WORK_BESIDE_BYTES)
        return;
    look_whether_whole(thread);
    check_broken(session, thread, HM_PROPERTY_PACING,
                 "collections that nobody asked for have marked or copied at least %" PRIu64
                 " bytes, for %" PRIu64 " bytes that were allocated without a limit",
                 work, now->allocated_bytes);
}

void pacing_judge(struct check_thread *thread, const struct hm_statistics *now)
{
    const struct check_session *session = thread->session;
    /* Of cycles that are dead and not yet found, the shadow knows no more than the counts do. */
    bool at_once = session->can.prompt;
    if (now->held_bytes == HM_UNKNOWN || !session->can.frees ||
        (!at_once && session->program->heap_bytes != 0))
        return;
    judge_ever(thread, now, at_once);
    if (session->can.held_factor == 0 || session->program->heap_bytes != 0 ||
        !session->has_standard_options)
        return;
    judge_held(thread, now);
    judge_work(thread, now);
}
