/* SPDX-License-Identifier: MIT
 *
 * The shadow of a heap; see shadow.h.
 */
#include "check/shadow_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/text.h"

/* A process has one program. With one thread its figures are changed by ordinary instructions, at a
 * fifth of the cost of atomic ones, of which an operation has several. */
static bool is_alone;

/* What it was before. */
static uint32_t add(_Atomic uint32_t *figure, uint32_t change)
{
    if (!is_alone)
        return atomic_fetch_add_explicit(figure, change, memory_order_acq_rel);
    uint32_t before = atomic_load_explicit(figure, memory_order_relaxed);
    atomic_store_explicit(figure, before + change, memory_order_relaxed);
    return before;
}

static uint64_t add_long(_Atomic uint64_t *figure, uint64_t change)
{
    if (!is_alone)
        return atomic_fetch_add_explicit(figure, change, memory_order_relaxed);
    uint64_t before = atomic_load_explicit(figure, memory_order_relaxed);
    atomic_store_explicit(figure, before + change, memory_order_relaxed);
    return before;
}

enum { MOST_SMALL_BYTES = 1024 };

static size_t slots_of(const struct hm_shape *shape, size_t n)
{
    return shape->vary == HM_VARY_SLOTS ? n : shape->slots;
}

static size_t bytes_of(const struct hm_shape *shape, size_t n)
{
    return shape->vary == HM_VARY_BYTES ? n : shape->bytes;
}

/* Zeroed. The C library keeps small pieces for malloc at hand, not for calloc; large ones calloc
 * need not clear. */
static void *new_memory(size_t bytes)
{
    void *small = bytes <= MOST_SMALL_BYTES ? malloc(bytes) : NULL;
    return small != NULL ? memset(small, 0, bytes) : memory_new(bytes);
}

/* One block: the shadow, its slots, its payload. */
static struct hm_shadow *make(const struct hm_shape *shape, size_t slots, size_t bytes)
{
    struct shadow *made = new_memory(sizeof *made + slots * sizeof(struct hm_shadow *) + bytes);
    made->head.shape = shape;
    made->head.slot_count = (uint32_t)slots;
    made->head.bytes = (uint32_t)bytes;
    made->head.slots = (struct hm_shadow **)(void *)(made + 1);
    made->head.payload = (unsigned char *)(made->head.slots + slots);
    return &made->head;
}

void shadows_open(struct shadows *shadows, uint32_t globals, bool exact, bool alone)
{
    static const struct hm_shape shape = {.vary = HM_VARY_SLOTS, .name = "globals"};
    memset(shadows, 0, sizeof *shadows);
    is_alone = alone;
    void *table = mmap(NULL, (size_t)SHADOW_MOST_OBJECTS * sizeof *shadows->table,
                       PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED) {
        fprintf(stderr, "heapmark: no memory for a table of objects\n");
        exit(3);
    }
    shadows->table = table;
    shadows->exact = exact;
    shadows->globals = make(&shape, globals, 0);
    shadows->globals->owner = HM_SHADOW_SHARED;
    atomic_store(&shadows->globals->counts, 1);
    pthread_mutex_init(&shadows->weak_lock, NULL);
    pthread_mutex_init(&shadows->queue_lock, NULL);
}

static void name_it(struct shadows *shadows, struct hm_shadow *object, uint32_t owner)
{
    object->id = add(&shadows->last_id, 1) + 1;
    CHECK(object->id < SHADOW_MOST_OBJECTS, "object %u", object->id);
    object->owner = owner;
}

struct hm_shadow *shadow_make(struct shadows *shadows, const struct hm_shape *shape, size_t n,
                              const struct hm_shadow *from, uint32_t owner)
{
    struct hm_shadow *object = from == NULL ? make(shape, slots_of(shape, n), bytes_of(shape, n))
                                            : make(shape, from->slot_count, from->bytes);
    name_it(shadows, object, owner);
    if (from != NULL) {
        memcpy(object->slots, from->slots, from->slot_count * sizeof *object->slots);
        memcpy(object->payload, from->payload, from->bytes);
    }
    return object;
}

