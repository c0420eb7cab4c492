/* SPDX-License-Identifier: MIT
 *
 * Memory that creeps: a heap of its own, where nothing is left at the end of a round, lives through
 * many rounds. What is held then may grow for a while, and not for ever: a leak of some bytes a
 * round shows as growth whenever the rounds are doubled.
 *
 * A round has a little of everything that needs memory beside its objects: weak objects,
 * ephemerons, what is watched once, twice and anew, large objects, what no heap has room for, a
 * full heap.
 */
#include <inttypes.h>
#include <string.h>

#include "check/session.h"

/* What malloc keeps for its threads (7 pieces of a size) counts as given out: so attachments before
 * the first checkpoint are not looked at. */
enum { LEAST_BYTES_A_ROUND = 4 };
enum { WARM_UPS = 10, FIRST_ROUNDS = 16, CHECKPOINTS = 7, COLLECT_EVERY = 4, FULL_EVERY = 256 };
enum { CHAINED = 300, MOST_FILLING = 2000, FILLING_BYTES = 4000, LARGE_BYTES = 40000 };
#define MOST_FULL_BYTES (UINT64_C(6) << 20)

enum { NUMBER = 2, PAIR = 4, CARRIER = 5, LIST = 12, STRING = 13 }; /* as in workloads/program.c */

struct rounds {
    struct check_session *session;
    hm_mutator *m;
    hm_name *names;      /* four */
    size_t first, count; /* rounds of this attachment */
    bool whole;          /* all were done: memory was not out */
};

static const struct hm_shape *shape(const struct rounds *r, size_t number)
{
    return r->session->kernel->shapes[number];
}

static hm_ref at(const struct rounds *r, size_t name)
{
    return hm_at(&r->names[name]);
}

static void collect(const struct rounds *r)
{
    uint32_t times = r->session->can.complete_after;
    for (uint32_t i = 0; i < (times == 0 ? 1 : times); i++)
        r->session->heap->ops->collect(r->session->heap, r->m, HM_COLLECT_FULL);
}

static void clear_all(const struct rounds *r)
{
    for (size_t i = 0; i < 4; i++)
        r->m->ops->clear(r->m, &r->names[i]);
}

/* ---- parts of a round ---- */

static void plain(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    ops->new_n(r->m, &r->names[0], shape(r, LIST), 20);
    for (size_t i = 0; i < 10; i++) {
        ops->new (r->m, &r->names[1], shape(r, i % 2 == 0 ? PAIR : NUMBER));
        ops->give(r->m, at(r, 0), i, &r->names[1]);
    }
    ops->copy_slots(r->m, at(r, 0), 5, at(r, 0), 0, 10);
    ops->clone(r->m, &r->names[1], &r->names[0]);
    ops->new_n(r->m, &r->names[2], shape(r, STRING), LARGE_BYTES);
    ops->give(r->m, at(r, 1), 0, &r->names[2]);
    if (r->session->can.cycles)
        ops->set(r->m, at(r, 1), 19, at(r, 1));
    clear_all(r);
}

static void weak(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    ops->new (r->m, &r->names[0], shape(r, CARRIER));
    ops->new_weak(r->m, &r->names[1], &r->names[0]);
    ops->new_weak(r->m, &r->names[2], &r->names[0]);
    ops->weak_get(r->m, &r->names[3], at(r, 1));
    ops->clear(r->m, &r->names[2]); /* before its target, the other one after it */
    ops->clear(r->m, &r->names[0]);
    ops->clear(r->m, &r->names[3]);
    ops->weak_get(r->m, &r->names[3], at(r, 1));
    ops->new_n(r->m, &r->names[0], shape(r, STRING), LARGE_BYTES);
    ops->new_weak(r->m, &r->names[1], &r->names[0]);
    clear_all(r);
}

static void ephemeron(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    ops->new (r->m, &r->names[0], shape(r, CARRIER));
    ops->new (r->m, &r->names[1], shape(r, CARRIER));
    ops->set(r->m, at(r, 1), 0, at(r, 0));
    ops->new_ephemeron(r->m, &r->names[2], &r->names[0], &r->names[1]);
    ops->ephemeron_get(r->m, &r->names[3], at(r, 2));
    clear_all(r);
}

static void drain(const struct rounds *r)
{
    do
        r->m->ops->next_dead(r->m, &r->names[0]);
    while (!hm_is_null(at(r, 0)));
}

