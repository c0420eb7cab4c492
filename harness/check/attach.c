/* SPDX-License-Identifier: MIT
 *
 * A thread of the program becomes a mutator; or does not, where memory is out, and takes part in
 * nothing but meetings then.
 */
#include <inttypes.h>
#include <string.h>

#include "check/session.h"

/* Prologue, and each meeting of meet.c: how often a thread waits for all others. */
enum { WAITS_OF_PROLOGUE = 1, WAITS_OF_MEETING = 3 };

static void take_head(struct check_thread *thread)
{
    if (thread->m->index != thread->head.index || thread->m->heap != thread->session->heap ||
        thread->m->name_top != thread->m->name_base)
        check_broken(thread->session, thread, HM_PROPERTY_THREADS,
                     "attach: the mutator's head has a wrong index, heap or top of names");
    thread->head.names = thread->m->ops->push(thread->m, CHECK_BASE_NAMES);
    thread->top = CHECK_BASE_NAMES;
    memset(thread->names, 0, sizeof thread->names);
    thread->frame_count = 0;
}

bool attach_thread(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    struct hm_refusal refusal = {0};
    if (!session->target->bare)
        phases_by_slow_path(session, HM_PHASE_ATTACH);
    thread->m =
        session->heap->ops->attach(session->heap, thread->head.index, thread->log, &refusal);
    if (thread->m != NULL) {
        take_head(thread);
        slow_paths_wrap(thread);
        return true;
    }
    if (!refusal.out_of_memory)
        check_broken(session, thread, HM_PROPERTY_THREADS,
                     "attach is refused with fewer mutators than open was told: %s",
                     refusal.sentence);
    /* One that never frees may be full as soon as anything was made. */
    if (session->can.frees || thread->prologue == 0)
        judge_attach_out_of_memory(session, thread, HM_PROPERTY_THREADS,
                                   atomic_load(&session->shadows.alive_nominal_bytes), &refusal);
    if (thread->head.index == 0) /* who judges everything */
        check_refused(session, "attach: %s", refusal.sentence);
    atomic_fetch_or(&session->shared->strange, 1u << CHECK_STRANGE_UNATTACHED);
    return false;
}

/* Who was refused may ask again, and so may who has gone: it is a mutator fewer than open was told,
 * and what a refusal took must have been given back. It goes at once. */
static void ask_again(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    struct hm_refusal refusal = {0};
    hm_mutator *m =
        session->heap->ops->attach(session->heap, thread->head.index, thread->log, &refusal);
    if (m != NULL)
        session->heap->ops->detach(m);
    else if (!refusal.out_of_memory)
        check_broken(session, thread, HM_PROPERTY_THREADS,
                     "attach is refused to a thread that has detached, or was refused for want of "
                     "memory before, with fewer mutators than open was told: %s",
                     refusal.sentence);
}

/* It owns nothing, so others may compare what there is without it. `all_finished` is written only
 * while this thread waits. */
void attach_sit_out(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    thread->finished = true;
    for (uint32_t i = 0; i < WAITS_OF_PROLOGUE && thread->prologue == 0; i++)
        session->services.barrier(&thread->head);
    do {
        ask_again(thread);
        for (uint32_t i = 0; i < WAITS_OF_MEETING; i++)
            session->services.barrier(&thread->head);
    } while (!session->all_finished);
}
