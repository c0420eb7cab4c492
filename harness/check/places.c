/* SPDX-License-Identifier: MIT
 *
 * Slots that take shared operations, as the shadow knows them.
 *
 * With one thread a place holds what was stored last. With several, the order of stores is not
 * known: until the next meeting a place may hold whatever was stored since the last one. What it
 * may hold does not die meanwhile; at the meeting the slot is read, and its value adopted.
 */
#include "check/session.h"

/* Places lie in the globals and on the boards in turn, as far as boards have slots. */
static void settle(struct check_place *place, size_t index)
{
    size_t row = index / (CHECK_BOARDS + 1), column = index % (CHECK_BOARDS + 1);
    bool on_board = column > 0 && row < HM_BOARD_SLOTS;
    place->board = on_board ? column - 1 : HM_NO_BOARD;
    place->slot = on_board ? row : CHECK_BOARDS + index;
}

void places_open(struct check_session *session)
{
    for (size_t i = 0; i < session->place_count; i++) {
        pthread_mutex_init(&session->places[i].lock, NULL);
        settle(&session->places[i], i);
    }
}

/* The slot's place in the shadow. */
static struct hm_shadow **shadow_slot(struct check_session *session,
                                      const struct check_place *place)
{
    struct hm_shadow *globals = session->shadows.globals;
    struct hm_shadow *holder = place->board == HM_NO_BOARD ? globals : globals->slots[place->board];
    return &holder->slots[place->slot];
}

void place_will_hold(struct check_thread *thread, struct check_place *place,
                     struct hm_shadow *object)
{
    struct check_session *session = thread->session;
    shadow_freeze(object);
    if (session->thread_count == 1) {
        shadow_store(&session->shadows, shadow_slot(session, place), object);
        place->value = object;
        return;
    }
    shadow_hold(object);
    pthread_mutex_lock(&place->lock);
    if (place->count == place->capacity) {
        place->capacity = place->capacity == 0 ? 64 : 2 * place->capacity;
        place->candidates =
            memory_resize(place->candidates, place->capacity * sizeof(struct hm_shadow *));
    }
    place->candidates[place->count++] = object;
    pthread_mutex_unlock(&place->lock);
}

/* Since the last meeting. Lock held, or all meet. */
static bool was_stored(const struct check_place *place, const struct hm_shadow *object)
{
    for (size_t i = place->count; i-- > 0;)
        if (place->candidates[i] == object)
            return true;
    return false;
}

static bool could_hold(struct check_place *place, const struct hm_shadow *object)
{
    pthread_mutex_lock(&place->lock);
    bool could = place->value == object || was_stored(place, object);
    pthread_mutex_unlock(&place->lock);
    return could;
}

struct hm_shadow *place_seen(struct check_thread *thread, struct check_place *place, uint64_t stamp)
{
    struct check_session *session = thread->session;
    struct hm_shadow *object = shadow_by_stamp(&session->shadows, stamp);
    if (stamp != 0 && object == NULL)
        check_broken(
            session, thread, HM_PROPERTY_SAFETY,
            "a slot under shared use holds an object whose stamp is %#llx: no object alive "
            "has it",
            (unsigned long long)stamp);
    if (!could_hold(place, object))
        check_broken(session, thread, HM_PROPERTY_SAFETY,
                     "get_shared.1: a slot under shared use holds object %u, which no thread has "
                     "stored there",
                     object == NULL ? 0 : object->id);
    return object;
}

bool check_shared_slot(struct hm_thread *t, size_t index, size_t *board, size_t *slot)
{
    struct check_session *session = ((struct check_thread *)t)->session;
    if (index >= session->place_count)
        return false;
    *board = session->places[index].board;
    *slot = session->places[index].slot;
    return true;
}

void check_adopt(struct hm_thread *t, size_t index, uint64_t stamp)
{
    struct check_thread *thread = (struct check_thread *)t;
    struct check_session *session = thread->session;
    struct check_place *place = &session->places[index];
    struct hm_shadow *object = place_seen(thread, place, stamp);
    if (place->count > 0 && !was_stored(place, object))
        check_broken(session, thread, HM_PROPERTY_SAFETY,
                     "set_shared.1: a slot under shared use holds object %u as it did when all met "
                     "last, and none of the %zu that threads have stored there since",
                     object == NULL ? 0 : object->id, place->count);
    place->value = object;
    shadow_store(&session->shadows, shadow_slot(session, place), place->value);
    for (size_t i = 0; i < place->count; i++)
        shadow_release_hold(&session->shadows, place->candidates[i]);
    place->count = 0;
}
