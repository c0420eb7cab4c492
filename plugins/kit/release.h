/* SPDX-License-Identifier: MIT
 *
 * Releasing what lost its last reference, and cloning: the out-of-line part of counting.h, compiled
 * once for each set of counts.
 *
 * Release without recursion and without memory of its own: a dead container hangs in a list by
 * its slot 0, whose child is taken out first. Invariant: everything in the list is dead, owned by
 * this release alone, and has given up its slot 0. A chain of any length needs a few words.
 */
#ifndef HEAPMARK_KIT_RELEASE_H
#define HEAPMARK_KIT_RELEASE_H

#include <kit/counting.h>

enum { KIT_RELEASE_CLOCK_OBJECTS = 64 }; /* shorter cascades are over before a clock is read */

struct kit_release {
    struct kit_object *hung; /* dead containers, linked by slot 0 */
    uint64_t objects, bytes;
    uint64_t start_ns;
};

static inline void kit_release_free(hm_mutator *m, struct kit_release *release,
                                    struct kit_object *object)
{
    release->bytes += kit_cell_occupied(object);
    if (++release->objects == KIT_RELEASE_CLOCK_OBJECTS)
        release->start_ns = m->heap->host->now_ns();
    kit_cell_free((struct kit_cell_mutator *)m, object);
}

/* `object` is dead: free it if it holds nothing, else hang it and go on with what its slot 0 held.
 */
static inline void kit_release_hang(hm_mutator *m, struct kit_release *release,
                                    struct kit_object *object)
{
    while (object != NULL) {
        if (kit_layout_slots(object->layout) == 0) {
            kit_release_free(m, release, object);
            return;
        }
        hm_ref *slots = kit_slots(kit_ref(object));
        struct kit_object *child = kit_object(slots[0]);
        slots[0] = kit_ref(release->hung);
        release->hung = object;
        object = child != NULL && kit_count_down(m, child) ? child : NULL;
    }
}

static void kit_release(hm_mutator *m, hm_ref dead)
{
    struct kit_release release = {0};
    kit_release_hang(m, &release, kit_object(dead));
    while (release.hung != NULL) {
        struct kit_object *object = release.hung;
        hm_ref *slots = kit_slots(kit_ref(object));
        size_t count = kit_layout_slots(object->layout);
        release.hung = kit_object(slots[0]);
        for (size_t i = 1; i < count; i++) {
            struct kit_object *child = kit_object(slots[i]);
            if (child != NULL && kit_count_down(m, child))
                kit_release_hang(m, &release, child);
        }
        kit_release_free(m, &release, object);
    }
    kit_counted_released(m, release.objects, release.bytes, release.start_ns);
}

/* The original may be all that `from` owns, and `to` may be `from`: the copy is made first. */
static hm_ref kit_counted_clone(hm_mutator *m, hm_name *to, hm_name *from)
{
    uint32_t layout = kit_object(hm_at(from))->layout;
    size_t bytes = kit_layout_bytes(layout);
    if (kit_asked_to_stop(m))
        m->slow->poll(m);
    struct kit_object *copy = kit_counted_take(m, bytes);
    if (copy == NULL)
        hm_land(m, HM_OUT_OF_MEMORY);
    copy->own = KIT_COUNT_ONE;
    copy->layout = layout;
    memcpy(copy->fields, kit_object(hm_at(from))->fields, bytes - KIT_HEADER_BYTES);
    size_t count = kit_layout_slots(layout);
    for (size_t i = 0; i < count; i++)
        kit_own(kit_slots(kit_ref(copy))[i]);
    uintptr_t old = to->bits;
    to->bits = (uintptr_t)copy;
    kit_drop(m, old);
    return kit_ref(copy);
}

static const struct hm_slow kit_counted_slow = {
    .size = sizeof kit_counted_slow,
    .allocate = kit_counted_allocate,
    .poll = kit_counted_poll,
    .block = kit_counted_block,
    .unblock = kit_counted_unblock,
    .release = kit_release,
};

#endif
