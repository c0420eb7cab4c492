/* SPDX-License-Identifier: MIT
 *
 * Scaling: double the input, and the work at most doubles, plus a margin.
 *
 * A structure is built in a fresh heap, collected while it lives, dropped, and collected again. The
 * work is what the collector tells of: objects marked, candidates, objects freed, counts changed.
 * For work that no figure tells of (a list searched from its beginning, say) eight times the input
 * may take CPUTIME_FACTOR times the CPU time: four times what linear work takes, for caches and
 * noise.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "check/session.h"

enum { SMALL = 2000, LARGE = 8 * SMALL, MARGIN = 2000, REPEATS = 3, CPUTIME_FACTOR = 32 };
#define LEAST_HEAP_BYTES (UINT64_C(24) << 20)
#define LEAST_CPUTIME_NS UINT64_C(20000000)

enum { NUMBER = 2, PAIR = 4, CARRIER = 5, LIST = 12 }; /* as in workloads/program.c */

struct scaling {
    struct check_session *session;
    hm_mutator *m;
    hm_name *names; /* 0: what is built; 1 to 4: for building */
    size_t n;
};

static hm_ref at(const struct scaling *s, size_t name)
{
    return hm_at(&s->names[name]);
}

static void make(const struct scaling *s, size_t name, size_t shape)
{
    s->m->ops->new (s->m, &s->names[name], s->session->kernel->shapes[shape]);
}

/* ---- structures, each of about n objects, in name 0 ---- */

static void build_chain(const struct scaling *s)
{
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 0));
        s->m->ops->move(s->m, &s->names[0], &s->names[1]);
    }
}

static void build_wide(const struct scaling *s)
{
    s->m->ops->new_n(s->m, &s->names[0], s->session->kernel->shapes[LIST], s->n);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, NUMBER);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
    }
}

static void build_rings(const struct scaling *s)
{
    build_wide(s);
    for (size_t i = 0; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 1));
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
    }
}

/* Doubly linked, and its ends linked too. */
static void build_ring(const struct scaling *s)
{
    make(s, 0, PAIR);
    s->m->ops->bind(s->m, &s->names[2], at(s, 0));
    for (size_t i = 1; i < s->n; i++) {
        make(s, 1, PAIR);
        s->m->ops->set(s->m, at(s, 1), 0, at(s, 2));
        s->m->ops->set(s->m, at(s, 2), 1, at(s, 1));
        s->m->ops->move(s->m, &s->names[2], &s->names[1]);
    }
    s->m->ops->set(s->m, at(s, 2), 1, at(s, 0));
    s->m->ops->set(s->m, at(s, 0), 0, at(s, 2));
    s->m->ops->clear(s->m, &s->names[2]);
}

/* Ephemerons in a list, each one's value the next one's key; met last to first. */
static void build_ephemerons(const struct scaling *s)
{
    make(s, 3, PAIR);
    s->m->ops->new_n(s->m, &s->names[0], s->session->kernel->shapes[LIST], s->n / 2 + 1);
    make(s, 1, CARRIER);
    s->m->ops->set(s->m, at(s, 0), s->n / 2, at(s, 1));
    for (size_t i = 0; i < s->n / 2; i++) {
        make(s, 2, CARRIER);
        s->m->ops->new_ephemeron(s->m, &s->names[4], &s->names[1], &s->names[2]);
        s->m->ops->set(s->m, at(s, 0), s->n / 2 - 1 - i, at(s, 4));
        s->m->ops->move(s->m, &s->names[1], &s->names[2]);
    }
    s->m->ops->clear(s->m, &s->names[1]);
}

/* Targets in the first half of a list, weak objects that refer to them in the second. */
static void build_weak(const struct scaling *s)
{
    size_t half = s->n / 2;
    s->m->ops->new_n(s->m, &s->names[0], s->session->kernel->shapes[LIST], 2 * half);
    for (size_t i = 0; i < half; i++) {
        make(s, 1, CARRIER);
        s->m->ops->new_weak(s->m, &s->names[2], &s->names[1]);
        s->m->ops->give(s->m, at(s, 0), i, &s->names[1]);
        s->m->ops->give(s->m, at(s, 0), half + i, &s->names[2]);
    }
}

static const struct structure {
    const char *name;
    void (*build)(const struct scaling *s);
    bool ephemerons, weak;
} structures[] = {
    {"a chain", build_chain, false, false},
    {"a wide list", build_wide, false, false},
    {"rings of one", build_rings, false, false},
    {"one ring", build_ring, false, false},
    {"a chain of ephemerons", build_ephemerons, true, false},
    {"a list of targets and weak objects", build_weak, false, true},
};

/* ---- work ---- */

