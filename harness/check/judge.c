/* SPDX-License-Identifier: MIT
 *
 * Judging what a collector says: out of memory, statistics, pauses.
 */
#include <inttypes.h>
#include <string.h>

#include "check/session.h"

/* Out of memory is too early while what has an owner, times this, and a share for each thread, fits
 * the limit: headers, rounding, size classes, two halves, blocks in hand. Generous on purpose, for
 * a verdict must hold for every sound collector. */
enum { LIMIT_FACTOR = 8 };
#define LIMIT_THREAD_BYTES (UINT64_C(4) << 20)

/* When hardly anything has an owner, a small object fits wherever much has fitted before. */
enum { FEW_OBJECTS = 10, SMALL_BYTES = 512 };
#define MUCH_BYTES (UINT64_C(1) << 20)

static void judge_recovery(struct check_thread *thread, uint64_t wanted_bytes)
{
    struct check_session *session = thread->session;
    uint64_t alive = atomic_load(&session->shadows.alive);
    uint64_t peak = atomic_load(&session->shadows.peak_nominal_bytes);
    if (session->thread_count == 1 && !session->can.conservative && alive <= FEW_OBJECTS &&
        atomic_load(&session->shadows.alive_nominal_bytes) <= peak / 64 && peak >= MUCH_BYTES &&
        wanted_bytes <= SMALL_BYTES)
        check_broken(session, thread, HM_PROPERTY_LIMIT,
                     "new.3: out of memory for %" PRIu64 " bytes, though only %" PRIu64
                     " objects have an owner and %" PRIu64 " bytes had room before",
                     wanted_bytes, alive, peak);
}

/* There is room for so much, and for all mutators. */
static bool fits_surely(const struct check_session *session, uint64_t nominal_bytes)
{
    uint64_t limit = session->program->heap_bytes;
    return limit == 0 || limit > LIMIT_FACTOR * nominal_bytes +
                                     session->thread_count * LIMIT_THREAD_BYTES +
                                     session->can.least_heap_bytes;
}

void judge_out_of_memory(struct check_thread *thread, uint64_t wanted_bytes)
{
    struct check_session *session = thread->session;
    uint64_t limit = session->program->heap_bytes;
    check_judged(session, HM_PROPERTY_LIMIT);
    if (!session->can.frees || session->refuses_on_purpose)
        return;
    judge_recovery(thread, wanted_bytes);
    /* Cycles count as owned here, and only pure counting may keep them: so this is an upper bound
     * of what any collector has to hold. */
    uint64_t owned = atomic_load(&session->shadows.alive_nominal_bytes) + wanted_bytes;
    if (fits_surely(session, owned))
        check_broken(session, thread, HM_PROPERTY_LIMIT,
                     "new.3: out of memory for %" PRIu64 " bytes, though everything with an owner "
                     "needs %" PRIu64 " nominal bytes and the limit is %" PRIu64,
                     wanted_bytes, owned, limit);
}

void judge_open_out_of_memory(struct check_session *session, const struct hm_refusal *refusal)
{
    uint64_t limit = session->program->heap_bytes;
    uint64_t least =
        session->can.least_heap_bytes + session->thread_count * session->can.least_mutator_bytes;
    if (limit == 0 || limit < least || !session->has_standard_options ||
        session->refuses_on_purpose)
        return;
    check_broken(session, NULL, HM_PROPERTY_LIMIT,
                 "open is refused with a limit of %" PRIu64 " bytes for %" PRIu32
                 " mutators, and by its capabilities %" PRIu64 " are enough: %s",
                 limit, session->thread_count, least, refusal->sentence);
}

void judge_attach_out_of_memory(struct check_session *session, struct check_thread *thread,
                                enum hm_property property, uint64_t owned_bytes,
                                const struct hm_refusal *refusal)
{
    uint64_t limit = session->program->heap_bytes;
    if (session->refuses_on_purpose || !fits_surely(session, owned_bytes))
        return;
    char room[64] = "there is no limit";
    if (limit != 0)
        snprintf(room, sizeof room, "the limit is %" PRIu64, limit);
    check_broken(
        session, thread, property,
        "attach is refused as memory is out, though everything with an owner needs %" PRIu64
        " nominal bytes at the most and %s: %s",
        owned_bytes, room, refusal->sentence);
}

/* ---- statistics ---- */

/* Every figure that is monotone: X(field). */
#define MONOTONE(X)                                                                                \
    X(held_peak_bytes)                                                                             \
    X(allocated_objects)                                                                           \
    X(allocated_bytes)                                                                             \
    X(collections)                                                                                 \
    X(increments)                                                                                  \
    X(decrements)                                                                                  \
    X(atomic_operations)                                                                           \
    X(longest_cascade)                                                                             \
    X(cycle_candidates)                                                                            \
    X(cycle_freed)

static void judge_monotone(struct check_thread *thread, const struct hm_statistics *now)
{
    const struct hm_statistics *before = &thread->seen;
#define JUDGE(field)                                                                               \
    if (before->field != HM_UNKNOWN && now->field < before->field)                                 \
        check_broken(thread->session, thread, HM_PROPERTY_HONESTY,                                 \
                     "statistics: " #field " went down from %" PRIu64 " to %" PRIu64,              \
                     before->field, now->field);
    if (before->size != 0) {
        MONOTONE(JUDGE)
    }
#undef JUDGE
    thread->seen = *now;
}

