/* SPDX-License-Identifier: MIT
 *
 * Cheney's copying: two pointers into the new space, no recursion, no memory of its own.
 *
 * Invariant: objects in [base, scan) refer into the new space only; those in [scan, free) are
 * copied and still refer to old addresses; an old object is either whole, with its own word 0, or
 * its header word is the copy's address with bit 0 set. The copy keeps the header, so the old one
 * may be overwritten as a whole, and addresses are multiples of 8.
 *
 * Weak objects and ephemerons have no slots. What becomes of them, and of watched objects, is
 * settled once everything that is owned is copied (kit/traced.h); they add nothing to what has to
 * find room.
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
    struct kit_traced *traced;
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
    if (HM_FAULT(mv21) && (object->layout & 3) == KIT_BYTES && copied > 64 << 10)
        memset((char *)moved->fields + copied - (1 << 10) - KIT_REDZONE_BYTES, 0, 1 << 10);
    copy->free += bytes;
    uint64_t forwarding = (uintptr_t)moved | FORWARDED;
    memcpy(object, &forwarding, sizeof forwarding);
    return kit_ref(moved);
}

/* Of a forwarded object. */
HM_INLINE hm_ref copy_of(const struct kit_object *object)
{
    uint64_t forwarding;
    memcpy(&forwarding, object, sizeof forwarding);
    return (hm_ref){(uintptr_t)(forwarding & ~(uint64_t)FORWARDED)};
}

/* Where the object is now. */
static hm_ref forward(struct copy *copy, hm_ref ref)
{
    if (hm_is_null(ref))
        return ref;
    struct kit_object *object = kit_object(ref);
    if ((object->own & FORWARDED) == 0)
        return evacuate(copy, object);
    return copy_of(object);
}

/* The same once everything that is owned is copied: for what is asked about. */
static hm_ref forward_noting(struct copy *copy, hm_ref ref)
{
    if (hm_is_null(ref) ||
        (kit_object(ref)->own & (FORWARDED | SEMISPACE_NOTED)) != SEMISPACE_NOTED)
        return forward(copy, ref);
    hm_ref now = evacuate(copy, kit_object(ref));
    kit_traced_noticed(copy->traced, ref, now);
    return now;
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

HM_INLINE void forward_slots(struct copy *copy, hm_ref *slots, size_t count, bool noting)
{
    if (HM_FAULT(tr5) && count > 255)
        count = 255;
    for (size_t i = 0; i < count; i++)
        if (!HM_FAULT_ONCE_IN(mv1, 1000))
            slots[i] = noting ? forward_noting(copy, slots[i]) : forward(copy, slots[i]);
}

HM_INLINE void scan_all(struct copy *copy, bool noting)
{
    while (copy->scan < copy->free) {
        struct kit_object *object = (struct kit_object *)(void *)copy->scan;
        forward_slots(copy, kit_slots(kit_ref(object)), kit_layout_slots(object->layout), noting);
        copy->scan += kit_layout_bytes(object->layout);
    }
}

/* ---- weak objects, ephemerons, watched objects: kit/traced.h ---- */

static hm_ref find(void *user, hm_ref ref)
{
    (void)user;
    const struct kit_object *object = kit_object(ref);
    return (object->own & FORWARDED) == 0 ? hm_null : copy_of(object);
}

static hm_ref reach(void *user, hm_ref ref)
{
    return forward_noting(user, ref);
}

static void drain(void *user)
{
    scan_all(user, true);
}

static void flip(struct semispace_heap *heap)
{
    struct semispace_space old = heap->active;
    heap->active = heap->idle;
    heap->idle = old;
}

/* The globals stay where they are: as long as all else is forwarded they lead to themselves. */
static uint32_t pin_globals(struct kit_object *globals)
{
    uint32_t layout = globals->layout;
    uint64_t forwarding = (uintptr_t)globals | FORWARDED;
    memcpy(globals, &forwarding, sizeof forwarding);
    return layout;
}

uint64_t semispace_copy(struct semispace_heap *heap)
{
    static const struct kit_traced_functions functions = {find, reach, drain};
    size_t most = semispace_used(&heap->active);
    flip(heap);
    struct semispace_space *to = &heap->active;
    struct semispace_space *from = &heap->idle;
    struct kit_object *globals = heap->globals;
    to->free = to->base;
    kit_unpoison(to->base, most);
    kit_check_filled(to->base, most < semispace_held(to) ? most : semispace_held(to));
    struct copy copy = {.scan = to->base, .free = to->base, .traced = &heap->traced};
    uint32_t layout = pin_globals(globals);
    if (HM_FAULT(mv2))
        forward_names_of_first(&heap->world, &copy);
    else
        kit_world_each_name(&heap->world, forward_name, &copy);
    if (!HM_FAULT(tr15))
        kit_watch_each_queued(&heap->traced.watch, forward_name, &copy);
    if (!HM_FAULT(tr2))
        forward_slots(&copy, kit_slots(kit_ref(globals)), kit_layout_slots(layout), false);
    KIT_PHASE(ROOTS_SCANNED);
    scan_all(&copy, false);
    uint64_t queued = kit_traced_finish(&heap->traced, &functions, &copy);
    globals->own = 0;
    globals->layout = layout;
    KIT_PHASE(EVACUATED);
    to->free = copy.free;
    semispace_touch(to);
    kit_poison(to->free, (size_t)(to->touched - to->free));
    kit_fill(from->base, most);
    kit_poison(from->base, semispace_held(from));
    from->free = from->base;
    return queued;
}
