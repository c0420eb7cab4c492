/* SPDX-License-Identifier: MIT
 *
 * What a collector tells while a program runs: stops, which judge who ran inside them, and work,
 * which is added up for those who compare it with what was felt.
 */
#include <inttypes.h>

#include "check/session.h"

/* Whoever ran inside the stop that ends now did so before it was told to have ended. */
static void judge_stop(struct check_session *session, uint64_t resumed_ns)
{
    check_judged(session, HM_PROPERTY_SAFEPOINT);
    for (uint32_t i = 0; i < session->thread_count; i++) {
        struct check_thread *thread = &session->threads[i];
        uint64_t stop = atomic_exchange(&thread->suspect_stop, 0);
        uint64_t suspect_ns = atomic_load(&thread->suspect_ns);
        if (stop == atomic_load(&session->stops) + 1 && suspect_ns < resumed_ns)
            check_broken(session, thread, HM_PROPERTY_SAFEPOINT,
                         "SAFEPOINT.1: thread %" PRIu32 " ran an operation %" PRIu64
                         " ns before the end of a stop in which every mutator was reported stopped",
                         i, resumed_ns - suspect_ns);
    }
}

void events_told(struct check_session *session, enum hm_event_kind kind, uint64_t time_ns,
                 uint64_t value)
{
    switch (kind) {
    case HM_EVENT_STOP_REQUESTED:
        atomic_store(&session->stop_requested_ns, time_ns);
        break;
    case HM_EVENT_STOPPED:
        atomic_store(&session->stopped, 1);
        break;
    case HM_EVENT_RESUMED:
        atomic_store(&session->stopped, 0);
        judge_stop(session, time_ns);
        atomic_fetch_add(&session->paused_ns, time_ns - atomic_load(&session->stop_requested_ns));
        atomic_fetch_add(&session->stops, 1);
        break;
    case HM_EVENT_SWEEP_BEGIN:
    case HM_EVENT_RELEASE_BEGIN:
        atomic_store(&session->work_begin_ns, time_ns);
        break;
    case HM_EVENT_MARK_END:
    case HM_EVENT_CYCLES_END:
        atomic_fetch_add(&session->work_told, value);
        break;
    case HM_EVENT_RELEASE_END:
    case HM_EVENT_SWEEP_END:
        /* Inside a stop it is part of the pause. */
        if (atomic_load(&session->stopped) == 0)
            atomic_fetch_add(&session->paused_ns, time_ns - atomic_load(&session->work_begin_ns));
        break;
    case HM_EVENT_COLLECTION_END:
        atomic_fetch_add(&session->collections_told, 1);
        break;
    default:
        break;
    }
    pacing_event(session, kind, value);
    phases_by_event(session, kind);
}
