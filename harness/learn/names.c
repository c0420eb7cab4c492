/* SPDX-License-Identifier: MIT
 *
 * The play, in the child: the operations by the table, and beside them a model of what they mean.
 */
#include "learn/names.h"

#include <heapmark/table.h>
#include <string.h>

#include "measure/sampler.h"

enum { SIMPLE, CONTAINER };

static const struct hm_shape simple_shape = {
    .id = SIMPLE, .bytes = 8, .hint = HM_NUMBER, .name = "simple"};
static const struct hm_shape container_shape = {
    .id = CONTAINER, .slots = NAMES_SLOTS, .hint = HM_LIST, .name = "container"};
static const struct hm_shape *const shapes[] = {&simple_shape, &container_shape, NULL};

/* The play while it goes on. */
struct stand {
    struct stage_heap *on;
    struct names_play *play;
    struct names_seen now;
    uint64_t held_before, unreachable_before; /* the first step */
};

/* ---- the operations ---- */

static void make_container(hm_mutator *m, hm_name *names)
{
    hm_ref z = hm_new(m, &names[NAMES_Z], &container_shape);
    hm_init(m, z, 0, hm_at(&names[NAMES_E]));
    hm_init(m, z, 1, hm_at(&names[NAMES_E]));
}

static void tie(hm_mutator *m, hm_name *names)
{
    hm_set(m, hm_at(&names[NAMES_A]), 0, hm_at(&names[NAMES_B]));
    hm_set(m, hm_at(&names[NAMES_B]), 0, hm_at(&names[NAMES_A]));
}

static void collect(struct stand *stand)
{
    struct stage_heap *on = stand->on;
    uint32_t times = on->can.complete_after;
    stand->now.collected = true;
    for (uint32_t i = 0; i < (times == 0 ? 1 : times); i++) {
        hm_name before[NAMES_CELLS];
        memcpy(before, on->names, sizeof before);
        stage_collect(on);
        stand->now.moved = stand->now.moved || memcmp(before, on->names, sizeof before) != 0;
    }
}

static void operate(struct stand *stand, enum names_action step)
{
    hm_mutator *m = stand->on->m;
    hm_name *names = stand->on->names;
    switch (step) {
    case NAMES_NEW_SIMPLE:
        hm_new(m, &names[NAMES_E], &simple_shape);
        break;
    case NAMES_BIND:
        hm_bind(m, &names[NAMES_K], hm_at(&names[NAMES_E]));
        break;
    case NAMES_NEW_CONTAINER:
        make_container(m, names);
        break;
    case NAMES_CLEAR_K:
        hm_clear(m, &names[NAMES_K]);
        break;
    case NAMES_CLEAR_LEFT:
    case NAMES_CLEAR_RIGHT:
        hm_set(m, hm_at(&names[NAMES_Z]), step == NAMES_CLEAR_LEFT ? 0 : 1, hm_null);
        break;
    case NAMES_CLEAR_E:
        hm_clear(m, &names[NAMES_E]);
        break;
    case NAMES_CLEAR_Z:
        hm_clear(m, &names[NAMES_Z]);
        break;
    case NAMES_NEW_PAIR:
        hm_new(m, &names[NAMES_A], &container_shape);
        hm_new(m, &names[NAMES_B], &container_shape);
        break;
    case NAMES_TIE:
        tie(m, names);
        break;
    case NAMES_CLEAR_A:
        hm_clear(m, &names[NAMES_A]);
        break;
    case NAMES_CLEAR_B:
        hm_clear(m, &names[NAMES_B]);
        break;
    case NAMES_COLLECT_ALIVE:
    case NAMES_COLLECT_DROPPED:
    case NAMES_COLLECT_RING:
        collect(stand);
        break;
    case NAMES_STEP_COUNT:
        break;
    }
}

/* ---- what they mean ---- */

static void make(struct names_seen *now, enum names_object object, enum names_cell cell)
{
    now->objects[object].state = NAMES_REACHED;
    now->cells[cell] = (int)object;
}

