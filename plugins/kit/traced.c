/* SPDX-License-Identifier: MIT
 *
 * The end of a marking: ephemerons, weak objects, watched objects; see traced.h.
 *
 * An object that moved is found from its old address, and keeps its fields: the links and
 * references of weak objects and ephemerons are old addresses until step 4 (a reached ephemeron's
 * value: until it is reached). Old fields stay readable, as moving overwrites the header only.
 *
 * Invariant of step 1, once every ephemeron was entered: a reached one is on the ready list, or in
 * the tree, or was looked at with its key reached; one that is not reached has the bit. A key in
 * the tree is not reached and has the bit.
 */
#include <kit/counts.h>
#include <kit/fault.h>
#include <kit/traced.h>

struct finish {
    struct kit_traced *traced;
    const struct kit_traced_functions *do_;
    void *user;
};

void kit_traced_open(struct kit_traced *traced, struct kit_watch_memory memory, uint32_t bit)
{
    atomic_store_explicit(&traced->weaks, 0, memory_order_relaxed);
    atomic_store_explicit(&traced->ephemerons, 0, memory_order_relaxed);
    traced->ready = traced->waiting = hm_null;
    traced->bit = bit;
    kit_watch_open(&traced->watch, memory);
}

void kit_traced_close(struct kit_traced *traced)
{
    kit_watch_close(&traced->watch);
}

/* ---- mutators ---- */

/* Onto a list that only grows while mutators run. */
static void enter(_Atomic uintptr_t *list, uintptr_t object, hm_ref *next)
{
    next->bits = atomic_load_explicit(list, memory_order_relaxed);
    KIT_PHASE(EXCHANGE);
    if (HM_FAULT(tr28)) {
        atomic_store_explicit(list, object, memory_order_release);
        return;
    }
    while (!atomic_compare_exchange_weak_explicit(list, &next->bits, object, memory_order_release,
                                                  memory_order_relaxed))
        continue;
}

void kit_traced_weak_born(struct kit_traced *traced, void *memory, uint32_t own, hm_ref target)
{
    struct kit_traced_weak *object = memory;
    memset(object, 0, KIT_TRACED_WEAK_BYTES);
    object->own = own;
    object->layout = KIT_TRACED_WEAK_LAYOUT;
    object->target = target;
    enter(&traced->weaks, (uintptr_t)object, &object->next);
}

void kit_traced_ephemeron_born(struct kit_traced *traced, void *memory, uint32_t own, hm_ref key,
                               hm_ref value)
{
    struct kit_ephemeron *object = memory;
    memset(object, 0, KIT_EPHEMERON_BYTES);
    object->own = own;
    object->layout = KIT_EPHEMERON_LAYOUT;
    object->key = key;
    object->value = value;
    enter(&traced->ephemerons, (uintptr_t)object, &object->next);
}

/* Of threads that watch one object at once the first to set the bit makes the record. */
void kit_traced_watch(struct kit_traced *traced, hm_mutator *m, hm_name *name)
{
    _Atomic uint32_t *own = kit_own_word(kit_object(hm_at(name)));
    if ((atomic_fetch_or_explicit(own, traced->bit, memory_order_relaxed) & traced->bit) != 0 &&
        !HM_FAULT(tr22))
        return;
    if (!kit_watch_add(&traced->watch, hm_at(name))) {
        atomic_fetch_and_explicit(own, ~traced->bit, memory_order_relaxed);
        hm_land(m, HM_OUT_OF_MEMORY);
    }
    if (kit_watch_is_low(&traced->watch))
        atomic_store_explicit(&m->poll, 1, memory_order_relaxed);
}

/* ---- the lists ---- */

static hm_ref first(_Atomic uintptr_t *list)
{
    return (hm_ref){atomic_load_explicit(list, memory_order_relaxed)};
}

static void set_first(_Atomic uintptr_t *list, hm_ref object)
{
    atomic_store_explicit(list, object.bits, memory_order_relaxed);
}

static void set_bit(const struct kit_traced *traced, hm_ref object)
{
    atomic_fetch_or_explicit(kit_own_word(kit_object(object)), traced->bit, memory_order_relaxed);
}

static hm_ref find(const struct finish *finish, hm_ref ref)
{
    return hm_is_null(ref) ? hm_null : finish->do_->find(finish->user, ref);
}

