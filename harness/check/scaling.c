/* SPDX-License-Identifier: MIT
 *
 * Scaling: double the input, and the work at most doubles, plus a margin.
 *
 * A structure is built in a fresh heap, collected while it lives, dropped, and collected again. The
 * work is what the collector tells of: objects marked, candidates, objects freed, counts changed.
 * For work that no figure tells of (a list searched from its beginning, say) eight times the input
 * may take CPUTIME_FACTOR times the CPU time, building included: four times what linear work takes,
 * for caches and noise. What then takes less than LEAST_CPUTIME_NS in all, as steps that cost a
 * fraction of a nanosecond do, has to show it once more, with AGAIN_LARGER times the input:
 * quadratic work takes sixteen times as long, linear work four. Of sound collectors eight times the
 * input took 6 to 10 times the time, and on strict, which outgrows its caches, up to 15.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "check/scaling.h"

enum { SMALL = 2000, LARGE = 8 * SMALL, MARGIN = 2000, REPEATS = 3, CPUTIME_FACTOR = 32 };
enum { AGAIN_LARGER = 4, AGAIN_FACTOR = 9 };
#define LEAST_HEAP_BYTES (UINT64_C(24) << 20)
#define LEAST_CPUTIME_NS UINT64_C(20000000)

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

static uint64_t cputime_so_far_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static struct work work_so_far(const struct check_session *session)
{
    struct hm_statistics now;
    memset(&now, 0xff, sizeof now);
    now.size = sizeof now;
    session->heap->ops->statistics(session->heap, &now);
    struct work work = {.cputime_ns = cputime_so_far_ns()};
    work.figures[TOLD] = atomic_load(&session->work_told);
#define FIGURE_READ(field) work.figures[FIGURE_##field] = now.field;
    FIGURES(FIGURE_READ)
#undef FIGURE_READ
    return work;
}

struct measured {
    struct check_session *session;
    const struct scaling_structure *structure;
    size_t n;
    struct work before, after; /* both zero where memory ran out */
};

/* Collect what lives, drop it, collect what is dead. Figures are those of the collections alone, as
 * what a collector does of its own while the structure grows depends on the size of its heap. */
static void live(void *user, hm_mutator *m)
{
    struct measured *measured = user;
    hm_heap *heap = measured->session->heap;
    struct scaling s = {measured->session, m, m->ops->push(m, SCALING_NAMES), measured->n};
    uint64_t start_ns = cputime_so_far_ns();
    measured->structure->build(&s);
    struct work before = work_so_far(measured->session);
    heap->ops->collect(heap, m, HM_COLLECT_FULL);
    m->ops->clear(m, &s.names[0]);
    heap->ops->collect(heap, m, HM_COLLECT_FULL);
    if (measured->structure->drain != NULL)
        measured->structure->drain(&s);
    m->ops->pop(m, s.names);
    heap->ops->collect(heap, m, HM_COLLECT_FULL);
    measured->after = work_so_far(measured->session);
    before.cputime_ns = start_ns;
    measured->before = before;
}

static struct work measure(struct check_session *session, const struct scaling_structure *structure,
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

static void judge_figures(struct check_session *session, const struct scaling_structure *structure)
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

static uint64_t least_cputime_ns(struct check_session *session,
                                 const struct scaling_structure *structure, size_t n)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < REPEATS; i++) {
        uint64_t cputime_ns = measure(session, structure, n).cputime_ns;
        least = cputime_ns < least ? cputime_ns : least;
    }
    return least;
}

/* False where memory ran out, which takes no time. */
static bool takes_too_long(uint64_t small_ns, uint64_t large_ns, uint64_t factor)
{
    return small_ns != 0 && large_ns > LEAST_CPUTIME_NS && large_ns > factor * small_ns;
}

static void judge_cputime(struct check_session *session, const struct scaling_structure *structure)
{
    size_t small = SMALL, large = LARGE;
    uint64_t small_ns = least_cputime_ns(session, structure, small);
    uint64_t large_ns = least_cputime_ns(session, structure, large);
    uint64_t factor = CPUTIME_FACTOR;
    if (small_ns != 0 && large_ns > factor * small_ns && large_ns <= LEAST_CPUTIME_NS) {
        small = large, small_ns = large_ns, factor = AGAIN_FACTOR;
        large = AGAIN_LARGER * large;
        large_ns = least_cputime_ns(session, structure, large);
    }
    if (takes_too_long(small_ns, large_ns, factor))
        check_broken(session, NULL, HM_PROPERTY_SCALING,
                     "to build and collect %s of %zu objects takes %" PRIu64
                     " us of CPU time, and of %zu %" PRIu64 " us",
                     structure->name, small, small_ns / 1000, large, large_ns / 1000);
}

void scaling_judge(struct check_session *session)
{
    uint64_t limit = session->program->heap_bytes;
    if (!session->can.reopenable || !session->can.frees ||
        (limit != 0 && limit < LEAST_HEAP_BYTES + session->can.least_heap_bytes))
        return;
    check_judged(session, HM_PROPERTY_SCALING);
    for (size_t i = 0; i < scaling_structure_count; i++) {
        const struct scaling_structure *structure = &scaling_structures[i];
        if ((structure->ephemerons && !session->can.ephemerons) ||
            (structure->weak && !session->can.weak) ||
            (structure->finalizers && !session->can.finalizers))
            continue;
        judge_figures(session, structure);
        judge_cputime(session, structure);
    }
}
