/* SPDX-License-Identifier: MIT
 *
 * The two plays; see heap_map.h. Both go by the table, with an operation before each that makes an
 * object: there a mutator is at a safepoint, and the world is quiet.
 */
#include "learn/heap_map.h"

#include <inttypes.h>
#include <string.h>

#include "measure/sampler.h"
#include "trial/services.h"

/* Shared memory for both plays; it is taken as it is touched. */
enum { MOST_PIECES = 8 << 20, SECONDS = 120, MICRO_ITERATIONS = 1 << 14 };
static const uint64_t SECOND_NS = 1000000000;

static size_t map_bytes(void)
{
    return sizeof(struct heap_map) + MOST_PIECES * sizeof(struct heap_map_piece);
}

/* ---- the child ---- */

/* What is played: the play's own, and what it sees. */
struct act {
    const struct heap_map_request *request;
    struct heap_map *map;
    bool looks; /* the second play */
};

/* Of the child: a process has one. */
static struct {
    struct stage_heap *on;
    struct act act;
    struct hm_ops ops; /* the collector's, with those that make objects wrapped */
    const struct hm_ops *original;
    uint64_t made, collections;
    size_t next; /* of map->moments */
} scene;

/* ---- looking ---- */

static void keep_piece(void *user, const struct hm_walked *piece)
{
    struct heap_map_page *page = user;
    struct heap_map *map = scene.act.map;
    if (piece->state == HM_WALKED_LIVE) {
        page->live_objects++;
        page->live_bytes += piece->bytes;
    } else if (piece->state == HM_WALKED_DEAD) {
        page->dead_objects++;
        page->dead_bytes += piece->bytes;
    }
    if (map->piece_count == MOST_PIECES) {
        map->is_cut = true;
        return;
    }
    map->pieces[map->piece_count++] = (struct heap_map_piece){
        .address = piece->address,
        .bytes = piece->bytes,
        .age = HM_COVERS(piece, age) ? piece->age : HM_UNKNOWN,
        .thread = HM_COVERS(piece, thread) ? piece->thread : HM_UNKNOWN,
        .state = piece->state,
    };
    page->count++;
}

static void judge_page(struct heap_map_page *page)
{
    struct hm_census census;
    uint64_t objects = page->live_objects + page->dead_objects;
    if (!stage_census(scene.on, &census))
        return;
    if (census.objects != objects || census.bytes != page->live_bytes + page->dead_bytes)
        snprintf(page->wrong, sizeof page->wrong,
                 "the walk shows %" PRIu64 " objects of %" PRIu64
                 " bytes, and the census counts %" PRIu64 " of %" PRIu64,
                 objects, page->live_bytes + page->dead_bytes, census.objects, census.bytes);
    else if (page->dead_objects != 0 && page->dead_objects != census.unreachable_objects)
        snprintf(page->wrong, sizeof page->wrong,
                 "the walk shows %" PRIu64 " dead objects, and the census finds %" PRIu64
                 " unreachable",
                 page->dead_objects, census.unreachable_objects);
}

static void look(enum heap_map_when when, uint64_t collection)
{
    struct heap_map *map = scene.act.map;
    struct hm_statistics statistics;
    if (map->page_count == HEAP_MAP_MOST_PAGES)
        return;
    struct heap_map_page *page = &map->pages[map->page_count];
    *page = (struct heap_map_page){
        .when = when, .collection = collection, .made = scene.made, .first = map->piece_count};
    scene.on->heap->ops->walk(scene.on->heap, scene.on->m, keep_piece, page);
    sampler_statistics(scene.on->heap, &statistics);
    page->held_bytes = statistics.held_bytes;
    judge_page(page);
    map->page_count++;
}

static uint64_t count_collections(void)
{
    struct hm_statistics statistics;
    sampler_statistics(scene.on->heap, &statistics);
    return statistics.collections;
}

/* ---- around each operation that makes an object ---- */

static const struct heap_map_moment *due(void)
{
    const struct heap_map *map = scene.act.map;
    bool is_due = scene.act.looks && scene.next < map->moment_count &&
                  map->moments[scene.next].made == scene.made;
    return is_due ? &map->moments[scene.next] : NULL;
}

