/* SPDX-License-Identifier: MIT
 *
 * Weak objects, ephemerons, the finalizer queue: their demands, and what objects.c does by counts
 * and trace.
 */
#include <strict/heap.h>

/* What weak objects and ephemerons cost by the contract's nominal arithmetic: a word for each thing
 * that they refer to. Nobody reads or writes it: weak.b. */
static const struct hm_shape weak_shape = {.bytes = 8, .name = "weak object"};
static const struct hm_shape ephemeron_shape = {.bytes = 16, .name = "ephemeron"};

/* ---- making ---- */

/* What a name owns that is to be referred to: it is another name than the one that is written, and
 * owns something. Which of both names that is, for the report. */
static struct strict_object *check_target(struct strict_mutator *self, const hm_name *name,
                                          const hm_name *target, const char *label,
                                          const char *what)
{
    uint32_t cell = strict_check_source(self, target);
    if (name == target)
        strict_broken(self, label, "the name that comes to own the new object is that of the %s",
                      what);
    if (self->cells[cell].object == NULL)
        strict_broken(self, label, "the name of the %s owns nothing", what);
    return self->cells[cell].object;
}

/* The lock is given back, and a landing is the end. */
static hm_ref make(struct strict_mutator *self, uint32_t cell, enum strict_kind kind,
                   struct strict_object *target, struct strict_object *value)
{
    struct strict_heap *heap = strict_heap(self);
    const struct hm_shape *shape = kind == STRICT_WEAK ? &weak_shape : &ephemeron_shape;
    struct strict_object *object = strict_allocate(self, cell, shape, 0);
    if (object != NULL) {
        object->kind = kind;
        strict_refer(heap, object, target, value);
    }
    strict_leave(self);
    if (object == NULL)
        hm_land(&self->kit.head, HM_OUT_OF_MEMORY);
    return hm_at(&self->kit.head.name_base[cell]);
}

hm_ref strict_new_weak(hm_mutator *m, hm_name *name, hm_name *target)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_new_weak);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *object = check_target(self, name, target, "weak.a", "target");
    return make(self, cell, STRICT_WEAK, object, NULL);
}

hm_ref strict_new_ephemeron(hm_mutator *m, hm_name *name, hm_name *key, hm_name *value)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_new_ephemeron);
    uint32_t cell = strict_check_name(self, name);
    struct strict_object *object = check_target(self, name, key, "ephemeron.a", "key");
    uint32_t value_cell = strict_check_source(self, value);
    if (name == value)
        strict_broken(self, "ephemeron.a",
                      "the name that comes to own the new object is that of the value");
    return make(self, cell, STRICT_EPHEMERON, object, self->cells[value_cell].object);
}

/* ---- reading ---- */

static struct strict_object *check_kind(struct strict_mutator *self, hm_ref ref,
                                        enum strict_kind kind, const char *label)
{
    struct strict_object *object = strict_check_object(self, ref);
    char words[STRICT_WORDS_BYTES];
    if (object->kind != kind)
        strict_broken(self, label, "%s is no %s", strict_say_object(words, object),
                      kind == STRICT_WEAK ? "weak object" : "ephemeron");
    return object;
}

static void put(struct strict_mutator *self, uint32_t cell, struct strict_object *object)
{
    strict_own(strict_heap(self), object);
    strict_disown(strict_heap(self), strict_put_name(self, cell, object));
}

/* No synchronisation of threads: that the target is not dead says nothing of who wrote it. */
void strict_weak_get(hm_mutator *m, hm_name *name, hm_ref weak)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_weak_get);
    uint32_t cell = strict_check_name(self, name);
    put(self, cell, check_kind(self, weak, STRICT_WEAK, "weak.c")->target);
    strict_leave(self);
}

void strict_ephemeron_get(hm_mutator *m, hm_name *name, hm_ref ephemeron)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_ephemeron_get);
    uint32_t cell = strict_check_name(self, name);
    put(self, cell, check_kind(self, ephemeron, STRICT_EPHEMERON, "ephemeron.b")->value);
    strict_leave(self);
}

/* ---- the finalizer queue ---- */

void strict_watch(hm_mutator *m, hm_name *name)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_watch);
    uint32_t cell = strict_check_source(self, name);
    if (self->cells[cell].object == NULL)
        strict_broken(self, "watch.a", "the name owns nothing that could be watched");
    self->cells[cell].object->watched = true;
    strict_leave(self);
}

/* What is handed over comes from whoever dropped it, whom the queue orders before this thread; from
 * now on any thread may have got it. */
void strict_next_dead(hm_mutator *m, hm_name *name)
{
    struct strict_mutator *self = strict_enter(m, STRICT_OP_next_dead);
    struct strict_heap *heap = strict_heap(self);
    uint32_t cell = strict_check_name(self, name);
    strict_disown(heap, strict_put_name(self, cell, NULL));
    struct strict_object *object = strict_leave_queue(heap);
    if (object != NULL) {
        strict_publish(object);
        strict_race_sync(self);
        strict_put_name(self, cell, object);
    }
    strict_leave(self);
}
