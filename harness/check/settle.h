/* SPDX-License-Identifier: MIT
 *
 * Inside the interpreter: operands, and the parts that turn operations into actions.
 */
#ifndef HEAPMARK_CHECK_SETTLE_H
#define HEAPMARK_CHECK_SETTLE_H

#include "check/session.h"

/* ---- operands ---- */

static inline size_t name_index(const struct check_thread *thread, uint16_t number)
{
    return number % thread->top;
}

static inline hm_name *name_at(const struct check_thread *thread, size_t index)
{
    return &thread->head.names[index];
}

static inline bool is_writable(const struct check_thread *thread, const struct hm_shadow *object)
{
    return object->owner == thread->head.index;
}

/* Its plain slots are not written by anybody else. */
static inline bool is_readable(const struct check_thread *thread, const struct hm_shadow *object)
{
    return is_writable(thread, object) || object->owner == HM_SHADOW_FROZEN;
}

/* An object with slots that this thread may read, or write. */
static inline bool has_slots(const struct check_thread *thread, const struct hm_shadow *object,
                             bool write)
{
    return object != NULL && object->slot_count > 0 &&
           (write ? is_writable(thread, object) : is_readable(thread, object));
}

/* z slots from x on, cut to what there is. */
static inline size_t range(size_t length, size_t *first, size_t wanted)
{
    *first %= length;
    size_t most = length - *first;
    return wanted < most ? wanted : most;
}

/* A walk over what the thread's names reach, of as many objects as are alive and some beside.
 * False: where borrows end at safepoints it names every object that it meets, and there are not so
 * many names left. What others own counts too, so a heap of more than a hundred thousand objects is
 * not walked then. */
bool settle_walk(struct check_thread *thread, struct hm_action *action, size_t beside, bool quiet);

/* The action of the thread's operation; false when it cannot be done. The shadow has changed, but
 * for what is committed later. */
bool settle(struct check_thread *thread, struct hm_action *action);
/* settle_slots.c: those that read and write slots. */
bool settle_slots(struct check_thread *thread, struct hm_action *action);
/* What may fail, or was not known before: once it was carried out. */
void settle_commit_new(struct check_thread *thread, const struct hm_action *action);
void settle_commit_push(struct check_thread *thread, const struct hm_action *action);
void settle_commit_shared(struct check_thread *thread, const struct hm_action *action);

#endif
