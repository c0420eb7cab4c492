/* SPDX-License-Identifier: MIT
 *
 * Operations to actions: operands are settled, what cannot be done is left out, the shadow changes.
 *
 * An operation that can fail changes the shadow when it has been seen to succeed (settle_commit_…);
 * all others before they are carried out.
 */
#include "check/settle.h"

#include <string.h>

enum { MOST_FRAME = 8, MOST_SLOTS = 1 << 19, MOST_BYTES = 4 << 20, MOST_PAUSE_US = 200 };
enum { FLOOD_BEAT = 64 };
/* Without a heap limit, objects alive are bounded by this. */
#define MOST_ALIVE_BYTES (UINT64_C(128) << 20)

static uint64_t mixed(uint64_t a, uint64_t b)
{
    uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) ^ (b + 0x7f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

/* ---- allocation ---- */

static bool has_room(const struct check_session *session, uint64_t bytes)
{
    uint64_t alive =
        atomic_load_explicit(&session->shadows.alive_nominal_bytes, memory_order_relaxed);
    uint64_t most =
        session->program->heap_bytes == 0 ? MOST_ALIVE_BYTES : 2 * session->program->heap_bytes;
    return alive + bytes <= most;
}

static bool do_new(struct check_thread *thread, struct hm_action *action, bool may_fail)
{
    struct check_session *session = thread->session;
    const struct program_op *op = &thread->op;
    const struct hm_shape *shape = session->kernel->shapes[op->c % session->shape_count];
    bool varies = shape->vary != HM_FIXED;
    uint32_t most = shape->vary == HM_VARY_SLOTS ? MOST_SLOTS : MOST_BYTES;
    size_t n = varies ? op->x % (most + 1) : 0;
    if (!has_room(session, hm_nominal_bytes(shape, n)))
        return false;
    size_t index = name_index(thread, op->a);
    shadow_store(&session->shadows, &thread->names[index], NULL);
    thread->pending = shadow_make(&session->shadows, shape, n, NULL, thread->head.index);
    action->kind = varies ? (may_fail ? HM_ACTION_TRY_NEW_N : HM_ACTION_NEW_N)
                          : (may_fail ? HM_ACTION_TRY_NEW : HM_ACTION_NEW);
    action->a = name_at(thread, index);
    action->shape = shape;
    action->n = n;
    action->object = thread->pending;
    action->fresh = true;
    return true;
}

/* Objects into the slots of a list, one after another until memory is out: tries and gives in turn.
 * The same operation comes again until it is done. In a heap that is full each may cost a
 * collection, so that they go on is seen before all are done. */
static bool do_flood(struct check_thread *thread, struct hm_action *action)
{
    const struct program_op flood = thread->op;
    size_t step = thread->flooded++, list = name_index(thread, flood.a);
    if (step % FLOOD_BEAT == FLOOD_BEAT - 1)
        check_beat(thread->session);
    const struct hm_shadow *holder = thread->names[list];
    bool goes_on = list != name_index(thread, flood.b) && has_slots(thread, holder, true) &&
                   step / 2 < holder->slot_count && step / 2 < flood.z &&
                   (step % 2 == 0 || thread->names[name_index(thread, flood.b)] != NULL);
    thread->op =
        step % 2 == 0
            ? (struct program_op){.kind = PROGRAM_TRY_NEW, .a = flood.b, .c = flood.c, .x = flood.x}
            : (struct program_op){
                  .kind = PROGRAM_GIVE, .a = flood.a, .b = flood.b, .x = (uint32_t)(step / 2)};
    if (goes_on && (step % 2 == 0 ? do_new(thread, action, true) : settle_slots(thread, action))) {
        thread->at--;
        return true;
    }
    thread->flooded = 0;
    return false;
}

static bool do_clone(struct check_thread *thread, struct hm_action *action)
{
    struct check_session *session = thread->session;
    size_t to = name_index(thread, thread->op.a), from = name_index(thread, thread->op.b);
    struct hm_shadow *original = thread->names[from];
    if (original == NULL || shadow_kind(original) != SHADOW_PLAIN ||
        !is_readable(thread, original) || !has_room(session, shadow_nominal_bytes(original)))
        return false;
    thread->pending =
        shadow_make(&session->shadows, original->shape, 0, original, thread->head.index);
    action->kind = HM_ACTION_CLONE;
    action->a = name_at(thread, to);
    action->b = name_at(thread, from);
    action->object = thread->pending;
    action->fresh = true;
    return true;
}

void settle_commit_new(struct check_thread *thread, const struct hm_action *action)
{
    struct hm_shadow *made = thread->pending;
    size_t index = name_index(thread, thread->op.a);
    thread->pending = NULL;
    if (action->saw == 0) {
        judge_out_of_memory(thread, shadow_nominal_bytes(made));
        shadow_discard(&thread->session->shadows, made);
        return;
    }
    shadow_born(&thread->session->shadows, made);
    shadow_store(&thread->session->shadows, &thread->names[index], made);
    thread->fresh = made;
    thread->inited = action->kind == HM_ACTION_CLONE ? UINT64_MAX : 0;
}

/* ---- names ---- */

static bool do_names(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    switch (thread->op.kind) {
    case PROGRAM_MOVE:
        action->kind = HM_ACTION_MOVE;
        if (a == b)
            return true;
        shadow_store(shadows, &thread->names[a], thread->names[b]);
        shadow_store(shadows, &thread->names[b], NULL);
        return true;
    case PROGRAM_BIND:
        action->kind = HM_ACTION_BIND;
        shadow_store(shadows, &thread->names[a], thread->names[b]);
        return true;
    case PROGRAM_CLEAR:
        action->kind = HM_ACTION_CLEAR;
        shadow_store(shadows, &thread->names[a], NULL);
        return true;
    default:
        action->kind = HM_ACTION_SAME;
        thread->expected = thread->names[a] == thread->names[b];
        return true;
    }
}

static bool do_push(struct check_thread *thread, struct hm_action *action)
{
    size_t count = thread->op.x % MOST_FRAME + 1;
    if (thread->top + count > CHECK_MOST_NAMES || thread->frame_count == CHECK_MOST_FRAMES)
        return false;
    action->kind = HM_ACTION_PUSH;
    action->a = name_at(thread, thread->top);
    action->n = count;
    return true;
}

void settle_commit_push(struct check_thread *thread, const struct hm_action *action)
{
    if (action->saw != 0)
        check_broken(
            thread->session, thread, HM_PROPERTY_SAFETY,
            "push.1: the new frame does not begin where the one before ends, but %lld names "
            "from there",
            (long long)action->saw);
    thread->frames[thread->frame_count++] = thread->top;
    memset(&thread->names[thread->top], 0, action->n * sizeof *thread->names);
    thread->top += action->n;
}

void check_drop_names(struct check_thread *thread, size_t down_to)
{
    while (thread->top > down_to)
        shadow_store(&thread->session->shadows, &thread->names[--thread->top], NULL);
}

static bool do_pop(struct check_thread *thread, struct hm_action *action)
{
    if (thread->frame_count == 0)
        return false;
    size_t first = thread->frames[--thread->frame_count];
    action->kind = HM_ACTION_POP;
    action->a = name_at(thread, first);
    check_drop_names(thread, first);
    return true;
}

/* Clears of all names one by one: the same operation comes again until none is left. */
static bool do_drop_all(struct check_thread *thread, struct hm_action *action)
{
    for (size_t i = 0; i < thread->top; i++) {
        if (thread->names[i] == NULL)
            continue;
        action->kind = HM_ACTION_CLEAR;
        action->a = name_at(thread, i);
        shadow_store(&thread->session->shadows, &thread->names[i], NULL);
        thread->at--;
        return true;
    }
    return false;
}

/* ---- payload ---- */

static bool do_put(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a);
    struct hm_shadow *object = thread->names[a];
    if (object == NULL || !is_writable(thread, object) || object->bytes < 2 * sizeof(uint64_t))
        return false;
    size_t word = 1 + thread->op.x % (object->bytes / sizeof(uint64_t) - 1);
    action->kind = HM_ACTION_PUT_WORD;
    action->a = name_at(thread, a);
    action->x = object->slot_count + word;
    action->value = mixed(object->id, thread->op.y);
    memcpy(object->payload + word * sizeof(uint64_t), &action->value, sizeof action->value);
    return true;
}

