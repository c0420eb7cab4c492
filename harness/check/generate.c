/* SPDX-License-Identifier: MIT
 *
 * Programs from a seed.
 *
 * Most collector bugs that were reported needed no large program, but the right moment, the right
 * place in memory, or an operation that nobody thought of as one. So a program is a mixture of
 * single operations and of short sequences that build something aimed at: chains, rings, objects
 * with many references, sizes around borders, whole blocks that die at once. How often it collects
 * is drawn for each program: at every turn, rarely, or hardly ever, since each hides bugs that the
 * others show.
 */
#include "check/generate.h"

enum { UNLIMITED_BUDGET_BYTES = 256 << 20 };

/* A new object, its first slots filled while that is init. */
static void make_filled(struct maker *maker)
{
    uint32_t shape = a_shape(maker);
    uint16_t name = a_name(maker);
    make(maker, name, shape, an_extent(maker, shape));
    for (uint32_t slot = 0; slot < 3 && !one_in(&maker->random, 3); slot++)
        put(maker, (struct program_op){.kind = one_in(&maker->random, 2) ? PROGRAM_INIT
                                                                         : PROGRAM_INIT_GIVE,
                                       .a = name,
                                       .b = a_name(maker),
                                       .x = slot});
}

static void one_of(struct maker *maker, const uint8_t *kinds, uint32_t count)
{
    struct random *random = &maker->random;
    uint8_t kind = kinds[below(random, count)];
    struct program_op op = {.kind = kind,
                            .a = a_name(maker),
                            .b = a_name(maker),
                            .x = below(random, 1 << 20),
                            .y = below(random, 1 << 20),
                            .z = a_size(maker, 64)};
    /* What an operation does to the object that it reads from is a path of its own. */
    if (one_in(random, 6))
        op.b = op.a;
    /* First and last slots, where off-by-ones are; not a hash of the slot's number. */
    if (!one_in(random, 3))
        op.x = below(random, 4);
    if (kind == PROGRAM_PUSH)
        op.x = below(random, 8);
    if (kind == PROGRAM_PAUSE)
        op.x = one_in(random, 4) ? below(random, 100) : 0;
    put(maker, op);
}

static void plain(struct maker *maker)
{
    static const uint8_t kinds[] = {
        PROGRAM_GET,       PROGRAM_GET,       PROGRAM_PEEK_BIND, PROGRAM_PEEK_GET,
        PROGRAM_PEEK_SET,  PROGRAM_SET,       PROGRAM_SET,       PROGRAM_SET,
        PROGRAM_GIVE,      PROGRAM_GIVE,      PROGRAM_TAKE,      PROGRAM_TAKE,
        PROGRAM_MOVE,      PROGRAM_BIND,      PROGRAM_BIND,      PROGRAM_CLEAR,
        PROGRAM_CLEAR,     PROGRAM_SAME,      PROGRAM_PUSH,      PROGRAM_POP,
        PROGRAM_COPY,      PROGRAM_COPY,      PROGRAM_FILL,      PROGRAM_CLEAR_SLOTS,
        PROGRAM_CLONE,     PROGRAM_SET_SLOT,  PROGRAM_SET_SLOT,  PROGRAM_UNLINK,
        PROGRAM_UNLINK,    PROGRAM_FILL_SLOT, PROGRAM_CLONE,     PROGRAM_PUT,
        PROGRAM_WRITE,     PROGRAM_POLL,      PROGRAM_POLL_KEEP, PROGRAM_CUT_CLEAR,
        PROGRAM_CUT_SHIFT,
    };
    one_of(maker, kinds, sizeof kinds);
}

static void shared(struct maker *maker)
{
    static const uint8_t kinds[] = {PROGRAM_GET_SHARED, PROGRAM_GET_SHARED,  PROGRAM_SET_SHARED,
                                    PROGRAM_SET_SHARED, PROGRAM_SWAP_SHARED, PROGRAM_CLEAR_SHARED};
    if (one_in(&maker->random, 3)) {
        make(maker, a_name(maker), CARRIER, 0);
        return;
    }
    one_of(maker, kinds, sizeof kinds);
    struct program_thread *list = &maker->program->threads[maker->thread];
    list->ops[list->count - 1].x = below(&maker->random, maker->program->places);
}

static void meet(struct maker *maker, bool collects)
{
    put(maker, (struct program_op){.kind = PROGRAM_MEET, .x = collects});
}

