/* SPDX-License-Identifier: MIT
 *
 * PLAIN.a: plain and shared use of a slot that several threads can see.
 *
 * Every slot remembers who wrote it last and who read it last by a plain operation, on a clock
 * that counts the heap's operations. A thread has synchronised with all that happened before its
 * last hm_unblock, shared read or attach: that is more than it has in truth (a barrier of two
 * threads orders nothing for a third), so what is reported is a race, and some races are not
 * reported. Objects that were never reachable from the globals belong to one thread and are
 * skipped.
 */
#include <strict/heap.h>

static bool is_foreign(const struct strict_mutator *self, const struct strict_stamp *stamp)
{
    return stamp->time > self->synced && stamp->mutator != self->kit.head.index;
}

static _Noreturn void report(struct strict_mutator *self, const struct strict_object *object,
                             size_t slot, const struct strict_stamp *stamp, const char *what)
{
    char words[STRICT_WORDS_BYTES];
    strict_broken(self, "PLAIN.a",
                  "slot %zu of %s was %s by thread %u, and the threads have not synchronised since",
                  slot, strict_say_object(words, object), what, stamp->mutator);
}

static const char *written(const struct strict_stamp *stamp)
{
    return stamp->shared ? "written by a shared operation" : "written by a plain operation";
}

static struct strict_stamp stamp_now(const struct strict_mutator *self, bool shared)
{
    return (struct strict_stamp){strict_heap(self)->time, self->kit.head.index, shared};
}

void strict_race_read(struct strict_mutator *self, struct strict_object *object, size_t slot,
                      bool shared)
{
    struct strict_slot *cell = &object->slot[slot];
    if (!object->visible)
        return;
    if (is_foreign(self, &cell->write) && !(shared && cell->write.shared))
        report(self, object, slot, &cell->write, written(&cell->write));
    if (!shared)
        cell->read = stamp_now(self, false);
}

void strict_race_write(struct strict_mutator *self, struct strict_object *object, size_t slot,
                       bool shared)
{
    struct strict_slot *cell = &object->slot[slot];
    if (!object->visible)
        return;
    if (is_foreign(self, &cell->write) && !(shared && cell->write.shared))
        report(self, object, slot, &cell->write, written(&cell->write));
    if (is_foreign(self, &cell->read))
        report(self, object, slot, &cell->read, "read by a plain operation");
    cell->write = stamp_now(self, shared);
}

void strict_race_sync(struct strict_mutator *self)
{
    self->synced = strict_heap(self)->time;
}
