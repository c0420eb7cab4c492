/* SPDX-License-Identifier: MIT
 *
 * A thread of a program: the next action, and what the last one saw. An operation is turned into an
 * action (settle.c), carried out by the kernel, and judged when the kernel comes for the next one.
 */
#include "base/clock.h"
#include "base/random.h"
#include "check/settle.h"

static struct check_thread *thread_of(struct hm_thread *t)
{
    return (struct check_thread *)t;
}

/* ---- judging what the last action saw ---- */

static void commit(struct check_thread *thread, const struct hm_action *action)
{
    switch (action->kind) {
    case HM_ACTION_NEW:
    case HM_ACTION_NEW_N:
    case HM_ACTION_TRY_NEW:
    case HM_ACTION_TRY_NEW_N:
    case HM_ACTION_CLONE:
        settle_commit_new(thread, action);
        break;
    case HM_ACTION_NEW_WEAK:
    case HM_ACTION_NEW_EPHEMERON:
        settle_commit_new(thread, action);
        break;
    case HM_ACTION_WEAK_GET:
    case HM_ACTION_EPHEMERON_GET:
    case HM_ACTION_NEXT_DEAD:
        optional_commit(thread, action);
        break;
    case HM_ACTION_PUSH:
        settle_commit_push(thread, action);
        break;
    case HM_ACTION_GET_SHARED:
    case HM_ACTION_SET_SHARED:
    case HM_ACTION_SWAP_SHARED:
        settle_commit_shared(thread, action);
        break;
    case HM_ACTION_SAME:
        if ((action->saw != 0) != thread->expected)
            check_broken(thread->session, thread, HM_PROPERTY_IDENTITY,
                         "same.1: hm_same says %s of two names that own %s",
                         action->saw != 0 ? "yes" : "no",
                         thread->expected ? "one object" : "different objects");
        break;
    case HM_ACTION_POLL_KEEP:
        if (action->saw == 0)
            check_broken(thread->session, thread, HM_PROPERTY_SAFETY,
                         "poll_keep.1: the borrow that was kept leads to another object");
        break;
    default:
        break;
    }
}

/* Init is legal up to the next safepoint, and until the object is written otherwise. */
static void age_fresh(struct check_thread *thread, const struct hm_action *action)
{
    if (action->kind != HM_ACTION_INIT && action->kind != HM_ACTION_INIT_GIVE &&
        action->kind != HM_ACTION_PUT_WORD && action->kind != HM_ACTION_WRITE)
        thread->fresh = NULL;
}

void check_landed(struct check_thread *thread, enum hm_cause cause)
{
    struct hm_action *action = thread->head.state;
    bool watches = thread->op.kind == PROGRAM_WATCH;
    if (cause == HM_CANCELLED)
        return;
    if ((thread->pending == NULL && !watches) ||
        (cause != HM_OUT_OF_MEMORY && cause != HM_TOO_LARGE))
        check_broken(thread->session, thread, HM_PROPERTY_LIMIT,
                     "'%s' landed with cause %d, which it must not", program_word(thread->op.kind),
                     (int)cause);
    if (cause == HM_OUT_OF_MEMORY)
        judge_out_of_memory(thread, watches ? 0 : shadow_nominal_bytes(thread->pending));
    if (!watches && thread->pending->owner == HM_SHADOW_SHARED)
        check_refused(thread->session, "no memory for the boards that every program begins with");
    if (watches)
        optional_not_watched(thread);
    else
        shadow_discard(&thread->session->shadows, thread->pending);
    thread->pending = NULL;
    thread->fresh = NULL;
    action->kind = HM_ACTION_NOTHING;
    check_drop_names(thread, CHECK_BASE_NAMES);
    thread->frame_count = 0;
}

/* ---- next ---- */