static bool do_write(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a);
    struct hm_shadow *object = thread->names[a];
    size_t stamp = object == NULL || object->bytes < sizeof(uint64_t) ? 0 : sizeof(uint64_t);
    if (object == NULL || !is_writable(thread, object) || object->bytes == stamp)
        return false;
    size_t first = thread->op.x;
    size_t count = range(object->bytes - stamp, &first, thread->op.z % (CHECK_WRITE_BYTES + 1));
    if (thread->op.x % 8 == 7) /* up to the end, which is where copies fall short */
        first = object->bytes - stamp - count;
    first += stamp;
    for (size_t i = 0; i < count; i++)
        thread->bytes[i] = (unsigned char)mixed(object->id + i, thread->op.y);
    action->kind = HM_ACTION_WRITE;
    action->a = name_at(thread, a);
    action->x = HM_OFFSET(object->slot_count) + first;
    action->bytes = thread->bytes;
    action->n = count;
    memcpy(object->payload + first, thread->bytes, count);
    return true;
}

/* ---- shared slots ---- */

static bool do_shared(struct check_thread *thread, struct hm_action *action)
{
    struct check_session *session = thread->session;
    size_t a = name_index(thread, thread->op.a);
    struct check_place *place = &session->places[thread->op.x % session->place_count];
    bool clears = thread->op.kind == PROGRAM_CLEAR_SHARED;
    struct hm_shadow *object = clears ? NULL : thread->names[a];
    bool stores = thread->op.kind != PROGRAM_GET_SHARED;
    if (stores && object != NULL && !shadow_is_carrier(object))
        return false;
    action->kind = thread->op.kind == PROGRAM_GET_SHARED    ? HM_ACTION_GET_SHARED
                   : thread->op.kind == PROGRAM_SWAP_SHARED ? HM_ACTION_SWAP_SHARED
                                                            : HM_ACTION_SET_SHARED;
    action->a = clears ? NULL : name_at(thread, a);
    action->board = place->board;
    action->x = place->slot;
    thread->place = place;
    /* With one thread, what the place holds is known; a swap reads it before it is written. */
    if (!stores || (thread->op.kind == PROGRAM_SWAP_SHARED && session->thread_count == 1))
        return true;
    place_will_hold(thread, place, object);
    return true;
}

