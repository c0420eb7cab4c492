/* SPDX-License-Identifier: MIT
 *
 * Slow paths of a program's mutators, wrapped: the places inside operations that every collector
 * has, also one that tells of no phases and no events, and also in its inline kernels.
 *
 * Each is a phase where it is one (phases.c): others are let run there, and the thread is held up.
 *
 * What a collector has no slow path for is wrapped in its table, which inline kernels pass by.
 */
#include <string.h>

#include "check/session.h"

static struct check_slow *of(hm_mutator *m)
{
    return (struct check_slow *)((uintptr_t)m->slow - offsetof(struct check_slow, wrapped));
}

/* ---- the border of a slow path ---- */

/* False: it is another thread that works for this mutator, and nothing is done for it. */
static bool enter(const struct check_slow *slow, enum hm_phase phase)
{
    if (!phases_is_own(slow->thread))
        return false;
    phases_by_slow_path(slow->thread->session, phase);
    return true;
}

static void leave(const struct check_slow *slow, bool entered, enum hm_phase phase)
{
    if (entered)
        phases_by_slow_path(slow->thread->session, phase);
}

/* A landing leaves by longjmp. */
static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_BLOCK_CHOSEN);
    hm_ref ref = slow->original->allocate(m, name, shape, n, flags);
    leave(slow, entered, HM_PHASE_BLOCK_HANDED_OUT);
    return ref;
}

static void poll(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_STOP_ASKED);
    slow->original->poll(m);
    leave(slow, entered, HM_PHASE_NONE);
}

static void block(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_NONE);
    slow->original->block(m);
    leave(slow, entered, HM_PHASE_BLOCKED);
}

static void unblock(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_UNBLOCKING);
    slow->original->unblock(m);
    leave(slow, entered, HM_PHASE_NONE);
}

static void release(hm_mutator *m, hm_ref dead)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_RELEASE_BEGUN);
    slow->original->release(m, dead);
    leave(slow, entered, HM_PHASE_NONE);
}

/* Between two parts of a store. */
static void barrier(hm_mutator *m, hm_ref obj, size_t slot, hm_ref value)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_EXCHANGE);
    slow->original->barrier(m, obj, slot, value);
    leave(slow, entered, HM_PHASE_NONE);
}

/* ---- the table, where there is no slow path ---- */

#define TABLE_MAKES(name, parameters, arguments)                                                   \
    static hm_ref table_##name parameters                                                          \
    {                                                                                              \
        struct check_slow *slow = of(m);                                                           \
        bool entered = enter(slow, HM_PHASE_BLOCK_CHOSEN);                                         \
        hm_ref ref = slow->original_ops->name arguments;                                           \
        leave(slow, entered, HM_PHASE_BLOCK_HANDED_OUT);                                           \
        return ref;                                                                                \
    }
TABLE_MAKES(new, (hm_mutator * m, hm_name *name, const struct hm_shape *shape), (m, name, shape))
TABLE_MAKES(new_n, (hm_mutator * m, hm_name *name, const struct hm_shape *shape, size_t n),
            (m, name, shape, n))
TABLE_MAKES(try_new, (hm_mutator * m, hm_name *name, const struct hm_shape *shape),
            (m, name, shape))
TABLE_MAKES(try_new_n, (hm_mutator * m, hm_name *name, const struct hm_shape *shape, size_t n),
            (m, name, shape, n))
TABLE_MAKES(clone, (hm_mutator * m, hm_name *to, hm_name *from), (m, to, from))
#undef TABLE_MAKES

static void table_poll(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_NONE);
    slow->original_ops->poll(m);
    leave(slow, entered, HM_PHASE_NONE);
}

static void table_block(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_NONE);
    slow->original_ops->block(m);
    leave(slow, entered, HM_PHASE_BLOCKED);
}

static void table_unblock(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, HM_PHASE_UNBLOCKING);
    slow->original_ops->unblock(m);
    leave(slow, entered, HM_PHASE_NONE);
}

static void wrap_table(struct check_slow *slow, hm_mutator *m)
{
    const struct hm_slow *has = &slow->wrapped;
    if (has->allocate != NULL && has->poll != NULL && has->block != NULL && has->unblock != NULL)
        return;
    size_t bytes = m->ops->size < sizeof slow->table ? m->ops->size : sizeof slow->table;
    slow->table = (struct hm_ops){0};
    memcpy(&slow->table, m->ops, bytes);
    if (has->allocate == NULL) {
        slow->table.new = table_new;
        slow->table.new_n = table_new_n;
        slow->table.try_new = table_try_new;
        slow->table.try_new_n = table_try_new_n;
        slow->table.clone = table_clone;
    }
    if (has->poll == NULL)
        slow->table.poll = table_poll;
    if (has->block == NULL)
        slow->table.block = table_block;
    if (has->unblock == NULL)
        slow->table.unblock = table_unblock;
    m->ops = &slow->table;
}

/* ---- a mutator ---- */

static void wrap_slow(struct check_slow *slow, hm_mutator *m)
{
    struct hm_slow *wrapped = &slow->wrapped;
    *wrapped = (struct hm_slow){.size = sizeof *wrapped};
    if (m->slow != NULL)
        memcpy(wrapped, m->slow, m->slow->size < sizeof *wrapped ? m->slow->size : sizeof *wrapped);
#define WRAP(name)                                                                                 \
    if (wrapped->name != NULL)                                                                     \
        wrapped->name = name;
    WRAP(allocate)
    WRAP(poll)
    WRAP(block)
    WRAP(unblock)
    WRAP(release)
    WRAP(barrier)
#undef WRAP
    wrapped->size = sizeof *wrapped;
    m->slow = wrapped;
}

/* What is awaited and can never come is not waited for. */
static void tell_phases(struct check_session *session, const struct hm_slow *has)
{
    phases_expect(session, HM_PHASE_ATTACH);
    phases_expect(session, HM_PHASE_DETACH);
    phases_expect(session, HM_PHASE_BLOCKED);
    phases_expect(session, HM_PHASE_UNBLOCKING);
    phases_expect(session, HM_PHASE_BLOCK_CHOSEN);
    phases_expect(session, HM_PHASE_BLOCK_HANDED_OUT);
    if (has->poll != NULL)
        phases_expect(session, HM_PHASE_STOP_ASKED);
    if (has->release != NULL)
        phases_expect(session, HM_PHASE_RELEASE_BEGUN);
    if (has->barrier != NULL)
        phases_expect(session, HM_PHASE_EXCHANGE);
}

void slow_paths_wrap(struct check_thread *thread)
{
    struct check_slow *slow = &thread->slow;
    hm_mutator *m = thread->m;
    if (thread->session->target->bare)
        return;
    slow->thread = thread;
    slow->original = m->slow;
    slow->original_ops = m->ops;
    wrap_slow(slow, m);
    wrap_table(slow, m);
    tell_phases(thread->session, &slow->wrapped);
}

void slow_paths_unwrap(struct check_thread *thread)
{
    struct check_slow *slow = &thread->slow;
    if (slow->thread == NULL)
        return;
    thread->m->slow = slow->original;
    thread->m->ops = slow->original_ops;
}
