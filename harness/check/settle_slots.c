/* SPDX-License-Identifier: MIT
 *
 * Operations to actions: reading and writing slots, one by one and in bulk.
 */
#include "check/settle.h"

enum { MOST_LOOKED_AT = 8 };

static bool do_get(struct check_thread *thread, struct hm_action *action)
{
    size_t to = name_index(thread, thread->op.a), from = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[from];
    if (!has_slots(thread, object, false))
        return false;
    action->x = thread->op.x % object->slot_count;
    action->a = name_at(thread, to);
    action->b = name_at(thread, from);
    action->kind = thread->op.kind == PROGRAM_GET ? HM_ACTION_GET : HM_ACTION_PEEK_BIND;
    shadow_store(&thread->session->shadows, &thread->names[to], object->slots[action->x]);
    return true;
}

/* Through an object that is borrowed only: b[x][y]. */
static bool do_peeked(struct check_thread *thread, struct hm_action *action)
{
    bool write = thread->op.kind == PROGRAM_PEEK_SET;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[b];
    if (!has_slots(thread, object, false))
        return false;
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *middle = object->slots[action->x];
    if (!has_slots(thread, middle, write))
        return false;
    action->y = thread->op.y % middle->slot_count;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->kind = write ? HM_ACTION_PEEK_SET : HM_ACTION_PEEK_GET;
    if (write)
        shadow_store(&thread->session->shadows, &middle->slots[action->y], thread->names[a]);
    else
        shadow_store(&thread->session->shadows, &thread->names[a], middle->slots[action->y]);
    return true;
}

static bool do_init(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a];
    bool gives = thread->op.kind == PROGRAM_INIT_GIVE;
    if (object == NULL || object != thread->fresh || object->slot_count == 0)
        return false;
    size_t slot = thread->op.x % (object->slot_count < 64 ? object->slot_count : 64);
    if ((thread->inited >> slot & 1) != 0 || object->slots[slot] != NULL ||
        (gives && thread->names[b] == object))
        return false;
    thread->inited |= UINT64_C(1) << slot;
    action->kind = gives ? HM_ACTION_INIT_GIVE : HM_ACTION_INIT;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = slot;
    shadow_store(&thread->session->shadows, &object->slots[slot], thread->names[b]);
    if (gives)
        shadow_store(&thread->session->shadows, &thread->names[b], NULL);
    return true;
}

static bool do_set(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a];
    bool gives = thread->op.kind == PROGRAM_GIVE;
    if (!has_slots(thread, object, true) || (gives && a == b))
        return false;
    action->kind = gives ? HM_ACTION_GIVE : HM_ACTION_SET;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x % object->slot_count;
    shadow_store(shadows, &object->slots[action->x], thread->names[b]);
    if (gives)
        shadow_store(shadows, &thread->names[b], NULL);
    return true;
}

static void store_range(struct check_thread *thread, struct hm_shadow *object, size_t first,
                        size_t count, struct hm_shadow *value)
{
    for (size_t i = 0; i < count; i++)
        shadow_store(&thread->session->shadows, &object->slots[first + i], value);
}

/* a[x] = b[y], or n slots from x on, by a borrow of the value. */
static bool do_set_slot(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a], *from = thread->names[b];
    bool fills = thread->op.kind == PROGRAM_FILL_SLOT;
    if (!has_slots(thread, object, true) || !has_slots(thread, from, false))
        return false;
    action->kind = fills ? HM_ACTION_FILL_SLOT : HM_ACTION_SET_SLOT;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x;
    action->y = thread->op.y % from->slot_count;
    action->n = range(object->slot_count, &action->x, fills ? thread->op.z : 1);
    struct hm_shadow *value = from->slots[action->y];
    shadow_own(value);
    store_range(thread, object, action->x, action->n, value);
    shadow_drop(&thread->session->shadows, value);
    return true;
}

/* a[x] = a[x][y]: the middle is dropped by the store that its own slot is the value of. */
static bool do_unlink(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a);
    struct hm_shadow *object = thread->names[a];
    if (!has_slots(thread, object, true))
        return false;
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *middle = object->slots[action->x];
    if (!has_slots(thread, middle, false))
        return false;
    action->kind = HM_ACTION_UNLINK;
    action->a = action->b = name_at(thread, a);
    action->y = thread->op.y % middle->slot_count;
    shadow_store(&thread->session->shadows, &object->slots[action->x], middle->slots[action->y]);
    return true;
}

static bool do_take(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[b];
    if (!has_slots(thread, object, true))
        return false;
    action->kind = HM_ACTION_TAKE;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *taken = object->slots[action->x];
    shadow_own(taken);
    shadow_store(shadows, &object->slots[action->x], NULL);
    shadow_store(shadows, &thread->names[a], taken);
    shadow_drop(shadows, taken);
    return true;
}