void settle_commit_shared(struct check_thread *thread, const struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    if (action->kind == HM_ACTION_SET_SHARED)
        return;
    size_t a = name_index(thread, thread->op.a);
    struct hm_shadow *seen = place_seen(thread, thread->place, action->saw);
    shadow_own(seen);
    if (action->kind == HM_ACTION_SWAP_SHARED && thread->session->thread_count == 1)
        place_will_hold(thread, thread->place, thread->names[a]);
    shadow_store(shadows, &thread->names[a], seen);
    shadow_drop(shadows, seen);
}

/* ---- the rest ---- */

static bool do_poll_keep(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    if (a == b || thread->names[b] == NULL)
        return false;
    action->kind = HM_ACTION_POLL_KEEP;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    thread->expected = true;
    /* The name may hold what it held or what was kept, and is cleared at once by the kernel. */
    shadow_store(&thread->session->shadows, &thread->names[a], NULL);
    return true;
}

bool settle_walk(struct check_thread *thread, struct hm_action *action, size_t beside, bool quiet)
{
    const hm_mutator *m = thread->m;
    size_t most = atomic_load(&thread->session->shadows.alive) + beside;
    if (!m->lends && most > (size_t)(m->name_limit - m->name_top))
        return false;
    action->kind = HM_ACTION_VERIFY;
    action->a = thread->head.names;
    action->at = thread->names;
    action->n = thread->top;
    action->walk = &thread->walk;
    thread->walk.capacity = most;
    thread->walk.reader = thread->head.index;
    thread->walk.quiet = quiet;
    check_judged(thread->session, HM_PROPERTY_SAFETY);
    check_judged(thread->session, HM_PROPERTY_IDENTITY);
    return true;
}

