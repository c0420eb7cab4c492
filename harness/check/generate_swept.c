/* SPDX-License-Identifier: MIT
 *
 * Programs that are run with one heap limit after the other, from a comfortable one down to less
 * than what lives: somewhere on the way each collector comes to where its next block, buffer, table
 * or half does not fit any more, wherever that is for this one.
 *
 * Several threads hold a share each, in pieces of few kinds, and replace pieces by others. What
 * they hold together is a little more than the least limit that the capabilities name, so with that
 * one memory is out on each of them, again and again, and in between they drop and go on.
 */
#include "check/generate.h"

/* Few objects, as a program is run a dozen times: pieces of strings mostly, which are large. */
enum { SWEPT_ONE_IN = 16, SWEPT_SEED = 6, MOST_SWEPT_THREADS = 4 };
enum { PIECES_NAME = 4, PIECE_NAME = 3, LEAST_PIECES = 8, PIECES = 24 };
enum { SHORTEST = 400, LONGEST = 8000, MOST_SMALL = 400 };
/* Of the least limit a third more lives, as pieces of small objects are smaller, and up to so much
 * beside. */
enum { MORE_LIVES = 3, BESIDE_BYTES = 512 << 10 };
/* Comfortable is four times what lives: two halves, headers and rounding fit. */
enum { COMFORTABLE = 4, STEP = 8 };

bool check_is_swept(enum check_profile profile, uint64_t seed,
                    const struct hm_capabilities *capabilities, uint32_t threads)
{
    return profile == CHECK_PROFILE_FULL && seed % SWEPT_ONE_IN == SWEPT_SEED && threads != 1 &&
           capabilities->frees && capabilities->heap_limit && capabilities->shares &&
           capabilities->most_mutators != 1;
}

static uint64_t least_limit(const struct program *program, const struct hm_capabilities *can)
{
    return can->least_heap_bytes + program->thread_count * can->least_mutator_bytes;
}

size_t check_swept_limits(const struct program *program, const struct hm_capabilities *capabilities,
                          uint64_t *limits)
{
    uint64_t least = least_limit(program, capabilities);
    size_t count = 0;
    for (uint64_t limit = program->heap_bytes; limit > least && count + 1 < CHECK_MOST_LIMITS;
         limit -= limit / STEP)
        limits[count++] = limit;
    limits[count++] = least;
    return count;
}

/* A list of so many bytes in all, by nominal sizes, into a slot of the thread's; of small objects
 * some hundred. */
static void put_piece(struct maker *maker, uint32_t slot, uint64_t piece_bytes)
{
    static const uint8_t kinds[] = {STRING, STRING, STRING, STRING, STRING, STRING, PAIR, RECORD};
    static const uint8_t bytes_of[SHAPES] = {[PAIR] = 16, [RECORD] = 120};
    struct random *random = &maker->random;
    uint32_t kind = kinds[below(random, sizeof kinds)];
    uint32_t n = kind == STRING ? SHORTEST + below(random, LONGEST) : 0;
    uint32_t count = 1 + (uint32_t)(piece_bytes / (16 + (kind == STRING ? n : bytes_of[kind])));
    if (kind != STRING && count > MOST_SMALL)
        count = MOST_SMALL;
    make(maker, PIECE_NAME, LIST, count);
    generate_filling(maker, PIECE_NAME, kind, n, count);
    put(maker,
        (struct program_op){.kind = PROGRAM_GIVE, .a = PIECES_NAME, .b = PIECE_NAME, .x = slot});
}

static void clear_pieces(struct maker *maker, uint32_t first, uint32_t count)
{
    put(maker,
        (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = PIECES_NAME, .x = first, .z = count});
}

/* New ones before the old ones are dropped, or after; others between them. */
static void replace_pieces(struct maker *maker, uint32_t pieces, uint64_t piece_bytes)
{
    struct random *random = &maker->random;
    for (uint32_t i = 4 + below(random, pieces); i > 0; i--) {
        uint32_t slot = below(random, pieces);
        if (one_in(random, 2))
            clear_pieces(maker, slot, 1);
        put_piece(maker, slot, piece_bytes);
        if (generates_optional(maker) && one_in(random, 4))
            generate_optional(maker);
        if (one_in(random, maker->collect_every))
            put_collect(maker);
    }
}

/* All threads draw the same from `together`, and so fill and drop at the same time. */
static void generate_share(struct maker *maker, struct random *together, uint64_t share_bytes)
{
    for (uint32_t round = 2; round > 0; round--) {
        uint32_t pieces = LEAST_PIECES + below(together, PIECES - LEAST_PIECES);
        put(maker, (struct program_op){.kind = PROGRAM_MEET});
        make(maker, PIECES_NAME, LIST, pieces);
        for (uint32_t slot = 0; slot < pieces; slot++)
            put_piece(maker, slot, share_bytes / pieces);
        put(maker, (struct program_op){.kind = PROGRAM_LOOK});
        replace_pieces(maker, pieces, share_bytes / pieces);
        clear_pieces(maker, below(&maker->random, pieces), pieces / 2);
        replace_pieces(maker, pieces, share_bytes / pieces);
        put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
        put(maker, (struct program_op){.kind = PROGRAM_DROP_ALL});
        for (uint16_t name = 1; name < 4; name++)
            make(maker, name, a_shape(maker), below(&maker->random, 40));
    }
}

void generate_swept(struct program *program, const struct hm_capabilities *can, uint32_t threads)
{
    static const uint32_t everies[] = {4, 16, 1000};
    struct random random = {.state = program->seed * UINT64_C(0x8bb84b93962eacc9) + 1};
    program->thread_count = threads != 0 ? threads : 2 + below(&random, MOST_SWEPT_THREADS - 1);
    if (can->most_mutators != 0 && program->thread_count > can->most_mutators)
        program->thread_count = can->most_mutators;
    program->places = 1 + below(&random, 4);
    uint64_t least = least_limit(program, can);
    uint64_t live_bytes = least + least / MORE_LIVES + below(&random, BESIDE_BYTES);
    /* Not always the same part of what lives. */
    program->heap_bytes = COMFORTABLE * live_bytes - below(&random, (uint32_t)(live_bytes / 2));
    uint32_t collect_every = everies[below(&random, 3)];
    for (uint32_t i = 0; i < program->thread_count; i++) {
        struct random together = random;
        struct maker maker = {
            .random = {program->seed + UINT64_C(0xd6e8feb86659fd93) * (i + 1)},
            .program = program,
            .thread = i,
            .profile = CHECK_PROFILE_FULL,
            .collect_every = collect_every,
            .names = 8,
            .can = can,
        };
        generate_share(&maker, &together, live_bytes / program->thread_count);
    }
}
