/* SPDX-License-Identifier: MIT
 *
 * The shadow of a heap; see shadow.h.
 */
#include "check/shadow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/text.h"

static struct shadow *whole(struct hm_shadow *object)
{
    return (struct shadow *)object;
}

static size_t slots_of(const struct hm_shape *shape, size_t n)
{
    return shape->vary == HM_VARY_SLOTS ? n : shape->slots;
}

static size_t bytes_of(const struct hm_shape *shape, size_t n)
{
    return shape->vary == HM_VARY_BYTES ? n : shape->bytes;
}

/* One block: the shadow, its slots, its payload. */
static struct hm_shadow *make(const struct hm_shape *shape, size_t slots, size_t bytes)
{
    struct shadow *made = memory_new(sizeof *made + slots * sizeof(struct hm_shadow *) + bytes);
    made->head.shape = shape;
    made->head.slot_count = (uint32_t)slots;
    made->head.bytes = (uint32_t)bytes;
    made->head.slots = (struct hm_shadow **)(void *)(made + 1);
    made->head.payload = (unsigned char *)(made->head.slots + slots);
    return &made->head;
}

void shadows_open(struct shadows *shadows, uint32_t globals, bool exact)
{
    static const struct hm_shape shape = {.vary = HM_VARY_SLOTS, .name = "globals"};
    memset(shadows, 0, sizeof *shadows);
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
}

