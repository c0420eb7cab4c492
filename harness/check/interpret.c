/* SPDX-License-Identifier: MIT
 *
 * Operations to actions: operands are settled, what cannot be done is left out, the shadow changes.
 *
 * An operation that can fail changes the shadow when it has been seen to succeed (commit); all
 * others before they are carried out. Each is judged when the kernel comes for the next one.
 */
#include <string.h>

#include "base/clock.h"
#include "check/session.h"

enum { MOST_FRAME = 8, MOST_SLOTS = 1 << 19, MOST_BYTES = 4 << 20, MOST_PAUSE_US = 200 };
/* Without a heap limit, objects alive are bounded by this. */
#define MOST_ALIVE_BYTES (UINT64_C(128) << 20)

static struct check_thread *thread_of(struct hm_thread *t)
{
    return (struct check_thread *)t;
}

/* ---- operands ---- */

static size_t name_index(const struct check_thread *thread, uint16_t number)
{
    return number % thread->top;
}

static hm_name *name_at(const struct check_thread *thread, size_t index)
{
    return &thread->head.names[index];
}

static bool is_writable(const struct check_thread *thread, const struct hm_shadow *object)
{
    return object->owner == thread->head.index;
}

/* Its plain slots are not written by anybody else. */
static bool is_readable(const struct check_thread *thread, const struct hm_shadow *object)
{
    return is_writable(thread, object) || object->owner == HM_SHADOW_FROZEN;
}

/* An object with slots that this thread may read, or write. */
static bool has_slots(const struct check_thread *thread, const struct hm_shadow *object, bool write)
{
    return object != NULL && object->slot_count > 0 &&
           (write ? is_writable(thread, object) : is_readable(thread, object));
}

/* z slots from x on, cut to what there is. */
static size_t range(size_t length, size_t *first, size_t wanted)
{
    *first %= length;
    size_t most = length - *first;
    return wanted < most ? wanted : most;
}

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

static bool do_set(struct check_thread *thread, struct hm_action *action);

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
 * The same operation comes again until it is done. */
static bool do_flood(struct check_thread *thread, struct hm_action *action)
{
    const struct program_op flood = thread->op;
    size_t step = thread->flooded++, list = name_index(thread, flood.a);
    const struct hm_shadow *holder = thread->names[list];
    bool goes_on = list != name_index(thread, flood.b) && has_slots(thread, holder, true) &&
                   step / 2 < holder->slot_count && step / 2 < flood.z &&
                   (step % 2 == 0 || thread->names[name_index(thread, flood.b)] != NULL);
    thread->op =
        step % 2 == 0
            ? (struct program_op){.kind = PROGRAM_TRY_NEW, .a = flood.b, .c = flood.c, .x = flood.x}
            : (struct program_op){
                  .kind = PROGRAM_GIVE, .a = flood.a, .b = flood.b, .x = (uint32_t)(step / 2)};
    if (goes_on && (step % 2 == 0 ? do_new(thread, action, true) : do_set(thread, action))) {
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

static void commit_new(struct check_thread *thread, const struct hm_action *action)
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

/* ---- slots ---- */

static bool do_get(struct check_thread *thread, struct hm_action *action)
{
    size_t to = name_index(thread, thread->op.a), from = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[from];
    if (!has_slots(thread, object, false))
        return false;
    action->x = thread->op.x % object->slot_count;
    action->a = name_at(thread, to);
    action->b = name_at(thread, from);
    action->kind = thread->op.kind == PROGRAM_GET ? HM_ACTION_GET : HM_ACTION_PEEK_BIND;
    shadow_store(&thread->session->shadows, &thread->names[to], object->slots[action->x]);
    return true;
}

/* Through an object that is borrowed only: b[x][y]. */
static bool do_peeked(struct check_thread *thread, struct hm_action *action)
{
    bool write = thread->op.kind == PROGRAM_PEEK_SET;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[b];
    if (!has_slots(thread, object, false))
        return false;
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *middle = object->slots[action->x];
    if (!has_slots(thread, middle, write))
        return false;
    action->y = thread->op.y % middle->slot_count;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->kind = write ? HM_ACTION_PEEK_SET : HM_ACTION_PEEK_GET;
    if (write)
        shadow_store(&thread->session->shadows, &middle->slots[action->y], thread->names[a]);
    else
        shadow_store(&thread->session->shadows, &thread->names[a], middle->slots[action->y]);
    return true;
}

static bool do_init(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a];
    bool gives = thread->op.kind == PROGRAM_INIT_GIVE;
    if (object == NULL || object != thread->fresh || object->slot_count == 0)
        return false;
    size_t slot = thread->op.x % (object->slot_count < 64 ? object->slot_count : 64);
    if ((thread->inited >> slot & 1) != 0 || object->slots[slot] != NULL ||
        (gives && thread->names[b] == object))
        return false;
    thread->inited |= UINT64_C(1) << slot;
    action->kind = gives ? HM_ACTION_INIT_GIVE : HM_ACTION_INIT;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = slot;
    shadow_store(&thread->session->shadows, &object->slots[slot], thread->names[b]);
    if (gives)
        shadow_store(&thread->session->shadows, &thread->names[b], NULL);
    return true;
}

static bool do_set(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a];
    bool gives = thread->op.kind == PROGRAM_GIVE;
    if (!has_slots(thread, object, true) || (gives && a == b))
        return false;
    action->kind = gives ? HM_ACTION_GIVE : HM_ACTION_SET;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x % object->slot_count;
    shadow_store(shadows, &object->slots[action->x], thread->names[b]);
    if (gives)
        shadow_store(shadows, &thread->names[b], NULL);
    return true;
}

