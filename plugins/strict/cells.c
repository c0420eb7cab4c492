/* SPDX-License-Identifier: MIT
 *
 * Cells and tokens: how a borrow begins and ends.
 * Invariant: a name's bits are the token of its cell, or 0 when it owns nothing.
 */
#include <strict/heap.h>

hm_ref strict_token(const struct strict_mutator *self, uint32_t cell)
{
    uint64_t serial = self->cells[cell].serial;
    if (serial == 0)
        return hm_null;
    return (hm_ref){((uint64_t)self->kit.head.index << (STRICT_SERIAL_BITS + STRICT_CELL_BITS)) |
                    ((uint64_t)cell << STRICT_SERIAL_BITS) | serial};
}

static uint64_t next_serial(struct strict_mutator *self)
{
    self->serial++;
    if (self->serial >> STRICT_SERIAL_BITS != 0)
        strict_broken(self, "no rule", "strict has no serials left: run less in one heap");
    return self->serial;
}

/* End the borrow that the cell stands for, and begin one of `object`. */
static void write_cell(struct strict_mutator *self, struct strict_cell *cell,
                       struct strict_object *object)
{
    cell->written = next_serial(self);
    cell->written_epoch = self->epoch;
    cell->written_by = self->operation;
    cell->written_number = self->operations;
    cell->object = object;
    cell->serial = object != NULL ? cell->written : 0;
    cell->unspecified = false;
}

struct strict_object *strict_put_name(struct strict_mutator *self, uint32_t cell,
                                      struct strict_object *object)
{
    struct strict_object *old = self->cells[cell].object;
    write_cell(self, &self->cells[cell], object);
    self->kit.head.name_base[cell].bits = strict_token(self, cell).bits;
    return old;
}

void strict_put_spare(struct strict_mutator *self, uint32_t number, struct strict_object *object,
                      struct strict_object *source, size_t slot)
{
    struct strict_cell *cell = &self->cells[number];
    struct strict_object *old = cell->object;
    struct strict_object *old_source = cell->source;
    strict_hold(object);
    strict_hold(source);
    write_cell(self, cell, object);
    cell->source = source;
    cell->source_slot = slot;
    cell->time = strict_heap(self)->time;
    strict_unhold(old);
    strict_unhold(old_source);
}

/* Costs a few instructions for each name that is pushed: the price of hm_at being a load. */
void strict_begin_epoch(struct strict_mutator *self)
{
    struct hm_mutator *head = &self->kit.head;
    self->epoch = next_serial(self);
    self->epoch_by = self->operation;
    self->epoch_number = self->operations;
    uint32_t names = (uint32_t)(head->name_top - head->name_base);
    for (uint32_t i = 0; i < names; i++)
        if (self->cells[i].serial != 0) {
            self->cells[i].serial = self->epoch;
            head->name_base[i].bits = strict_token(self, i).bits;
        }
}

/* ---- frames ---- */

bool strict_frame_push(struct strict_frames *frames, size_t start)
{
    if (frames->count == frames->capacity) {
        size_t capacity = frames->capacity == 0 ? 64 : 2 * frames->capacity;
        uint32_t *more = realloc(frames->start, capacity * sizeof *more);
        if (more == NULL)
            return false;
        frames->start = more;
        frames->capacity = capacity;
    }
    frames->start[frames->count++] = (uint32_t)start;
    return true;
}

bool strict_frame_pop(struct strict_frames *frames, size_t start)
{
    size_t left = frames->count;
    while (left > 0 && frames->start[left - 1] > start)
        left--;
    if (left == 0 || frames->start[left - 1] != start)
        return false;
    frames->count = left - 1;
    return true;
}
