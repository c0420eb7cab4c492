/* SPDX-License-Identifier: MIT
 *
 * Slow paths of a program's mutators, wrapped: the places inside operations that every collector
 * has, also one that tells of no phases and no events, and also in its inline kernels.
 *
 * Each is a phase where it is one (phases.c): others are let run there, and the thread is held up.
 * And where a mutator may ask for a collection (the contract says where: mutator_head.h), the
 * thread does so by the count of its program: in the middle of an operation, where none that stands
 * between two operations comes. Nothing is asked for between block and unblock, as the mutator
 * counts as stopped there; after an object was made, as its reference is in nobody's name maybe; in
 * release and barrier, which are no safepoints; and in a slow path inside another one, or a block
 * inside another operation, which is the collector's own affair.
 *
 * What a collector has no slow path for is wrapped in its table, which inline kernels pass by.
 */
#include <string.h>

#include "check/session.h"

/* So often, a thread asks half as often as before: a heap that is full of objects, or a flood of
 * new ones, would make a program of one collection after the other. */
enum { SELDOMER = 64, MOST_DOUBLINGS = 24 };

static struct check_slow *of(hm_mutator *m)
{
    return (struct check_slow *)((uintptr_t)m->slow - offsetof(struct check_slow, wrapped));
}

/* ---- collections ---- */

static bool is_due(const struct program *program, const struct check_slow *slow)
{
    uint64_t doublings = slow->collected / SELDOMER;
    uint64_t every = (uint64_t)program->collect_every
                     << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
    return (every != 0 && slow->calls % every == 0) ||
           (program->collect_at != 0 && slow->calls == program->collect_at);
}

/* Full ones, and each other kind in turn instead of every fourth: replay_c_text.c does the same. */
static enum hm_collection next_kind(struct check_slow *slow)
{
    static const enum hm_collection others[] = {
        HM_COLLECT_MINOR, HM_COLLECT_MOVING, HM_COLLECT_STEP, HM_COLLECT_START, HM_COLLECT_FINISH};
    uint64_t number = slow->collected++;
    return number % 4 != 3 ? HM_COLLECT_FULL
                           : others[number / 4 % (sizeof others / sizeof *others)];
}

static bool polls(enum hm_action_kind kind)
{
    return kind == HM_ACTION_POLL || kind == HM_ACTION_POLL_KEEP || kind == HM_ACTION_CLONE ||
           kind == HM_ACTION_NEW_WEAK || kind == HM_ACTION_NEW_EPHEMERON;
}

/* In an operation that the contract calls a safepoint; never in what the heap's own functions
 * (collect, census, …) do, nor where all threads meet. */
static bool is_at_safepoint(const struct check_thread *thread)
{
    switch (thread->action.kind) {
    case HM_ACTION_NEW:
    case HM_ACTION_NEW_N:
    case HM_ACTION_TRY_NEW:
    case HM_ACTION_TRY_NEW_N:
    case HM_ACTION_PAUSE:
        return true;
    default:
        return polls(thread->action.kind);
    }
}

static void collect_here(struct check_slow *slow, hm_mutator *m)
{
    slow->calls++;
    if (is_due(slow->thread->session->program, slow))
        pacing_collect(slow->thread, m, next_kind(slow));
}

/* ---- the border of a slow path ---- */

enum may { MAY_COLLECT, MAY_NOT_COLLECT };

/* False: it is another thread that works for this mutator, and nothing is done for it. */
static bool enter(struct check_slow *slow, hm_mutator *m, enum hm_phase phase, enum may may)
{
    if (!phases_is_own(slow->thread))
        return false;
    bool outermost = slow->depth++ == 0;
    phases_by_slow_path(slow->thread->session, phase);
    if (outermost && may == MAY_COLLECT && is_at_safepoint(slow->thread))
        collect_here(slow, m);
    return true;
}

static void leave(struct check_slow *slow, bool entered, enum hm_phase phase)
{
    if (!entered)
        return;
    slow->depth--;
    phases_by_slow_path(slow->thread->session, phase);
}

/* A landing leaves by longjmp. */
static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_BLOCK_CHOSEN, MAY_COLLECT);
    hm_ref ref = slow->original->allocate(m, name, shape, n, flags);
    leave(slow, entered, HM_PHASE_BLOCK_HANDED_OUT);
    return ref;
}

/* Where the program asks for polls, there is mostly no stop. */
static enum hm_phase phase_of_poll(const struct check_slow *slow)
{
    return slow->asks_for_polls ? HM_PHASE_NONE : HM_PHASE_STOP_ASKED;
}

static void poll(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, phase_of_poll(slow), MAY_COLLECT);
    slow->original->poll(m);
    leave(slow, entered, HM_PHASE_NONE);
}

/* A collector may go safe in the middle of another operation too. */
static enum may may_at_block(const struct check_slow *slow)
{
    return slow->thread->action.kind == HM_ACTION_PAUSE ? MAY_COLLECT : MAY_NOT_COLLECT;
}

static void block(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_NONE, may_at_block(slow));
    slow->original->block(m);
    leave(slow, entered, HM_PHASE_BLOCKED);
}

static void unblock(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_UNBLOCKING, MAY_NOT_COLLECT);
    slow->original->unblock(m);
    leave(slow, entered, HM_PHASE_NONE);
}

static void release(hm_mutator *m, hm_ref dead)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_RELEASE_BEGUN, MAY_NOT_COLLECT);
    slow->original->release(m, dead);
    leave(slow, entered, HM_PHASE_NONE);
}

/* Between two parts of a store. */
static void barrier(hm_mutator *m, hm_ref obj, size_t slot, hm_ref value)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_EXCHANGE, MAY_NOT_COLLECT);
    slow->original->barrier(m, obj, slot, value);
    leave(slow, entered, HM_PHASE_NONE);
}

/* ---- the table, where there is no slow path ---- */

#define TABLE_MAKES(name, parameters, arguments)                                                   \
    static hm_ref table_##name parameters                                                          \
    {                                                                                              \
        struct check_slow *slow = of(m);                                                           \
        bool entered = enter(slow, m, HM_PHASE_BLOCK_CHOSEN, MAY_COLLECT);                         \
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
    bool entered = enter(slow, m, HM_PHASE_NONE, MAY_COLLECT);
    slow->original_ops->poll(m);
    leave(slow, entered, HM_PHASE_NONE);
}

static void table_block(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_NONE, may_at_block(slow));
    slow->original_ops->block(m);
    leave(slow, entered, HM_PHASE_BLOCKED);
}

static void table_unblock(hm_mutator *m)
{
    struct check_slow *slow = of(m);
    bool entered = enter(slow, m, HM_PHASE_UNBLOCKING, MAY_NOT_COLLECT);
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
    slow->depth = 0;
    wrap_slow(slow, m);
    wrap_table(slow, m);
    slow->asks_for_polls =
        slow->wrapped.poll != NULL && program_collects_inside(thread->session->program);
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

void slow_paths_landed(struct check_thread *thread)
{
    thread->slow.depth = 0;
}

bool slow_paths_ask_for_poll(const struct check_thread *thread, const struct hm_action *action)
{
    return thread->slow.asks_for_polls && polls(action->kind);
}
