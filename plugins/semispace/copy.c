/* SPDX-License-Identifier: MIT
 *
 * Cheney's copying: two pointers into the new space, no recursion, no memory of its own.
 *
 * Invariant: objects in [base, scan) refer into the new space only; those in [scan, free) are
 * copied and still refer to old addresses; an old object is either whole, with its own word 0, or
 * its header word is the copy's address with bit 0 set. The copy keeps the header, so the old one
 * may be overwritten as a whole, and addresses are multiples of 8.
 */
#include <semispace/copy.h>

#include <kit/fault.h>
#include <kit/object.h>
#include <kit/poison.h>

/* The tag lies in the half word that is the collector's own. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the tag is bit 0 of `own`");

enum { FORWARDED = 1 };

struct copy {
    char *scan;
    char *free;
};

/* Small objects are most objects, and a call of memcpy costs more than their few words. */
static void copy_words(uint64_t *to, const uint64_t *from, size_t bytes)
{
    if (bytes > 128) {
        memcpy(to, from, bytes);
        return;
    }
    for (size_t i = 0; i < bytes / sizeof *to; i++)
        to[i] = from[i];
}

static hm_ref evacuate(struct copy *copy, struct kit_object *object)
{
    size_t bytes = kit_layout_bytes(object->layout);
    kit_check_object(object, object->layout, bytes);
    struct kit_object *moved = (struct kit_object *)(void *)copy->free;
    moved->own = 0;
    moved->layout = object->layout;
    size_t copied = bytes - KIT_HEADER_BYTES;
    if (HM_FAULT(mv17) && (object->layout & 3) == KIT_BYTES && (object->layout >> 2) % 8 != 0)
        copied -= 8;
    copy_words(moved->fields, object->fields, copied);
    copy->free += bytes;
    uint64_t forwarding = (uintptr_t)moved | FORWARDED;
    memcpy(object, &forwarding, sizeof forwarding);
    return kit_ref(moved);
}

/* Where the object is now. */
static hm_ref forward(struct copy *copy, hm_ref ref)
{
    if (hm_is_null(ref))
        return ref;
    struct kit_object *object = kit_object(ref);
    if ((object->own & FORWARDED) == 0)
        return evacuate(copy, object);
    uint64_t forwarding;
    memcpy(&forwarding, object, sizeof forwarding);
    return (hm_ref){(uintptr_t)(forwarding & ~(uint64_t)FORWARDED)};
}

static void forward_name(void *user, hm_name *name)
{
    name->bits = forward(user, hm_at(name)).bits;
}

/* mv2: one thread has its names updated, the others see what they name copied. */
static void forward_names_of_first(struct kit_world *world, struct copy *copy)
{
    for (struct kit_mutator *m = world->first; m != NULL; m = m->next)
        for (hm_name *name = m->head.name_base; name < m->head.name_top; name++) {
            hm_ref ref = forward(copy, hm_at(name));
            if (m == world->first)
                name->bits = ref.bits;
        }
}

static void forward_slots(struct copy *copy, struct kit_object *object)
{
    size_t count = kit_layout_slots(object->layout);
    hm_ref *slots = kit_slots(kit_ref(object));
    if (HM_FAULT(tr5) && count > 255)
        count = 255;
    for (size_t i = 0; i < count; i++)
        if (!HM_FAULT_ONCE_IN(mv1, 1000))
            slots[i] = forward(copy, slots[i]);
}

static void scan_all(struct copy *copy)
{
    while (copy->scan < copy->free) {
        struct kit_object *object = (struct kit_object *)(void *)copy->scan;
        forward_slots(copy, object);
        copy->scan += kit_layout_bytes(object->layout);
    }
}

static void flip(struct semispace_heap *heap)
{
    struct semispace_space old = heap->active;
    heap->active = heap->idle;
    heap->idle = old;
}

void semispace_copy(struct semispace_heap *heap)
{
    size_t most = semispace_used(&heap->active);
    flip(heap);
    struct semispace_space *to = &heap->active;
    struct semispace_space *from = &heap->idle;
    to->free = to->base;
    kit_unpoison(to->base, most);
    kit_check_filled(to->base, most < semispace_held(to) ? most : semispace_held(to));
    struct copy copy = {.scan = to->base, .free = to->base};
    if (HM_FAULT(mv2))
        forward_names_of_first(&heap->world, &copy);
    else
        kit_world_each_name(&heap->world, forward_name, &copy);
    if (!HM_FAULT(tr2))
        forward_slots(&copy, heap->globals);
    KIT_PHASE(ROOTS_SCANNED);
    scan_all(&copy);
    KIT_PHASE(EVACUATED);
    to->free = copy.free;
    semispace_touch(to);
    kit_poison(to->free, (size_t)(to->touched - to->free));
    kit_fill(from->base, most);
    kit_poison(from->base, semispace_held(from));
    from->free = from->base;
}