static bool do_rest(struct check_thread *thread, struct hm_action *action)
{
    switch (thread->op.kind) {
    case PROGRAM_POLL:
        action->kind = HM_ACTION_POLL;
        return true;
    case PROGRAM_POLL_KEEP:
        return do_poll_keep(thread, action);
    case PROGRAM_PAUSE:
        action->kind = HM_ACTION_PAUSE;
        action->value = (uint64_t)(thread->op.x % (MOST_PAUSE_US + 1)) * 1000;
        return true;
    case PROGRAM_AWAIT:
        phases_await(thread, thread->op.x, thread->op.y);
        return false;
    case PROGRAM_AWAIT_BLOCKED:
        action->kind = HM_ACTION_PAUSE;
        return true;
    case PROGRAM_COLLECT:
    case PROGRAM_LOOK:
        action->kind = HM_ACTION_CALL;
        return true;
    case PROGRAM_VERIFY:
        return settle_walk(thread, action, 1, false);
    case PROGRAM_MEET:
        thread->wants_collect = thread->op.x != 0;
        thread->stage = STAGE_COME;
        return false;
    case PROGRAM_REBIRTH:
        thread->end = END_REBIRTH;
        return false;
    default:
        return optional_settle(thread, action);
    }
}

bool settle(struct check_thread *thread, struct hm_action *action)
{
    switch (thread->op.kind) {
    case PROGRAM_NEW:
    case PROGRAM_TRY_NEW:
        return do_new(thread, action, thread->op.kind == PROGRAM_TRY_NEW);
    case PROGRAM_FLOOD:
        return do_flood(thread, action);
    case PROGRAM_CLONE:
        return do_clone(thread, action);
    case PROGRAM_GET:
    case PROGRAM_PEEK_BIND:
    case PROGRAM_PEEK_GET:
    case PROGRAM_PEEK_SET:
    case PROGRAM_INIT:
    case PROGRAM_INIT_GIVE:
    case PROGRAM_SET:
    case PROGRAM_GIVE:
    case PROGRAM_SET_SLOT:
    case PROGRAM_FILL_SLOT:
    case PROGRAM_UNLINK:
    case PROGRAM_CUT_CLEAR:
    case PROGRAM_CUT_SHIFT:
    case PROGRAM_TAKE:
    case PROGRAM_COPY:
    case PROGRAM_CLEAR_SLOTS:
    case PROGRAM_FILL:
        return settle_slots(thread, action);
    case PROGRAM_MOVE:
    case PROGRAM_BIND:
    case PROGRAM_CLEAR:
    case PROGRAM_SAME:
        return do_names(thread, action);
    case PROGRAM_PUSH:
        return do_push(thread, action);
    case PROGRAM_POP:
        return do_pop(thread, action);
    case PROGRAM_DROP_ALL:
        return do_drop_all(thread, action);
    case PROGRAM_PUT:
        return do_put(thread, action);
    case PROGRAM_WRITE:
        return do_write(thread, action);
    case PROGRAM_GET_SHARED:
    case PROGRAM_SET_SHARED:
    case PROGRAM_CLEAR_SHARED:
    case PROGRAM_SWAP_SHARED:
        return do_shared(thread, action);
    default:
        return do_rest(thread, action);
    }
}
