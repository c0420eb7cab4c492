/* SPDX-License-Identifier: MIT
 *
 * The demands of heapmark/operations.h that one operation can be held to, but for races.
 */
#include <strict/heap.h>

struct strict_mutator *strict_enter(hm_mutator *m, enum strict_operation operation)
{
    struct strict_mutator *self = (struct strict_mutator *)m;
    struct strict_heap *heap = (struct strict_heap *)m->heap;
    pthread_mutex_lock(&heap->lock);
    if (!pthread_equal(self->owner, pthread_self()))
        strict_broken(self, "NAME.a", "%s was called by a thread whose mutator this is not",
                      strict_operation_names[operation]);
    self->operations++;
    self->operation = operation;
    heap->time++;
    if (self->blocked && operation != STRICT_OP_unblock)
        strict_broken(self, "block.a", "the mutator is between hm_block and hm_unblock");
    return self;
}

void strict_leave(struct strict_mutator *self)
{
    pthread_mutex_unlock(&strict_heap(self)->lock);
}

/* ---- names and spares ---- */

/* Another thread's name, or none at all? Found out for the report only. */
static _Noreturn void report_foreign_name(struct strict_mutator *self, const hm_name *name)
{
    struct kit_world *world = &strict_heap(self)->world;
    pthread_mutex_lock(&world->lock);
    const struct kit_mutator *other = world->first;
    while (other != NULL && (name < other->head.name_base || name >= other->head.name_limit))
        other = other->next;
    pthread_mutex_unlock(&world->lock);
    if (other == &self->kit)
        strict_broken(self, "NAME.a", "name %zu of the stack lies above the pushed frames",
                      (size_t)(name - self->kit.head.name_base));
    if (other != NULL)
        strict_broken(self, "NAME.a", "the name belongs to thread %u", other->head.index);
    strict_broken(self, "NAME.a", "the name lies on no thread's name stack");
}

uint32_t strict_check_name(struct strict_mutator *self, const hm_name *name)
{
    const struct hm_mutator *head = &self->kit.head;
    char words[STRICT_WORDS_BYTES];
    if (name < head->name_base || name >= head->name_top)
        report_foreign_name(self, name);
    uint32_t cell = (uint32_t)(name - head->name_base);
    if (name->bits != strict_token(self, cell).bits)
        strict_broken(self, "NAME.a", "the bits of %s were written by no operation",
                      strict_say_cell(words, self, cell));
    return cell;
}

uint32_t strict_check_source(struct strict_mutator *self, const hm_name *name)
{
    char words[STRICT_WORDS_BYTES];
    uint32_t cell = strict_check_name(self, name);
    if (self->cells[cell].unspecified)
        strict_broken(self, "poll_keep.1", "what %s owns after hm_poll_keep is not specified",
                      strict_say_cell(words, self, cell));
    return cell;
}

uint32_t strict_check_spare(struct strict_mutator *self, const hm_spare *spare)
{
    const struct hm_mutator *head = &self->kit.head;
    if (spare < head->spare_base || spare >= head->spare_top)
        strict_broken(self, "peek.a", "the spare lies in no pushed frame of spares of the thread");
    return self->name_cells + (uint32_t)(spare - head->spare_base);
}

/* ---- references ---- */

/* Is the cell below its stack's top? */
static bool is_pushed(const struct strict_mutator *self, uint32_t cell)
{
    const struct hm_mutator *head = &self->kit.head;
    if (cell < self->name_cells)
        return cell < (size_t)(head->name_top - head->name_base);
    if (cell < strict_kept_cell(self))
        return cell - self->name_cells < (size_t)(head->spare_top - head->spare_base);
    return true;
}

/* The borrow through this cell with that serial has ended: by what? The first of a write in the
 * same epoch, and the end of the epoch. */
static _Noreturn void report_ended(struct strict_mutator *self, uint32_t number, uint64_t serial)
{
    const struct strict_cell *cell = &self->cells[number];
    char words[STRICT_WORDS_BYTES];
    strict_say_cell(words, self, number);
    bool is_written = serial >= cell->written_epoch && serial < cell->written;
    if (!is_written && serial < self->epoch)
        strict_broken(self, "BORROW.a (1)",
                      "the reference came through %s and ended at a safepoint of its thread; the "
                      "last one was %s, operation %llu",
                      words, strict_operation_names[self->epoch_by],
                      (unsigned long long)self->epoch_number);
    bool is_pop = cell->written_by == STRICT_OP_pop || cell->written_by == STRICT_OP_pop_spare;
    if (is_pop)
        strict_broken(self, "BORROW.a (2)",
                      "the reference came through a %s whose frame was popped by operation %llu",
                      number < self->name_cells ? "name" : "spare",
                      (unsigned long long)cell->written_number);
    if (number >= self->name_cells)
        strict_broken(self, "peek.a",
                      "the reference came through %s and ended when %s, operation %llu, wrote "
                      "another borrow there: BORROW.a (2)",
                      words, strict_operation_names[cell->written_by],
                      (unsigned long long)cell->written_number);
    strict_broken(self, "BORROW.a (2)",
                  "the reference came through %s and ended when %s, operation %llu, wrote it",
                  words, strict_operation_names[cell->written_by],
                  (unsigned long long)cell->written_number);
}

/* The kept borrow leans on the name that hm_poll_keep was given. */
static void check_kept(struct strict_mutator *self)
{
    if (self->cells[self->kept_name].serial != self->kept_name_serial)
        report_ended(self, self->kept_name, self->kept_name_serial);
}