static void turn(struct maker *maker)
{
    static const uint8_t quiet[] = {PROGRAM_PAUSE, PROGRAM_LOOK, PROGRAM_POLL, PROGRAM_PAUSE};
    struct random *random = &maker->random;
    uint32_t structures = maker->profile == CHECK_PROFILE_STRUCTURES ? 6
                          : maker->profile == CHECK_PROFILE_GEOMETRY ? 20
                                                                     : 60;
    if (maker->program->thread_count > 1 && one_in(random, 4))
        shared(maker);
    else if (generates_optional(maker) && one_in(random, 12))
        generate_optional(maker);
    else if (one_in(random, structures))
        generate_structure(maker);
    else if (one_in(random, 3))
        make_filled(maker);
    else
        plain(maker);
    if (maker->program->thread_count == 1 && one_in(random, 24))
        shared(maker);
    if (one_in(random, maker->collect_every))
        put_collect(maker);
    if (one_in(random, 40))
        one_of(maker, quiet, sizeof quiet);
    if (one_in(random, maker->profile == CHECK_PROFILE_LIVES ? 30 : 2000))
        put(maker, (struct program_op){.kind = PROGRAM_REBIRTH});
    if (one_in(random, maker->profile == CHECK_PROFILE_FULL ? 60 : 500))
        put(maker, (struct program_op){.kind = PROGRAM_DROP_ALL});
    if (one_in(random, 150))
        put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
    if (one_in(random, maker->meet_every))
        meet(maker, one_in(random, 2));
}

/* ---- the whole ---- */

static uint64_t a_heap(struct random *random, enum check_profile profile, uint32_t threads,
                       const struct hm_capabilities *can)
{
    uint64_t least = can->least_heap_bytes + threads * can->least_mutator_bytes;
    uint64_t wanted = (UINT64_C(32) + below(random, 64)) << 20;
    if (profile == CHECK_PROFILE_FULL)
        wanted = least + (one_in(random, 2) ? 0 : (uint64_t)below(random, 3 << 20));
    if (profile == CHECK_PROFILE_LIVES && one_in(random, 2))
        wanted = least + below(random, 4 << 20);
    if (!can->frees)
        wanted = UINT64_C(256) << 20;
    else if (profile == CHECK_PROFILE_STEADY  ? !one_in(random, 3)
             : profile == CHECK_PROFILE_LIVES ? one_in(random, 2)
                                              : profile != CHECK_PROFILE_FULL && one_in(random, 12))
        return 0; /* no limit: it decides by itself when to collect */
    return least > wanted ? least : wanted;
}

/* Two to four mostly, which meet one another often; now and then more than a collector may have
 * thought of. By a stream of its own. */
static uint32_t several_threads(struct random *random)
{
    struct random many = {.state = random->state ^ UINT64_C(0x6a09e667f3bcc909)};
    uint32_t few = 2 + below(random, 3);
    if (!one_in(&many, 10))
        return few;
    return one_in(&many, 3) ? PROGRAM_MOST_THREADS : 5 + below(&many, 12);
}

static uint32_t a_thread_count(struct random *random, enum check_profile profile,
                               const struct hm_capabilities *can, uint32_t wanted)
{
    bool several = profile == CHECK_PROFILE_THREADS || profile == CHECK_PROFILE_LIVES ||
                   (profile == CHECK_PROFILE_FULL && one_in(random, 2));
    uint32_t count = wanted != 0         ? wanted
                     : several           ? several_threads(random)
                     : one_in(random, 4) ? 2
                                         : 1;
    if (!can->shares)
        count = 1;
    if (can->most_mutators != 0 && count > can->most_mutators)
        count = can->most_mutators;
    return count < PROGRAM_MOST_THREADS ? count : PROGRAM_MOST_THREADS;
}

static uint32_t a_length(struct random *random)
{
    static const uint32_t lengths[] = {60, 200, 200, 600, 600, 2000, 6000};
    return lengths[below(random, sizeof lengths / sizeof *lengths)];
}

static void lives(struct maker *maker)
{
    switch (below(&maker->random, 4)) {
    case 0:
        generate_trail(maker);
        break;
    case 1:
    case 2:
        generate_lives(maker);
        break;
    default:
        generate_pockets(maker);
        break;
    }
}

static void generate_thread(struct maker *maker, uint32_t turns)
{
    static const uint32_t everies[] = {1, 8, 40, 200, 1000, 100000};
    maker->collect_every = everies[below(&maker->random, 6)];
    if (maker->collect_every == 1 && turns > 600)
        turns = 600;
    if (maker->profile == CHECK_PROFILE_STEADY) {
        generate_paces(maker, turns);
        return;
    }
    if (maker->contends) {
        generate_contention(maker, 4 * turns);
        return;
    }
    if (maker->profile == CHECK_PROFILE_FULL && maker->can->frees)
        generate_flood(maker);
    if (maker->profile == CHECK_PROFILE_LIVES && maker->program->seed % 3 == 0)
        generate_hand_over(maker);
    else if (maker->profile == CHECK_PROFILE_LIVES)
        lives(maker);
    for (uint32_t i = 0; i < turns; i++)
        turn(maker);
    if (maker->profile == CHECK_PROFILE_FULL && maker->can->frees)
        generate_flood(maker);
}