static void refer(struct shadow *object)
{
    add(&object->referred, 1);
    atomic_store_explicit(&object->kept_besides, true, memory_order_relaxed);
}

static void refer_no_more(struct shadows *shadows, struct shadow *object);

static struct hm_shadow *make_special(struct shadows *shadows, enum shadow_kind kind,
                                      const struct hm_shape *shape, struct hm_shadow *target,
                                      uint32_t owner)
{
    struct hm_shadow *object = make(shape, 0, 0);
    name_it(shadows, object, owner);
    whole(object)->kind = kind;
    whole(object)->target = whole(target);
    whole(object)->target_deaths = atomic_load(&whole(target)->deaths);
    refer(whole(target));
    return object;
}

struct hm_shadow *shadow_make_weak(struct shadows *shadows, struct hm_shadow *target,
                                   uint32_t owner)
{
    static const struct hm_shape shape = {.vary = HM_FIXED, .name = "weak object"};
    return make_special(shadows, SHADOW_WEAK, &shape, target, owner);
}

struct hm_shadow *shadow_make_ephemeron(struct shadows *shadows, struct hm_shadow *key,
                                        struct hm_shadow *value, uint32_t owner)
{
    static const struct hm_shape shape = {.vary = HM_FIXED, .name = "ephemeron"};
    struct hm_shadow *object = make_special(shadows, SHADOW_EPHEMERON, &shape, key, owner);
    whole(object)->value = value;
    shadow_own(value);
    return object;
}

static void raise_peak(_Atomic uint64_t *peak, uint64_t bytes)
{
    uint64_t before = atomic_load_explicit(peak, memory_order_relaxed);
    if (is_alone && bytes > before)
        atomic_store_explicit(peak, before = bytes, memory_order_relaxed);
    while (bytes > before && !atomic_compare_exchange_weak(peak, &before, bytes))
        continue;
}

void shadow_born(struct shadows *shadows, struct hm_shadow *object)
{
    if (object->bytes >= sizeof(uint64_t)) {
        uint64_t stamp = hm_shadow_stamp(object->id);
        memcpy(object->payload, &stamp, sizeof stamp);
        if (object->bytes > HM_SHADOW_LARGE_BYTES)
            memcpy(object->payload + (object->bytes / sizeof stamp - 1) * sizeof stamp, &stamp,
                   sizeof stamp);
    }
    for (size_t i = 0; i < object->slot_count; i++)
        shadow_own(object->slots[i]);
    atomic_store_explicit(&shadows->table[object->id], object, memory_order_release);
    add_long(&shadows->made, 1);
    add_long(&shadows->alive, 1);
    uint64_t bytes = shadow_nominal_bytes(object);
    bytes += add_long(&shadows->alive_nominal_bytes, bytes);
    raise_peak(&shadows->recent_peak_bytes, bytes);
    raise_peak(&shadows->peak_nominal_bytes, bytes);
}

void shadows_forget_peak(struct shadows *shadows)
{
    atomic_store(&shadows->earlier_peak_bytes, atomic_exchange(&shadows->recent_peak_bytes, 0));
    raise_peak(&shadows->recent_peak_bytes, atomic_load(&shadows->alive_nominal_bytes));
}

void shadow_discard(struct shadows *shadows, struct hm_shadow *object)
{
    refer_no_more(shadows, whole(object)->target);
    shadow_drop(shadows, whole(object)->value);
    free(object);
}

uint64_t shadow_nominal_bytes(const struct hm_shadow *object)
{
    return sizeof(uint64_t) * (1 + (uint64_t)object->slot_count) +
           (((uint64_t)object->bytes + 7) & ~UINT64_C(7));
}

void shadow_forget(struct shadows *shadows, struct hm_shadow *object)
{
    atomic_store_explicit(&shadows->table[object->id], NULL, memory_order_release);
    add_long(&shadows->alive, -UINT64_C(1));
    add_long(&shadows->alive_nominal_bytes, -shadow_nominal_bytes(object));
    if (atomic_load_explicit(&whole(object)->referred, memory_order_acquire) == 0) {
        free(object);
        return;
    }
    atomic_fetch_add(&whole(object)->deaths, 1);
    object->slot_count = 0;
    whole(object)->husk = true;
}

