/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator for all threads at once: the first one makes a table of objects and of
 * weak objects that refer to them, all meet, so that it is everybody's to read, and then all work
 * on it together, until the last of them lets it go while others still read by the weak ones.
 */
#include <heapmark/phases.h>

#include "check/generate.h"

enum { FOUND = 1, READ, TABLE_HOLDER, TARGETS, WEAKS, FRESH, KEPT };
/* Of a large table: so far apart that no two targets lie in one block. */
enum { RACES = 10, APART = 2003 };

static void put_ab(struct maker *maker, enum program_kind kind, uint16_t a, uint16_t b)
{
    put(maker, (struct program_op){.kind = (uint8_t)kind, .a = a, .b = b});
}

static void give(struct maker *maker, uint16_t list, uint32_t slot, uint16_t name)
{
    put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = list, .b = name, .x = slot});
}

static void get(struct maker *maker, uint16_t name, uint16_t list, uint32_t slot)
{
    put(maker, (struct program_op){.kind = PROGRAM_GET, .a = name, .b = list, .x = slot});
}

/* Targets in many blocks, none of which has been referred to weakly. */
static void fill_blocks(struct maker *maker)
{
    make(maker, TARGETS, LIST, RACES * APART);
    put(maker,
        (struct program_op){
            .kind = PROGRAM_FLOOD, .a = TARGETS, .b = FOUND, .c = CARRIER, .z = RACES * APART});
}

static void make_targets(struct maker *maker, bool plain)
{
    struct random *random = &maker->random;
    uint32_t count = 4 + below(random, 120), watch_every = 1 + below(random, 6);
    make(maker, TARGETS, LIST, count);
    make(maker, WEAKS, LIST, count);
    for (uint32_t i = 0; i < count; i++) {
        make(maker, FOUND, CARRIER, 0);
        if (maker->can->finalizers && i % watch_every == 0 && !plain)
            put_ab(maker, PROGRAM_WATCH, FOUND, 0);
        if (maker->can->weak && !plain)
            put_ab(maker, PROGRAM_NEW_WEAK, FRESH, FOUND);
        give(maker, WEAKS, i, FRESH);
        give(maker, TARGETS, i, FOUND);
    }
}

/* The table hangs in the first place, and nowhere else. */
static void make_table(struct maker *maker)
{
    bool plain = one_in(&maker->random, 3); /* the first weak object is made by all at once */
    make(maker, TABLE_HOLDER, CARRIER, 0);
    if (plain && one_in(&maker->random, 2))
        fill_blocks(maker);
    else
        make_targets(maker, plain);
    give(maker, TABLE_HOLDER, 0, TARGETS);
    give(maker, TABLE_HOLDER, 1, WEAKS);
    put(maker, (struct program_op){.kind = PROGRAM_SET_SHARED, .a = TABLE_HOLDER, .x = 0});
    put_clear(maker, TABLE_HOLDER);
}

static void work_on_shared(struct maker *maker)
{
    static const uint8_t kinds[] = {PROGRAM_GET_SHARED, PROGRAM_SET_SHARED, PROGRAM_SWAP_SHARED};
    struct random *random = &maker->random;
    put(maker, (struct program_op){.kind = kinds[below(random, sizeof kinds)],
                                   .a = (uint16_t)(FOUND + below(random, 2)),
                                   .x = below(random, maker->program->places)});
}

/* What is stored is let go at once, and what is read too: so the place is the last owner, or who
 * read it last. */
static void hand_around(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t place = below(random, maker->program->places);
    if (one_in(random, 2)) {
        make(maker, FOUND, CARRIER, 0);
        put(maker, (struct program_op){.kind = PROGRAM_SET_SHARED, .a = FOUND, .x = place});
        put_clear(maker, FOUND);
    }
    for (uint32_t i = 1 + below(random, 6); i > 0; i--) {
        put(maker, (struct program_op){.kind = PROGRAM_GET_SHARED, .a = READ, .x = place});
        put_clear(maker, READ);
    }
}