static void before_making(void)
{
    const struct heap_map_moment *moment = due();
    if (moment != NULL)
        look(moment->collection == 0 ? HEAP_MAP_MIDWAY : HEAP_MAP_BEFORE, moment->collection);
}

static void note_collection(uint64_t number)
{
    struct heap_map *map = scene.act.map;
    if (map->seen_count < HEAP_MAP_MOST_SEEN)
        map->seen[map->seen_count++] = (struct heap_map_moment){scene.made, number};
}

static void after_making(void)
{
    struct heap_map *map = scene.act.map;
    uint64_t now = count_collections();
    bool collected = now != HM_UNKNOWN && now > scene.collections;
    const struct heap_map_moment *moment = due();
    if (moment != NULL) {
        if (collected)
            look(HEAP_MAP_AFTER, moment->collection);
        else if (map->page_count > 0) /* it did not come this time: the page is of no meaning */
            map->pages[map->page_count - 1].when = HEAP_MAP_MIDWAY;
        scene.next++;
    }
    if (collected && !scene.act.looks)
        note_collection(now);
    scene.collections = now;
    scene.made++;
    map->made = scene.made;
    map->collections = now;
}

static hm_ref new_fixed(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    before_making();
    hm_ref made = scene.original->new (m, name, shape);
    after_making();
    return made;
}

static hm_ref new_varying(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    before_making();
    hm_ref made = scene.original->new_n(m, name, shape, n);
    after_making();
    return made;
}

static hm_ref try_new_fixed(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
    before_making();
    hm_ref made = scene.original->try_new(m, name, shape);
    after_making();
    return made;
}

static hm_ref try_new_varying(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n)
{
    before_making();
    hm_ref made = scene.original->try_new_n(m, name, shape, n);
    after_making();
    return made;
}

static hm_ref clone_one(hm_mutator *m, hm_name *to, hm_name *from)
{
    before_making();
    hm_ref made = scene.original->clone(m, to, from);
    after_making();
    return made;
}

static void wrap_operations(hm_mutator *m)
{
    scene.original = m->ops;
    memcpy(&scene.ops, m->ops, m->ops->size < sizeof scene.ops ? m->ops->size : sizeof scene.ops);
    scene.ops.new = new_fixed;
    scene.ops.new_n = new_varying;
    scene.ops.try_new = try_new_fixed;
    scene.ops.try_new_n = try_new_varying;
    scene.ops.clone = clone_one;
    m->ops = &scene.ops;
}

/* ---- the plays ---- */

static void work(struct stage_heap *on)
{
    static struct services services;
    const struct heap_map_request *request = scene.act.request;
    const struct hm_workload *workload = request->workload;
    size_t state_bytes = workload->state_bytes != NULL ? workload->state_bytes(request->plan) : 0;
    services_open(&services, 1);
    struct hm_thread thread = {
        .plan = request->plan,
        .services = &services.table,
        .harness = &services,
        .seed = hm_thread_seed(request->plan, 0),
        .iterations = MICRO_ITERATIONS,
        .names = on->names,
        .state = memory_new(state_bytes + 1),
    };
    if (workload->setup != NULL)
        workload->setup(on->m, &thread);
    workload->step(on->m, &thread);
}

static void play(struct stage_heap *on, void *shared)
{
    (void)shared;
    scene.on = on;
    scene.collections = count_collections();
    wrap_operations(on->m);
    work(on);
    if (!scene.act.looks)
        return;
    look(HEAP_MAP_END_BEFORE, 0);
    stage_collect_all(on);
    look(HEAP_MAP_END_AFTER, 0);
}

/* ---- the parent ---- */

/* Of `count` that were seen the i-th of `wanted`: the first two and the last two, as in two that
 * follow each other a heap may be seen to go to and fro; the others evenly between. */
static size_t choose(size_t i, size_t wanted, size_t count)
{
    bool is_last = wanted > 1 && i + 1 == wanted, is_last_but_one = wanted > 3 && i + 2 == wanted;
    if (wanted >= count || i < 2)
        return i;
    return is_last           ? count - 1
           : is_last_but_one ? count - 2
                             : 1 + (i - 1) * (count - 3) / (wanted - 3);
}