static void name_it(struct shadows *shadows, struct hm_shadow *object, uint32_t owner)
{
    object->id = atomic_fetch_add_explicit(&shadows->last_id, 1, memory_order_relaxed) + 1;
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
    atomic_fetch_add_explicit(&object->referred, 1, memory_order_relaxed);
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

void shadow_born(struct shadows *shadows, struct hm_shadow *object)
{
    if (object->bytes >= sizeof(uint64_t)) {
        uint64_t stamp = hm_shadow_stamp(object->id);
        memcpy(object->payload, &stamp, sizeof stamp);
    }
    for (size_t i = 0; i < object->slot_count; i++)
        shadow_own(object->slots[i]);
    atomic_store_explicit(&shadows->table[object->id], object, memory_order_release);
    atomic_fetch_add_explicit(&shadows->made, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&shadows->alive, 1, memory_order_relaxed);
    uint64_t bytes = shadow_nominal_bytes(object);
    bytes += atomic_fetch_add_explicit(&shadows->alive_nominal_bytes, bytes, memory_order_relaxed);
    uint64_t peak = atomic_load_explicit(&shadows->peak_nominal_bytes, memory_order_relaxed);
    while (bytes > peak &&
           !atomic_compare_exchange_weak(&shadows->peak_nominal_bytes, &peak, bytes))
        continue;
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

/* The object of this id, or null. */
static struct shadow *at(const struct shadows *shadows, uint32_t id)
{
    struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
    return object == NULL ? NULL : whole(object);
}

static void forget(struct shadows *shadows, struct hm_shadow *object)
{
    atomic_store_explicit(&shadows->table[object->id], NULL, memory_order_release);
    atomic_fetch_sub_explicit(&shadows->alive, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&shadows->alive_nominal_bytes, shadow_nominal_bytes(object),
                              memory_order_relaxed);
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
        atomic_fetch_add_explicit(&object->counts, 1, memory_order_relaxed);
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
    return !atomic_exchange(&object->dying, true);
}

/* Acquire and release: who frees an object sees what others did to it before they let it go. */
static bool lets_go(struct shadows *shadows, struct hm_shadow *object)
{
    if (object == NULL)
        return false;
    uint32_t counts = atomic_fetch_sub_explicit(&object->counts, 1, memory_order_acq_rel);
    CHECK(counts > 0, "object %u has lost an owner too many", object->id);
    return counts == 1 && is_gone(shadows, whole(object));
}

static bool is_last(_Atomic uint32_t *holds, const struct hm_shadow *object)
{
    uint32_t before = atomic_fetch_sub_explicit(holds, 1, memory_order_acq_rel);
    CHECK(before > 0, "object %u is held no more", object->id);
    return before == 1;
}

static bool forgets(struct shadows *shadows, struct shadow *object)
{
    if (!is_last(&object->referred, &object->head))
        return false;
    if (!object->husk)
        return is_gone(shadows, object);
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
        forget(shadows, head);
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
        atomic_fetch_add_explicit(&whole(object)->placed, 1, memory_order_relaxed);
}

void shadow_release_hold(struct shadows *shadows, struct hm_shadow *object)
{
    if (object != NULL && is_last(&whole(object)->placed, object) &&
        is_gone(shadows, whole(object)))
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
    if (!atomic_exchange(&whole(object)->watched, true))
        atomic_fetch_add(&shadows->watched, 1);
}

void shadow_unwatch(struct shadows *shadows, struct hm_shadow *object)
{
    if (atomic_exchange(&whole(object)->watched, false))
        atomic_fetch_sub(&shadows->watched, 1);
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

void shadow_left_queue(struct shadows *shadows, struct hm_shadow *object)
{
    atomic_fetch_add(&whole(object)->deaths, 1);
    shadow_unwatch(shadows, object);
    atomic_store(&whole(object)->may_come, false);
    if (!atomic_exchange(&whole(object)->waiting, false))
        return;
    atomic_fetch_sub(&shadows->waiting, 1);
    shadow_drop(shadows, object);
}

struct hm_shadow *shadow_by_stamp(const struct shadows *shadows, uint64_t stamp)
{
    uint32_t id = (uint32_t)stamp;
    if (id == 0 || id >= SHADOW_MOST_OBJECTS || hm_shadow_stamp(id) != stamp)
        return NULL;
    return atomic_load_explicit(&shadows->table[id], memory_order_acquire);
}

/* ---- visiting ---- */

/* For freezing, weak objects and ephemerons lead somewhere too: others can get there by them. */
static void visit_also(struct shadow **waiting, struct shadow *object,
                       bool (*enter)(struct shadow *object, uint32_t bit), uint32_t bit)
{
    struct shadow *const more[] = {object->target,
                                   object->value == NULL ? NULL : whole(object->value)};
    for (size_t i = 0; i < 2; i++)
        if (more[i] != NULL && enter(more[i], bit)) {
            more[i]->next = *waiting;
            *waiting = more[i];
        }
}

/* Everything below an object that `enter` lets in. */
static void visit(struct hm_shadow *object, bool (*enter)(struct shadow *object, uint32_t bit),
                  uint32_t bit, bool through_weak)
{
    if (object == NULL || !enter(whole(object), bit))
        return;
    struct shadow *waiting = whole(object);
    waiting->next = NULL;
    while (waiting != NULL) {
        struct hm_shadow *head = &waiting->head;
        waiting = waiting->next;
        if (through_weak)
            visit_also(&waiting, whole(head), enter, bit);
        for (size_t i = 0; i < head->slot_count; i++) {
            struct shadow *child = head->slots[i] == NULL ? NULL : whole(head->slots[i]);
            if (child == NULL || !enter(child, bit))
                continue;
            child->next = waiting;
            waiting = child;
        }
    }
}

static bool enter_to_freeze(struct shadow *object, uint32_t bit)
{
    (void)bit;
    if (object->head.owner >= HM_SHADOW_FROZEN)
        return false;
    object->head.owner = HM_SHADOW_FROZEN;
    return true;
}

void shadow_freeze(struct hm_shadow *object)
{
    visit(object, enter_to_freeze, 0, true);
}

void shadows_clear_marks(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        if (at(shadows, id) != NULL)
            at(shadows, id)->reached = 0;
    }
    whole(shadows->globals)->reached = 0;
}

static bool enter_to_mark(struct shadow *object, uint32_t bit)
{
    if ((object->reached & bit) != 0)
        return false;
    object->reached |= bit;
    return true;
}

void shadow_mark(struct hm_shadow *object, uint32_t bit)
{
    visit(object, enter_to_mark, bit, false);
}

void shadows_mark_values(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t id = 1; id <= last; id++) {
            struct shadow *object = at(shadows, id);
            if (object == NULL || object->value == NULL || object->reached == 0 ||
                shadow_target(&object->head) == NULL || object->target->reached == 0)
                continue;
            uint32_t missing = object->reached & ~whole(object->value)->reached;
            for (uint32_t bit = 1; bit != 0 && missing != 0; bit <<= 1)
                if ((missing & bit) != 0) {
                    shadow_mark(object->value, bit);
                    changed = true;
                }
        }
    }
}

