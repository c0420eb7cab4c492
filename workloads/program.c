/* SPDX-License-Identifier: MIT
 *
 * program: the interpreter of stress testing (heapmark/program.h). It carries out one action after
 * another, looks at new objects and walks the heap beside its shadow.
 *
 * Nothing is held over an action but names; what an action borrows ends with it.
 */
#include <heapmark/program.h>
#include <heapmark/workload.h>

#include <string.h>

enum { FRAME_NAMES = 16, CHUNK_BYTES = 512, STEP_BYTES = HM_SHADOW_LARGE_BYTES };

/* ---- shapes: every kind of object, small ones of constant shape as kernels have them ---- */

#define SHAPES(X)                                                                                  \
    X(0, EMPTY, 0, 0, HM_FIXED, HM_NUMBER, "empty")                                                \
    X(1, BYTE, 0, 1, HM_FIXED, HM_NUMBER, "byte")                                                  \
    X(2, NUMBER, 0, 8, HM_FIXED, HM_NUMBER, "number")                                              \
    X(3, LINK, 1, 0, HM_FIXED, HM_INSTANCE, "link")                                                \
    X(4, PAIR, 2, 0, HM_FIXED, HM_INSTANCE, "pair")                                                \
    X(5, CARRIER, HM_CARRIER_SLOTS, HM_CARRIER_BYTES, HM_FIXED, HM_INSTANCE, "carrier")            \
    X(6, NODE, 1, 8, HM_FIXED, HM_INSTANCE, "node")                                                \
    X(7, ENTRY, 3, 13, HM_FIXED, HM_DICTIONARY, "entry")                                           \
    X(8, WIDE, 7, 24, HM_FIXED, HM_INSTANCE, "wide")                                               \
    X(9, TABLE, 33, 8, HM_FIXED, HM_DICTIONARY, "table")                                           \
    X(10, RECORD, 0, 120, HM_FIXED, HM_STRING, "record")                                           \
    X(11, BOARD, HM_BOARD_SLOTS, 8, HM_FIXED, HM_LIST, "board")                                    \
    X(12, LIST, 0, 0, HM_VARY_SLOTS, HM_LIST, "list")                                              \
    X(13, STRING, 0, 0, HM_VARY_BYTES, HM_STRING, "string")                                        \
    X(14, TAGGED, 2, 0, HM_VARY_BYTES, HM_INSTANCE, "tagged")

#define SHAPE(ID, NAME, SLOTS, BYTES, VARY, HINT, WORD)                                            \
    static const struct hm_shape NAME = {                                                          \
        .id = ID, .slots = SLOTS, .bytes = BYTES, .vary = VARY, .hint = HINT, .name = WORD};
SHAPES(SHAPE)

#define ROW(ID, NAME, SLOTS, BYTES, VARY, HINT, WORD) &NAME,
static const struct hm_shape *const shapes[] = {SHAPES(ROW) NULL};

/* ---- looking at objects ---- */

#define BROKEN(PROPERTY, ...) t->services->script->broken(t, HM_PROPERTY_##PROPERTY, __VA_ARGS__)

static void look_at_chunk(hm_mutator *m, struct hm_thread *t, hm_ref ref,
                          const struct hm_shadow *object, size_t at)
{
    unsigned char chunk[CHUNK_BYTES];
    size_t count = object->bytes - at < CHUNK_BYTES ? object->bytes - at : CHUNK_BYTES;
    hm_read(m, ref, HM_OFFSET(object->slot_count) + at, chunk, count);
    if (memcmp(chunk, object->payload + at, count) == 0)
        return;
    size_t bad = 0;
    while (chunk[bad] == object->payload[at + bad])
        bad++;
    BROKEN(SAFETY,
           "object %u (%s, %u slots, %u bytes): payload byte %zu is 0x%02x and should be 0x%02x",
           object->id, object->shape->name, object->slot_count, object->bytes, at + bad, chunk[bad],
           object->payload[at + bad]);
}