/* The fields of an object of a list: those of the copy, once there is one. */
static hm_ref fields_of(const struct finish *finish, hm_ref object)
{
    hm_ref now = find(finish, object);
    return hm_is_null(now) ? object : now;
}

/* ---- 1: ephemerons ---- */

static void make_ready(struct kit_traced *traced, hm_ref object)
{
    kit_ephemeron(object)->same = traced->ready;
    traced->ready = object;
}

/* The link to the tree's node for this key, or where it belongs: each level goes by one more bit
 * of the scrambled key. Two keys differ in some bit, as the multiplication loses nothing. */
static hm_ref *node_of(struct kit_traced *traced, hm_ref key)
{
    hm_ref *link = &traced->waiting;
    uint64_t path = (uint64_t)key.bits * UINT64_C(0x9e3779b97f4a7c15);
    for (; !hm_is_null(*link) && kit_ephemeron(*link)->key.bits != key.bits;
         path <<= !HM_FAULT(sc3))
        link = &kit_ephemeron(*link)->child[path >> 63];
    return link;
}

/* Ephemerons with one key are a chain behind its node. */
static void wait_for_key(struct kit_traced *traced, hm_ref object)
{
    struct kit_ephemeron *ephemeron = kit_ephemeron(object);
    hm_ref *link = node_of(traced, ephemeron->key);
    set_bit(traced, ephemeron->key);
    ephemeron->same = hm_null;
    if (hm_is_null(*link)) {
        ephemeron->child[0] = ephemeron->child[1] = hm_null;
        *link = object;
        return;
    }
    if (!HM_FAULT(tr24))
        ephemeron->same = kit_ephemeron(*link)->same;
    kit_ephemeron(*link)->same = object;
}

/* The node stays where it is: its key will not be looked for again. */
void kit_traced_noticed(struct kit_traced *traced, hm_ref before, hm_ref now)
{
    if (kit_object(now)->layout == KIT_EPHEMERON_LAYOUT && !HM_FAULT(tr29))
        make_ready(traced, now);
    hm_ref next;
    for (hm_ref at = *node_of(traced, before); !hm_is_null(at); at = next) {
        next = kit_ephemeron(at)->same;
        make_ready(traced, at);
    }
}

/* A reached ephemeron: its value is reached, or waits for the key. */
static void look_at(const struct finish *finish, hm_ref object)
{
    struct kit_ephemeron *ephemeron = kit_ephemeron(object);
    if (hm_is_null(ephemeron->key))
        return;
    if (hm_is_null(find(finish, ephemeron->key)) && !HM_FAULT(tr18))
        wait_for_key(finish->traced, object);
    else
        ephemeron->value = finish->do_->reach(finish->user, ephemeron->value);
}

static void reach_all(const struct finish *finish)
{
    struct kit_traced *traced = finish->traced;
    do {
        while (!hm_is_null(traced->ready)) {
            hm_ref object = traced->ready;
            traced->ready = kit_ephemeron(object)->same;
            look_at(finish, object);
        }
        finish->do_->drain(finish->user);
    } while (!hm_is_null(traced->ready) && !HM_FAULT(tr19));
    traced->ready = hm_null;
}

/* Nothing is reached here, so that each ephemeron is in one state afterwards. */
static void enter_ephemerons(const struct finish *finish)
{
    hm_ref object = first(&finish->traced->ephemerons);
    for (; !hm_is_null(object); object = kit_ephemeron(object)->next) {
        hm_ref now = find(finish, object);
        if (hm_is_null(now))
            set_bit(finish->traced, object);
        else
            make_ready(finish->traced, now);
    }
}

/* tr10. */
static void reach_targets(const struct finish *finish)
{
    hm_ref object = first(&finish->traced->weaks);
    for (; !hm_is_null(object); object = kit_traced_weak(object)->next)
        if (!hm_is_null(find(finish, object)))
            finish->do_->reach(finish->user, kit_traced_weak(fields_of(finish, object))->target);
}

/* ---- 2: clearing ---- */

/* tr11: the first time that its target is dead a weak object keeps it. */
static bool is_late(const struct finish *finish, hm_ref weak, hm_ref target)
{
    return HM_FAULT(tr11) && hm_is_null(find(finish, target)) && !hm_is_null(target) &&
           (kit_fault_remember(kit_object(weak)), true);
}

