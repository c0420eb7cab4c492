/* SPDX-License-Identifier: MIT
 *
 * Statistics, census, walk and verification; see report.h.
 */
#include <semispace/report.h>

#include <kit/heap_side.h>
#include <kit/object.h>
#include <kit/survey.h>

enum { REGION_BITS = 16 }; /* what the walk calls a block */

/* ---- figures ---- */

void semispace_note_held(struct semispace_heap *heap)
{
    uint64_t held = semispace_held(&heap->active) + heap->charged;
    if (!HM_FAULT(rp3))
        held += semispace_held(&heap->idle);
    atomic_store_explicit(&heap->held_bytes, held, memory_order_relaxed);
    if (held > atomic_load_explicit(&heap->held_peak_bytes, memory_order_relaxed))
        atomic_store_explicit(&heap->held_peak_bytes, held, memory_order_relaxed);
}

void semispace_count_allocated(struct semispace_mutator *mutator)
{
    semispace_add(&mutator->allocated_bytes, (uint64_t)(mutator->free - mutator->counted));
    mutator->counted = mutator->free;
}

uint64_t semispace_allocated_bytes(struct semispace_heap *heap)
{
    uint64_t bytes = heap->detached_bytes;
    for (struct kit_mutator *k = heap->world.first; k != NULL; k = k->next) {
        struct semispace_mutator *mutator = (struct semispace_mutator *)k;
        if (!k->running)
            semispace_count_allocated(mutator);
        bytes += atomic_load_explicit(&mutator->allocated_bytes, memory_order_relaxed);
    }
    return bytes;
}

void semispace_statistics(hm_heap *base, struct hm_statistics *statistics)
{
    struct semispace_heap *heap = (struct semispace_heap *)base;
    struct hm_statistics s = kit_statistics_unknown();
    pthread_mutex_lock(&heap->world.lock);
    s.allocated_bytes = semispace_allocated_bytes(heap);
    s.live_bytes = heap->live_bytes + s.allocated_bytes - heap->live_at_bytes;
    s.collections = heap->collections;
    pthread_mutex_unlock(&heap->world.lock);
    s.held_bytes = atomic_load_explicit(&heap->held_bytes, memory_order_relaxed);
    s.held_peak_bytes = atomic_load_explicit(&heap->held_peak_bytes, memory_order_relaxed);
    kit_report(statistics, &s, sizeof s);
}

/* ---- what is in the heap ---- */

typedef void piece_visitor(void *user, const struct kit_object *piece, size_t bytes, bool is_free);

/* A buffer's unused rest is words of zero, which no header is. */
static size_t gap_bytes(const char *at, const char *end)
{
    const char *next = at;
    while (next < end && ((const struct kit_object *)(const void *)next)->layout == 0)
        next += KIT_GRANULE_BYTES;
    return (size_t)(next - at);
}

/* Call `visit` with each object and each gap of the active space, in the order of addresses. */
static void each_piece(const struct semispace_heap *heap, piece_visitor *visit, void *user)
{
    const char *end = heap->active.free;
    for (const char *at = heap->active.base; at < end;) {
        const struct kit_object *object = (const struct kit_object *)(const void *)at;
        size_t gap = gap_bytes(at, end);
        size_t bytes = gap > 0 ? gap : kit_layout_bytes(object->layout);
        visit(user, object, bytes, gap > 0);
        at += bytes;
    }
}

static size_t occupied(const void *heap, const struct kit_object *object)
{
    (void)heap;
    return kit_layout_bytes(object->layout);
}

static void survey_piece(void *user, const struct kit_object *piece, size_t bytes, bool is_free)
{
    (void)bytes;
    if (!is_free)
        kit_survey_object(user, piece);
}

static void survey(struct semispace_heap *heap, struct kit_survey *result)
{
    kit_survey_open(result, heap->active.base, semispace_used(&heap->active), heap, occupied);
    each_piece(heap, survey_piece, result);
    kit_survey_names(result, &heap->world);
    kit_watch_each_queued(&heap->traced.watch, kit_survey_name, result);
    kit_survey_globals(result, heap->globals);
}

void semispace_census(hm_heap *base, hm_mutator *m, struct hm_census *census)
{
    (void)m;
    struct kit_survey result;
    survey((struct semispace_heap *)base, &result);
    kit_survey_census(&result, census);
    kit_survey_close(&result);
}

bool semispace_verify(hm_heap *base, hm_mutator *m, struct hm_refusal *broken)
{
    (void)m;
    struct kit_survey result;
    survey((struct semispace_heap *)base, &result);
    bool whole = kit_survey_verdict(&result, broken);
    kit_survey_close(&result);
    return whole;
}

struct walker {
    const struct semispace_heap *heap;
    struct kit_survey survey;
    void (*visit)(void *user, const struct hm_walked *piece);
    void *user;
};

static enum hm_walked_state state_of(const struct walker *walker, const struct kit_object *piece,
                                     bool is_free)
{
    return is_free                                      ? HM_WALKED_FREE
           : kit_survey_reached(&walker->survey, piece) ? HM_WALKED_LIVE
                                                        : HM_WALKED_DEAD;
}

static void walk_piece(void *user, const struct kit_object *piece, size_t bytes, bool is_free)
{
    struct walker *walker = user;
    struct hm_walked walked = {
        .size = sizeof walked,
        .state = state_of(walker, piece, is_free),
        .address = (uintptr_t)piece,
        .bytes = bytes,
        .slots = is_free ? 0 : kit_layout_slots(piece->layout),
        .block = (uint64_t)((const char *)piece - walker->heap->active.base) >> REGION_BITS,
        .age = HM_UNKNOWN,
        .thread = HM_UNKNOWN,
    };
    walker->visit(walker->user, &walked);
}

void semispace_walk(hm_heap *base, hm_mutator *m,
                    void (*visit)(void *user, const struct hm_walked *piece), void *user)
{
    (void)m;
    struct walker walker = {.heap = (struct semispace_heap *)base, .visit = visit, .user = user};
    survey((struct semispace_heap *)base, &walker.survey);
    each_piece(walker.heap, walk_piece, &walker);
    kit_survey_close(&walker.survey);
}