static void mean(struct names_seen *now, enum names_action step)
{
    int *slots = now->objects[NAMES_CONTAINER].slots;
    switch (step) {
    case NAMES_NEW_SIMPLE:
        make(now, NAMES_SIMPLE, NAMES_E);
        break;
    case NAMES_BIND:
        now->cells[NAMES_K] = NAMES_SIMPLE;
        break;
    case NAMES_NEW_CONTAINER:
        make(now, NAMES_CONTAINER, NAMES_Z);
        slots[0] = slots[1] = NAMES_SIMPLE;
        break;
    case NAMES_CLEAR_K:
        now->cells[NAMES_K] = NAMES_NOTHING;
        break;
    case NAMES_CLEAR_LEFT:
        slots[0] = NAMES_NOTHING;
        break;
    case NAMES_CLEAR_RIGHT:
        slots[1] = NAMES_NOTHING;
        break;
    case NAMES_CLEAR_E:
        now->cells[NAMES_E] = NAMES_NOTHING;
        break;
    case NAMES_CLEAR_Z:
        now->cells[NAMES_Z] = NAMES_NOTHING;
        break;
    case NAMES_NEW_PAIR:
        make(now, NAMES_RING_A, NAMES_A);
        make(now, NAMES_RING_B, NAMES_B);
        break;
    case NAMES_TIE:
        now->objects[NAMES_RING_A].slots[0] = NAMES_RING_B;
        now->objects[NAMES_RING_B].slots[0] = NAMES_RING_A;
        break;
    case NAMES_CLEAR_A:
        now->cells[NAMES_A] = NAMES_NOTHING;
        break;
    case NAMES_CLEAR_B:
        now->cells[NAMES_B] = NAMES_NOTHING;
        break;
    case NAMES_COLLECT_ALIVE:
    case NAMES_COLLECT_DROPPED:
    case NAMES_COLLECT_RING:
    case NAMES_STEP_COUNT:
        break;
    }
}

static void reach(const struct names_seen *now, int object, bool *reached)
{
    if (object == NAMES_NOTHING || reached[object])
        return;
    reached[object] = true;
    for (int i = 0; i < NAMES_SLOTS; i++)
        reach(now, now->objects[object].slots[i], reached);
}

static bool exists(enum names_state state)
{
    return state != NAMES_NOT_MADE && state != NAMES_GONE;
}

static uint32_t count_owners(const struct names_seen *now, int object)
{
    uint32_t owners = 0;
    for (int i = 0; i < NAMES_CELLS; i++)
        owners += now->cells[i] == object;
    for (int i = 0; i < NAMES_OBJECTS; i++)
        for (int k = 0; exists(now->objects[i].state) && k < NAMES_SLOTS; k++)
            owners += now->objects[i].slots[k] == object;
    return owners;
}

/* ---- what is seen ---- */

static __attribute__((format(printf, 2, 3))) void set_wrong(struct names_seen *now,
                                                            const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (now->wrong[0] == '\0')
        vsnprintf(now->wrong, sizeof now->wrong, format, arguments);
    va_end(arguments);
}

static void look_into_heap(struct stand *stand, uint64_t *held, uint64_t *unreachable)
{
    struct hm_census census;
    struct hm_statistics statistics;
    stand->now.by_census = stage_census(stand->on, &census);
    *held = census.objects;
    *unreachable = census.unreachable_objects;
    if (stand->now.by_census)
        return;
    sampler_statistics(stand->on->heap, &statistics);
    *held = statistics.live_objects;
}

/* No name reaches `lost` objects that were there; `more` are held than names reach. */
static enum names_state state_of_lost(uint64_t more, uint64_t lost)
{
    return more == HM_UNKNOWN ? NAMES_UNSURE
           : more >= lost     ? NAMES_KEPT
           : more == 0        ? NAMES_GONE
                              : NAMES_UNSURE;
}

/* The census is exact, but for what a conservative collector takes for a reference. */
static void judge_census(struct stand *stand, uint64_t reached)
{
    struct names_seen *now = &stand->now;
    if (!now->by_census)
        return;
    if (now->held < reached)
        set_wrong(now, "names reach %ju objects, and its census counts %ju", (uintmax_t)reached,
                  (uintmax_t)now->held);
    else if (!stand->on->can.conservative && now->unreachable != HM_UNKNOWN &&
             now->unreachable != now->held - reached)
        set_wrong(now, "of %ju objects names reach %ju, and its census finds %ju unreachable",
                  (uintmax_t)now->held, (uintmax_t)reached, (uintmax_t)now->unreachable);
}

static uint64_t beyond(uint64_t figure, uint64_t before)
{
    return figure == HM_UNKNOWN || before == HM_UNKNOWN || figure < before ? HM_UNKNOWN
                                                                           : figure - before;
}

static void settle_states(struct stand *stand)
{
    struct names_seen *now = &stand->now;
    bool reached[NAMES_OBJECTS] = {false};
    uint64_t reached_count = 0, lost = 0;
    for (int i = 0; i < NAMES_CELLS; i++)
        reach(now, now->cells[i], reached);
    for (int i = 0; i < NAMES_OBJECTS; i++) {
        reached_count += reached[i];
        lost += !reached[i] && exists(now->objects[i].state);
    }
    look_into_heap(stand, &now->held, &now->unreachable);
    now->held = beyond(now->held, stand->held_before);
    now->unreachable = beyond(now->unreachable, stand->unreachable_before);
    uint64_t more = beyond(now->held, reached_count);
    for (int i = 0; i < NAMES_OBJECTS; i++)
        if (!reached[i] && exists(now->objects[i].state))
            now->objects[i].state = state_of_lost(more, lost);
    judge_census(stand, reached_count);
}

