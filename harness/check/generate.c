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
#include <string.h>

#include "check/check.h"

/* splitmix64 (Steele, Lea and Flood, 2014). */
struct random {
    uint64_t state;
};

static uint64_t draw(struct random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t below(struct random *random, uint32_t bound)
{
    return (uint32_t)(draw(random) % bound);
}

static bool one_in(struct random *random, uint32_t times)
{
    return below(random, times) == 0;
}

/* Shapes by what they are for; ids as in workloads/program.c. */
enum {
    EMPTY,
    BYTE,
    NUMBER,
    LINK,
    PAIR,
    CARRIER,
    NODE,
    ENTRY,
    WIDE,
    TABLE,
    RECORD,
    BOARD,
    LIST,
    STRING,
    TAGGED,
    SHAPES
};

struct maker {
    struct random random;
    struct program *program;
    uint32_t thread;
    enum check_profile profile;
    uint32_t collect_every; /* operations between collections, on the average */
    uint32_t meet_every;
    uint32_t names;      /* numbers below this are drawn */
    uint32_t most_bytes; /* of one object */
    uint64_t budget;     /* bytes that large objects of this thread may still take */
    const struct hm_capabilities *can;
};

static void put(struct maker *maker, struct program_op op)
{
    program_add(maker->program, maker->thread, op);
}

static uint16_t a_name(struct maker *maker)
{
    return (uint16_t)below(&maker->random, maker->names);
}

/* Small mostly; else around a power of two, which is where borders are. */
static uint32_t a_size(struct maker *maker, uint32_t most)
{
    struct random *random = &maker->random;
    if (!one_in(random, 4))
        return below(random, 40) % (most + 1);
    uint32_t powers = 0;
    while (powers < 31 && (UINT32_C(1) << powers) < most)
        powers++;
    uint32_t size = UINT32_C(1) << below(random, powers + 1);
    static const int steps[] = {-16, -8, -1, 0, 0, 1, 8, 16};
    int64_t near = (int64_t)size + steps[below(random, 8)];
    return near < 0 ? 0 : near > most ? most : (uint32_t)near;
}

/* Slots or bytes of a varying shape; what is large is paid from the budget. */
static uint32_t an_extent(struct maker *maker, uint32_t shape)
{
    uint32_t unit = shape == LIST ? 8 : 1;
    if (shape != LIST && shape != STRING && shape != TAGGED)
        return 0;
    uint32_t n = a_size(maker, maker->most_bytes / unit);
    if (n * unit > 1024) {
        if ((uint64_t)n * unit > maker->budget)
            return n % 128;
        maker->budget -= (uint64_t)n * unit;
    }
    return n;
}

static uint32_t a_shape(struct maker *maker)
{
    static const uint8_t usual[] = {LINK,   PAIR, PAIR,   CARRIER, CARRIER, NODE,   ENTRY,  WIDE,
                                    NUMBER, BYTE, RECORD, TABLE,   LIST,    STRING, TAGGED, EMPTY};
    return usual[below(&maker->random, sizeof usual)];
}

static void make(struct maker *maker, uint16_t name, uint32_t shape, uint32_t n)
{
    bool tries = one_in(&maker->random, maker->profile == CHECK_PROFILE_FULL ? 2 : 8);
    put(maker,
        (struct program_op){
            .kind = tries ? PROGRAM_TRY_NEW : PROGRAM_NEW, .a = name, .c = (uint8_t)shape, .x = n});
}

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
    /* First and last slots, where off-by-ones are; not a hash of the slot's number. */
    if (!one_in(random, 3))
        op.x = below(random, 4);
    if (kind == PROGRAM_PUSH)
        op.x = below(random, 8);
    if (kind == PROGRAM_COLLECT)
        op.x = one_in(random, 3) ? below(random, 6) : 0;
    if (kind == PROGRAM_PAUSE)
        op.x = one_in(random, 4) ? below(random, 100) : 0;
    put(maker, op);
}