/* The whole payload; of a large one as much as its beginning and its end and steps between, which
 * are elsewhere at each look. */
static void look_at_payload(hm_mutator *m, struct hm_thread *t, hm_ref ref,
                            const struct hm_shadow *object, size_t look)
{
    if (object->bytes <= STEP_BYTES) {
        for (size_t at = 0; at < object->bytes; at += CHUNK_BYTES)
            look_at_chunk(m, t, ref, object, at);
        return;
    }
    size_t step = object->bytes / (STEP_BYTES / CHUNK_BYTES);
    look_at_chunk(m, t, ref, object, 0);
    for (size_t at = look * CHUNK_BYTES % step; at < object->bytes; at += step)
        look_at_chunk(m, t, ref, object, at);
    look_at_chunk(m, t, ref, object, object->bytes - CHUNK_BYTES);
}

static void look_at_size(hm_mutator *m, struct hm_thread *t, hm_ref ref,
                         const struct hm_shadow *object)
{
    if (object->shape->vary == HM_FIXED)
        return;
    size_t wanted = object->shape->vary == HM_VARY_SLOTS ? object->slot_count : object->bytes;
    size_t length = hm_length(m, ref);
    if (length != wanted)
        BROKEN(SAFETY, "object %u (%s): its length is %zu and should be %zu", object->id,
               object->shape->name, length, wanted);
}

/* A new object is clean (new.2): every slot null, every byte zero, or as its original (clone.1). */
static void look_at_new(hm_mutator *m, struct hm_thread *t, hm_ref ref,
                        const struct hm_shadow *object)
{
    hm_spare *spare = hm_push_spare(m, 1);
    look_at_size(m, t, ref, object);
    for (size_t i = 0; i < object->slot_count; i++) {
        bool null = hm_is_null(hm_peek(m, spare, ref, i));
        if (null != (object->slots[i] == NULL))
            BROKEN(SAFETY, "new object %u (%s): slot %zu is %s null", object->id,
                   object->shape->name, i, null ? "" : "not");
    }
    look_at_payload(m, t, ref, object, object->id);
    hm_pop_spare(m, spare);
}

static void stamp(hm_mutator *m, hm_ref ref, const struct hm_shadow *object)
{
    if (object->bytes >= sizeof(uint64_t))
        hm_put_word(m, ref, object->slot_count, hm_shadow_stamp(object->id));
    if (object->bytes > HM_SHADOW_LARGE_BYTES)
        hm_put_word(m, ref, object->slot_count + object->bytes / sizeof(uint64_t) - 1,
                    hm_shadow_stamp(object->id));
}

/* ---- walking the heap beside its shadow ----
 *
 * Breadth first, without a safepoint: borrows are good for the whole walk where the collector
 * lends. Where it does not, each object met gets a name of its own in a frame of the walk. */

struct walker {
    hm_mutator *m;
    struct hm_thread *t;
    struct hm_walk *walk;
    bool counts;
    hm_name *names; /* null: refs are borrowed */
};

static hm_ref ref_of(const struct walker *w, size_t index)
{
    return w->names != NULL ? hm_at(&w->names[index]) : w->walk->refs[index];
}

static bool is_known(const struct hm_walk *walk, const struct hm_shadow *object)
{
    size_t place = walk->place[object->id];
    return place < walk->count && walk->objects[place] == object;
}

static void meet_object(struct walker *w, hm_ref ref, struct hm_shadow *object)
{
    struct hm_thread *t = w->t;
    struct hm_walk *walk = w->walk;
    if (is_known(walk, object)) {
        if (!hm_same(w->m, ref, ref_of(w, walk->place[object->id])))
            BROKEN(IDENTITY,
                   "object %u (%s) is reached in two ways, and hm_same says that they differ",
                   object->id, object->shape->name);
        return;
    }
    walk->place[object->id] = (uint32_t)walk->count;
    walk->objects[walk->count] = object;
    if (w->names != NULL)
        hm_bind(w->m, &w->names[walk->count], ref);
    else
        walk->refs[walk->count] = ref;
    walk->count++;
}

