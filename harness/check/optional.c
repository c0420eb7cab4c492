/* SPDX-License-Identifier: MIT
 *
 * Operations that a collector need not have: weak objects, ephemerons, the finalizer queue.
 *
 * When something was found dead is the collector's affair. What must hold at any moment: nothing
 * that this thread reaches by its own names is dead; what is dead once stays so, for all who refer
 * to it; and a collector that reclaims at the last drop has found dead what nothing owns.
 *
 * Lock: weak_lock, as several threads may read one weak object, and take from one queue.
 */
#include <inttypes.h>

#include "check/settle.h"

/* ---- what is reached ---- */

static bool enter(struct hm_walk *walk, struct hm_shadow *object)
{
    size_t place = walk->place[object->id];
    if (place < walk->count && walk->objects[place] == object)
        return false;
    walk->place[object->id] = (uint32_t)walk->count;
    walk->objects[walk->count++] = object;
    return true;
}

static void enter_slots(const struct check_thread *thread, struct hm_walk *walk, size_t place)
{
    const struct hm_shadow *holder = walk->objects[place];
    bool readable = is_readable(thread, holder);
    for (size_t i = 0; readable && i < holder->slot_count; i++)
        if (holder->slots[i] != NULL)
            enter(walk, holder->slots[i]);
}

/* Is it reached from this thread's names, by slots that it may read? Nobody but this thread can end
 * that, so it holds whatever others do. */
static bool reaches(struct check_thread *thread, const struct hm_shadow *object)
{
    struct hm_walk *walk = &thread->walk;
    walk->count = 0;
    for (size_t i = 0; i < thread->top; i++)
        if (thread->names[i] != NULL)
            enter(walk, thread->names[i]);
    for (size_t k = 0; k < walk->count; k++) {
        if (walk->objects[k] == object)
            return true;
        enter_slots(thread, walk, k);
    }
    return false;
}

/* What came out of the queue, or was got through a weak object while only the queue reached it,
 * leads to what died with it: that may wait in the queue too, and weak objects may have been
 * cleared. By the value of an ephemeron as well. Under weak_lock. */
static void let_come(struct check_thread *thread, struct hm_shadow *object)
{
    struct hm_walk *walk = &thread->walk;
    walk->count = 0;
    enter(walk, object);
    for (size_t k = 0; k < walk->count; k++) {
        enter_slots(thread, walk, k);
        if (shadow_value(walk->objects[k]) != NULL)
            enter(walk, shadow_value(walk->objects[k]));
        if (k > 0)
            shadow_let_come(walk->objects[k]);
    }
}

/* With one thread, and a collector that reclaims at the last drop, everything is known. */
static bool is_exact(const struct check_session *session)
{
    return session->can.prompt && session->thread_count == 1;
}

/* Nothing owns it but the queue. */
static bool must_be_dead(const struct check_session *session, const struct hm_shadow *object)
{
    return is_exact(session) && (object->counts == 0 || shadow_is_waiting(object));
}

static bool must_live(struct check_thread *thread, const struct hm_shadow *object)
{
    const struct check_session *session = thread->session;
    /* Of what only the queue reaches, a weak object may read either. */
    bool owned = is_exact(session) && !session->can.cycles && object->counts > 0 &&
                 atomic_load(&session->shadows.waiting) == 0;
    return owned || !session->can.frees || reaches(thread, object);
}

/* ---- to actions ---- */

static bool make(struct check_thread *thread, struct hm_action *action, size_t a, size_t b,
                 size_t c)
{
    struct check_session *session = thread->session;
    struct hm_shadow *target = thread->names[b], *value = thread->names[c];
    bool weak = thread->op.kind == PROGRAM_NEW_WEAK;
    /* Of what may wait in the queue nobody knows which death is its next. */
    if (a == b || target == NULL || (shadow_is_watched(target) && shadow_may_come(target)) ||
        (!weak && (a == c || value == NULL)))
        return false;
    shadow_store(&session->shadows, &thread->names[a], NULL);
    thread->pending =
        weak ? shadow_make_weak(&session->shadows, target, thread->head.index)
             : shadow_make_ephemeron(&session->shadows, target, value, thread->head.index);
    action->kind = weak ? HM_ACTION_NEW_WEAK : HM_ACTION_NEW_EPHEMERON;
    return true;
}

