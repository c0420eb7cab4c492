/* SPDX-License-Identifier: MIT
 *
 * Phases and schedules of programs from a seed: threads await phases of the collector at places of
 * their lists, and the program says how often threads are held up, at which of their operations and
 * phases or at any instruction, and where inside operations they ask for a collection.
 */
#include <stdlib.h>

#include <heapmark/phases.h>

#include "check/generate.h"

enum { MOST_AWAITS = 48, APART = 24, CROWD = 5 };

/* What is met by a running mutator, and what by one that waits, as all do during a stop. */
static struct program_op an_await(struct random *random)
{
    static const uint8_t running[] = {HM_PHASE_STOP_ASKED,
                                      HM_PHASE_BLOCK_HANDED_OUT,
                                      HM_PHASE_RELEASE_BEGUN,
                                      HM_PHASE_EXCHANGE,
                                      HM_PHASE_EXCHANGE,
                                      HM_PHASE_WEAK_CLEARED,
                                      HM_PHASE_ATTACH,
                                      HM_PHASE_DETACH,
                                      HM_PHASE_BLOCKED,
                                      HM_PHASE_UNBLOCKING,
                                      HM_PHASE_FINALIZERS_QUEUED,
                                      HM_PHASE_BLOCK_SWEPT,
                                      HM_PHASE_BLOCK_CHOSEN};
    bool blocked = one_in(random, 2);
    uint32_t phase =
        blocked ? 1 + below(random, HM_PHASE_COUNT - 1) : running[below(random, sizeof running)];
    return (struct program_op){.kind = blocked ? PROGRAM_AWAIT_BLOCKED : PROGRAM_AWAIT,
                               .x = phase,
                               .y = one_in(random, 4)};
}

/* What matters most when others are at a phase: whatever changes who runs, asks for a stop, or for
 * so much memory that the collector has to. */
static struct program_op a_meddling(struct random *random)
{
    static const uint8_t kinds[] = {PROGRAM_COLLECT, PROGRAM_COLLECT, PROGRAM_REBIRTH,
                                    PROGRAM_PAUSE,   PROGRAM_POLL,    PROGRAM_LOOK,
                                    PROGRAM_TRY_NEW, PROGRAM_TRY_NEW};
    uint8_t kind = kinds[below(random, sizeof kinds)];
    if (kind == PROGRAM_TRY_NEW)
        return (struct program_op){
            .kind = kind, .a = 3, .c = STRING, .x = UINT32_C(1000) << below(random, 8)};
    return (struct program_op){.kind = kind};
}

/* Half of those who await have others wait for more than one operation. By a stream of its own. */
static uint32_t a_burst(struct random *bursts)
{
    return one_in(bursts, 2) ? 0 : PROGRAM_AWAIT_TIMES * below(bursts, PROGRAM_AWAIT_SCALES);
}

static void add_awaits(struct program_thread *list, struct random *random)
{
    struct random bursts = {.state = random->state ^ UINT64_C(0x589965cc75374cc3)};
    struct program_thread old = *list;
    size_t apart = old.count / MOST_AWAITS < APART ? APART : old.count / MOST_AWAITS;
    *list = (struct program_thread){.capacity = old.count + MOST_AWAITS * 8};
    list->ops = memory_new(list->capacity * sizeof *list->ops);
    for (size_t i = 0; i < old.count; i++) {
        if (list->count - i < MOST_AWAITS * 4 && one_in(random, (uint32_t)apart)) {
            list->ops[list->count] = an_await(random);
            list->ops[list->count++].y += a_burst(&bursts);
            if (one_in(random, 2))
                list->ops[list->count++] = a_meddling(random);
        }
        list->ops[list->count++] = old.ops[i];
    }
    free(old.ops);
}

/* One program in three, by a stream of its own. None of a crowd: on few processors its threads
 * would do little else (half a minute a program, instead of a second). */
static uint32_t an_interrupt(const struct program *program)
{
    static const uint32_t means_us[] = {10, 40, 200};
    struct random random = {program->seed * UINT64_C(0xc2b2ae3d27d4eb4f) + 7};
    return program->thread_count < CROWD && one_in(&random, 3) ? means_us[below(&random, 3)] : 0;
}

void generate_phases(struct program *program)
{
    static const uint32_t rates[] = {0, 512, 64, 8};
    struct random random = {program->seed * UINT64_C(0x2545f4914f6cdd1d) + program->thread_count};
    if (program->thread_count < 2)
        return;
    program->perturb = rates[below(&random, 4)];
    program->interrupt = an_interrupt(program);
    if (one_in(&random, 2))
        return;
    for (uint32_t i = 0; i < program->thread_count; i++)
        add_awaits(&program->threads[i], &random);
}

/* Not for most, as a collection at every turn hides what another program shows; and where a
 * collector is to decide itself when it collects, nobody else does. Nor for crowds: each of the
 * threads would stop all the others. */
void generate_collections(struct program *program, enum check_profile profile)
{
    static const uint32_t everies[] = {1, 2, 5, 20};
    struct random random = {program->seed * UINT64_C(0x9e6c63d0876a9a47) + 3};
    if (profile == CHECK_PROFILE_STEADY || program->thread_count >= CROWD || !one_in(&random, 4))
        return;
    if (one_in(&random, 3))
        program->collect_at = 1 + below(&random, 16);
    else
        program->collect_every = everies[below(&random, 4)];
}