/* A place that owns a reference: is it what it should be? */
static void look_at_place(struct walker *w, hm_ref ref, struct hm_shadow *expected,
                          const char *what, size_t index, uint32_t holder)
{
    struct hm_thread *t = w->t;
    if (hm_is_null(ref) != (expected == NULL)) {
        if (expected == NULL)
            BROKEN(SAFETY, "%s %zu of object %u should be null, and is not", what, index, holder);
        BROKEN(SAFETY, "%s %zu of object %u should own object %u (%s), and is null", what, index,
               holder, expected->id, expected->shape->name);
    }
    if (expected != NULL)
        meet_object(w, ref, expected);
}

static bool may_look_into(const struct hm_walk *walk, const struct hm_shadow *object)
{
    return walk->quiet || object->owner == walk->reader || object->owner == HM_SHADOW_FROZEN;
}

/* No spare owns anything while counts are compared. */
static void look_at_object(struct walker *w, size_t index)
{
    const struct hm_shadow *object = w->walk->objects[index];
    look_at_size(w->m, w->t, ref_of(w, index), object);
    if (!may_look_into(w->walk, object))
        return;
    look_at_payload(w->m, w->t, ref_of(w, index), object, w->walk->looks);
    if (w->counts)
        w->t->services->script->count(w->t, w->m, ref_of(w, index), object);
    hm_spare *spare = hm_push_spare(w->m, 1);
    for (size_t i = 0; i < object->slot_count; i++)
        look_at_place(w, hm_peek(w->m, spare, ref_of(w, index), i), object->slots[i], "slot", i,
                      object->id);
    hm_pop_spare(w->m, spare);
}

/* References of equal bits are one object, so no two objects of the shadow may have them. Sorted
 * by a heap sort in place: refs are not needed any more. */
static void sift(hm_ref *refs, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && refs[child].bits < refs[child + 1].bits)
            child++;
        if (refs[root].bits >= refs[child].bits)
            return;
        hm_ref swapped = refs[root];
        refs[root] = refs[child];
        refs[child] = swapped;
    }
}

static void look_for_twins(struct hm_thread *t, struct hm_walk *walk)
{
    hm_ref *refs = walk->refs;
    for (size_t i = walk->count / 2; i-- > 0;)
        sift(refs, i, walk->count);
    for (size_t end = walk->count; end-- > 1;) {
        hm_ref most = refs[0];
        refs[0] = refs[end];
        sift(refs, 0, end);
        refs[end] = most;
        if (refs[0].bits == most.bits)
            BROKEN(IDENTITY, "two objects have the same reference, %#zx", (size_t)most.bits);
    }
}

static void verify(hm_mutator *m, struct hm_thread *t, const struct hm_action *action)
{
    struct walker w = {.m = m, .t = t, .walk = action->walk, .counts = action->counts};
    w.walk->count = 0;
    w.walk->looks++;
    hm_name *frame = NULL;
    if (!m->lends)
        frame = w.names = hm_push(m, w.walk->capacity);
    for (size_t i = 0; i < action->n; i++)
        look_at_place(&w, hm_at(&action->a[i]), action->at[i], "name", i, 0);
    if (action->globals != NULL)
        meet_object(&w, hm_globals(m), action->globals);
    for (size_t i = 0; i < w.walk->count; i++)
        look_at_object(&w, i);
    if (frame != NULL)
        hm_pop(m, frame);
    else
        look_for_twins(t, w.walk);
}

/* ---- shared slots ---- */

static hm_ref board(hm_mutator *m, hm_spare *spare, size_t index)
{
    hm_ref globals = hm_globals(m);
    return index == HM_NO_BOARD ? globals : hm_peek(m, spare, globals, index);
}