/* Behind all else, where the heap can be full, and by a stream of its own. */
static void add_fullness(struct program *program, enum check_profile profile,
                         const struct hm_capabilities *capabilities)
{
    struct random together = {.state = program->seed * UINT64_C(0xa0761d6478bd642f) + 1};
    bool scarce = one_in(&together, 2) && program->thread_count > 1;
    if (profile != CHECK_PROFILE_FULL || !capabilities->frees || program->heap_bytes == 0)
        return;
    for (uint32_t i = 0; i < program->thread_count; i++) {
        struct random same = together;
        struct maker maker = {
            .random = {program->seed + UINT64_C(0xe7037ed1a0b428db) * (i + 1)},
            .program = program,
            .thread = i,
            .profile = profile,
            .can = capabilities,
        };
        if (scarce)
            generate_scarcity(&maker, &same);
        else
            generate_brim(&maker);
    }
}

/* Without a limit an object may also be larger than what a heap begins with. */
static uint32_t most_bytes(enum check_profile profile, uint64_t heap_bytes)
{
    if (profile == CHECK_PROFILE_GEOMETRY)
        return heap_bytes == 0 ? (4 << 20) - 64 : 1 << 20;
    return profile == CHECK_PROFILE_FULL ? 1 << 17 : 1 << 13;
}

void check_generate(struct program *program, enum check_profile profile, uint64_t seed,
                    const struct hm_capabilities *capabilities, uint32_t threads)
{
    struct random random = {.state = seed * PROGRAM_VERSION + (uint64_t)profile * 7919};
    *program = (struct program){.seed = seed};
    if (check_is_swept(profile, seed, capabilities, threads)) {
        generate_swept(program, capabilities, threads);
        generate_phases(program);
        return;
    }
    program->thread_count = a_thread_count(&random, profile, capabilities, threads);
    program->places = one_in(&random, 2) ? 2 : 1 + below(&random, 8);
    program->heap_bytes = a_heap(&random, profile, program->thread_count, capabilities);
    bool contends =
        profile == CHECK_PROFILE_THREADS && program->thread_count > 1 && one_in(&random, 2);
    if (contends)
        program->places = 1 + below(&random, 2);
    uint32_t turns = a_length(&random);
    uint32_t meet_every = 20 + below(&random, 400);
    uint32_t crowds = program->thread_count > 1 ? below(&random, 4) : 0;
    for (uint32_t i = 0; i < program->thread_count; i++) {
        struct maker maker = {
            .random = {random_next(&random)},
            .program = program,
            .thread = i,
            .profile = profile,
            .names = 8 + below(&random, 12),
            .can = capabilities,
            .contends = contends,
            .meet_every = meet_every,
            .most_bytes = most_bytes(profile, program->heap_bytes),
            .budget = (program->heap_bytes == 0 ? UNLIMITED_BUDGET_BYTES : program->heap_bytes) /
                      8 / program->thread_count,
        };
        if (profile == CHECK_PROFILE_FULL)
            maker.budget = UINT64_C(64) << 20;
        if (capabilities->most_bytes != 0 && capabilities->most_bytes < maker.most_bytes)
            maker.most_bytes = (uint32_t)capabilities->most_bytes;
        if (capabilities->most_slots != 0 && capabilities->most_slots * 8 < maker.most_bytes)
            maker.most_bytes = (uint32_t)capabilities->most_slots * 8;
        generate_generations(&maker);
        for (uint32_t k = 0; k < crowds; k++)
            generate_crowd(&maker);
        generate_thread(&maker, turns / program->thread_count + 1);
    }
    add_fullness(program, profile, capabilities);
    generate_phases(program);
    generate_collections(program, profile);
    if (contends && program->perturb == 0)
        program->perturb = 16;
}

const char *check_profile_name(enum check_profile profile)
{
    static const char *const names[] = {
#define NAME(NAME, name, words) name,
        CHECK_PROFILES(NAME)
#undef NAME
    };
    return names[profile];
}

const char *check_profile_words(enum check_profile profile)
{
    static const char *const words_of[] = {
#define WORDS(NAME, name, words) words,
        CHECK_PROFILES(WORDS)
#undef WORDS
    };
    return words_of[profile];
}
