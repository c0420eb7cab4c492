/* SPDX-License-Identifier: MIT
 *
 * Frames, safepoints and allocation: what begins and ends epochs.
 */
#include <strict/heap.h>

/* ---- frames ---- */

/* A landing pops down to where its step began, which need not be the beginning of a frame. So
 * does the harness outside a step. */
static bool is_landing(const struct strict_mutator *self)
{
    const struct hm_landing *landing = self->kit.head.landing;
    return landing == NULL || landing->cause != HM_NO_CAUSE;
}

hm_name *strict_push(hm_mutator *m, size_t n)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_push);
    hm_name *frame = m->name_top;
    bool fits = (size_t)(m->name_limit - frame) >= n &&
                strict_frame_push(&self->frames, (size_t)(frame - m->name_base));
    for (size_t i = 0; fits && i < n; i++)
        frame[i].bits = 0;
    m->name_top = fits ? frame + n : frame;
    strict_leave(self);
    if (!fits)
        hm_land(m, HM_NAMES_FULL);
    return frame;
}

static void check_frame(struct strict_mutator *self, const char *label, const char *what,
                        struct strict_frames *frames, bool is_in_stack, size_t start, bool is_top,
                        bool is_below_step)
{
    if (!is_in_stack)
        strict_broken(self, label, "the frame of %s is not pushed by this thread", what);
    if (is_below_step && !is_landing(self))
        strict_broken(self, label, "the frame of %s was pushed before the step began", what);
    if (!strict_frame_pop(frames, start) && !(is_top && is_landing(self)))
        strict_broken(self, label, "no frame of %s that is pushed begins there", what);
}

void strict_pop(hm_mutator *m, hm_name *frame)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_pop);
    bool is_below_step = m->landing != NULL && frame < m->landing->name_top;
    check_frame(self, "pop.a", "names", &self->frames,
                frame >= m->name_base && frame <= m->name_top, (size_t)(frame - m->name_base),
                frame == m->name_top, is_below_step);
    while (m->name_top > frame) {
        m->name_top--;
        struct strict_object *old =
            strict_put_name(self, (uint32_t)(m->name_top - m->name_base), NULL);
        strict_disown(strict_heap(self), old);
    }
    strict_leave(self);
}

hm_spare *strict_push_spare(hm_mutator *m, size_t n)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_push_spare);
    hm_spare *frame = m->spare_top;
    bool fits =
        (size_t)(m->spare_limit - frame) >= n &&
        strict_frame_push(&self->spare_frames, self->name_cells + (size_t)(frame - m->spare_base));
    m->spare_top = fits ? frame + n : frame;
    strict_leave(self);
    if (!fits)
        hm_land(m, HM_SPARES_FULL);
    return frame;
}

void strict_pop_spare(hm_mutator *m, hm_spare *frame)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_pop_spare);
    bool is_below_step = m->landing != NULL && frame < m->landing->spare_top;
    check_frame(self, "pop.a", "spares", &self->spare_frames,
                frame >= m->spare_base && frame <= m->spare_top,
                self->name_cells + (size_t)(frame - m->spare_base), frame == m->spare_top,
                is_below_step);
    while (m->spare_top > frame) {
        m->spare_top--;
        uint32_t cell = self->name_cells + (uint32_t)(m->spare_top - m->spare_base);
        strict_put_spare(self, cell, NULL, NULL, 0);
    }
    strict_leave(self);
}

/* ---- safepoints ---- */

static void poll(hm_mutator *m)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_poll);
    struct strict_heap *heap = strict_heap(self);
    strict_leave(self);
    kit_world_poll(&heap->world, &self->kit);
    pthread_mutex_lock(&heap->lock);
    strict_begin_epoch(self);
    strict_leave(self);
}

static void block(hm_mutator *m)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_block);
    self->blocked = true;
    strict_begin_epoch(self);
    strict_leave(self);
    kit_world_block(&strict_heap(self)->world, &self->kit);
}

static void unblock(hm_mutator *m)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_unblock);
    struct strict_heap *heap = strict_heap(self);
    if (!self->blocked)
        strict_broken(self, "block.a", "hm_unblock without hm_block");
    strict_leave(self);
    kit_world_unblock(&heap->world, &self->kit);
    pthread_mutex_lock(&heap->lock);
    self->blocked = false;
    strict_begin_epoch(self);
    strict_race_sync(self);
    strict_leave(self);
}

/* Make the name lean on nothing that can be known, unless it owns the kept object already: then
 * it owns that in every collector. Returns the borrow. */
static hm_ref lend_kept(struct strict_mutator *self, uint32_t name, struct strict_object *object)
{
    struct strict_cell *cell = &self->cells[name];
    if (cell->object == object)
        return strict_token(self, name);
    struct strict_object *owned = cell->object;
    strict_put_name(self, name, owned);
    cell->unspecified = true;
    cell->serial = cell->written;
    self->kit.head.name_base[name].bits = strict_token(self, name).bits;
    self->kept_name = name;
    self->kept_name_serial = cell->serial;
    strict_put_spare(self, strict_kept_cell(self), object, NULL, 0);
    return strict_token(self, strict_kept_cell(self));
}