static uint64_t stamp_of(hm_mutator *m, hm_ref ref)
{
    return hm_is_null(ref) ? 0 : hm_word(m, ref, HM_CARRIER_SLOTS);
}

static void use_shared(hm_mutator *m, struct hm_action *action)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref obj = board(m, spare, action->board);
    if (action->kind == HM_ACTION_GET_SHARED)
        hm_get_shared(m, action->a, obj, action->x);
    else if (action->kind == HM_ACTION_SET_SHARED)
        hm_set_shared(m, obj, action->x, action->a != NULL ? hm_at(action->a) : hm_null);
    else
        hm_swap_shared(m, obj, action->x, action->a);
    hm_pop_spare(m, spare);
    if (action->kind != HM_ACTION_SET_SHARED)
        action->saw = stamp_of(m, hm_at(action->a));
}

static void adopt(hm_mutator *m, struct hm_thread *t)
{
    const struct hm_script *script = t->services->script;
    hm_spare *spare = hm_push_spare(m, 2);
    size_t index, slot;
    for (size_t i = 0; script->shared_slot(t, i, &index, &slot); i++)
        script->adopt(t, i, stamp_of(m, hm_peek(m, &spare[1], board(m, &spare[0], index), slot)));
    hm_pop_spare(m, spare);
}

/* ---- actions ---- */

/* Kernels mostly make objects of shapes that the compiler knows, by a path of its own. */
static hm_ref make(hm_mutator *m, hm_name *name, const struct hm_shape *shape)
{
#define CASE(ID, NAME, SLOTS, BYTES, VARY, HINT, WORD)                                             \
    case ID:                                                                                       \
        return hm_new(m, name, &NAME);
    switch (shape->id) {
        SHAPES(CASE)
    default:
        return hm_new(m, name, shape);
    }
#undef CASE
}

static void make_new(hm_mutator *m, struct hm_thread *t, struct hm_action *action)
{
    hm_ref ref = hm_null;
    switch (action->kind) {
    case HM_ACTION_NEW:
        ref = make(m, action->a, action->shape);
        break;
    case HM_ACTION_NEW_N:
        ref = hm_new_n(m, action->a, action->shape, action->n);
        break;
    case HM_ACTION_TRY_NEW:
        ref = hm_try_new(m, action->a, action->shape);
        break;
    case HM_ACTION_TRY_NEW_N:
        ref = hm_try_new_n(m, action->a, action->shape, action->n);
        break;
    default:
        ref = hm_clone(m, action->a, action->b);
        break;
    }
    action->saw = !hm_is_null(ref);
    if (action->saw == 0)
        return;
    if (action->fresh)
        look_at_new(m, t, ref, action->object);
    stamp(m, ref, action->object);
}

static void poll_keep(hm_mutator *m, struct hm_action *action)
{
    hm_ref kept = hm_poll_keep(m, action->a, hm_at(action->b));
    action->saw = hm_same(m, kept, hm_at(action->b));
    hm_clear(m, action->a);
}

static void pause(hm_mutator *m, struct hm_thread *t, uint64_t ns)
{
    hm_block(m);
    t->services->sleep_ns(t, ns);
    hm_unblock(m);
}

/* Operations on what is only borrowed. b[y] may be the very slot that is written, which then may
 * drop what the borrow refers to. */
static void use_peeked(hm_mutator *m, const struct hm_action *action)
{
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref ref = hm_peek(m, &spare[0], hm_at(action->b),
                         action->kind == HM_ACTION_SET_SLOT || action->kind == HM_ACTION_FILL_SLOT
                             ? action->y
                             : action->x);
    switch (action->kind) {
    case HM_ACTION_PEEK_BIND:
        hm_bind(m, action->a, ref);
        break;
    case HM_ACTION_PEEK_GET:
        hm_get(m, action->a, ref, action->y);
        break;
    case HM_ACTION_PEEK_SET:
        hm_set(m, ref, action->y, hm_at(action->a));
        break;
    case HM_ACTION_SET_SLOT:
        hm_set(m, hm_at(action->a), action->x, ref);
        break;
    case HM_ACTION_UNLINK:
        hm_set(m, hm_at(action->a), action->x, hm_peek(m, &spare[1], ref, action->y));
        break;
    default:
        hm_fill_slots(m, hm_at(action->a), action->x, action->n, ref);
        break;
    }
    hm_pop_spare(m, spare);
}