/* ---- counting ---- */

void shadow_own(struct hm_shadow *object)
{
    if (object != NULL)
        add(&object->counts, 1);
}

/* Nothing owns it: dead, unless it is watched, for then the queue owns it; and its shadow goes,
 * unless it is still referred to. Whoever is told so first is the one to kill it. */
static bool is_gone(struct shadows *shadows, struct shadow *object)
{
    if (atomic_load_explicit(&object->head.counts, memory_order_acquire) != 0 ||
        atomic_load_explicit(&object->placed, memory_order_acquire) != 0)
        return false;
    if (atomic_load(&object->watched) && !atomic_exchange(&object->waiting, true)) {
        atomic_fetch_add(&shadows->waiting, 1);
        shadow_own(&object->head);
        return false;
    }
    if (!shadows->exact && atomic_load_explicit(&object->referred, memory_order_acquire) != 0)
        return false;
    if (!is_alone)
        return !atomic_exchange(&object->dying, true);
    bool dies = !atomic_load_explicit(&object->dying, memory_order_relaxed);
    atomic_store_explicit(&object->dying, true, memory_order_relaxed);
    return dies;
}

/* One owner or hold less (`of` is one of its counts); is it gone by that? Acquire and release: who
 * frees an object sees what others did to it before they let it go. */
static bool loses(struct shadows *shadows, _Atomic uint32_t *of, struct hm_shadow *object)
{
    bool locks =
        !is_alone && atomic_load_explicit(&whole(object)->kept_besides, memory_order_relaxed);
    if (locks)
        pthread_mutex_lock(&shadows->queue_lock);
    uint32_t before = add(of, -UINT32_C(1));
    CHECK(before > 0, "object %u has lost an owner too many", object->id);
    bool gone = before == 1 && is_gone(shadows, whole(object));
    if (locks)
        pthread_mutex_unlock(&shadows->queue_lock);
    return gone;
}

static bool lets_go(struct shadows *shadows, struct hm_shadow *object)
{
    return object != NULL && loses(shadows, &object->counts, object);
}

static bool forgets(struct shadows *shadows, struct shadow *object)
{
    if (!object->husk)
        return loses(shadows, &object->referred, &object->head);
    if (add(&object->referred, -UINT32_C(1)) == 1)
        free(object);
    return false;
}

static void also(struct shadow **rest, bool gone, struct hm_shadow *object)
{
    if (!gone)
        return;
    whole(object)->next = *rest;
    *rest = whole(object);
}

/* Iterative, through a list of the dead. */
static void kill(struct shadows *shadows, struct hm_shadow *object)
{
    struct shadow *dead = whole(object);
    dead->next = NULL;
    while (dead != NULL) {
        struct hm_shadow *head = &dead->head;
        struct shadow *rest = dead->next;
        for (size_t i = 0; i < head->slot_count; i++)
            also(&rest, lets_go(shadows, head->slots[i]), head->slots[i]);
        also(&rest, lets_go(shadows, dead->value), dead->value);
        if (dead->target != NULL)
            also(&rest, forgets(shadows, dead->target), &dead->target->head);
        dead->target = NULL; /* it may stay as a husk, if others refer to it */
        dead->value = NULL;
        shadow_forget(shadows, head);
        dead = rest;
    }
}

void shadow_drop(struct shadows *shadows, struct hm_shadow *object)
{
    if (lets_go(shadows, object))
        kill(shadows, object);
}

void shadow_store(struct shadows *shadows, struct hm_shadow **place, struct hm_shadow *object)
{
    struct hm_shadow *old = *place;
    shadow_own(object);
    *place = object;
    shadow_drop(shadows, old);
}

void shadow_hold(struct hm_shadow *object)
{
    if (object != NULL)
        add(&whole(object)->placed, 1);
}

void shadow_release_hold(struct shadows *shadows, struct hm_shadow *object)
{
    if (object != NULL && loses(shadows, &whole(object)->placed, object))
        kill(shadows, object);
}