#define FIGURES(X)                                                                                 \
    X(increments)                                                                                  \
    X(decrements)                                                                                  \
    X(cycle_candidates)                                                                            \
    X(cycle_freed)

enum {
    TOLD, /* by events that are told whatever their length: marked, freed by detection */
#define FIGURE_ENUM(field) FIGURE_##field,
    FIGURES(FIGURE_ENUM)
#undef FIGURE_ENUM
        FIGURE_COUNT
};

static const char *const figure_names[] = {
    "objects marked, and freed by detections, as events tell,",
#define FIGURE_NAME(field) #field,
    FIGURES(FIGURE_NAME)
#undef FIGURE_NAME
};

struct work {
    uint64_t figures[FIGURE_COUNT]; /* HM_UNKNOWN: not told */
    uint64_t cputime_ns;
};

static struct work work_so_far(const struct check_session *session)
{
    struct hm_statistics now;
    struct timespec time;
    memset(&now, 0xff, sizeof now);
    now.size = sizeof now;
    session->heap->ops->statistics(session->heap, &now);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    struct work work = {.cputime_ns = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec};
    work.figures[TOLD] = atomic_load(&session->work_told);
#define FIGURE_READ(field) work.figures[FIGURE_##field] = now.field;
    FIGURES(FIGURE_READ)
#undef FIGURE_READ
    return work;
}

struct measured {
    struct check_session *session;
    const struct structure *structure;
    size_t n;
    struct work before, after; /* both zero where memory ran out */
};

/* Collect what lives, drop it, collect what is dead. */
static void live(void *user, hm_mutator *m)
{
    struct measured *measured = user;
    hm_heap *heap = measured->session->heap;
    struct scaling s = {measured->session, m, m->ops->push(m, 5), measured->n};
    measured->structure->build(&s);
    struct work before = work_so_far(measured->session);
    heap->ops->collect(heap, m, HM_COLLECT_FULL);
    m->ops->pop(m, s.names);
    heap->ops->collect(heap, m, HM_COLLECT_FULL);
    measured->after = work_so_far(measured->session);
    measured->before = before;
}

static struct work measure(struct check_session *session, const struct structure *structure,
                           size_t n)
{
    struct measured measured = {.session = session, .structure = structure, .n = n};
    lives_once(session, live, &measured);
    struct work work = measured.after;
    work.cputime_ns -= measured.before.cputime_ns;
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (work.figures[i] != HM_UNKNOWN)
            work.figures[i] -= measured.before.figures[i];
    return work;
}

/* ---- judging ---- */

static void judge_figures(struct check_session *session, const struct structure *structure)
{
    struct work one = measure(session, structure, SMALL);
    struct work two = measure(session, structure, 2 * SMALL);
    for (size_t i = 0; i < FIGURE_COUNT; i++)
        if (one.figures[i] != HM_UNKNOWN && two.figures[i] != HM_UNKNOWN &&
            two.figures[i] > 2 * one.figures[i] + MARGIN)
            check_broken(session, NULL, HM_PROPERTY_SCALING,
                         "%s are %" PRIu64 " for %s of %d objects, and %" PRIu64 " for one of %d",
                         figure_names[i], one.figures[i], structure->name, SMALL, two.figures[i],
                         2 * SMALL);
}

static uint64_t least_cputime_ns(struct check_session *session, const struct structure *structure,
                                 size_t n)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < REPEATS; i++) {
        uint64_t cputime_ns = measure(session, structure, n).cputime_ns;
        least = cputime_ns < least ? cputime_ns : least;
    }
    return least;
}

static void judge_cputime(struct check_session *session, const struct structure *structure)
{
    uint64_t small_ns = least_cputime_ns(session, structure, SMALL);
    uint64_t large_ns = least_cputime_ns(session, structure, LARGE);
    if (large_ns > LEAST_CPUTIME_NS && large_ns > CPUTIME_FACTOR * small_ns)
        check_broken(session, NULL, HM_PROPERTY_SCALING,
                     "%s of %d objects is collected in %" PRIu64 " us of CPU time, and one of %d"
                     " in %" PRIu64 " us",
                     structure->name, SMALL, small_ns / 1000, LARGE, large_ns / 1000);
}

void scaling_judge(struct check_session *session)
{
    uint64_t limit = session->program->heap_bytes;
    if (!session->can.reopenable || !session->can.frees ||
        (limit != 0 && limit < LEAST_HEAP_BYTES + session->can.least_heap_bytes))
        return;
    check_judged(session, HM_PROPERTY_SCALING);
    for (size_t i = 0; i < sizeof structures / sizeof *structures; i++) {
        if ((structures[i].ephemerons && !session->can.ephemerons) ||
            (structures[i].weak && !session->can.weak))
            continue;
        judge_figures(session, &structures[i]);
        judge_cputime(session, &structures[i]);
    }
}