/* Every figure of what there is: X(field). At any moment, while others run: none is negative. */
#define THERE(X)                                                                                   \
    X(held_bytes)                                                                                  \
    X(held_peak_bytes)                                                                             \
    X(live_objects)                                                                                \
    X(live_bytes)                                                                                  \
    X(allocated_objects)                                                                           \
    X(allocated_bytes)

static void judge_sense(struct check_thread *thread, const struct hm_statistics *now)
{
#define JUDGE(field)                                                                               \
    if (now->field != HM_UNKNOWN && now->field > (uint64_t)INT64_MAX)                              \
        check_broken(thread->session, thread, HM_PROPERTY_HONESTY,                                 \
                     "statistics: " #field " is %" PRId64, (int64_t)now->field);
    THERE(JUDGE)
#undef JUDGE
}

static bool exceeds(uint64_t a, uint64_t b)
{
    return a != HM_UNKNOWN && b != HM_UNKNOWN && a > b;
}

static void judge_held(struct check_thread *thread, const struct hm_statistics *now)
{
    struct check_session *session = thread->session;
    uint64_t limit = session->program->heap_bytes;
    if (session->can.heap_limit && limit != 0) {
        check_judged(session, HM_PROPERTY_LIMIT);
        uint64_t held = now->held_bytes;
        if (now->held_peak_bytes != HM_UNKNOWN &&
            (held == HM_UNKNOWN || now->held_peak_bytes > held))
            held = now->held_peak_bytes;
        if (held != HM_UNKNOWN && held > limit)
            check_broken(session, thread, HM_PROPERTY_LIMIT,
                         "%" PRIu64
                         " bytes are held from the operating system, and the limit is %" PRIu64,
                         held, limit);
    }
}

static void judge_quiet(struct check_thread *thread, const struct hm_statistics *now)
{
    struct check_session *session = thread->session;
    uint64_t made = atomic_load(&session->shadows.made);
    uint64_t told = atomic_load(&session->collections_told);
    if (now->allocated_objects != HM_UNKNOWN && now->allocated_objects != made)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "statistics: %" PRIu64 " objects allocated, and the program made %" PRIu64,
                     now->allocated_objects, made);
    if (exceeds(now->live_objects, now->allocated_objects) ||
        exceeds(now->live_bytes, now->allocated_bytes) ||
        exceeds(now->live_bytes, now->held_bytes) || exceeds(now->held_bytes, now->held_peak_bytes))
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "statistics: %" PRId64 " live of %" PRId64 " allocated objects, %" PRId64
                     " live of %" PRId64 " allocated bytes, %" PRId64 " bytes held and %" PRId64
                     " at the peak cannot all be right",
                     (int64_t)now->live_objects, (int64_t)now->allocated_objects,
                     (int64_t)now->live_bytes, (int64_t)now->allocated_bytes,
                     (int64_t)now->held_bytes, (int64_t)now->held_peak_bytes);
    if (session->can.reports_pauses && now->collections != HM_UNKNOWN && now->collections != told)
        check_broken(session, thread, HM_PROPERTY_HONESTY,
                     "statistics: %" PRIu64 " collections, and events told of %" PRIu64,
                     now->collections, told);
    if (now->collections != HM_UNKNOWN)
        atomic_store(&session->shared->collections, now->collections);
}

void read_statistics(struct check_thread *thread, struct hm_statistics *statistics, bool quiet)
{
    hm_heap *heap = thread->session->heap;
    memset(statistics, 0xff, sizeof *statistics);
    statistics->size = sizeof *statistics;
    if (quiet)
        thread->m->ops->block(thread->m);
    heap->ops->statistics(heap, statistics);
    if (quiet)
        thread->m->ops->unblock(thread->m);
}

/* Once a program, as it takes a while. */
void judge_resident(struct check_thread *thread)
{
    struct hm_statistics now;
    read_statistics(thread, &now, true);
    resident_judge(thread, &now);
}

void judge_statistics(struct check_thread *thread, bool quiet)
{
    struct hm_statistics now;
    read_statistics(thread, &now, quiet);
    check_judged(thread->session, HM_PROPERTY_HONESTY);
    judge_monotone(thread, &now);
    judge_sense(thread, &now);
    judge_held(thread, &now);
    pacing_judge(thread, &now);
    if (quiet)
        judge_quiet(thread, &now);
}

/* ---- pauses ---- */

/* Only collections that are long against the clock and against a switch of threads say something.
 */
enum { FELT_LEAST_NS = 50000, JUDGED_LEAST = 8 };

void judge_collection(struct check_thread *thread, uint64_t felt_ns, uint64_t reported_ns)
{
    if (!thread->session->can.reports_pauses || thread->session->can.concurrent ||
        thread->session->thread_count > 1 || felt_ns < FELT_LEAST_NS)
        return;
    thread->felt_count++;
    thread->felt_ns += felt_ns;
    thread->reported_ns += reported_ns;
    if (reported_ns < felt_ns / 10 * 7)
        thread->short_count++;
}

/* One collection may be short by the noise of the machine; most of them may not. */
void judge_pauses(struct check_session *session)
{
    struct check_thread *thread = &session->threads[0];
    if (thread->felt_count < JUDGED_LEAST)
        return;
    check_judged(session, HM_PROPERTY_HONESTY);
    if (thread->short_count > thread->felt_count / 4 * 3)
        check_broken(
            session, thread, HM_PROPERTY_HONESTY,
            "%" PRIu64 " of %" PRIu64 " collections kept the thread for at least 1.4 times as "
            "long as the pauses that were reported (%" PRIu64 " us felt, %" PRIu64 " us reported)",
            thread->short_count, thread->felt_count, thread->felt_ns / 1000,
            thread->reported_ns / 1000);
}
