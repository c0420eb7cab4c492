/* SPDX-License-Identifier: MIT
 *
 * Parts of the generator: sizes, single operations.
 */
#include "check/generate.h"

/* More than all frames of a thread may have together: so each of them is drawn. */
enum { EVERY_NAME = 512 };

void put(struct maker *maker, struct program_op op)
{
    program_add(maker->program, maker->thread, op);
}

uint16_t a_name(struct maker *maker)
{
    return (uint16_t)below(&maker->random, one_in(&maker->random, 8) ? EVERY_NAME : maker->names);
}

uint32_t a_size(struct maker *maker, uint32_t most)
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

uint32_t an_extent(struct maker *maker, uint32_t shape)
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

uint32_t a_shape(struct maker *maker)
{
    static const uint8_t usual[] = {LINK,   PAIR, PAIR,   CARRIER, CARRIER, NODE,   ENTRY,  WIDE,
                                    NUMBER, BYTE, RECORD, TABLE,   LIST,    STRING, TAGGED, EMPTY};
    return usual[below(&maker->random, sizeof usual)];
}

void make(struct maker *maker, uint16_t name, uint32_t shape, uint32_t n)
{
    bool tries = one_in(&maker->random, maker->profile == CHECK_PROFILE_FULL ? 2 : 8);
    put(maker,
        (struct program_op){
            .kind = tries ? PROGRAM_TRY_NEW : PROGRAM_NEW, .a = name, .c = (uint8_t)shape, .x = n});
}

void put_set(struct maker *maker, uint16_t a, uint32_t slot, uint16_t b)
{
    put(maker, (struct program_op){.kind = PROGRAM_SET, .a = a, .b = b, .x = slot});
}

void put_move(struct maker *maker, uint16_t a, uint16_t b)
{
    put(maker, (struct program_op){.kind = PROGRAM_MOVE, .a = a, .b = b});
}

void put_clear(struct maker *maker, uint16_t a)
{
    put(maker, (struct program_op){.kind = PROGRAM_CLEAR, .a = a});
}

void put_collect(struct maker *maker)
{
    struct random *random = &maker->random;
    put(maker, (struct program_op){.kind = PROGRAM_COLLECT,
                                   .x = one_in(random, 3) ? below(random, 6) : 0});
}