/* tr31. */
static bool refers_to_weak(const struct finish *finish, const struct kit_traced_weak *fields)
{
    return HM_FAULT(tr31) && !hm_is_null(fields->target) &&
           hm_is_null(find(finish, fields->target)) &&
           kit_object(fields->target)->layout == KIT_TRACED_WEAK_LAYOUT;
}

/* Also of objects that are not reached: step 3 may reach them. */
static void clear(const struct finish *finish)
{
    hm_ref object = first(&finish->traced->weaks);
    for (; !hm_is_null(object); object = kit_traced_weak(object)->next) {
        struct kit_traced_weak *fields = kit_traced_weak(fields_of(finish, object));
        if ((HM_FAULT(tr25) && hm_is_null(find(finish, object))) || refers_to_weak(finish, fields))
            continue;
        bool was_late = HM_FAULT(tr11) && kit_fault_forget(kit_object(object));
        if (was_late || (!HM_FAULT(tr11) && hm_is_null(find(finish, fields->target))))
            fields->target = hm_null;
    }
    object = first(&finish->traced->ephemerons);
    for (; !hm_is_null(object); object = kit_ephemeron(object)->next) {
        struct kit_ephemeron *fields = kit_ephemeron(fields_of(finish, object));
        if (hm_is_null(find(finish, fields->key)))
            fields->key = fields->value = hm_null;
    }
    finish->traced->waiting = hm_null;
}

/* ---- 3: watched objects ---- */

static bool lives(void *user, hm_ref object)
{
    return !hm_is_null(find(user, object));
}

static void revive(void *user, hm_name *name)
{
    const struct finish *finish = user;
    if (HM_FAULT(tr30) && (kit_object(hm_at(name))->layout & 3) == KIT_BYTES)
        return;
    name->bits = finish->do_->reach(finish->user, hm_at(name)).bits;
}

/* All that are dead enter before any is reached: that one refers to another keeps none of them. */
static uint64_t queue_dead(struct finish *finish)
{
    uint64_t count;
    struct kit_watch_record *latest =
        kit_watch_queue_dead(&finish->traced->watch, lives, finish, &count);
    kit_watch_each_from(latest, revive, finish);
    if (!HM_FAULT(tr20))
        reach_all(finish);
    return count;
}

/* ---- 4: where everything is now ---- */

static void renew_weaks(const struct finish *finish)
{
    hm_ref list = hm_null, next;
    for (hm_ref object = first(&finish->traced->weaks); !hm_is_null(object); object = next) {
        hm_ref now = find(finish, object);
        next = kit_traced_weak(object)->next;
        if (hm_is_null(now))
            continue;
        if (!is_late(finish, now, kit_traced_weak(now)->target) &&
            !refers_to_weak(finish, kit_traced_weak(now)))
            kit_traced_weak(now)->target = find(finish, kit_traced_weak(now)->target);
        kit_traced_weak(now)->next = list;
        list = now;
    }
    set_first(&finish->traced->weaks, list);
}

static void renew_ephemerons(const struct finish *finish)
{
    hm_ref list = hm_null, next;
    for (hm_ref object = first(&finish->traced->ephemerons); !hm_is_null(object); object = next) {
        hm_ref now = find(finish, object);
        next = kit_ephemeron(object)->next;
        if (hm_is_null(now))
            continue;
        kit_ephemeron(now)->key = find(finish, kit_ephemeron(now)->key);
        kit_ephemeron(now)->next = list;
        list = now;
    }
    set_first(&finish->traced->ephemerons, list);
}

static void renew_watched(void *user, hm_name *name)
{
    const struct finish *finish = user;
    if (!HM_FAULT(mv18))
        name->bits = find(finish, hm_at(name)).bits;
    if (!HM_FAULT(tr26))
        set_bit(finish->traced, hm_at(name));
}

uint64_t kit_traced_finish(struct kit_traced *traced, const struct kit_traced_functions *functions,
                           void *user)
{
    struct finish finish = {traced, functions, user};
    enter_ephemerons(&finish);
    if (HM_FAULT(tr10))
        reach_targets(&finish);
    reach_all(&finish);
    if (!HM_FAULT(tr21))
        clear(&finish);
    KIT_PHASE(WEAK_CLEARED);
    uint64_t count = queue_dead(&finish);
    if (HM_FAULT(tr21))
        clear(&finish);
    KIT_PHASE(FINALIZERS_QUEUED);
    renew_weaks(&finish);
    renew_ephemerons(&finish);
    kit_watch_each_watched(&traced->watch, renew_watched, &finish);
    return count;
}
