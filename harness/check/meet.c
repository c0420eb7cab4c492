/* SPDX-License-Identifier: MIT
 *
 * A meeting: all threads wait for each other, and everything is compared while nobody runs.
 *
 *     come     all meet
 *     adopt    thread 0 reads the slots under shared use
 *     judge    thread 0: what is alive, who owns what from now on; a full collection if one was
 *              asked for; census and statistics against the shadow; all meet. The others wait
 *              from the first meeting to this one without a break, so that none of them runs
 *     look     each thread walks from its names (thread 0 from the globals as well); all meet
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "check/session.h"
#include "check/settle.h"

/* ---- what should be there ---- */

/* What is reached: by slots from names and globals; what must be held, with what the finalizer
 * queue owns; and what may be, with all values of ephemerons. Objects, and nominal bytes of what
 * slots reach.
 *
 * A key that died with a watched object and lives on by it may have been found dead, and the value
 * is gone then, or not: so where anything was ever watched, nothing must be held for an ephemeron.
 */
struct reach {
    uint64_t by_slots, by_slots_bytes, least, most;
};

/* Marks are made by every thread's names, a bit each, by the globals, and by the queue. */
static struct reach mark_all(struct check_session *session)
{
    struct shadows *shadows = &session->shadows;
    struct reach reach;
    uint64_t bytes;
    shadows_clear_marks(shadows);
    shadow_mark(shadows->globals, SHADOW_BY_GLOBALS);
    for (uint32_t i = 0; i < session->thread_count; i++) {
        const struct check_thread *thread = &session->threads[i];
        for (size_t k = 0; k < thread->top; k++)
            shadow_mark(thread->names[k], UINT32_C(1) << (i % 30));
    }
    reach.by_slots = reach.least = reach.most = shadows_marked(shadows, &reach.by_slots_bytes);
    if (session->can.ephemerons && !atomic_load(&shadows->ever_watched))
        shadows_mark_values(shadows);
    if (session->can.finalizers)
        shadows_mark_queue(shadows);
    if (session->can.ephemerons || session->can.finalizers)
        reach.least = reach.most = shadows_marked(shadows, &bytes);
    if (session->can.ephemerons) {
        shadows_mark_values(shadows);
        reach.most = shadows_marked(shadows, &bytes);
    }
    return reach;
}

/* Dead cycles own what they lead to until they are reclaimed, and nobody knows when that was: so a
 * count lies between what reachable holders own and what all do. */
static void tally_all(struct check_session *session)
{
    shadows_tally(&session->shadows);
    for (uint32_t i = 0; i < session->thread_count; i++)
        for (size_t k = 0; k < session->threads[i].top; k++)
            shadow_tally(session->threads[i].names[k]);
}

/* Objects that may be there: no fewer than are reachable; no more than were made, or than no drop
 * has freed where drops free. After a full collection nothing unreachable is. */
struct bounds {
    uint64_t least, most;
    const char *why;
};

static struct bounds bounds_now(const struct check_session *session, const struct reach *reach,
                                bool collected)
{
    const struct hm_capabilities *can = &session->can;
    uint64_t made = atomic_load(&session->shadows.made);
    uint64_t counted = atomic_load(&session->shadows.alive); /* cycles are still there */
    struct bounds bounds = {reach->least, made, "objects were made"};
    if (!can->frees) {
        bounds.least = made;
    } else if (can->prompt) {
        bounds.most = counted;
        bounds.why = "objects have a reference";
        bounds.least = can->cycles ? reach->least : counted;
    }
    if (collected && can->frees && can->cycles && !can->conservative) {
        bounds.most = reach->most;
        bounds.why = "objects are reachable";
    } else if (collected && can->frees && !can->cycles) {
        bounds.least = bounds.most = counted;
        bounds.why = "objects have a reference";
    }
    return bounds;
}

static void judge_objects(struct check_thread *thread, const char *what, uint64_t objects,
                          struct bounds bounds, bool collected)
{
    struct check_session *session = thread->session;
    /* More than were ever made is told by who promises nothing. */
    bool is_bounded = collected && !(session->can.conservative && session->can.cycles);
    bool promises = session->can.frees && (is_bounded || session->can.prompt);
    enum hm_property excess = !promises   ? HM_PROPERTY_HONESTY
                              : collected ? HM_PROPERTY_COMPLETENESS
                                          : HM_PROPERTY_PROMPTNESS;
    check_judged(session, HM_PROPERTY_SAFETY);
    if (promises)
        check_judged(session, excess);
    if (objects > bounds.most)
        check_broken(session, thread, excess, "%s %s %" PRIu64 " objects, and only %" PRIu64 " %s",
                     collected ? "after a full collection" : "at once", what, objects, bounds.most,
                     bounds.why);
    if (objects < bounds.least)
        check_broken(session, thread, HM_PROPERTY_SAFETY,
                     "%s %" PRIu64 " objects, but %" PRIu64 " are still reachable or owned", what,
                     objects, bounds.least);
}

