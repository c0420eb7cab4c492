/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator for threads: contention for few shared slots, objects that one thread
 * makes and another drops, threads that end with full pockets, and large objects that are replaced.
 */
#include <heapmark/phases.h>

#include "check/generate.h"

static void put_shared(struct maker *maker, enum program_kind kind, uint16_t name, uint32_t place)
{
    put(maker, (struct program_op){.kind = (uint8_t)kind, .a = name, .x = place});
}

/* ---- contention ---- */

/* All threads use the same slot or two, and hardly anything else: what one of them has just read
 * loses its last owner by another. */
void generate_contention(struct maker *maker, uint32_t turns)
{
    static const uint8_t kinds[] = {PROGRAM_NEW,        PROGRAM_NEW,         PROGRAM_SET_SHARED,
                                    PROGRAM_SET_SHARED, PROGRAM_GET_SHARED,  PROGRAM_GET_SHARED,
                                    PROGRAM_GET_SHARED, PROGRAM_SWAP_SHARED, PROGRAM_CLEAR,
                                    PROGRAM_CLEAR,      PROGRAM_NEW_WEAK,    PROGRAM_WEAK_GET,
                                    PROGRAM_SET,        PROGRAM_CLEAR_SHARED};
    struct random *random = &maker->random;
    for (uint32_t i = 0; i < turns; i++) {
        struct program_op op = {.kind = kinds[below(random, sizeof kinds)],
                                .a = (uint16_t)below(random, 3),
                                .b = (uint16_t)below(random, 3),
                                .c = CARRIER,
                                .x = below(random, maker->program->places)};
        /* Weak objects are kept apart: a shared slot takes carriers only. */
        if (op.kind == PROGRAM_NEW_WEAK)
            op.a = 3;
        if (op.kind == PROGRAM_WEAK_GET)
            op.b = 3;
        if ((op.kind != PROGRAM_NEW_WEAK && op.kind != PROGRAM_WEAK_GET) || maker->can->weak)
            put(maker, op);
        /* A place is overwritten while another thread is between two steps of an operation on it.
         */
        if (one_in(random, 16)) {
            put(maker, (struct program_op){.kind = PROGRAM_AWAIT, .x = HM_PHASE_EXCHANGE});
            put_shared(maker, one_in(random, 2) ? PROGRAM_CLEAR_SHARED : PROGRAM_SET_SHARED,
                       (uint16_t)below(random, 3), below(random, maker->program->places));
        }
        if (one_in(random, 8 * maker->collect_every))
            put_collect(maker);
        if (one_in(random, 400))
            put(maker, (struct program_op){.kind = PROGRAM_MEET, .x = below(random, 2)});
    }
}

/* ---- from hand to hand ---- */

/* In each round one thread makes a batch and the next one drops it, over a meeting; live size stays
 * what it was. Every thread draws the same from `together`. */
void generate_hand_over(struct maker *maker)
{
    struct random together = {.state = maker->program->seed};
    uint32_t threads = maker->program->thread_count, rounds = 60 + below(&together, 200);
    uint32_t count = 50 + below(&together, 300), place = below(&together, maker->program->places);
    bool ends = one_in(&together, 3);
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t n = one_in(&together, 4) ? below(&together, 100) : 100 + below(&together, 1500);
        if (maker->thread == round % threads) {
            make(maker, 5, LIST, count);
            generate_filling(maker, 5, STRING, n, count);
            make(maker, 3, CARRIER, 0);
            put(maker, (struct program_op){.kind = PROGRAM_INIT_GIVE, .a = 3, .b = 5});
            put_shared(maker, PROGRAM_SET_SHARED, 3, place);
            put_clear(maker, 3);
            if (ends)
                put(maker, (struct program_op){.kind = PROGRAM_REBIRTH});
        }
        put(maker, (struct program_op){.kind = PROGRAM_MEET, .x = one_in(&together, 10)});
        if (maker->thread != (round + 1) % threads)
            continue;
        put_shared(maker, PROGRAM_GET_SHARED, 2, place);
        put_shared(maker, PROGRAM_CLEAR_SHARED, 0, place);
        put_clear(maker, 2);
    }
}

/* ---- lives ---- */

/* Threads that end with all sorts of free memory in hand, again and again. */
void generate_pockets(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t kinds = 1 + below(random, 12), most = one_in(random, 2) ? 2000 : 200;
    for (uint32_t life = 50 + below(random, 300); life > 0; life--) {
        for (uint32_t i = 0; i < kinds; i++)
            make(maker, (uint16_t)(i % 4), STRING, below(random, most));
        put(maker, (struct program_op){.kind = PROGRAM_REBIRTH});
        if (one_in(random, 40))
            put(maker, (struct program_op){.kind = PROGRAM_LOOK});
    }
}

/* ---- constant live size ---- */

/* So many large objects and nothing else, that addresses which were never used run out long before:
 * who only goes on behind what was given out has to begin anew. */
enum { TIMES_THE_LIMIT = 6, LEAST_LARGE = 150000, LARGE_SPREAD = 100000 };

static void replace_large_alone(struct maker *maker)
{
    struct random random = a_stream_beside(maker, 1);
    uint64_t limit = maker->program->heap_bytes, most = maker->can->most_bytes;
    if (limit == 0 || (most != 0 && most < LEAST_LARGE + LARGE_SPREAD))
        return;
    uint32_t slots = 2 + below(&random, 4);
    uint64_t wanted = TIMES_THE_LIMIT * limit / maker->program->thread_count;
    put(maker, (struct program_op){.kind = PROGRAM_DROP_ALL});
    make(maker, 7, LIST, slots);
    for (uint64_t made = 0; made < wanted; made += LEAST_LARGE) {
        uint32_t slot = below(&random, slots);
        put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = 7, .x = slot, .z = 1});
        make(maker, 6, STRING, LEAST_LARGE + below(&random, LARGE_SPREAD));
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 7, .b = 6, .x = slot});
    }
    put(maker, (struct program_op){.kind = PROGRAM_LOOK});
}

/* A few large objects, each replaced by one of another size: mostly where it was, and sometimes
 * while it is still there. Smaller ones come between them, so that holes are split and joined. */
void generate_replaced(struct maker *maker)
{
    struct random *random = &maker->random;
    static const uint32_t mosts[] = {2000, 100000, 300000, 300000};
    replace_large_alone(maker);
    uint32_t most = mosts[below(random, 4)], slots = 2 + below(random, 6);
    if (maker->can->most_bytes != 0 && most > maker->can->most_bytes)
        most = (uint32_t)maker->can->most_bytes;
    make(maker, 7, LIST, slots);
    for (uint32_t round = 200 + below(random, 1200); round > 0; round--) {
        uint32_t slot = below(random, slots);
        uint32_t size = one_in(random, 3) ? below(random, most / 8 + 1) : below(random, most + 1);
        if (!one_in(random, 4))
            put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = 7, .x = slot, .z = 1});
        make(maker, 6, STRING, size);
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 7, .b = 6, .x = slot});
        if (one_in(random, maker->collect_every * 4))
            put_collect(maker);
        if (one_in(random, 100))
            put(maker, (struct program_op){.kind = PROGRAM_LOOK});
    }
}
