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

/* A parent whose children refer back to it, as in trees and doubly linked lists: dropped whole,
 * or cut off and taken apart by what borrows it. */
static void family(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t children = 1 + below(random, 7);
    make(maker, 1, PAIR, 0);
    make(maker, 2, one_in(random, 2) ? WIDE : LIST, 7);
    for (uint32_t i = 0; i < children; i++) {
        make(maker, 3, PAIR, 0);
        put_set(maker, 3, below(random, 2), 2);
        if (one_in(random, 8))
            put(maker, (struct program_op){.kind = PROGRAM_BIND, .a = a_name(maker), .b = 3});
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 2, .b = 3, .x = i});
    }
    put_set(maker, 1, 0, 2);
    put_clear(maker, 2);
    if (one_in(random, 3))
        put_collect(maker);
    put(maker,
        (struct program_op){.kind = one_in(random, 2) ? PROGRAM_CUT_CLEAR : PROGRAM_CUT_SHIFT,
                            .a = 1,
                            .x = one_in(random, 4),
                            .y = one_in(random, 3) ? below(random, 7) : 0,
                            .z = one_in(random, 3) ? below(random, 7) : 7});
    if (one_in(random, 3))
        put_move(maker, a_name(maker), 1);
}

/* Slots moved within one object, up and down, by less than their number mostly: as where an element
 * of a list is inserted or removed. */
static void shift(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t count = 2 + below(random, 20);
    make(maker, 4, LIST, count);
    for (uint32_t i = 0; i < count; i++) {
        make(maker, 6, a_shape(maker), 3);
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 4, .b = 6, .x = i});
    }
    for (uint32_t i = 1 + below(random, 4); i > 0; i--) {
        uint32_t at = below(random, count), by = 1 + below(random, 1 + (count - at) / 2);
        bool up = one_in(random, 2);
        put(maker, (struct program_op){.kind = PROGRAM_COPY,
                                       .a = 4,
                                       .b = 4,
                                       .x = up ? at + by : at,
                                       .y = up ? at : at + by,
                                       .z = below(random, count + 1)});
        if (one_in(random, 2))
            put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = 4, .x = at, .z = by});
    }
    if (one_in(random, 3))
        put_move(maker, a_name(maker), 4);
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

void generate_filling(struct maker *maker, uint16_t list, uint32_t shape, uint32_t n,
                      uint32_t count)
{
    put(maker,
        (struct program_op){
            .kind = PROGRAM_FLOOD, .a = list, .b = 6, .c = (uint8_t)shape, .x = n, .z = count});
}

static void clear_every(struct maker *maker, uint16_t list, uint32_t count, uint32_t step)
{
    for (uint32_t slot = below(&maker->random, step); slot < count; slot += step)
        put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = list, .x = slot, .z = 1});
}

/* After everything was dropped, there is room for small ones. */
static void recover(struct maker *maker)
{
    put(maker, (struct program_op){.kind = PROGRAM_DROP_ALL});
    for (uint32_t i = 1 + below(&maker->random, 6); i > 0; i--)
        make(maker, 1, a_shape(maker), below(&maker->random, 40));
}

/* More than fits: lists filled until memory is out; every second object, or all, or none dropped;
 * others made in their place while the rest is held. */
void generate_flood(struct maker *maker)
{
    static const uint32_t large[] = {4000, 20000, 65536, 130000};
    struct random *random = &maker->random;
    for (uint32_t round = 2 + below(random, 5); round > 0; round--) {
        uint16_t list = (uint16_t)(4 + below(random, 2));
        uint32_t count = 500 + below(random, 20000);
        uint32_t shape = a_shape(maker);
        uint32_t n = shape == LIST ? below(random, 30) : below(random, 200);
        if (one_in(random, 4))
            shape = STRING, n = large[below(random, 4)] - below(random, 20);
        make(maker, list, LIST, count);
        generate_filling(maker, list, shape, n, count);
        if (one_in(random, 3))
            clear_every(maker, list, 400, 2);
        else if (one_in(random, 2))
            put(maker,
                (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = list, .x = 0, .z = count});
        if (one_in(random, 3))
            put_collect(maker);
        if (one_in(random, 3))
            put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
        if (one_in(random, 3))
            recover(maker);
        else if (one_in(random, 2))
            put_move(maker, a_name(maker), list);
    }
}

/* Many children at once, each with a child of its own: what marks has to remember them all. */
static void fan(struct maker *maker)
{
    struct random *random = &maker->random;
    bool deep = one_in(random, 6);
    uint32_t outer = deep ? 40 + below(random, 40) : 1;
    uint32_t inner = 40 + below(random, deep ? 20 : 560);
    make(maker, 4, LIST, outer);
    for (uint32_t i = 0; i < outer; i++) {
        make(maker, 5, LIST, inner);
        for (uint32_t k = 0; k < inner; k++) {
            make(maker, 1, NUMBER, 0);
            make(maker, 2, one_in(random, 2) ? PAIR : NODE, 0);
            put(maker, (struct program_op){.kind = PROGRAM_INIT_GIVE, .a = 2, .b = 1, .x = 0});
            put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 5, .b = 2, .x = k});
        }
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = 4, .b = 5, .x = i});
    }
    put_collect(maker);
    if (one_in(random, 2))
        put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
}

/* Threads that end and come again, each time leaving something that lives on in blocks of theirs,
 * and dropping what threads before them made. */
void generate_lives(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t shape = a_shape(maker), n = below(random, one_in(random, 3) ? 500 : 60);
    uint32_t count = 10 + below(random, one_in(random, 6) ? 2000 : 150);
    for (uint32_t life = 20 + below(random, 100); life > 0; life--) {
        make(maker, 5, LIST, count);
        generate_filling(maker, 5, shape, n, count);
        make(maker, 3, CARRIER, 0);
        put(maker, (struct program_op){.kind = PROGRAM_INIT_GIVE, .a = 3, .b = 5, .x = 0});
        put(maker, (struct program_op){.kind = PROGRAM_SET_SHARED,
                                       .a = 3,
                                       .x = below(random, maker->program->places)});
        if (one_in(random, 4))
            put(maker, (struct program_op){.kind = PROGRAM_PAUSE, .x = below(random, 50)});
        if (one_in(random, 3))
            put(maker, (struct program_op){.kind = PROGRAM_LOOK});
        put(maker, (struct program_op){.kind = PROGRAM_REBIRTH});
    }
    put(maker, (struct program_op){.kind = PROGRAM_LOOK});
}

static uint32_t a_depth(struct random *random)
{
    return 1 + below(random, one_in(random, 24) ? 20000 : one_in(random, 6) ? 3000 : 60);
}

void generate_structure(struct maker *maker)
{
    switch (below(&maker->random, 9)) {
    case 0:
        chain(maker, a_depth(&maker->random));
        break;
    case 6:
        family(maker);
        break;
    case 7:
        shift(maker);
        break;
    case 1:
    case 2:
        ring(maker);
        break;
    case 3:
        crowd(maker);
        break;
    case 4:
        fan(maker);
        break;
    case 8:
        generate_array(maker);
        break;
    default:
        wave(maker);
        break;
    }
}