static void watched(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    for (size_t i = 0; i < 3; i++) {
        ops->new (r->m, &r->names[0], shape(r, CARRIER));
        ops->watch(r->m, &r->names[0]);
        ops->watch(r->m, &r->names[0]);
        ops->clear(r->m, &r->names[0]);
    }
    ops->next_dead(r->m, &r->names[0]);
    if (!hm_is_null(at(r, 0)))
        ops->watch(r->m, &r->names[0]);
    ops->new_n(r->m, &r->names[0], shape(r, STRING), LARGE_BYTES);
    ops->watch(r->m, &r->names[0]);
    clear_all(r);
}

/* Carriers in name 2. */
static void make_chain(const struct rounds *r, size_t length)
{
    const struct hm_ops *ops = r->m->ops;
    for (size_t i = 0; i < length; i++) {
        ops->new (r->m, &r->names[3], shape(r, CARRIER));
        ops->set(r->m, at(r, 3), 0, at(r, 2));
        ops->move(r->m, &r->names[2], &r->names[3]);
    }
}

/* Landing is no more than that there was no memory. No part has a frame of its own. */
static void try_to(const struct rounds *r, void (*part)(const struct rounds *r))
{
    struct hm_landing landing = {.name_top = r->m->name_top, .spare_top = r->m->spare_top};
    struct hm_landing *outer = r->m->landing;
    r->m->landing = &landing;
    if (setjmp(landing.buffer) == 0)
        part(r);
    r->m->landing = outer;
}

static void new_weak_of_held(const struct rounds *r)
{
    r->m->ops->new_weak(r->m, &r->names[3], &r->names[1]);
}

/* All of the chain in name 2, until there is no memory. */
static void watch_held(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    for (ops->bind(r->m, &r->names[3], at(r, 2)); !hm_is_null(at(r, 3));
         ops->get(r->m, &r->names[3], at(r, 3), 0))
        ops->watch(r->m, &r->names[3]);
}

/* To the last byte, and everything else that needs some more. */
static void full(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    bool room = true;
    make_chain(r, CHAINED);
    ops->new (r->m, &r->names[1], shape(r, CARRIER));
    ops->new_n(r->m, &r->names[0], shape(r, LIST), MOST_FILLING);
    for (size_t i = 0; i < MOST_FILLING && room; i++) {
        room = !hm_is_null(ops->try_new_n(r->m, &r->names[3], shape(r, STRING), FILLING_BYTES));
        ops->give(r->m, at(r, 0), i, &r->names[3]);
    }
    while (!hm_is_null(ops->try_new(r->m, &r->names[3], shape(r, CARRIER)))) {
        ops->set(r->m, at(r, 3), 0, at(r, 2));
        ops->move(r->m, &r->names[2], &r->names[3]);
    }
    if (r->session->can.finalizers)
        try_to(r, watch_held);
    if (r->session->can.weak)
        try_to(r, new_weak_of_held);
    clear_all(r);
}

static void one_round(const struct rounds *r, size_t number)
{
    const struct hm_capabilities *can = &r->session->can;
    uint64_t limit = r->session->program->heap_bytes;
    check_beat(r->session);
    plain(r);
    if (can->weak)
        weak(r);
    if (can->ephemerons)
        ephemeron(r);
    if (can->finalizers)
        watched(r);
    if (can->heap_limit && limit != 0 && number % FULL_EVERY == 0 && limit <= MOST_FULL_BYTES)
        try_to(r, full);
    clear_all(r);
    if (number % COLLECT_EVERY == 0)
        collect(r);
    if (can->finalizers)
        drain(r);
}

/* All rounds of one attachment. What was watched anew dies once more. */
static void live(void *user, hm_mutator *m)
{
    struct rounds *r = user;
    r->m = m;
    r->names = m->ops->push(m, 4);
    for (size_t i = 0; i < r->count; i++)
        one_round(r, r->first + i);
    for (size_t i = 0; i < 3; i++) {
        collect(r);
        if (r->session->can.finalizers)
            drain(r);
    }
    collect(r);
    plain(r); /* so that it does not leave with empty pockets */
    r->whole = true;
}

static void make_and_drop(const struct rounds *r)
{
    for (size_t i = 0; i < 100; i++) {
        r->m->ops->try_new(r->m, &r->names[i % 2], r->session->kernel->shapes[i % 4]);
        if (i % 32 == 0)
            collect(r);
    }
}

