/* SPDX-License-Identifier: MIT
 *
 * Full pockets: what is held stays bounded when each round leaves behind what the one before
 * left.
 *
 * In a round a mutator attaches, replaces a few large objects by others of another size, collects
 * fully, makes small objects of many sizes, drops them, and detaches: so what a thread had in hand,
 * and what is left of holes that large objects were put into, is lost hundreds of times if it is
 * lost at all. A collector may need some rounds until it holds what it needs, so the most that was
 * held in the second half is compared with the most of the quarter before.
 */
#include <inttypes.h>
#include <string.h>

#include "check/generate.h"
#include "check/session.h"

enum { ROUNDS = 100, QUARTER = ROUNDS / 4, SMALL_SIZES = 24, MOST_LARGE = 4, MOST_SMALL = 16 };
enum { LARGE_BYTES = 1000000, LEAST_LARGE_BYTES = 100 };
#define LEAST_HEAP_BYTES (UINT64_C(24) << 20)
/* What is held when nothing lives and all was collected, by one that reclaims at the last drop. */
#define EMPTY_BYTES (UINT64_C(4) << 20)
#define SLACK_BYTES (UINT64_C(1) << 20)

struct pockets {
    struct check_session *session;
    struct random random;
    size_t large;               /* slots of the globals that hold a large one */
    uint64_t bytes[MOST_LARGE]; /* of each */
    uint64_t before_bytes,
        after_bytes; /* the most held beyond what lives: in the second quarter, and after it */
    uint64_t beyond_bytes; /* what the last round held beyond what lives */
    bool over;             /* memory is out, or nothing is told */
};

static void make_string(struct pockets *pockets, hm_mutator *m, hm_name *name, size_t bytes)
{
    m->ops->try_new_n(m, name, pockets->session->kernel->shapes[STRING], bytes);
    pockets->over = pockets->over || hm_is_null(hm_at(name));
}

/* Some of each size at once; the number varies, so that not all that was freed is used again. */
static void make_small(struct pockets *pockets, hm_mutator *m, hm_name *names)
{
    size_t bytes = 8;
    for (size_t i = 0; i < SMALL_SIZES; i++, bytes += bytes / 4 + 1)
        for (size_t k = 1 + below(&pockets->random, MOST_SMALL); k-- > 0;)
            make_string(pockets, m, &names[k], bytes);
}

static void replace_large(struct pockets *pockets, hm_mutator *m, hm_name *name)
{
    struct random *random = &pockets->random;
    for (size_t i = 0; i < pockets->large; i++) {
        size_t slot = below(random, (uint32_t)pockets->large);
        if (!one_in(random, 4))
            m->ops->clear_slots(m, m->ops->globals(m), slot, 1);
        pockets->bytes[slot] = LEAST_LARGE_BYTES + below(random, LARGE_BYTES);
        make_string(pockets, m, name, pockets->bytes[slot]);
        m->ops->give(m, m->ops->globals(m), slot, name);
    }
}

static uint64_t alive_bytes(const struct pockets *pockets)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < pockets->large; i++)
        bytes += pockets->bytes[i];
    return bytes;
}

static uint64_t held_bytes(const struct check_session *session)
{
    struct hm_statistics now;
    memset(&now, 0xff, sizeof now);
    now.size = sizeof now;
    session->heap->ops->statistics(session->heap, &now);
    return now.held_bytes;
}

static void live(void *user, hm_mutator *m)
{
    struct pockets *pockets = user;
    const struct check_session *session = pockets->session;
    hm_name *names = m->ops->push(m, MOST_SMALL);
    replace_large(pockets, m, names);
    for (uint32_t i = 0; i <= session->can.complete_after; i++)
        session->heap->ops->collect(session->heap, m, HM_COLLECT_FULL);
    uint64_t held = held_bytes(session), alive = alive_bytes(pockets);
    pockets->over = pockets->over || held == HM_UNKNOWN;
    pockets->beyond_bytes = held > alive ? held - alive : 1;
    /* What it has in hand when it detaches; a collection would have taken that back. */
    make_small(pockets, m, names);
    m->ops->pop(m, names);
}

/* All is dropped and collected. */
static void empty(void *user, hm_mutator *m)
{
    struct pockets *pockets = user;
    hm_heap *heap = pockets->session->heap;
    m->ops->clear_slots(m, m->ops->globals(m), 0, pockets->large);
    heap->ops->collect(heap, m, HM_COLLECT_FULL);
    uint64_t held = held_bytes(pockets->session), most = EMPTY_BYTES;
    most += pockets->session->can.least_heap_bytes;
    if (pockets->session->can.prompt && held != HM_UNKNOWN && held > most)
        check_broken(pockets->session, NULL, HM_PROPERTY_PACING,
                     "%" PRIu64 " bytes are held after %d rounds, though nothing lives any more",
                     held, ROUNDS);
}

static void go_round(struct pockets *pockets, size_t round)
{
    uint64_t *most = round < 2 * QUARTER ? &pockets->before_bytes : &pockets->after_bytes;
    pockets->over = !lives_attached(pockets->session, live, pockets) || pockets->over;
    if (!pockets->over && (round >= QUARTER) && pockets->beyond_bytes > *most)
        *most = pockets->beyond_bytes;
}

void pockets_judge(struct check_session *session)
{
    uint64_t limit = session->program->heap_bytes;
    struct pockets pockets = {.session = session, .random = {.state = session->program->seed}};
    if (!session->can.reopenable || !session->can.frees || session->can.conservative ||
        (limit != 0 && limit < LEAST_HEAP_BYTES + session->can.least_heap_bytes))
        return;
    size_t slots = session->shadows.globals->slot_count;
    pockets.large = slots < MOST_LARGE ? slots : MOST_LARGE;
    check_open_heap(session);
    for (size_t round = 0; round < ROUNDS && !pockets.over; round++)
        go_round(&pockets, round);
    lives_attached(session, empty, &pockets);
    session->heap->ops->close(session->heap);
    if (pockets.before_bytes == 0 || pockets.after_bytes == 0)
        return;
    check_judged(session, HM_PROPERTY_PACING);
    /* Who copies chooses the size of its halves by what it has just found alive, in steps. */
    uint64_t growth = pockets.before_bytes / (session->can.moves ? 2 : 8);
    if (pockets.after_bytes > pockets.before_bytes + growth + SLACK_BYTES)
        check_broken(session, NULL, HM_PROPERTY_PACING,
                     "in rounds that leave about the same alive, and after a full collection in "
                     "each, %" PRIu64
                     " bytes are held beyond that at the most up to round %d, and %" PRIu64
                     " up to round %d",
                     pockets.before_bytes, 2 * QUARTER, pockets.after_bytes, ROUNDS);
}