/* A trace that frees nothing may follow ephemerons and the queue, or not. */
static void judge_census(struct check_thread *thread, const struct reach *reach,
                         struct bounds bounds, bool collected)
{
    struct check_session *session = thread->session;
    struct hm_census census = {.size = sizeof census};
    session->heap->ops->census(session->heap, thread->m, &census);
    check_judged(session, HM_PROPERTY_HONESTY);
    judge_objects(thread, "the census counts", census.objects, bounds, collected);
    uint64_t found = census.objects - census.unreachable_objects;
    if ((found < reach->by_slots || found > reach->most) && !session->can.conservative)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "the census says that %" PRIu64
                     " objects are reachable, and they are %" PRIu64,
                     found, reach->by_slots);
    /* A header may be as small as nothing. */
    uint64_t least = reach->by_slots_bytes - reach->by_slots * sizeof(uint64_t);
    if (census.bytes < least || census.unreachable_bytes > census.bytes)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "the census says that objects occupy %" PRIu64 " bytes, %" PRIu64
                     " of them unreachable, and what is reachable needs %" PRIu64,
                     census.bytes, census.unreachable_bytes, least);
    judge_what_is_told(thread, &census);
}

static void judge_live(struct check_thread *thread, struct bounds bounds, bool collected)
{
    struct hm_statistics statistics;
    read_statistics(thread, &statistics, true);
    if (statistics.live_objects != HM_UNKNOWN)
        judge_objects(thread, "the statistics count", statistics.live_objects, bounds, collected);
}

static void collect_fully(struct check_thread *thread)
{
    uint32_t times = thread->session->can.complete_after;
    for (uint32_t i = 0; i < (times == 0 ? 1 : times); i++)
        pacing_collect(thread, thread->m, HM_COLLECT_FULL);
}

void meet_verify_itself(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    struct hm_refusal broken = {0};
    if (session->heap->ops->verify != NULL &&
        !session->heap->ops->verify(session->heap, thread->m, &broken))
        check_broken(session, thread, HM_PROPERTY_SAFETY, "the collector's own check says: %s",
                     broken.sentence);
}

static void judge(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    bool collected = session->wants_collect;
    if (session->can.prompt)
        shadows_clear_targets(&session->shadows);
    struct reach reach = mark_all(session);
    judge_live(thread, bounds_now(session, &reach, false), false);
    if (collected)
        collect_fully(thread);
    struct bounds bounds = bounds_now(session, &reach, collected);
    judge_live(thread, bounds, collected);
    if (session->can.census)
        judge_census(thread, &reach, bounds, collected);
    meet_verify_itself(thread);
    judge_statistics(thread, true);
    shadows_share_out(&session->shadows, session->thread_count);
    if (collected && session->can.frees && session->can.cycles)
        shadows_sweep(&session->shadows);
    if (session->can.counts)
        tally_all(session);
}

void check_count(struct hm_thread *t, hm_mutator *m, hm_ref ref, const struct hm_shadow *object)
{
    struct check_thread *thread = (struct check_thread *)t;
    struct check_session *session = thread->session;
    if (object == session->shadows.globals)
        return;
    uint64_t count = session->heap->ops->count(m, ref);
    check_judged(session, HM_PROPERTY_COUNTS);
    /* Where the collector does not lend, each thread's walk has a name of its own for each object.
     */
    uint32_t own = m->lends ? 0 : 1, others = m->lends ? 0 : session->thread_count;
    /* What died once with others may wait in the queue, which owns it. */
    others += session->can.finalizers && shadow_is_watched(object) ? 1 : 0;
    uint32_t least = session->can.cycles ? shadow_least(object) : object->counts;
    if (count != HM_UNKNOWN && (count > object->counts + others || count < least + own))
        check_broken(session, thread, HM_PROPERTY_COUNTS,
                     "the count of object %u (%s) is %" PRIu64 ", and %" PRIu32
                     " names and slots own it (%" PRIu32 " of them reachable)",
                     object->id, object->shape->name, count - own, object->counts, least);
}

/* ---- calls from the kernel, no borrow alive ---- */

static void collect(struct check_thread *thread)
{
    static const enum hm_collection kinds[] = {HM_COLLECT_FULL,   HM_COLLECT_MINOR,
                                               HM_COLLECT_MOVING, HM_COLLECT_STEP,
                                               HM_COLLECT_START,  HM_COLLECT_FINISH};
    struct check_session *session = thread->session;
    enum hm_collection kind = kinds[thread->op.x % (sizeof kinds / sizeof *kinds)];
    uint64_t reported_ns = atomic_load(&session->paused_ns);
    uint64_t start_ns = clock_now_ns();
    pacing_collect(thread, thread->m, kind);
    if (kind == HM_COLLECT_FULL)
        judge_collection(thread, clock_now_ns() - start_ns,
                         atomic_load(&session->paused_ns) - reported_ns);
}

