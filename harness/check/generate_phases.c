/* SPDX-License-Identifier: MIT
 *
 * Phases and schedules of programs from a seed: threads await phases of the collector at places of
 * their lists, and the program says how often threads are held up.
 */
#include <stdlib.h>

#include <heapmark/phases.h>

#include "check/check.h"

enum { MOST_AWAITS = 48, APART = 24 };

static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 27);
}

/* What is met by a running mutator, and what by one that waits, as all do during a stop. */
static struct program_op an_await(uint64_t *state)
{
    static const uint8_t running[] = {
        HM_PHASE_STOP_ASKED, HM_PHASE_BLOCK_HANDED_OUT, HM_PHASE_RELEASE_BEGUN,
        HM_PHASE_EXCHANGE,   HM_PHASE_EXCHANGE,         HM_PHASE_WEAK_CLEARED,
        HM_PHASE_ATTACH,     HM_PHASE_DETACH,           HM_PHASE_BLOCKED,
        HM_PHASE_UNBLOCKING, HM_PHASE_FINALIZERS_QUEUED};
    bool blocked = draw(state) % 2 == 0;
    uint32_t phase = blocked ? 1 + (uint32_t)(draw(state) % (HM_PHASE_COUNT - 1))
                             : running[draw(state) % sizeof running];
    return (struct program_op){.kind = blocked ? PROGRAM_AWAIT_BLOCKED : PROGRAM_AWAIT,
                               .x = phase,
                               .y = draw(state) % 4 == 0 ? 1 : 0};
}

static void add_awaits(struct program_thread *list, uint64_t *state)
{
    struct program_thread old = *list;
    uint64_t apart = old.count / MOST_AWAITS < APART ? APART : old.count / MOST_AWAITS;
    *list = (struct program_thread){.capacity = old.count + MOST_AWAITS * 8};
    list->ops = memory_new(list->capacity * sizeof *list->ops);
    for (size_t i = 0; i < old.count; i++) {
        if (list->count - i < MOST_AWAITS * 4 && draw(state) % apart == 0)
            list->ops[list->count++] = an_await(state);
        list->ops[list->count++] = old.ops[i];
    }
    free(old.ops);
}

void generate_phases(struct program *program)
{
    static const uint32_t rates[] = {0, 0, 64, 8};
    uint64_t state = program->seed * UINT64_C(0x2545f4914f6cdd1d) + program->thread_count;
    if (program->thread_count < 2)
        return;
    program->perturb = rates[draw(&state) % 4];
    if (draw(&state) % 2 == 0)
        return;
    for (uint32_t i = 0; i < program->thread_count; i++)
        add_awaits(&program->threads[i], &state);
}
