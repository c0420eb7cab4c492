/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator that build structures: chains, rings, crowds, waves.
 */
#include "check/generate.h"

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
        put_move(maker, 1, 0);
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
    put_move(maker, 1, 0);
    for (uint32_t i = 1; i < length; i++) {
        make(maker, 0, PAIR, 0);
        put_set(maker, 0, 0, 1);
        put_move(maker, 1, 0);
    }
    put_set(maker, 2, 0, 1);
    if (one_in(&maker->random, 2))
        put_set(maker, 2, 1, a_name(maker));
    if (one_in(&maker->random, 3))
        put_set(maker, 1, 1, 2);
    if (one_in(&maker->random, 3))
        put_move(maker, a_name(maker), 2);
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
        put_move(maker, a_name(maker), 5);
}

void generate_structure(struct maker *maker)
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
