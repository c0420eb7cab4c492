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

void shadows_open(struct shadows *shadows, uint32_t globals)
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
    shadows->globals = make(&shape, globals, 0);
    shadows->globals->owner = HM_SHADOW_SHARED;
    atomic_store(&shadows->globals->counts, 1);
}

struct hm_shadow *shadow_make(struct shadows *shadows, const struct hm_shape *shape, size_t n,
                              const struct hm_shadow *from, uint32_t owner)
{
    struct hm_shadow *object = from == NULL ? make(shape, slots_of(shape, n), bytes_of(shape, n))
                                            : make(shape, from->slot_count, from->bytes);
    object->id = atomic_fetch_add_explicit(&shadows->last_id, 1, memory_order_relaxed) + 1;
    CHECK(object->id < SHADOW_MOST_OBJECTS, "object %u", object->id);
    object->owner = owner;
    if (from != NULL) {
        memcpy(object->slots, from->slots, from->slot_count * sizeof *object->slots);
        memcpy(object->payload, from->payload, from->bytes);
    }
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
    atomic_fetch_add_explicit(&shadows->alive_nominal_bytes, shadow_nominal_bytes(object),
                              memory_order_relaxed);
}

void shadow_discard(struct hm_shadow *object)
{
    free(object);
}

uint64_t shadow_nominal_bytes(const struct hm_shadow *object)
{
    return sizeof(uint64_t) * (1 + (uint64_t)object->slot_count) +
           (((uint64_t)object->bytes + 7) & ~UINT64_C(7));
}

static void forget(struct shadows *shadows, struct hm_shadow *object)
{
    atomic_store_explicit(&shadows->table[object->id], NULL, memory_order_release);
    atomic_fetch_sub_explicit(&shadows->alive, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&shadows->alive_nominal_bytes, shadow_nominal_bytes(object),
                              memory_order_relaxed);
    free(object);
}

/* ---- counting ---- */

void shadow_own(struct hm_shadow *object)
{
    if (object != NULL)
        atomic_fetch_add_explicit(&object->counts, 1, memory_order_relaxed);
}

/* Acquire and release: who frees an object sees what others did to it before they let it go. */
static bool lets_go(struct hm_shadow *object)
{
    if (object == NULL)
        return false;
    uint32_t counts = atomic_fetch_sub_explicit(&object->counts, 1, memory_order_acq_rel);
    CHECK(counts > 0, "object %u has lost an owner too many", object->id);
    return counts == 1 && atomic_load_explicit(&whole(object)->holds, memory_order_acquire) == 0;
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
            if (lets_go(head->slots[i])) {
                whole(head->slots[i])->next = rest;
                rest = whole(head->slots[i]);
            }
        forget(shadows, head);
        dead = rest;
    }
}

void shadow_drop(struct shadows *shadows, struct hm_shadow *object)
{
    if (lets_go(object))
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
        atomic_fetch_add_explicit(&whole(object)->holds, 1, memory_order_relaxed);
}

void shadow_release_hold(struct shadows *shadows, struct hm_shadow *object)
{
    if (object == NULL)
        return;
    uint32_t holds = atomic_fetch_sub_explicit(&whole(object)->holds, 1, memory_order_acq_rel);
    CHECK(holds > 0, "object %u is held no more", object->id);
    if (holds == 1 && atomic_load_explicit(&object->counts, memory_order_acquire) == 0)
        kill(shadows, object);
}

struct hm_shadow *shadow_by_stamp(const struct shadows *shadows, uint64_t stamp)
{
    uint32_t id = (uint32_t)stamp;
    if (id == 0 || id >= SHADOW_MOST_OBJECTS || hm_shadow_stamp(id) != stamp)
        return NULL;
    return atomic_load_explicit(&shadows->table[id], memory_order_acquire);
}

/* ---- visiting ---- */

/* Everything below an object that `enter` lets in. */
static void visit(struct hm_shadow *object, bool (*enter)(struct shadow *object, uint32_t bit),
                  uint32_t bit)
{
    if (object == NULL || !enter(whole(object), bit))
        return;
    struct shadow *waiting = whole(object);
    waiting->next = NULL;
    while (waiting != NULL) {
        struct hm_shadow *head = &waiting->head;
        waiting = waiting->next;
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
    visit(object, enter_to_freeze, 0);
}

void shadows_clear_marks(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object != NULL)
            whole(object)->reached = 0;
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
    visit(object, enter_to_mark, bit);
}

uint64_t shadows_marked(const struct shadows *shadows, uint64_t *nominal_bytes)
{
    uint64_t objects = 0;
    uint32_t last = atomic_load(&shadows->last_id);
    *nominal_bytes = 0;
    for (uint32_t id = 1; id <= last; id++) {
        struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object == NULL || whole(object)->reached == 0)
            continue;
        objects++;
        *nominal_bytes += shadow_nominal_bytes(object);
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

void shadows_tally(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object != NULL)
            whole(object)->least = 0;
    }
    for (uint32_t id = 0; id <= last; id++) {
        struct hm_shadow *object =
            id == 0 ? shadows->globals
                    : atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object == NULL || whole(object)->reached == 0)
            continue;
        for (size_t i = 0; i < object->slot_count; i++)
            shadow_tally(object->slots[i]);
    }
}

void shadows_share_out(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object == NULL || object->owner == HM_SHADOW_SHARED)
            continue;
        uint32_t reached = whole(object)->reached;
        bool by_one =
            reached != 0 && (reached & (reached - 1)) == 0 && reached != SHADOW_BY_GLOBALS;
        object->owner = by_one ? (uint32_t)__builtin_ctz(reached) : HM_SHADOW_FROZEN;
    }
}

void shadows_sweep(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++) {
        struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object == NULL || whole(object)->reached != 0)
            continue;
        for (size_t i = 0; i < object->slot_count; i++)
            if (object->slots[i] != NULL && whole(object->slots[i])->reached != 0)
                atomic_fetch_sub_explicit(&object->slots[i]->counts, 1, memory_order_relaxed);
    }
    for (uint32_t id = 1; id <= last; id++) {
        struct hm_shadow *object = atomic_load_explicit(&shadows->table[id], memory_order_relaxed);
        if (object != NULL && whole(object)->reached == 0)
            forget(shadows, object);
    }
}