static void plain(struct maker *maker)
{
    static const uint8_t kinds[] = {
        PROGRAM_GET,      PROGRAM_GET,       PROGRAM_PEEK_BIND, PROGRAM_PEEK_GET,
        PROGRAM_PEEK_SET, PROGRAM_SET,       PROGRAM_SET,       PROGRAM_SET,
        PROGRAM_GIVE,     PROGRAM_GIVE,      PROGRAM_TAKE,      PROGRAM_TAKE,
        PROGRAM_MOVE,     PROGRAM_BIND,      PROGRAM_BIND,      PROGRAM_CLEAR,
        PROGRAM_CLEAR,    PROGRAM_SAME,      PROGRAM_PUSH,      PROGRAM_POP,
        PROGRAM_COPY,     PROGRAM_COPY,      PROGRAM_FILL,      PROGRAM_CLEAR_SLOTS,
        PROGRAM_CLONE,    PROGRAM_SET_SLOT,  PROGRAM_SET_SLOT,  PROGRAM_UNLINK,
        PROGRAM_UNLINK,   PROGRAM_FILL_SLOT, PROGRAM_CLONE,     PROGRAM_PUT,
        PROGRAM_WRITE,    PROGRAM_POLL,      PROGRAM_POLL_KEEP,
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

static void set(struct maker *maker, uint16_t a, uint32_t slot, uint16_t b)
{
    put(maker, (struct program_op){.kind = PROGRAM_SET, .a = a, .b = b, .x = slot});
}

static void move(struct maker *maker, uint16_t a, uint16_t b)
{
    put(maker, (struct program_op){.kind = PROGRAM_MOVE, .a = a, .b = b});
}

/* `length` objects linked by one slot, the last one made in name 1. */
static void chain(struct maker *maker, uint32_t length)
{
    static const uint8_t links[] = {LINK, PAIR, NODE, ENTRY, WIDE};
    uint32_t shape = links[below(&maker->random, sizeof links)];
    uint32_t slot = one_in(&maker->random, 2) ? 0 : shape == PAIR || shape == ENTRY ? 1 : 0;
    for (uint32_t i = 0; i < length; i++) {
        if (one_in(&maker->random, 8))
            shape = links[below(&maker->random, sizeof links)];
        make(maker, 0, shape, 0);
        put(maker, (struct program_op){.kind = PROGRAM_INIT_GIVE, .a = 0, .b = 1, .x = slot});
        move(maker, 1, 0);
    }
}

/* A ring, sometimes with a tail that hangs on it and something that leads into it; dropped or kept.
 */
static void ring(struct maker *maker)
{
    uint32_t length = 1 + below(&maker->random, 6);
    put(maker, (struct program_op){.kind = PROGRAM_CLEAR, .a = 1});
    make(maker, 0, PAIR, 0);
    put(maker, (struct program_op){.kind = PROGRAM_BIND, .a = 2, .b = 0});
    move(maker, 1, 0);
    for (uint32_t i = 1; i < length; i++) {
        make(maker, 0, PAIR, 0);
        set(maker, 0, 0, 1);
        move(maker, 1, 0);
    }
    set(maker, 2, 0, 1);
    if (one_in(&maker->random, 2))
        set(maker, 2, 1, a_name(maker));
    if (one_in(&maker->random, 3))
        set(maker, 1, 1, 2);
    if (one_in(&maker->random, 3))
        move(maker, a_name(maker), 2);
    put(maker, (struct program_op){.kind = PROGRAM_CLEAR, .a = 1});
    put(maker, (struct program_op){.kind = PROGRAM_CLEAR, .a = 2});
}

/* One object in very many slots: counts of few bits run over. */
static void crowd(struct maker *maker)
{
    static const uint32_t crowds[] = {127, 128,   129,   255,   256,   257,
                                      300, 32767, 32768, 65535, 65536, 65537};
    uint32_t count = crowds[below(&maker->random, one_in(&maker->random, 4) ? 12 : 7)];
    make(maker, 3, one_in(&maker->random, 2) ? NUMBER : PAIR, 0);
    make(maker, 4, LIST, count);
    put(maker, (struct program_op){.kind = PROGRAM_FILL, .a = 4, .b = 3, .x = 0, .z = count});
    if (one_in(&maker->random, 2))
        put(maker, (struct program_op){.kind = PROGRAM_CLEAR, .a = 3});
    if (one_in(&maker->random, 2))
        put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS,
                                       .a = 4,
                                       .x = 0,
                                       .z = count - below(&maker->random, 3)});
    if (one_in(&maker->random, 2))
        put(maker, (struct program_op){.kind = PROGRAM_CLEAR, .a = 4});
}

/* Many of one size at once, most dropped at once, and others in their place. */
static void wave(struct maker *maker)
{
    uint32_t count = 20 + below(&maker->random, 200);
    uint32_t shape = a_shape(maker);
    uint32_t n = an_extent(maker, shape);
    if (n > 512)
        n = n % 512;
    make(maker, 5, LIST, count);
    for (uint32_t i = 0; i < count; i++) {
        make(maker, 6, shape, n);
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 5, .b = 6, .x = i});
    }
    put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS,
                                   .a = 5,
                                   .x = below(&maker->random, 3),
                                   .z = one_in(&maker->random, 3) ? count : count - 2});
    if (one_in(&maker->random, 2))
        move(maker, a_name(maker), 5);
}