static void store_range(struct check_thread *thread, struct hm_shadow *object, size_t first,
                        size_t count, struct hm_shadow *value)
{
    for (size_t i = 0; i < count; i++)
        shadow_store(&thread->session->shadows, &object->slots[first + i], value);
}

/* a[x] = b[y], or n slots from x on, by a borrow of the value. */
static bool do_set_slot(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a], *from = thread->names[b];
    bool fills = thread->op.kind == PROGRAM_FILL_SLOT;
    if (!has_slots(thread, object, true) || !has_slots(thread, from, false))
        return false;
    action->kind = fills ? HM_ACTION_FILL_SLOT : HM_ACTION_SET_SLOT;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x;
    action->y = thread->op.y % from->slot_count;
    action->n = range(object->slot_count, &action->x, fills ? thread->op.z : 1);
    struct hm_shadow *value = from->slots[action->y];
    shadow_own(value);
    store_range(thread, object, action->x, action->n, value);
    shadow_drop(&thread->session->shadows, value);
    return true;
}

/* a[x] = a[x][y]: the middle is dropped by the store that its own slot is the value of. */
static bool do_unlink(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a);
    struct hm_shadow *object = thread->names[a];
    if (!has_slots(thread, object, true))
        return false;
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *middle = object->slots[action->x];
    if (!has_slots(thread, middle, false))
        return false;
    action->kind = HM_ACTION_UNLINK;
    action->a = action->b = name_at(thread, a);
    action->y = thread->op.y % middle->slot_count;
    shadow_store(&thread->session->shadows, &object->slots[action->x], middle->slots[action->y]);
    return true;
}

static bool do_take(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[b];
    if (!has_slots(thread, object, true))
        return false;
    action->kind = HM_ACTION_TAKE;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *taken = object->slots[action->x];
    shadow_own(taken);
    shadow_store(shadows, &object->slots[action->x], NULL);
    shadow_store(shadows, &thread->names[a], taken);
    shadow_drop(shadows, taken);
    return true;
}

/* ---- bulk ---- */

static bool do_fill(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a];
    bool clears = thread->op.kind == PROGRAM_CLEAR_SLOTS;
    if (!has_slots(thread, object, true))
        return false;
    action->kind = clears ? HM_ACTION_CLEAR_SLOTS : HM_ACTION_FILL_SLOTS;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x;
    action->n = range(object->slot_count, &action->x, thread->op.z);
    store_range(thread, object, action->x, action->n, clears ? NULL : thread->names[b]);
    return true;
}