void shadows_mark_queue(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct shadow *object = at(shadows, id);
        if (object != NULL && atomic_load(&object->watched) &&
            (object->reached & ~SHADOW_BY_QUEUE) == 0)
            shadow_mark(&object->head, SHADOW_BY_QUEUE);
    }
}

void shadows_clear_targets(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct shadow *object = at(shadows, id);
        if (object != NULL && object->target != NULL &&
            (atomic_load(&object->target->head.counts) == 0 ||
             atomic_load(&object->target->waiting)))
            shadow_target_died(shadows, &object->head);
    }
}

uint64_t shadows_marked(const struct shadows *shadows, uint64_t *nominal_bytes)
{
    uint64_t objects = 0;
    uint32_t last = atomic_load(&shadows->last_id);
    *nominal_bytes = 0;
    for (uint32_t id = 1; id <= last; id++) {
        const struct shadow *object = at(shadows, id);
        if (object == NULL || object->reached == 0)
            continue;
        objects++;
        *nominal_bytes += shadow_nominal_bytes(&object->head);
    }
    return objects;
}

void shadow_tally(struct hm_shadow *object)
{
    if (object != NULL)
        whole(object)->least++;
}

uint32_t shadow_least(const struct hm_shadow *object)
{
    return ((const struct shadow *)object)->least;
}

static void tally_slots(const struct shadow *object)
{
    for (size_t i = 0; object->reached != 0 && i < object->head.slot_count; i++)
        shadow_tally(object->head.slots[i]);
}

void shadows_tally(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL)
            at(shadows, id)->least = 0;
    tally_slots(whole(shadows->globals));
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL)
            tally_slots(at(shadows, id));
}

/* What is reached by one thread's names alone; with one thread, by the queue as well. */
static uint32_t owner_of(const struct shadow *object, uint32_t threads)
{
    uint32_t reached = object->reached;
    if (threads == 1 && (reached & SHADOW_BY_QUEUE) != 0)
        reached = reached == SHADOW_BY_QUEUE ? 1 : reached & ~SHADOW_BY_QUEUE;
    bool by_one = reached != 0 && (reached & (reached - 1)) == 0 && reached < SHADOW_BY_QUEUE;
    return by_one ? (uint32_t)__builtin_ctz(reached) : HM_SHADOW_FROZEN;
}

static void share_target(struct shadow *object)
{
    struct hm_shadow *const leads[] = {object->target == NULL ? NULL : &object->target->head,
                                       object->value};
    for (size_t i = 0; i < 2; i++)
        if (leads[i] != NULL && leads[i]->owner != object->head.owner)
            shadow_freeze(leads[i]);
}

void shadows_share_out(struct shadows *shadows, uint32_t threads)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct shadow *object = at(shadows, id);
        if (object != NULL && object->head.owner != HM_SHADOW_SHARED)
            object->head.owner = owner_of(object, threads);
    }
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL)
            share_target(at(shadows, id));
}

static void lose(struct hm_shadow *object)
{
    if (object != NULL && whole(object)->reached != 0)
        atomic_fetch_sub_explicit(&object->counts, 1, memory_order_relaxed);
}

/* What dies lets go of what stays; what stays forgets targets that die. */
static void unhook(struct shadow *object)
{
    bool dies = object->reached == 0;
    for (size_t i = 0; dies && i < object->head.slot_count; i++)
        lose(object->head.slots[i]);
    if (object->target == NULL)
        return;
    bool target_dies = object->target->reached == 0;
    if (dies && !target_dies)
        atomic_fetch_sub_explicit(&object->target->referred, 1, memory_order_relaxed);
    if (dies || target_dies)
        lose(object->value);
    if (target_dies) {
        object->target = NULL;
        object->value = NULL;
    }
}

void shadows_sweep(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL)
            unhook(at(shadows, id));
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL && at(shadows, id)->reached == 0)
            forget(shadows, &at(shadows, id)->head);
}