/* Collections; or, where there were none, moments that stand evenly in the work. */
static void choose_moments(struct heap_map *map, uint32_t wanted)
{
    size_t count = wanted < map->seen_count ? wanted : map->seen_count;
    for (size_t i = 0; i < count; i++)
        map->moments[map->moment_count++] = map->seen[choose(i, wanted, map->seen_count)];
    for (uint32_t i = 0; map->seen_count == 0 && i < wanted && map->made > wanted; i++)
        map->moments[map->moment_count++] =
            (struct heap_map_moment){.made = (i + 1) * map->made / (wanted + 1)};
}

static uint32_t count_globals(const struct heap_map_request *request)
{
    return request->workload->globals != NULL ? request->workload->globals(request->plan) : 0;
}

static uint32_t count_names(const struct heap_map_request *request)
{
    enum { STANDARD_NAME_DEPTH = 1024 };
    const struct hm_workload *workload = request->workload;
    uint32_t depth = workload->name_depth != NULL ? workload->name_depth(request->plan) : 0;
    return depth != 0 ? depth : STANDARD_NAME_DEPTH;
}

static bool run(const struct heap_map_request *request, struct heap_map *map, bool looks,
                struct stage_end *end, struct error *error)
{
    const struct hm_workload *workload = request->workload;
    struct stage stage = {
        .collector = request->collector,
        .heap_bytes = request->heap_bytes,
        .globals = count_globals(request),
        .name_depth = count_names(request),
        .names = workload->names,
        .shapes = workload->shapes,
        .time_ns = SECONDS * SECOND_NS,
        .stack_bytes = workload->stack_bytes != NULL ? workload->stack_bytes(request->plan) : 0,
        .play = play,
        .shared = map,
    };
    scene.act = (struct act){request, map, looks}; /* for the child, which is a fork */
    return stage_run(&stage, end, error);
}

bool heap_map_run(const struct heap_map_request *request, struct heap_map **map,
                  struct stage_end *end, struct error *error)
{
    *map = stage_share(map_bytes(), error);
    if (*map == NULL)
        return false;
    bool fine = run(request, *map, false, end, error);
    if (fine && end->ending != STAGE_REFUSED && end->ending != STAGE_BROKEN) {
        choose_moments(*map, request->collections);
        uint64_t collections = (*map)->collections;
        fine = run(request, *map, true, end, error);
        (*map)->collections = collections;
    }
    if (!fine) {
        heap_map_free(*map);
        *map = NULL;
    }
    return fine;
}

void heap_map_free(struct heap_map *map)
{
    stage_unshare(map, map_bytes());
}

void heap_map_append_moment(struct text *text, const struct heap_map *map,
                            const struct heap_map_page *page)
{
    switch (page->when) {
    case HEAP_MAP_MIDWAY:
        text_format(text, "after %" PRIu64 " objects were made", page->made);
        break;
    case HEAP_MAP_BEFORE:
    case HEAP_MAP_AFTER:
        text_format(text, "%s collection %" PRIu64 " of %" PRIu64,
                    page->when == HEAP_MAP_BEFORE ? "before" : "after", page->collection,
                    map->collections);
        break;
    case HEAP_MAP_END_BEFORE:
        text_append(text, "at the end");
        break;
    case HEAP_MAP_END_AFTER:
        text_append(text, "at the end, after a full collection");
        break;
    }
}

/* Is much dead right after a collection that the collector began? */
static bool is_reclaimed_later(const struct heap_map *map)
{
    enum { SHARE = 10 };
    for (size_t i = 1; i < map->page_count; i++)
        if (map->pages[i].when == HEAP_MAP_AFTER &&
            map->pages[i].dead_bytes > map->pages[i - 1].dead_bytes / SHARE)
            return true;
    return false;
}

void heap_map_append_remark(struct text *text, const struct heap_map *map)
{
    const struct heap_map_page *last =
        map->page_count > 0 ? &map->pages[map->page_count - 1] : NULL;
    bool ended = last != NULL && last->when == HEAP_MAP_END_AFTER;
    if (ended && last->dead_objects != 0)
        text_format(text, "%" PRIu64 " objects are dead after the last full collection: leaked.",
                    last->dead_objects);
    else if (ended && is_reclaimed_later(map))
        text_append(text, "What is dead right after a collection is taken back later, when the "
                          "memory is needed.");
}