void check_call(struct hm_thread *t, hm_mutator *m, struct hm_action *action)
{
    struct check_thread *thread = (struct check_thread *)t;
    (void)m;
    (void)action;
    if (thread->stage == STAGE_LOOK)
        judge(thread);
    else if (thread->op.kind == PROGRAM_COLLECT)
        collect(thread);
    else
        judge_statistics(thread, false);
}

/* ---- stages ---- */

static void look_around(struct check_session *session)
{
    session->wants_collect = false;
    session->all_finished = true;
    for (uint32_t i = 0; i < session->thread_count; i++) {
        session->wants_collect = session->wants_collect || session->threads[i].wants_collect;
        session->all_finished = session->all_finished && session->threads[i].finished;
    }
    session->wants_collect = session->wants_collect || session->all_finished;
}

static bool meet(struct check_thread *thread, struct hm_action *action, enum check_stage next)
{
    thread->stage = next;
    action->kind = HM_ACTION_MEET;
    return true;
}

static bool walk(struct check_thread *thread, struct hm_action *action)
{
    const struct check_session *session = thread->session;
    thread->stage = STAGE_LEAVE;
    action->counts = session->can.counts;
    action->globals = thread->head.index == 0 ? session->shadows.globals : NULL;
    if (!settle_walk(thread, action, 2, true))
        action->kind = HM_ACTION_NOTHING;
    return true;
}

/* The next action of a meeting; false when it is over and the program has ended. */
bool meet_next(struct check_thread *thread, struct hm_action *action)
{
    bool first = thread->head.index == 0;
    switch (thread->stage) {
    case STAGE_COME:
        meet(thread, action, first ? STAGE_ADOPT : STAGE_LOOK);
        thread->stays = !first;
        return true;
    case STAGE_ADOPT:
        look_around(thread->session);
        action->kind = HM_ACTION_ADOPT;
        thread->stage = STAGE_JUDGE;
        return true;
    case STAGE_JUDGE:
        action->kind = HM_ACTION_CALL;
        thread->stage = STAGE_LOOK;
        return true;
    case STAGE_LOOK:
        if (first && !thread->meets_again) {
            thread->meets_again = true;
            return meet(thread, action, STAGE_LOOK);
        }
        thread->meets_again = false;
        return walk(thread, action);
    case STAGE_LEAVE:
        return meet(thread, action, STAGE_AGAIN);
    case STAGE_AGAIN:
    case STAGE_NONE:
        break;
    }
    thread->stage = STAGE_NONE;
    thread->wants_collect = false;
    if (thread->session->all_finished)
        thread->end = END_PROGRAM;
    return false;
}

/* One turn of the queue; how many came. What comes is dropped at once. */
static uint64_t drain(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    hm_mutator *m = thread->m;
    hm_name *name = m->ops->push(m, 1);
    uint64_t came = 0;
    for (;;) {
        struct hm_action expected;
        optional_expect_dead(session, &expected);
        m->ops->next_dead(m, name);
        hm_ref ref = hm_at(name);
        uint64_t saw = hm_is_null(ref)       ? 0
                       : expected.value != 0 ? expected.value
                                             : m->ops->word(m, ref, expected.x);
        struct hm_shadow *object = optional_take_dead(thread, saw);
        if (object == NULL)
            break;
        m->ops->clear(m, name);
        shadow_drop(&session->shadows, object);
        came++;
    }
    m->ops->pop(m, name);
    return came;
}

/* Everything that is watched comes once, when all is dropped. (What pure counting keeps for ever as
 * a cycle never died.) Each turn may free what lets others die. */
static void drain_all(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    while (drain(thread) > 0)
        judge(thread);
    uint64_t left = atomic_load(&session->shadows.watched);
    if (left > 0 && session->can.cycles)
        check_broken(session, thread, HM_PROPERTY_FINALIZERS,
                     "watch.1: %" PRIu64 " watched objects are unreachable, full collections are "
                     "done, and the queue is empty",
                     left);
    /* Pure counting never finds cycles dead: only what its counts let die has to come. */
    uint64_t waiting = atomic_load(&session->shadows.waiting);
    if (waiting > 0 && !session->can.cycles)
        check_broken(session, thread, HM_PROPERTY_FINALIZERS,
                     "watch.1: %" PRIu64 " watched objects have lost their last reference, and the "
                     "queue is empty",
                     waiting);
}

/* All other threads are detached; this one drops everything, the globals too: nothing should be
 * left but what the collector cannot reclaim. */
void meet_judge_end(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    hm_mutator *m = thread->m;
    struct hm_shadow *globals = session->shadows.globals;
    judge_resident(thread);
    m->ops->pop(m, m->name_base);
    check_drop_names(thread, 0);
    m->ops->clear_slots(m, m->ops->globals(m), 0, globals->slot_count);
    for (size_t i = 0; i < globals->slot_count; i++)
        shadow_store(&session->shadows, &globals->slots[i], NULL);
    session->wants_collect = true;
    judge(thread);
    judge_resident(thread);
    /* Half of the programs close with a full queue. */
    if (session->can.finalizers && session->program->seed % 2 == 0)
        drain_all(thread);
}