/* The boards, made by thread 0 before anything else; then all threads meet, and go. */
static bool prologue(struct check_thread *thread, struct hm_action *action)
{
    struct check_session *session = thread->session;
    size_t board = thread->prologue / 3, part = thread->prologue % 3;
    if (board > CHECK_BOARDS)
        return false;
    if (board == CHECK_BOARDS || thread->head.index != 0) {
        thread->prologue = 3 * (CHECK_BOARDS + 1);
        action->kind = HM_ACTION_MEET;
        return true;
    }
    thread->prologue++;
    action->a = name_at(thread, 0);
    if (part == 2) {
        action->kind = HM_ACTION_CLEAR;
        shadow_store(&session->shadows, &thread->names[0], NULL);
        return true;
    }
    if (part == 0) {
        for (size_t i = 0; session->kernel->shapes[i] != NULL; i++)
            if (session->kernel->shapes[i]->slots == HM_BOARD_SLOTS)
                action->shape = session->kernel->shapes[i];
        thread->op = (struct program_op){.kind = PROGRAM_NEW};
        thread->pending = shadow_make(&session->shadows, action->shape, 0, NULL, HM_SHADOW_SHARED);
        action->kind = HM_ACTION_NEW;
        action->object = thread->pending;
        action->fresh = true;
        return true;
    }
    action->kind = HM_ACTION_SET_SHARED;
    action->board = HM_NO_BOARD;
    action->x = board;
    shadow_store(&session->shadows, &session->shadows.globals->slots[board], thread->names[0]);
    return true;
}

/* Somebody runs while the world is stopped, as it seems: judged when the stop ends (events.c),
 * since the end is told a little after mutators may go on. The number of the stop goes with it: the
 * clock may be read so late that the time lies in the next one. */
static void look_for_stop(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    uint64_t stop = atomic_load_explicit(&session->stops, memory_order_acquire) + 1;
    if (atomic_load_explicit(&session->stopped, memory_order_acquire) == 0 ||
        atomic_load_explicit(&thread->suspect_stop, memory_order_relaxed) == stop)
        return;
    atomic_store(&thread->suspect_ns, clock_now_ns());
    atomic_store(&thread->suspect_stop, stop);
}

static bool next_of_list(struct check_thread *thread, struct hm_action *action)
{
    while (thread->at < thread->list->count && thread->stage == STAGE_NONE &&
           thread->end == END_NOT_YET) {
        atomic_store_explicit(&thread->session->shared->at[thread->head.index], thread->at,
                              memory_order_relaxed);
        thread->op = thread->list->ops[thread->at++];
        atomic_store_explicit(&thread->operations, thread->operations + 1, memory_order_relaxed);
        if (settle(thread, action))
            return true;
    }
    return false;
}

/* Of all but the first every other one is no mutator any more when it has done what it had to, by a
 * stream of the seed's own, and the others go on without it. One that is written down as a C
 * program stays, as there nobody meets without being a mutator. */
static bool goes_for_good(const struct check_thread *thread)
{
    const struct check_session *session = thread->session;
    struct random random = {session->program->seed * UINT64_C(0xa24baed4963ee407) +
                            thread->head.index};
    return thread->head.index != 0 && session->target->trace == NULL &&
           random_below(&random, 2) == 0;
}

bool check_next(struct hm_thread *t, hm_mutator *m, struct hm_action *action)
{
    struct check_thread *thread = thread_of(t);
    look_for_stop(thread);
    phases_step(thread);
    commit(thread, action);
    *action = (struct hm_action){.kind = HM_ACTION_NOTHING};
    bool found = prologue(thread, action);
    while (!found) {
        if (thread->stage == STAGE_NONE && next_of_list(thread, action))
            break;
        if (thread->end == END_REBIRTH)
            return false;
        if (thread->stage == STAGE_NONE && goes_for_good(thread)) {
            thread->end = END_GONE;
            return false;
        }
        if (thread->stage == STAGE_NONE) {
            thread->finished = true;
            thread->stage = STAGE_COME;
        }
        found = meet_next(thread, action);
        if (!found && thread->end == END_PROGRAM)
            return false;
    }
    age_fresh(thread, action);
    if (slow_paths_ask_for_poll(thread, action))
        atomic_store_explicit(&m->poll, 1, memory_order_relaxed);
    if (thread->session->target->trace != NULL)
        trace_action(thread, action);
    return true;
}