/* As if all were read before any is written: upwards or downwards, as memmove does. */
static bool do_copy(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *to = thread->names[a], *from = thread->names[b];
    if (!has_slots(thread, to, true) || !has_slots(thread, from, false))
        return false;
    action->kind = HM_ACTION_COPY_SLOTS;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x;
    action->y = thread->op.y;
    action->n = range(to->slot_count, &action->x, thread->op.z);
    action->n = range(from->slot_count, &action->y, action->n);
    bool down = to == from && action->x > action->y;
    for (size_t i = 0; i < action->n; i++) {
        size_t k = down ? action->n - 1 - i : i;
        shadow_store(shadows, &to->slots[action->x + k], from->slots[action->y + k]);
    }
    return true;
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

static void commit_push(struct check_thread *thread, const struct hm_action *action)
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

static void commit_shared(struct check_thread *thread, const struct hm_action *action)
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

static bool do_verify(struct check_thread *thread, struct hm_action *action)
{
    action->kind = HM_ACTION_VERIFY;
    action->a = thread->head.names;
    action->at = thread->names;
    action->n = thread->top;
    action->walk = &thread->walk;
    thread->walk.capacity =
        atomic_load_explicit(&thread->session->shadows.alive, memory_order_relaxed) + 1;
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
        return do_verify(thread, action);
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

static bool settle(struct check_thread *thread, struct hm_action *action)
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
        return do_get(thread, action);
    case PROGRAM_PEEK_GET:
    case PROGRAM_PEEK_SET:
        return do_peeked(thread, action);
    case PROGRAM_INIT:
    case PROGRAM_INIT_GIVE:
        return do_init(thread, action);
    case PROGRAM_SET:
    case PROGRAM_GIVE:
        return do_set(thread, action);
    case PROGRAM_SET_SLOT:
    case PROGRAM_FILL_SLOT:
        return do_set_slot(thread, action);
    case PROGRAM_UNLINK:
        return do_unlink(thread, action);
    case PROGRAM_TAKE:
        return do_take(thread, action);
    case PROGRAM_COPY:
        return do_copy(thread, action);
    case PROGRAM_CLEAR_SLOTS:
    case PROGRAM_FILL:
        return do_fill(thread, action);
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

/* ---- judging what the last action saw ---- */

static void commit(struct check_thread *thread, const struct hm_action *action)
{
    switch (action->kind) {
    case HM_ACTION_NEW:
    case HM_ACTION_NEW_N:
    case HM_ACTION_TRY_NEW:
    case HM_ACTION_TRY_NEW_N:
    case HM_ACTION_CLONE:
        commit_new(thread, action);
        break;
    case HM_ACTION_NEW_WEAK:
    case HM_ACTION_NEW_EPHEMERON:
        commit_new(thread, action);
        break;
    case HM_ACTION_WEAK_GET:
    case HM_ACTION_EPHEMERON_GET:
    case HM_ACTION_NEXT_DEAD:
        optional_commit(thread, action);
        break;
    case HM_ACTION_PUSH:
        commit_push(thread, action);
        break;
    case HM_ACTION_GET_SHARED:
    case HM_ACTION_SET_SHARED:
    case HM_ACTION_SWAP_SHARED:
        commit_shared(thread, action);
        break;
    case HM_ACTION_SAME:
        if ((action->saw != 0) != thread->expected)
            check_broken(thread->session, thread, HM_PROPERTY_IDENTITY,
                         "same.1: hm_same says %s of two names that own %s",
                         action->saw != 0 ? "yes" : "no",
                         thread->expected ? "one object" : "different objects");
        break;
    case HM_ACTION_POLL_KEEP:
        if (action->saw == 0)
            check_broken(thread->session, thread, HM_PROPERTY_SAFETY,
                         "poll_keep.1: the borrow that was kept leads to another object");
        break;
    default:
        break;
    }
}

/* Init is legal up to the next safepoint, and until the object is written otherwise. */
static void age_fresh(struct check_thread *thread, const struct hm_action *action)
{
    if (action->kind != HM_ACTION_INIT && action->kind != HM_ACTION_INIT_GIVE &&
        action->kind != HM_ACTION_PUT_WORD && action->kind != HM_ACTION_WRITE)
        thread->fresh = NULL;
}

void check_landed(struct check_thread *thread, enum hm_cause cause)
{
    struct hm_action *action = thread->head.state;
    bool watches = thread->op.kind == PROGRAM_WATCH;
    if (cause == HM_CANCELLED)
        return;
    if ((thread->pending == NULL && !watches) ||
        (cause != HM_OUT_OF_MEMORY && cause != HM_TOO_LARGE))
        check_broken(thread->session, thread, HM_PROPERTY_LIMIT,
                     "'%s' landed with cause %d, which it must not", program_word(thread->op.kind),
                     (int)cause);
    if (cause == HM_OUT_OF_MEMORY)
        judge_out_of_memory(thread, watches ? 0 : shadow_nominal_bytes(thread->pending));
    if (!watches && thread->pending->owner == HM_SHADOW_SHARED)
        check_refused(thread->session, "no memory for the boards that every program begins with");
    if (watches)
        optional_not_watched(thread);
    else
        shadow_discard(&thread->session->shadows, thread->pending);
    thread->pending = NULL;
    thread->fresh = NULL;
    action->kind = HM_ACTION_NOTHING;
    check_drop_names(thread, CHECK_BASE_NAMES);
    thread->frame_count = 0;
}

/* ---- next ---- */

/* The boards, made by thread 0 before anything else; then all threads meet, and go. */
static bool prologue(struct check_thread *thread, struct hm_action *action)
{
    struct check_session *session = thread->session;
    size_t board = thread->prologue / 3, part = thread->prologue % 3;
    if (board > CHECK_BOARDS)
        return false;
    if (board == CHECK_BOARDS || thread->head.index != 0) {
        thread->prologue = 3 * (CHECK_BOARDS + 1);
        action->kind = HM_ACTION_MEET;
        return true;
    }
    thread->prologue++;
    action->a = name_at(thread, 0);
    if (part == 2) {
        action->kind = HM_ACTION_CLEAR;
        shadow_store(&session->shadows, &thread->names[0], NULL);
        return true;
    }
    if (part == 0) {
        for (size_t i = 0; session->kernel->shapes[i] != NULL; i++)
            if (session->kernel->shapes[i]->slots == HM_BOARD_SLOTS)
                action->shape = session->kernel->shapes[i];
        thread->op = (struct program_op){.kind = PROGRAM_NEW};
        thread->pending = shadow_make(&session->shadows, action->shape, 0, NULL, HM_SHADOW_SHARED);
        action->kind = HM_ACTION_NEW;
        action->object = thread->pending;
        action->fresh = true;
        return true;
    }
    action->kind = HM_ACTION_SET_SHARED;
    action->board = HM_NO_BOARD;
    action->x = board;
    shadow_store(&session->shadows, &session->shadows.globals->slots[board], thread->names[0]);
    return true;
}

/* Somebody runs while the world is stopped, as it seems: judged when the stop ends (drive.c), since
 * the end is told a little after mutators may go on. */
static void look_for_stop(struct check_thread *thread)
{
    struct check_session *session = thread->session;
    if (atomic_load_explicit(&session->stopped, memory_order_acquire) != 0 &&
        atomic_load_explicit(&thread->suspect_ns, memory_order_relaxed) == 0)
        atomic_store(&thread->suspect_ns, clock_now_ns());
}

static bool next_of_list(struct check_thread *thread, struct hm_action *action)
{
    while (thread->at < thread->list->count && thread->stage == STAGE_NONE &&
           thread->end == END_NOT_YET) {
        atomic_store_explicit(&thread->session->shared->at[thread->head.index], thread->at,
                              memory_order_relaxed);
        thread->op = thread->list->ops[thread->at++];
        atomic_store_explicit(&thread->operations, thread->operations + 1, memory_order_relaxed);
        if (settle(thread, action))
            return true;
    }
    return false;
}

bool check_next(struct hm_thread *t, hm_mutator *m, struct hm_action *action)
{
    struct check_thread *thread = thread_of(t);
    (void)m;
    look_for_stop(thread);
    phases_step(thread);
    commit(thread, action);
    *action = (struct hm_action){.kind = HM_ACTION_NOTHING};
    bool found = prologue(thread, action);
    while (!found) {
        if (thread->stage == STAGE_NONE && next_of_list(thread, action))
            break;
        if (thread->end == END_REBIRTH)
            return false;
        if (thread->stage == STAGE_NONE) {
            thread->finished = true;
            thread->stage = STAGE_COME;
        }
        found = meet_next(thread, action);
        if (!found && thread->end == END_PROGRAM)
            return false;
    }
    age_fresh(thread, action);
    if (thread->session->target->trace != NULL)
        trace_action(thread, action);
    return true;
}