static void refer_no_more(struct shadows *shadows, struct shadow *object)
{
    if (object != NULL && forgets(shadows, object))
        kill(shadows, &object->head);
}

/* ---- weak objects, ephemerons, the finalizer queue ---- */

enum shadow_kind shadow_kind(const struct hm_shadow *object)
{
    return ((const struct shadow *)object)->kind;
}

bool shadow_is_carrier(const struct hm_shadow *object)
{
    return object->shape->vary == HM_FIXED && object->slot_count == HM_CARRIER_SLOTS &&
           object->bytes == HM_CARRIER_BYTES;
}

struct hm_shadow *shadow_target(const struct hm_shadow *object)
{
    const struct shadow *special = (const struct shadow *)object;
    if (special->target == NULL || atomic_load(&special->target->deaths) != special->target_deaths)
        return NULL;
    return &special->target->head;
}

struct hm_shadow *shadow_value(const struct hm_shadow *object)
{
    return ((const struct shadow *)object)->value;
}

static void forget_target(struct shadows *shadows, struct shadow *special)
{
    struct shadow *target = special->target;
    struct hm_shadow *value = special->value;
    special->target = NULL;
    special->value = NULL;
    refer_no_more(shadows, target);
    shadow_drop(shadows, value);
}

void shadow_target_died(struct shadows *shadows, struct hm_shadow *object)
{
    struct hm_shadow *target = shadow_target(object);
    if (target != NULL)
        atomic_fetch_add(&whole(target)->deaths, 1);
    forget_target(shadows, whole(object));
}

void shadow_watch(struct shadows *shadows, struct hm_shadow *object)
{
    atomic_store(&shadows->ever_watched, true);
    atomic_store(&whole(object)->kept_besides, true);
    if (!atomic_exchange(&whole(object)->watched, true))
        atomic_fetch_add(&shadows->watched, 1);
    if (!shadow_is_carrier(object))
        shadows->stranger = object;
}

void shadow_unwatch(struct shadows *shadows, struct hm_shadow *object)
{
    if (atomic_exchange(&whole(object)->watched, false))
        atomic_fetch_sub(&shadows->watched, 1);
    if (shadows->stranger == object)
        shadows->stranger = NULL;
}

bool shadow_may_come(const struct hm_shadow *object)
{
    const struct shadow *shadow = (const struct shadow *)object;
    return atomic_load(&shadow->may_come) || atomic_load(&shadow->waiting);
}

bool shadow_is_watched(const struct hm_shadow *object)
{
    return atomic_load(&((const struct shadow *)object)->watched);
}

bool shadow_is_waiting(const struct hm_shadow *object)
{
    return atomic_load(&((const struct shadow *)object)->waiting);
}

void shadow_let_come(struct hm_shadow *object)
{
    atomic_store(&whole(object)->may_come, true);
}

void shadow_lives_on(struct shadows *shadows, struct hm_shadow *object)
{
    pthread_mutex_lock(&shadows->queue_lock);
    if (atomic_exchange(&whole(object)->waiting, false)) {
        atomic_fetch_sub(&shadows->waiting, 1);
        uint32_t owners = add(&object->counts, -UINT32_C(1));
        CHECK(owners > 1, "object %u is owned by nobody who has got it", object->id);
    }
    pthread_mutex_unlock(&shadows->queue_lock);
}

void shadow_left_queue(struct shadows *shadows, struct hm_shadow *object)
{
    atomic_fetch_add(&whole(object)->deaths, 1);
    shadow_unwatch(shadows, object);
    atomic_store(&whole(object)->may_come, false);
    shadow_lives_on(shadows, object);
}

struct hm_shadow *shadow_by_stamp(const struct shadows *shadows, uint64_t stamp)
{
    uint32_t id = (uint32_t)stamp;
    if (id == 0 || id >= SHADOW_MOST_OBJECTS || hm_shadow_stamp(id) != stamp)
        return NULL;
    return atomic_load_explicit(&shadows->table[id], memory_order_acquire);
}