/* A bulk operation on what is borrowed and hangs on nothing any more but slots that it reaches
 * itself: so it may drop the last owner of its own container. */
static void use_cut(hm_mutator *m, const struct hm_action *action)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref ref = hm_peek(m, spare, hm_at(action->a), action->x);
    hm_set(m, hm_at(action->a), action->x, hm_null);
    if (action->kind == HM_ACTION_CUT_CLEAR)
        hm_clear_slots(m, ref, action->y, action->n);
    else
        hm_copy_slots(m, ref, action->y, ref, action->y + 1, action->n);
    hm_pop_spare(m, spare);
}

/* Slots of plain objects. */
static void use_slots(hm_mutator *m, const struct hm_action *action)
{
    switch (action->kind) {
    case HM_ACTION_GET:
        hm_get(m, action->a, hm_at(action->b), action->x);
        break;
    case HM_ACTION_INIT:
        hm_init(m, hm_at(action->a), action->x, hm_at(action->b));
        break;
    case HM_ACTION_INIT_GIVE:
        hm_init_give(m, hm_at(action->a), action->x, action->b);
        break;
    case HM_ACTION_SET:
        hm_set(m, hm_at(action->a), action->x, hm_at(action->b));
        break;
    case HM_ACTION_GIVE:
        hm_give(m, hm_at(action->a), action->x, action->b);
        break;
    case HM_ACTION_TAKE:
        hm_take(m, action->a, hm_at(action->b), action->x);
        break;
    case HM_ACTION_COPY_SLOTS:
        hm_copy_slots(m, hm_at(action->a), action->x, hm_at(action->b), action->y, action->n);
        break;
    case HM_ACTION_CLEAR_SLOTS:
        hm_clear_slots(m, hm_at(action->a), action->x, action->n);
        break;
    default:
        hm_fill_slots(m, hm_at(action->a), action->x, action->n,
                      action->b != NULL ? hm_at(action->b) : hm_null);
        break;
    }
}

static void use_names(hm_mutator *m, struct hm_action *action)
{
    switch (action->kind) {
    case HM_ACTION_MOVE:
        hm_move(m, action->a, action->b);
        break;
    case HM_ACTION_BIND:
        hm_bind(m, action->a, hm_at(action->b));
        break;
    case HM_ACTION_CLEAR:
        hm_clear(m, action->a);
        break;
    case HM_ACTION_SAME:
        action->saw = hm_same(m, hm_at(action->a), hm_at(action->b));
        break;
    case HM_ACTION_PUSH:
        action->saw = (uint64_t)(hm_push(m, action->n) - action->a);
        break;
    default:
        hm_pop(m, action->a);
        break;
    }
}

/* What was got weakly, or from the queue: by its stamp, where it has one. */
static uint64_t got(hm_mutator *m, const struct hm_action *action)
{
    hm_ref ref = hm_at(action->a);
    if (hm_is_null(ref))
        return 0;
    return action->value != 0 ? action->value : hm_word(m, ref, action->x);
}

static void use_optional(hm_mutator *m, struct hm_action *action)
{
    switch (action->kind) {
    case HM_ACTION_NEW_WEAK:
        action->saw = !hm_is_null(hm_new_weak(m, action->a, action->b));
        break;
    case HM_ACTION_NEW_EPHEMERON:
        action->saw = !hm_is_null(hm_new_ephemeron(m, action->a, action->b, action->c));
        break;
    case HM_ACTION_WEAK_GET:
        hm_weak_get(m, action->a, hm_at(action->b));
        action->saw = got(m, action);
        break;
    case HM_ACTION_EPHEMERON_GET:
        hm_ephemeron_get(m, action->a, hm_at(action->b));
        action->saw = got(m, action);
        break;
    case HM_ACTION_WATCH:
        hm_watch(m, action->a);
        break;
    default:
        hm_next_dead(m, action->a);
        action->saw = got(m, action);
        break;
    }
}