static void die_watched(struct maker *maker)
{
    make(maker, FOUND, CARRIER, 0);
    put_ab(maker, PROGRAM_WATCH, FOUND, 0);
    put_clear(maker, FOUND);
}

static void work_once(struct maker *maker)
{
    struct random *random = &maker->random;
    switch (below(random, 11)) {
    case 0:
    case 1:
        get(maker, FOUND, TARGETS, below(random, 1 << 10));
        break;
    case 2:
    case 3:
        get(maker, FRESH, WEAKS, below(random, 1 << 10));
        put_ab(maker, PROGRAM_WEAK_GET, READ, FRESH);
        break;
    case 4:
        put_ab(maker, PROGRAM_NEW_WEAK, FRESH, FOUND);
        put_ab(maker, PROGRAM_WEAK_GET, READ, FRESH);
        break;
    case 5:
        put_ab(maker, PROGRAM_NEXT_DEAD, READ, 0);
        break;
    case 6:
        work_on_shared(maker);
        break;
    case 7:
        make(maker, FOUND, CARRIER, 0);
        break;
    case 8:
        hand_around(maker);
        break;
    case 9:
        die_watched(maker);
        break;
    default:
        put_clear(maker, (uint16_t)(FOUND + below(random, 2)));
        break;
    }
}

/* All threads at once, in the same order: the first weak object of a target, or of its block. Some
 * do it while another is amid an exchange, which may be of the same. */
static void refer_first(struct maker *maker)
{
    struct random *random = &maker->random;
    bool awaits = one_in(random, 2), neighbours = one_in(random, 2);
    make(maker, KEPT, LIST, RACES);
    for (uint32_t i = 0; i < RACES; i++) {
        get(maker, FOUND, TARGETS, i * APART + (neighbours ? maker->thread : 0));
        if (awaits)
            put(maker, (struct program_op){.kind = PROGRAM_AWAIT,
                                           .x = HM_PHASE_EXCHANGE,
                                           .y = PROGRAM_AWAIT_TIMES * (1 + below(random, 3))});
        put_ab(maker, PROGRAM_NEW_WEAK, FRESH, FOUND);
        put_set(maker, KEPT, i, FRESH);
    }
}

static void read_kept(struct maker *maker)
{
    for (uint32_t i = 0; i < RACES; i++) {
        get(maker, FRESH, KEPT, i);
        put_ab(maker, PROGRAM_WEAK_GET, READ, FRESH);
    }
    put_clear(maker, READ);
    put_clear(maker, KEPT);
}

/* Each thread lets the targets go at a moment of its own. */
static void work_on_table(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t turns = 20 + below(random, 300), last = below(random, turns);
    put(maker, (struct program_op){.kind = PROGRAM_GET_SHARED, .a = TABLE_HOLDER, .x = 0});
    get(maker, TARGETS, TABLE_HOLDER, 0);
    get(maker, WEAKS, TABLE_HOLDER, 1);
    put_clear(maker, TABLE_HOLDER);
    if (maker->can->weak)
        refer_first(maker);
    for (uint32_t i = 0; i < turns; i++) {
        work_once(maker);
        if (i == last)
            put_clear(maker, TARGETS);
        if (i == last && one_in(random, 2))
            put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SHARED, .x = 0});
        if (one_in(random, 200))
            put_collect(maker);
    }
    put_clear(maker, FOUND);
    put_clear(maker, READ);
}

void generate_crowd(struct maker *maker)
{
    if (maker->thread == 0)
        make_table(maker);
    put(maker, (struct program_op){.kind = PROGRAM_MEET});
    work_on_table(maker);
    put(maker, (struct program_op){.kind = PROGRAM_MEET, .x = one_in(&maker->random, 2)});
    if (maker->can->weak)
        read_kept(maker);
}