/* How the kernel is to know what it gets, if it gets something. */
static void expect(struct hm_action *action, const struct hm_shadow *object)
{
    bool stamped = object->bytes >= sizeof(uint64_t);
    action->x = object->slot_count;
    action->value = stamped ? 0 : hm_shadow_stamp(object->id);
}

/* Null for good: whatever is got is wrong, and of a shape that nobody knows. */
static void expect_nothing(struct hm_action *action)
{
    action->value = UINT64_MAX;
}

static bool get(struct check_thread *thread, struct hm_action *action, size_t b,
                enum shadow_kind kind)
{
    struct shadows *shadows = &thread->session->shadows;
    struct hm_shadow *special = thread->names[b];
    if (special == NULL || shadow_kind(special) != kind)
        return false;
    action->kind = kind == SHADOW_WEAK ? HM_ACTION_WEAK_GET : HM_ACTION_EPHEMERON_GET;
    pthread_mutex_lock(&shadows->weak_lock);
    struct hm_shadow *target = shadow_target(special);
    if (target == NULL)
        expect_nothing(action);
    else
        expect(action, kind == SHADOW_WEAK ? target : shadow_value(special));
    pthread_mutex_unlock(&shadows->weak_lock);
    return true;
}

/* The stamp of what comes out of the queue is read before it is known what it is. So what is no
 * carrier is watched by a program's only thread, while nothing else is. */
static bool may_watch(const struct check_session *session, const struct hm_shadow *object)
{
    const struct shadows *shadows = &session->shadows;
    if (shadow_is_watched(object))
        return true;
    if (!shadow_is_carrier(object))
        return session->thread_count == 1 && atomic_load(&shadows->watched) == 0;
    return shadows->stranger == NULL;
}

void optional_expect_dead(const struct check_session *session, struct hm_action *action)
{
    if (session->shadows.stranger != NULL) {
        expect(action, session->shadows.stranger);
        return;
    }
    action->x = HM_CARRIER_SLOTS;
    action->value = 0;
}

static bool watch(struct check_thread *thread, struct hm_action *action, size_t a)
{
    struct hm_shadow *object = thread->names[a];
    /* What may wait in the queue could be watched anew, and come twice: nobody knows. */
    if (object == NULL || !is_writable(thread, object) || shadow_may_come(object) ||
        !may_watch(thread->session, object))
        return false;
    thread->expected = !shadow_is_watched(object);
    shadow_watch(&thread->session->shadows, object);
    action->kind = HM_ACTION_WATCH;
    return true;
}

bool optional_settle(struct check_thread *thread, struct hm_action *action)
{
    const struct hm_capabilities *can = &thread->session->can;
    const struct program_op *op = &thread->op;
    size_t a = name_index(thread, op->a), b = name_index(thread, op->b),
           c = name_index(thread, op->c);
    action->a = name_at(thread, a);
    action->b = name_at(thread, b);
    action->c = name_at(thread, c);
    switch (op->kind) {
    case PROGRAM_NEW_WEAK:
        return can->weak && make(thread, action, a, b, b);
    case PROGRAM_NEW_EPHEMERON:
        return can->ephemerons && make(thread, action, a, b, c);
    case PROGRAM_WEAK_GET:
        return can->weak && get(thread, action, b, SHADOW_WEAK);
    case PROGRAM_EPHEMERON_GET:
        return can->ephemerons && get(thread, action, b, SHADOW_EPHEMERON);
    case PROGRAM_WATCH:
        return can->finalizers && watch(thread, action, a);
    default:
        if (!can->finalizers)
            return false;
        shadow_store(&thread->session->shadows, &thread->names[a], NULL);
        action->kind = HM_ACTION_NEXT_DEAD;
        optional_expect_dead(thread->session, action);
        return true;
    }
}

/* ---- judging ---- */