/* ---- bulk ---- */

static bool do_fill(struct check_thread *thread, struct hm_action *action)
{
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *object = thread->names[a];
    bool clears = thread->op.kind == PROGRAM_CLEAR_SLOTS;
    if (!has_slots(thread, object, true))
        return false;
    action->kind = clears ? HM_ACTION_CLEAR_SLOTS : HM_ACTION_FILL_SLOTS;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x;
    action->n = range(object->slot_count, &action->x, thread->op.z);
    store_range(thread, object, action->x, action->n, clears ? NULL : thread->names[b]);
    return true;
}

/* As if all were read before any is written: upwards or downwards, as memmove does. */
static bool do_copy(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *to = thread->names[a], *from = thread->names[b];
    if (!has_slots(thread, to, true) || !has_slots(thread, from, false))
        return false;
    action->kind = HM_ACTION_COPY_SLOTS;
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->x = thread->op.x;
    action->y = thread->op.y;
    action->n = range(to->slot_count, &action->x, thread->op.z);
    action->n = range(from->slot_count, &action->y, action->n);
    bool down = to == from && action->x > action->y;
    for (size_t i = 0; i < action->n; i++) {
        size_t k = down ? action->n - 1 - i : i;
        shadow_store(shadows, &to->slots[action->x + k], from->slots[action->y + k]);
    }
    return true;
}

/* Does it own itself once slot x of `holder` is null: by a slot of its own, or of what it refers
 * to? Such an owner is there as long as the object is. */
static bool owns_itself(const struct check_thread *thread, const struct hm_shadow *object,
                        const struct hm_shadow *holder, size_t x)
{
    for (size_t i = 0; i < object->slot_count && i < MOST_LOOKED_AT; i++) {
        const struct hm_shadow *child = object->slots[i];
        if (child == object)
            return true;
        size_t count = has_slots(thread, child, false) ? child->slot_count : 0;
        for (size_t k = 0; k < count && k < MOST_LOOKED_AT; k++)
            if (child->slots[k] == object && (child != holder || k != x))
                return true;
    }
    return false;
}

/* a[x] is borrowed and unlinked; then slots of it are cleared, or moved down by one. The borrow is
 * good meanwhile (BORROW.a (3)), as the object owns itself. */
static bool do_cut(struct check_thread *thread, struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a);
    struct hm_shadow *object = thread->names[a];
    bool shifts = thread->op.kind == PROGRAM_CUT_SHIFT;
    if (!has_slots(thread, object, true))
        return false;
    action->x = thread->op.x % object->slot_count;
    struct hm_shadow *cut = object->slots[action->x];
    if (cut == object || !has_slots(thread, cut, true) || cut->slot_count <= shifts ||
        !owns_itself(thread, cut, object, action->x))
        return false;
    action->kind = shifts ? HM_ACTION_CUT_SHIFT : HM_ACTION_CUT_CLEAR;
    action->a = name_at(thread, a);
    action->y = thread->op.y;
    action->n = range(cut->slot_count - shifts, &action->y, thread->op.z);
    shadow_own(cut);
    shadow_store(shadows, &object->slots[action->x], NULL);
    for (size_t i = action->y; i < action->y + action->n; i++)
        shadow_store(shadows, &cut->slots[i], shifts ? cut->slots[i + 1] : NULL);
    shadow_drop(shadows, cut);
    return true;
}

bool settle_slots(struct check_thread *thread, struct hm_action *action)
{
    switch (thread->op.kind) {
    case PROGRAM_GET:
    case PROGRAM_PEEK_BIND:
        return do_get(thread, action);
    case PROGRAM_PEEK_GET:
    case PROGRAM_PEEK_SET:
        return do_peeked(thread, action);
    case PROGRAM_INIT:
    case PROGRAM_INIT_GIVE:
        return do_init(thread, action);
    case PROGRAM_SET:
    case PROGRAM_GIVE:
        return do_set(thread, action);
    case PROGRAM_SET_SLOT:
    case PROGRAM_FILL_SLOT:
        return do_set_slot(thread, action);
    case PROGRAM_UNLINK:
        return do_unlink(thread, action);
    case PROGRAM_CUT_CLEAR:
    case PROGRAM_CUT_SHIFT:
        return do_cut(thread, action);
    case PROGRAM_TAKE:
        return do_take(thread, action);
    case PROGRAM_COPY:
        return do_copy(thread, action);
    default:
        return do_fill(thread, action);
    }
}