static struct strict_object *check_cell(struct strict_mutator *self, uint32_t number,
                                        uint64_t serial)
{
    const struct strict_cell *cell = &self->cells[number];
    char words[STRICT_WORDS_BYTES];
    char more_words[STRICT_WORDS_BYTES];
    bool is_name = number < self->name_cells;
    if (cell->serial != serial || (!is_name && serial < self->epoch) || !is_pushed(self, number))
        report_ended(self, number, serial);
    if (number == strict_kept_cell(self))
        check_kept(self);
    if (cell->unspecified)
        strict_broken(self, "poll_keep.1", "what %s owns after hm_poll_keep is not specified",
                      strict_say_cell(words, self, number));
    if (cell->object->dead)
        strict_broken(self, "BORROW.a (3)",
                      "the reference to %s came through %s, and the object has lost its last owner",
                      strict_say_object(words, cell->object),
                      strict_say_cell(more_words, self, number));
    return cell->object;
}

static uint32_t cell_of(hm_ref ref)
{
    return (uint32_t)(ref.bits >> STRICT_SERIAL_BITS) & (STRICT_MOST_CELLS - 1);
}

struct strict_object *strict_check_value(struct strict_mutator *self, hm_ref ref)
{
    if (hm_is_null(ref))
        return NULL;
    uint32_t mutator = (uint32_t)(ref.bits >> (STRICT_SERIAL_BITS + STRICT_CELL_BITS));
    uint64_t serial = ref.bits & (((uint64_t)1 << STRICT_SERIAL_BITS) - 1);
    if (mutator != self->kit.head.index)
        strict_broken(self, "BORROW.a", "the reference was borrowed by thread %u", mutator);
    if (cell_of(ref) > strict_globals_cell(self) || serial == 0 || serial > self->serial)
        strict_broken(self, "BORROW.a", "the bits 0x%llx are no reference",
                      (unsigned long long)ref.bits);
    return check_cell(self, cell_of(ref), serial);
}

struct strict_object *strict_check_object(struct strict_mutator *self, hm_ref ref)
{
    if (hm_is_null(ref))
        strict_broken(self, "NULL.a", "the object of the operation is null");
    return strict_check_value(self, ref);
}

void strict_check_shared(struct strict_mutator *self, hm_ref ref)
{
    const struct strict_cell *cell = &self->cells[cell_of(ref)];
    char words[STRICT_WORDS_BYTES];
    if (cell->source == NULL || cell->source->dead)
        return;
    const struct strict_stamp *write = &cell->source->slot[cell->source_slot].write;
    if (write->time > cell->time && write->mutator != self->kit.head.index)
        strict_broken(self, "shared.a",
                      "the object was borrowed out of slot %zu of %s, which thread %u has written "
                      "since",
                      cell->source_slot, strict_say_object(words, cell->source), write->mutator);
}

/* ---- slots, payload, shapes ---- */

void strict_check_ordinary(struct strict_mutator *self, const struct strict_object *object)
{
    char words[STRICT_WORDS_BYTES];
    if (object->kind != STRICT_ORDINARY)
        strict_broken(
            self, "weak.b",
            "%s has no shape: its slots, payload and length are nobody's, and there is no "
            "clone of it",
            strict_say_object(words, object));
}

void strict_check_slots(struct strict_mutator *self, const struct strict_object *object, size_t i,
                        size_t n)
{
    char words[STRICT_WORDS_BYTES];
    strict_check_ordinary(self, object);
    if (i <= object->slots && n <= object->slots - i)
        return;
    strict_broken(self, "SLOT.a", "%zu slots from %zu on do not lie in the %zu slots of %s", n, i,
                  object->slots, strict_say_object(words, object));
}

void strict_check_payload(struct strict_mutator *self, const struct strict_object *object,
                          size_t offset, size_t bytes)
{
    char words[STRICT_WORDS_BYTES];
    strict_check_ordinary(self, object);
    size_t begin = HM_OFFSET(object->slots);
    if (offset >= begin && offset - begin <= object->bytes &&
        bytes <= object->bytes - (offset - begin))
        return;
    strict_broken(
        self, "SLOT.a",
        "%zu bytes at offset %zu do not lie in the %zu payload bytes, from offset %zu on, "
        "of %s",
        bytes, offset, object->bytes, begin, strict_say_object(words, object));
}

void strict_check_fresh(struct strict_mutator *self, const struct strict_object *object,
                        size_t slot)
{
    char words[STRICT_WORDS_BYTES];
    strict_say_object(words, object);
    if (object->maker != self->kit.head.index)
        strict_broken(self, "init.a", "%s was made by another thread", words);
    if (object->made < self->epoch)
        strict_broken(self, "init.a",
                      "%s was made before the last safepoint of this thread: %s, operation %llu",
                      words, strict_operation_names[self->epoch_by],
                      (unsigned long long)self->epoch_number);
    if (object->visible)
        strict_broken(self, "init.a", "%s is stored where other threads can see it", words);
    if (object->slot[slot].stored)
        strict_broken(self, "init.a", "slot %zu of %s was stored into before", slot, words);
}

void strict_check_shape(struct strict_mutator *self, const struct hm_shape *shape, bool with_n)
{
    const struct hm_open *request = strict_heap(self)->request;
    const char *name = shape->name != NULL ? shape->name : "nameless";
    if (shape->id >= request->shape_count)
        strict_broken(self, "new.a", "shape '%s' has id %u, and %u shapes were given to open", name,
                      shape->id, request->shape_count);
    const struct hm_shape *given = request->shapes[shape->id];
    if (given->slots != shape->slots || given->bytes != shape->bytes || given->vary != shape->vary)
        strict_broken(self, "new.a", "shape '%s' is not the shape of id %u that was given to open",
                      name, shape->id);
    if (with_n == (shape->vary == HM_FIXED))
        strict_broken(self, "new.a", "shape '%s' %s", name,
                      with_n ? "does not vary, and was made with an n"
                             : "varies, and was made without an n");
}