/* Weak reads and ephemerons: `referred` is what decides (target, key), `wanted` what is given. */
static void judge_get(struct check_thread *thread, struct hm_shadow *special,
                      struct hm_shadow *wanted, uint64_t saw)
{
    struct check_session *session = thread->session;
    struct hm_shadow *referred = shadow_target(special);
    const char *what = special->shape->name;
    if (saw != 0 && referred == NULL)
        check_broken(session, thread, HM_PROPERTY_WEAK,
                     "weak.2: %s %" PRIu32 " gives an object after its target was found dead", what,
                     special->id);
    if (saw != 0 && saw != hm_shadow_stamp(wanted->id))
        check_broken(session, thread, HM_PROPERTY_WEAK,
                     "weak.2: %s %" PRIu32 " gives the object of stamp %#" PRIx64
                     ", and refers to object %" PRIu32,
                     what, special->id, saw, wanted->id);
    if (saw != 0 && must_be_dead(session, referred))
        check_broken(session, thread, HM_PROPERTY_WEAK,
                     "weak.2: %s %" PRIu32 " gives object %" PRIu32 ", whose last owner is gone",
                     what, special->id, wanted->id);
    if (saw == 0 && referred != NULL && !shadow_may_come(referred) && must_live(thread, referred))
        check_broken(session, thread, HM_PROPERTY_WEAK,
                     "weak.2: %s %" PRIu32 " gives null, though object %" PRIu32
                     " is still reachable",
                     what, special->id, referred->id);
    if (saw == 0)
        shadow_target_died(&session->shadows, special);
}

static struct hm_shadow *judge_next_dead(struct check_thread *thread, uint64_t saw)
{
    struct check_session *session = thread->session;
    struct hm_shadow *object = shadow_by_stamp(&session->shadows, saw);
    if (saw == 0) {
        uint64_t waiting = atomic_load(&session->shadows.waiting);
        if (is_exact(session) && waiting > 0)
            check_broken(session, thread, HM_PROPERTY_FINALIZERS,
                         "next_dead.1: the queue is empty, though %" PRIu64
                         " watched objects have died",
                         waiting);
        return NULL;
    }
    if (object == NULL)
        check_broken(session, thread, HM_PROPERTY_FINALIZERS,
                     "next_dead.1: the queue gives an object of stamp %#" PRIx64
                     ", which no object has",
                     saw);
    if (!shadow_is_watched(object))
        check_broken(session, thread, HM_PROPERTY_FINALIZERS,
                     "next_dead.1: the queue gives object %" PRIu32
                     ", which is not watched, or came already",
                     object->id);
    if (session->thread_count == 1 && !shadow_may_come(object) && must_live(thread, object))
        check_broken(session, thread, HM_PROPERTY_FINALIZERS,
                     "watch.1: the queue gives object %" PRIu32 ", which is still reachable",
                     object->id);
    return object;
}

struct hm_shadow *optional_take_dead(struct check_thread *thread, uint64_t saw)
{
    struct shadows *shadows = &thread->session->shadows;
    check_judged(thread->session, HM_PROPERTY_FINALIZERS);
    pthread_mutex_lock(&shadows->weak_lock);
    struct hm_shadow *object = judge_next_dead(thread, saw);
    if (object != NULL) {
        shadow_own(object);
        shadow_left_queue(shadows, object);
        let_come(thread, object);
    }
    pthread_mutex_unlock(&shadows->weak_lock);
    return object;
}

/* It had no memory for the object's place in the queue: nothing has changed. */
void optional_not_watched(struct check_thread *thread)
{
    if (thread->expected)
        shadow_unwatch(&thread->session->shadows, thread->names[name_index(thread, thread->op.a)]);
}

static struct hm_shadow *read_special(struct check_thread *thread, struct hm_shadow *special,
                                      uint64_t saw)
{
    struct shadows *shadows = &thread->session->shadows;
    check_judged(thread->session, HM_PROPERTY_WEAK);
    pthread_mutex_lock(&shadows->weak_lock);
    struct hm_shadow *wanted =
        shadow_kind(special) == SHADOW_WEAK ? shadow_target(special) : shadow_value(special);
    judge_get(thread, special, wanted, saw);
    struct hm_shadow *seen = saw == 0 ? NULL : wanted;
    if (seen != NULL && thread->session->can.finalizers &&
        (!is_exact(thread->session) || thread->session->can.cycles) && !reaches(thread, seen))
        let_come(thread, seen);
    shadow_own(seen);
    if (seen != NULL && seen == shadow_target(special))
        shadow_lives_on(shadows, seen);
    pthread_mutex_unlock(&shadows->weak_lock);
    return seen;
}

void optional_commit(struct check_thread *thread, const struct hm_action *action)
{
    struct shadows *shadows = &thread->session->shadows;
    size_t a = name_index(thread, thread->op.a), b = name_index(thread, thread->op.b);
    struct hm_shadow *seen = action->kind == HM_ACTION_NEXT_DEAD
                                 ? optional_take_dead(thread, action->saw)
                                 : read_special(thread, thread->names[b], action->saw);
    shadow_store(shadows, &thread->names[a], seen);
    shadow_drop(shadows, seen);
}
