/* SPDX-License-Identifier: MIT
 *
 * The operations that are no safepoints. Each checks its demands in the order of its arguments,
 * then does what operations.h says, by the counting that says when an object has no owner.
 */
#include <strict/heap.h>

#include <string.h>

/* ---- reading slots ---- */

/* Own what the slot holds. */
static struct strict_object *load(struct strict_mutator *self, struct strict_object *object,
                                  size_t slot, bool shared)
{
    strict_race_read(self, object, slot, shared);
    strict_own(strict_heap(self), object->slot[slot].value);
    return object->slot[slot].value;
}

void strict_get(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_get);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *object = strict_check_object(self, obj);
    strict_check_slots(self, object, slot, 1);
    struct strict_object *value = load(self, object, slot, false);
    strict_disown(strict_heap(self), strict_put_name(self, cell, value));
    strict_leave(self);
}

hm_ref strict_peek(hm_mutator *m, hm_spare *spare, hm_ref obj, size_t slot)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_peek);
    uint32_t cell = strict_check_spare(self, spare);
    struct strict_object *object = strict_check_object(self, obj);
    strict_check_slots(self, object, slot, 1);
    strict_race_read(self, object, slot, false);
    strict_put_spare(self, cell, object->slot[slot].value, object, slot);
    hm_ref ref = strict_token(self, cell);
    strict_leave(self);
    return ref;
}

/* ---- writing slots ---- */

/* Store a value whose count the caller has seen to, and drop the old one. */
static void store(struct strict_mutator *self, struct strict_object *object, size_t slot,
                  struct strict_object *value, bool shared)
{
    strict_race_write(self, object, slot, shared);
    strict_disown(strict_heap(self), strict_store(object, slot, value));
}

void strict_init(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_init);
    struct strict_object *object = strict_check_object(self, obj);
    struct strict_object *value = strict_check_value(self, ref);
    strict_check_slots(self, object, slot, 1);
    strict_check_fresh(self, object, slot);
    strict_own(strict_heap(self), value);
    store(self, object, slot, value, false);
    strict_leave(self);
}

/* Move what the name owns into the slot. */
static void give(struct strict_mutator *self, struct strict_object *object, size_t slot,
                 uint32_t cell)
{
    store(self, object, slot, strict_put_name(self, cell, NULL), false);
}

void strict_init_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_init_give);
    struct strict_object *object = strict_check_object(self, obj);
    uint32_t cell = strict_check_source(self, name);
    strict_check_slots(self, object, slot, 1);
    strict_check_fresh(self, object, slot);
    if (self->cells[cell].object == object)
        strict_broken(self, "init_give.a", "the name owns the very object that it is given to");
    give(self, object, slot, cell);
    strict_leave(self);
}

void strict_set(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_set);
    struct strict_object *object = strict_check_object(self, obj);
    struct strict_object *value = strict_check_value(self, ref);
    strict_check_slots(self, object, slot, 1);
    strict_own(strict_heap(self), value);
    store(self, object, slot, value, false);
    strict_leave(self);
}

void strict_give(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_give);
    struct strict_object *object = strict_check_object(self, obj);
    uint32_t cell = strict_check_source(self, name);
    strict_check_slots(self, object, slot, 1);
    if (self->cells[cell].object == object && object->owners == 1)
        strict_broken(self, "give.a", "only the name owns the object that it is given to");
    give(self, object, slot, cell);
    strict_leave(self);
}

void strict_take(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_take);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *object = strict_check_object(self, obj);
    strict_check_slots(self, object, slot, 1);
    strict_race_write(self, object, slot, false);
    struct strict_object *value = strict_store(object, slot, NULL);
    strict_disown(strict_heap(self), strict_put_name(self, cell, value));
    strict_leave(self);
}

/* ---- names ---- */

void strict_move(hm_mutator *m, hm_name *to, hm_name *from)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_move);
    uint32_t to_cell = strict_check_name(self, to);
    uint32_t from_cell = strict_check_source(self, from);
    if (to != from) {
        struct strict_object *value = strict_put_name(self, from_cell, NULL);
        strict_disown(strict_heap(self), strict_put_name(self, to_cell, value));
    }
    strict_leave(self);
}

void strict_bind(hm_mutator *m, hm_name *name, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_bind);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *value = strict_check_value(self, ref);
    strict_own(strict_heap(self), value);
    strict_disown(strict_heap(self), strict_put_name(self, cell, value));
    strict_leave(self);
}

void strict_clear(hm_mutator *m, hm_name *name)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_clear);
    uint32_t cell = strict_check_name(self, name);
    strict_disown(strict_heap(self), strict_put_name(self, cell, NULL));
    strict_leave(self);
}

bool strict_same(hm_mutator *m, hm_ref a, hm_ref b)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_same);
    bool is_same = strict_check_value(self, a) == strict_check_value(self, b);
    strict_leave(self);
    return is_same;
}

/* ---- bulk ---- */