static void collect(struct maker *maker)
{
    static const uint8_t kinds[] = {PROGRAM_COLLECT};
    one_of(maker, kinds, 1);
}

static void meet(struct maker *maker, bool collects)
{
    put(maker, (struct program_op){.kind = PROGRAM_MEET, .x = collects});
}

static void structure(struct maker *maker)
{
    switch (below(&maker->random, 5)) {
    case 0:
        chain(maker, 1 + below(&maker->random, one_in(&maker->random, 6) ? 3000 : 60));
        break;
    case 1:
    case 2:
        ring(maker);
        break;
    case 3:
        crowd(maker);
        break;
    default:
        wave(maker);
        break;
    }
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
    else if (one_in(random, structures))
        structure(maker);
    else if (one_in(random, 3))
        make_filled(maker);
    else
        plain(maker);
    if (maker->program->thread_count == 1 && one_in(random, 24))
        shared(maker);
    if (one_in(random, maker->collect_every))
        collect(maker);
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
    uint64_t wanted = profile == CHECK_PROFILE_FULL ? (UINT64_C(1) + below(random, 8)) << 20
                                                    : (UINT64_C(32) + below(random, 64)) << 20;
    if (!can->frees)
        wanted = UINT64_C(256) << 20;
    return least > wanted ? least : wanted;
}

static uint32_t a_thread_count(struct random *random, enum check_profile profile,
                               const struct hm_capabilities *can, uint32_t wanted)
{
    bool several = profile == CHECK_PROFILE_THREADS || profile == CHECK_PROFILE_LIVES;
    uint32_t count = wanted != 0         ? wanted
                     : several           ? 2 + below(random, 3)
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

/* Live size is constant: a table whose slots are overwritten again and again. */
static void steady(struct maker *maker, uint32_t turns)
{
    uint32_t shape = a_shape(maker), slots = 50 + below(&maker->random, 500);
    make(maker, 7, LIST, slots);
    for (uint32_t i = 0; i < turns * 4; i++) {
        make(maker, 6, shape, shape == LIST || shape == STRING || shape == TAGGED ? 40 : 0);
        put(maker, (struct program_op){
                       .kind = PROGRAM_GIVE, .a = 7, .b = 6, .x = below(&maker->random, slots)});
        if (one_in(&maker->random, maker->collect_every * 4))
            collect(maker);
        if (one_in(&maker->random, 200))
            put(maker, (struct program_op){.kind = PROGRAM_LOOK});
    }
}

static void generate_thread(struct maker *maker, uint32_t turns)
{
    static const uint32_t everies[] = {1, 8, 40, 200, 1000, 100000};
    maker->collect_every = everies[below(&maker->random, 6)];
    if (maker->collect_every == 1 && turns > 600)
        turns = 600;
    if (maker->profile == CHECK_PROFILE_STEADY) {
        steady(maker, turns);
        return;
    }
    for (uint32_t i = 0; i < turns; i++)
        turn(maker);
}

void check_generate(struct program *program, enum check_profile profile, uint64_t seed,
                    const struct hm_capabilities *capabilities, uint32_t threads)
{
    struct random random = {.state = seed * PROGRAM_VERSION + (uint64_t)profile * 7919};
    *program = (struct program){.seed = seed};
    program->thread_count = a_thread_count(&random, profile, capabilities, threads);
    program->places = one_in(&random, 2) ? 2 : 1 + below(&random, 8);
    program->heap_bytes = a_heap(&random, profile, program->thread_count, capabilities);
    uint32_t turns = a_length(&random);
    uint32_t meet_every = 20 + below(&random, 400);
    for (uint32_t i = 0; i < program->thread_count; i++) {
        struct maker maker = {
            .random = {draw(&random)},
            .program = program,
            .thread = i,
            .profile = profile,
            .names = 8 + below(&random, 12),
            .can = capabilities,
            .meet_every = meet_every,
            .most_bytes = profile == CHECK_PROFILE_GEOMETRY ? 1 << 20
                          : profile == CHECK_PROFILE_FULL   ? 1 << 17
                                                            : 1 << 13,
            .budget = program->heap_bytes / 8 / program->thread_count,
        };
        if (profile == CHECK_PROFILE_FULL)
            maker.budget = UINT64_C(64) << 20;
        if (capabilities->most_bytes != 0 && capabilities->most_bytes < maker.most_bytes)
            maker.most_bytes = (uint32_t)capabilities->most_bytes;
        if (capabilities->most_slots != 0 && capabilities->most_slots * 8 < maker.most_bytes)
            maker.most_bytes = (uint32_t)capabilities->most_slots * 8;
        generate_thread(&maker, turns / program->thread_count + 1);
    }
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
