/* SPDX-License-Identifier: MIT
 *
 * The shadow visited: freezing what a thread gives away, and, while nobody else runs, marks,
 * tallies, owners and the sweep. See shadow.h.
 */
#include "check/shadow_internal.h"

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

/* What a target leads to falls with it, and may be a target that was looked at before. */
void shadows_clear_targets(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t id = 1; id <= last; id++) {
            struct shadow *object = at(shadows, id);
            if (object == NULL || object->target == NULL ||
                (atomic_load(&object->target->head.counts) != 0 &&
                 !atomic_load(&object->target->waiting)))
                continue;
            shadow_target_died(shadows, &object->head);
            changed = true;
        }
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

/* What dies lets go of what stays; what stays forgets targets that die, or were found dead and live
 * on. */
static void unhook(struct shadow *object)
{
    bool dies = object->reached == 0;
    for (size_t i = 0; dies && i < object->head.slot_count; i++)
        lose(object->head.slots[i]);
    if (object->target == NULL)
        return;
    bool target_dies = object->target->reached == 0;
    bool forgets = dies || target_dies || shadow_target(&object->head) == NULL;
    if (forgets && !target_dies)
        atomic_fetch_sub_explicit(&object->target->referred, 1, memory_order_relaxed);
    if (!forgets)
        return;
    lose(object->value);
    object->target = NULL;
    object->value = NULL;
}

void shadows_sweep(struct shadows *shadows)
{
    uint32_t last = atomic_load(&shadows->last_id);
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL)
            unhook(at(shadows, id));
    for (uint32_t id = 1; id <= last; id++)
        if (at(shadows, id) != NULL && at(shadows, id)->reached == 0)
            shadow_forget(shadows, &at(shadows, id)->head);
}