/* Overlap is copied from the end that is not overwritten before it is read. */
void strict_copy_slots(hm_mutator *m, hm_ref to, size_t i, hm_ref from, size_t j, size_t n)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_copy_slots);
    struct strict_object *target = strict_check_object(self, to);
    struct strict_object *source = strict_check_object(self, from);
    strict_check_slots(self, target, i, n);
    strict_check_slots(self, source, j, n);
    bool is_backwards = target == source && i > j;
    target->owners++; /* an old value may be what owns it */
    source->owners++;
    for (size_t k = 0; k < n; k++) {
        size_t at = is_backwards ? n - 1 - k : k;
        store(self, target, i + at, load(self, source, j + at, false), false);
    }
    strict_disown(strict_heap(self), target);
    strict_disown(strict_heap(self), source);
    strict_heap(self)->statistics.decrements -= 2;
    strict_leave(self);
}

static void fill(struct strict_mutator *self, struct strict_object *object, size_t i, size_t n,
                 struct strict_object *value)
{
    strict_check_slots(self, object, i, n);
    object->owners++;
    for (size_t k = i; k < i + n; k++) {
        strict_own(strict_heap(self), value);
        store(self, object, k, value, false);
    }
    strict_disown(strict_heap(self), object);
    strict_heap(self)->statistics.decrements--;
}

void strict_clear_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_clear_slots);
    fill(self, strict_check_object(self, obj), i, n, NULL);
    strict_leave(self);
}

void strict_fill_slots(hm_mutator *m, hm_ref obj, size_t i, size_t n, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_fill_slots);
    struct strict_object *object = strict_check_object(self, obj);
    struct strict_object *value = strict_check_value(self, ref);
    if (value != NULL)
        value->owners++; /* the slots may be all that owned it */
    fill(self, object, i, n, value);
    if (value != NULL) {
        strict_disown(strict_heap(self), value);
        strict_heap(self)->statistics.decrements--;
    }
    strict_leave(self);
}

/* ---- shared slots ---- */

static struct strict_object *check_shared_object(struct strict_mutator *self, hm_ref obj,
                                                 size_t slot)
{
    struct strict_object *object = strict_check_object(self, obj);
    strict_check_slots(self, object, slot, 1);
    strict_check_shared(self, obj);
    return object;
}

void strict_get_shared(hm_mutator *m, hm_name *name, hm_ref obj, size_t slot)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_get_shared);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *object = check_shared_object(self, obj, slot);
    struct strict_object *value = load(self, object, slot, true);
    strict_race_sync(self);
    strict_disown(strict_heap(self), strict_put_name(self, cell, value));
    strict_leave(self);
}

void strict_set_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_ref ref)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_set_shared);
    struct strict_object *object = check_shared_object(self, obj, slot);
    struct strict_object *value = strict_check_value(self, ref);
    strict_own(strict_heap(self), value);
    store(self, object, slot, value, true);
    strict_leave(self);
}

void strict_swap_shared(hm_mutator *m, hm_ref obj, size_t slot, hm_name *name)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_swap_shared);
    struct strict_object *object = check_shared_object(self, obj, slot);
    uint32_t cell = strict_check_source(self, name);
    strict_race_write(self, object, slot, true);
    strict_race_sync(self);
    strict_put_name(self, cell, strict_store(object, slot, self->cells[cell].object));
    strict_leave(self);
}

/* ---- globals and payload ---- */

hm_ref strict_globals(hm_mutator *m)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_globals);
    struct strict_cell *cell = &self->cells[strict_globals_cell(self)];
    cell->object = strict_heap(self)->globals;
    cell->serial = self->epoch;
    hm_ref ref = strict_token(self, strict_globals_cell(self));
    strict_leave(self);
    return ref;
}

/* The payload byte at this offset, when so many from there on may be touched. */
static char *payload(struct strict_mutator *self, hm_ref obj, size_t offset, size_t bytes)
{
    struct strict_object *object = strict_check_object(self, obj);
    strict_check_payload(self, object, offset, bytes);
    return object->payload + (offset - HM_OFFSET(object->slots));
}

uint64_t strict_word(hm_mutator *m, hm_ref obj, size_t word)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_word);
    uint64_t value;
    memcpy(&value, payload(self, obj, HM_OFFSET(word), sizeof value), sizeof value);
    strict_leave(self);
    return value;
}

void strict_put_word(hm_mutator *m, hm_ref obj, size_t word, uint64_t value)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_put_word);
    memcpy(payload(self, obj, HM_OFFSET(word), sizeof value), &value, sizeof value);
    strict_leave(self);
}

void strict_read(hm_mutator *m, hm_ref obj, size_t offset, void *to, size_t bytes)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_read);
    memcpy(to, payload(self, obj, offset, bytes), bytes);
    strict_leave(self);
}

void strict_write(hm_mutator *m, hm_ref obj, size_t offset, const void *from, size_t bytes)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_write);
    memcpy(payload(self, obj, offset, bytes), from, bytes);
    strict_leave(self);
}

size_t strict_length(hm_mutator *m, hm_ref obj)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_length);
    struct strict_object *object = strict_check_object(self, obj);
    char words[STRICT_WORDS_BYTES];
    strict_check_ordinary(self, object);
    if (object->shape->vary == HM_FIXED)
        strict_broken(self, "length.a", "%s does not vary", strict_say_object(words, object));
    size_t length = object->n;
    strict_leave(self);
    return length;
}