hm_ref strict_poll_keep(hm_mutator *m, hm_name *name, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_poll_keep);
    struct strict_heap *heap = strict_heap(self);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *object = strict_check_value(self, ref);
    if (object != NULL)
        object->owners++;
    self->kept = object;
    strict_leave(self);
    m->slow->poll(m);
    pthread_mutex_lock(&heap->lock);
    self->operation = STRICT_OP_poll_keep;
    self->kept = NULL;
    hm_ref kept = object != NULL ? lend_kept(self, cell, object) : hm_null;
    if (object != NULL) {
        strict_disown(heap, object);
        heap->statistics.decrements--;
    }
    strict_leave(self);
    return kept;
}

/* ---- allocation ---- */

static enum strict_operation operation_of(uint32_t flags)
{
    bool with_n = (flags & STRICT_WITH_N) != 0;
    if ((flags & HM_MAY_FAIL) != 0)
        return with_n ? STRICT_OP_try_new_n : STRICT_OP_try_new;
    return with_n ? STRICT_OP_new_n : STRICT_OP_new;
}

/* Be at a safepoint, and free cycles when there are many objects. Lock held on entry and on
 * return, not between. */
static void pass_safepoint(struct strict_mutator *self)
{
    struct strict_heap *heap = strict_heap(self);
    bool is_due = heap->statistics.live_objects >= heap->trace_at_objects;
    strict_leave(self);
    kit_world_poll(&heap->world, &self->kit);
    if (is_due)
        strict_collect(heap, self, HM_COLLECT_FULL);
    pthread_mutex_lock(&heap->lock);
    strict_begin_epoch(self);
}

/* A new object of the current epoch; null when not even a collection helps. Lock as above. */
static struct strict_object *make(struct strict_mutator *self, const struct hm_shape *shape,
                                  size_t n)
{
    struct strict_heap *heap = strict_heap(self);
    struct strict_object *object = strict_object_new(heap, shape, n);
    if (object == NULL) {
        strict_leave(self);
        object = strict_collect_for(heap, self, shape, n);
        pthread_mutex_lock(&heap->lock);
    }
    if (object != NULL) {
        object->maker = self->kit.head.index;
        object->made = self->serial;
    }
    return object;
}

static void tell_out_of_memory(struct strict_mutator *self, const struct hm_shape *shape, size_t n)
{
    kit_event(strict_heap(self)->head.host, &self->kit, HM_EVENT_OUT_OF_MEMORY,
              hm_nominal_bytes(shape, n));
}

struct strict_object *strict_allocate(struct strict_mutator *self, uint32_t cell,
                                      const struct hm_shape *shape, size_t n)
{
    struct strict_heap *heap = strict_heap(self);
    pass_safepoint(self);
    strict_disown(heap, strict_put_name(self, cell, NULL));
    struct strict_object *object = make(self, shape, n);
    if (object == NULL) {
        tell_out_of_memory(self, shape, n);
        return NULL;
    }
    strict_own(heap, object);
    strict_put_name(self, cell, object);
    return object;
}

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct strict_mutator *self = strict_enter(m, operation_of(flags));
    uint32_t cell = strict_check_name(self, name);
    strict_check_shape(self, shape, (flags & STRICT_WITH_N) != 0);
    const struct hm_shape *given = strict_heap(self)->request->shapes[shape->id];
    bool is_made = strict_allocate(self, cell, given, n) != NULL;
    strict_leave(self);
    if (!is_made && (flags & HM_MAY_FAIL) == 0)
        hm_land(m, HM_OUT_OF_MEMORY);
    return hm_at(name);
}

static void copy_fields(struct strict_mutator *self, struct strict_object *to,
                        struct strict_object *from)
{
    for (size_t i = 0; i < from->slots; i++) {
        strict_race_read(self, from, i, false);
        strict_own(strict_heap(self), from->slot[i].value);
        strict_store(to, i, from->slot[i].value);
    }
    for (size_t i = 0; i < from->bytes; i++)
        to->payload[i] = from->payload[i];
}

hm_ref strict_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_clone);
    struct strict_heap *heap = strict_heap(self);
    uint32_t to_cell = strict_check_name(self, to);
    uint32_t from_cell = strict_check_source(self, from);
    struct strict_object *original = self->cells[from_cell].object;
    if (original == NULL)
        strict_broken(self, "clone.a", "the name to clone from owns nothing");
    strict_check_ordinary(self, original);
    pass_safepoint(self);
    struct strict_object *copy = make(self, original->shape, original->n);
    if (copy != NULL) {
        copy_fields(self, copy, original);
        strict_own(heap, copy);
        strict_disown(heap, strict_put_name(self, to_cell, copy));
    }
    strict_leave(self);
    if (copy == NULL) {
        tell_out_of_memory(self, original->shape, original->n);
        hm_land(m, HM_OUT_OF_MEMORY);
    }
    return hm_at(to);
}

const struct hm_slow strict_slow = {
    .size = sizeof strict_slow,
    .allocate = allocate,
    .poll = poll,
    .block = block,
    .unblock = unblock,
};