/* Dead, and in the queue or not; weak objects beside it, one of which may have died first. */
static void leave(const struct rounds *r)
{
    const struct hm_ops *ops = r->m->ops;
    make_chain(r, CHAINED);
    if (r->session->can.weak)
        for (size_t i = 0; i < 2; i++)
            ops->new_weak(r->m, &r->names[i], &r->names[2]);
    ops->set(r->m, at(r, 2), 1, at(r, 0));
    if (r->session->can.finalizers)
        watch_held(r);
    clear_all(r);
    collect(r);
}

void rounds_leave(void *user, hm_mutator *m)
{
    struct rounds r = {.session = user, .m = m, .names = m->ops->push(m, 4)};
    make_and_drop(&r);
    leave(&r);
}

/* ---- judging ---- */

enum { HELD, MAPPED, ALLOCATED, KINDS };

static const char *const kind_words[] = {"held", "mapped", "allocated"};

struct figures {
    uint64_t bytes[KINDS];
};

/* Nobody is attached. */
static struct figures read_figures(struct check_session *session)
{
    collect(&(struct rounds){.session = session});
    struct hm_statistics now;
    struct figures figures;
    memset(&now, 0xff, sizeof now);
    now.size = sizeof now;
    session->heap->ops->statistics(session->heap, &now);
    lives_memory(&figures.bytes[MAPPED], &figures.bytes[ALLOCATED]);
    figures.bytes[HELD] = now.held_bytes;
    bool reclaims = session->can.cycles || session->can.prompt;
    if (reclaims && !session->can.conservative && now.live_objects != HM_UNKNOWN &&
        now.live_objects != 0)
        check_broken(session, NULL, HM_PROPERTY_COMPLETENESS,
                     "the statistics count %" PRIu64
                     " live objects when nothing is owned, and full collections are done",
                     now.live_objects);
    return figures;
}

/* So many rounds, in one attachment or in one each; false when there was no memory for it: then the
 * queue may own something still. */
static bool live_through(struct check_session *session, size_t count, bool short_lives)
{
    bool attached = true;
    for (size_t i = 0; attached && i < (short_lives ? count : 1); i++) {
        struct rounds rounds = {.session = session, .first = i, .count = short_lives ? 1 : count};
        attached = lives_attached(session, live, &rounds) && rounds.whole;
    }
    return attached;
}

/* Each checkpoint comes after as many rounds as all before it, so what grows by rounds grows by
 * twice as much each time, and what an attachment leaves with malloc does not. What is doubled when
 * it is full grows at every second one at the least: so what the collector says that it holds is
 * held against the last but one. What the system and malloc say has noise, and is held against the
 * last one, which is harder to exceed each time. */
static void judge_growth(struct check_session *session, bool short_lives)
{
    struct figures before[2] = {{{0}}}, after; /* by parity */
    static const size_t apart[KINDS] = {[HELD] = 2, [MAPPED] = 1, [ALLOCATED] = 1};
    bool grows[KINDS] = {true, true, true};
    size_t done = 0;
    for (size_t i = 0; i < CHECKPOINTS; i++) {
        size_t count = i == 0 ? FIRST_ROUNDS : done;
        if (!live_through(session, count, short_lives))
            return;
        done += count;
        after = read_figures(session);
        for (size_t kind = 0; kind < KINDS; kind++)
            if (i >= apart[kind] && after.bytes[kind] < before[(i - apart[kind]) % 2].bytes[kind] +
                                                            LEAST_BYTES_A_ROUND * count)
                grows[kind] = false;
        before[i % 2] = after;
    }
    for (size_t kind = 0; kind < KINDS; kind++)
        if (grows[kind])
            check_broken(session, NULL, HM_PROPERTY_PACING,
                         "nothing is left of each of %zu rounds, and whenever they were doubled "
                         "more memory was %s: now %" PRIu64 " bytes",
                         done, kind_words[kind], after.bytes[kind]);
}

void rounds_judge(struct check_session *session)
{
    if (!session->can.reopenable || !session->can.frees)
        return;
    check_judged(session, HM_PROPERTY_PACING);
    check_open_heap(session);
    if (live_through(session, WARM_UPS, true))
        judge_growth(session, session->program->seed % 32 < 16);
    session->heap->ops->close(session->heap);
}