/* What the collector counts, of an object that a name leads to in one step or two. */
static uint64_t ask_count(struct stage_heap *on, const struct names_seen *now, int object)
{
    hm_mutator *m = on->m;
    for (int i = 0; i < NAMES_CELLS; i++)
        if (now->cells[i] == object)
            return on->heap->ops->count(m, hm_at(&on->names[i]));
    for (int i = 0; i < NAMES_CELLS; i++)
        for (size_t k = 0; now->cells[i] != NAMES_NOTHING && k < NAMES_SLOTS; k++)
            if (now->objects[now->cells[i]].slots[k] == object) {
                hm_spare *spare = hm_push_spare(m, 1);
                hm_ref ref = hm_peek(m, spare, hm_at(&on->names[i]), k);
                uint64_t count = on->heap->ops->count(m, ref);
                hm_pop_spare(m, spare);
                return count;
            }
    return HM_UNKNOWN;
}

static void settle_counts(struct stand *stand)
{
    struct names_seen *now = &stand->now;
    for (int i = 0; i < NAMES_OBJECTS; i++) {
        struct names_seen_object *object = &now->objects[i];
        object->owners = exists(object->state) ? count_owners(now, i) : 0;
        object->count = HM_UNKNOWN;
        if (object->state != NAMES_REACHED || !stand->on->can.counts)
            continue;
        object->count = ask_count(stand->on, now, i);
        if (object->count != HM_UNKNOWN && object->count != object->owners)
            set_wrong(now, "%s has %u references, and its count is %ju",
                      names_object_name((enum names_object)i), object->owners,
                      (uintmax_t)object->count);
    }
}

static void begin(struct stand *stand)
{
    struct names_seen *now = &stand->now;
    for (int i = 0; i < NAMES_CELLS; i++)
        now->cells[i] = NAMES_NOTHING;
    for (int i = 0; i < NAMES_OBJECTS; i++)
        for (int k = 0; k < NAMES_SLOTS; k++)
            now->objects[i].slots[k] = NAMES_NOTHING;
    look_into_heap(stand, &stand->held_before, &stand->unreachable_before);
}

static void play_names(struct stage_heap *on, void *shared)
{
    struct stand stand = {.on = on, .play = shared};
    begin(&stand);
    for (enum names_action step = 0; step < NAMES_STEP_COUNT; step++) {
        stand.now.collected = stand.now.moved = false;
        stand.now.wrong[0] = '\0';
        operate(&stand, step);
        mean(&stand.now, step);
        settle_states(&stand);
        settle_counts(&stand);
        stand.play->seen[step] = stand.now;
        stand.play->steps = step + 1;
    }
}

/* ---- the parent ---- */

bool names_run(const struct suite_collector *collector, struct names_play *play,
               struct stage_end *end, struct error *error)
{
    enum { NAME_DEPTH = 64, SECONDS = 20 };
    static const uint64_t SECOND_NS = 1000000000, LEAST_HEAP_BYTES = UINT64_C(8) << 20;
    const struct hm_capabilities *can = &collector->can->capabilities;
    struct names_play *shared = stage_share(sizeof *shared, error);
    if (shared == NULL)
        return false;
    uint64_t least = can->least_heap_bytes + can->least_mutator_bytes;
    struct stage stage = {
        .collector = collector,
        .heap_bytes = !can->heap_limit           ? 0
                      : least > LEAST_HEAP_BYTES ? least
                                                 : LEAST_HEAP_BYTES,
        .name_depth = NAME_DEPTH,
        .names = NAMES_CELLS,
        .shapes = shapes,
        .time_ns = SECONDS * SECOND_NS,
        .play = play_names,
        .shared = shared,
    };
    bool fine = stage_run(&stage, end, error);
    *play = *shared;
    if (play->steps > NAMES_STEP_COUNT) /* whatever a plugin wrote there */
        play->steps = 0;
    stage_unshare(shared, sizeof *shared);
    return fine;
}

bool names_is_broken(const struct names_play *play, const struct stage_end *end)
{
    for (uint32_t i = 0; i < play->steps; i++)
        if (play->seen[i].wrong[0] != '\0')
            return true;
    return end->ending == STAGE_BROKEN ||
           (end->ending == STAGE_ENDED && play->steps != NAMES_STEP_COUNT);
}