static void carry_out(hm_mutator *m, struct hm_thread *t, struct hm_action *action)
{
    switch (action->kind) {
    case HM_ACTION_NEW:
    case HM_ACTION_NEW_N:
    case HM_ACTION_TRY_NEW:
    case HM_ACTION_TRY_NEW_N:
    case HM_ACTION_CLONE:
        make_new(m, t, action);
        break;
    case HM_ACTION_GET:
    case HM_ACTION_INIT:
    case HM_ACTION_INIT_GIVE:
    case HM_ACTION_SET:
    case HM_ACTION_GIVE:
    case HM_ACTION_TAKE:
    case HM_ACTION_COPY_SLOTS:
    case HM_ACTION_CLEAR_SLOTS:
    case HM_ACTION_FILL_SLOTS:
        use_slots(m, action);
        break;
    case HM_ACTION_PEEK_BIND:
    case HM_ACTION_PEEK_GET:
    case HM_ACTION_PEEK_SET:
    case HM_ACTION_SET_SLOT:
    case HM_ACTION_UNLINK:
    case HM_ACTION_FILL_SLOT:
        use_peeked(m, action);
        break;
    case HM_ACTION_CUT_CLEAR:
    case HM_ACTION_CUT_SHIFT:
        use_cut(m, action);
        break;
    case HM_ACTION_MOVE:
    case HM_ACTION_BIND:
    case HM_ACTION_CLEAR:
    case HM_ACTION_SAME:
    case HM_ACTION_PUSH:
    case HM_ACTION_POP:
        use_names(m, action);
        break;
    case HM_ACTION_GET_SHARED:
    case HM_ACTION_SET_SHARED:
    case HM_ACTION_SWAP_SHARED:
        use_shared(m, action);
        break;
    case HM_ACTION_PUT_WORD:
        hm_put_word(m, hm_at(action->a), action->x, action->value);
        break;
    case HM_ACTION_WRITE:
        hm_write(m, hm_at(action->a), action->x, action->bytes, action->n);
        break;
    case HM_ACTION_POLL:
        hm_poll(m);
        break;
    case HM_ACTION_POLL_KEEP:
        poll_keep(m, action);
        break;
    case HM_ACTION_PAUSE:
        pause(m, t, action->value);
        break;
    case HM_ACTION_MEET:
        hm_barrier(m, t);
        break;
    case HM_ACTION_CALL:
        t->services->script->call(t, m, action);
        break;
    case HM_ACTION_ADOPT:
        adopt(m, t);
        break;
    case HM_ACTION_VERIFY:
        verify(m, t, action);
        break;
    case HM_ACTION_NOTHING:
    case HM_ACTION_COUNT:
        break;
    default:
        use_optional(m, action);
        break;
    }
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    const struct hm_script *script = t->services->script;
    struct hm_action *action = t->state;
    while (script->next(t, m, action)) {
        carry_out(m, t, action);
        t->operations++;
    }
}

static size_t state_bytes(const struct hm_plan *plan)
{
    (void)plan;
    return sizeof(struct hm_action);
}

static const struct hm_setting *const parameters[] = {NULL};

HM_WORKLOAD(program)
= {
    HM_WORKLOAD_HEAD,
    .name = "program",
    .summary = "Carries out what stress testing generates, operation by operation.",
    .stresses = "Whatever the program aims at.",
    .warning = "It measures nothing: its time is the checking.",
    .sharing = HM_EACH,
    .names = FRAME_NAMES,
    .parameters = parameters,
    .shapes = shapes,
    .state_bytes = state_bytes,
    .step = step,
};
