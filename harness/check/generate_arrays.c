/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator with arrays: a list that grows, shrinks and moves its elements, as
 * those of programs do. Every element is an object of its own, so that one in a wrong place shows.
 */
#include "check/generate.h"

enum { ARRAY = 7, ELEMENT = 6, LARGER = 5 };

struct array {
    struct maker *maker;
    uint32_t room, length;
};

static void new_element(const struct array *array, uint32_t at)
{
    static const uint8_t shapes[] = {NUMBER, PAIR, BYTE, CARRIER};
    make(array->maker, ELEMENT, shapes[below(&array->maker->random, sizeof shapes)], 0);
    put(array->maker, (struct program_op){.kind = PROGRAM_GIVE, .a = ARRAY, .b = ELEMENT, .x = at});
}

static void copy(const struct array *array, uint16_t to, uint32_t at, uint32_t from, uint32_t count)
{
    put(array->maker,
        (struct program_op){
            .kind = PROGRAM_COPY, .a = to, .b = ARRAY, .x = at, .y = from, .z = count});
}

static void clear(const struct array *array, uint32_t at, uint32_t count)
{
    put(array->maker,
        (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = ARRAY, .x = at, .z = count});
}

/* The elements move to a larger list. */
static void grow(struct array *array)
{
    array->room += 1 + below(&array->maker->random, array->room);
    make(array->maker, LARGER, LIST, array->room);
    copy(array, LARGER, 0, 0, array->length);
    put_move(array->maker, ARRAY, LARGER);
}

static void insert(struct array *array)
{
    if (array->length == array->room)
        grow(array);
    uint32_t at = below(&array->maker->random, array->length + 1);
    if (at < array->length)
        copy(array, ARRAY, at + 1, at, array->length - at);
    new_element(array, at);
    array->length++;
}

static void cut(struct array *array)
{
    uint32_t at = below(&array->maker->random, array->length);
    uint32_t count = 1 + below(&array->maker->random, array->length - at);
    uint32_t rest = array->length - at - count;
    if (rest > 0)
        copy(array, ARRAY, at, at + count, rest);
    clear(array, at + rest, count);
    array->length -= count;
}

static void change(struct array *array)
{
    struct random *random = &array->maker->random;
    switch (array->length == 0 ? 0 : below(random, 6)) {
    case 0:
    case 1:
        insert(array);
        break;
    case 2:
        cut(array);
        break;
    case 3:
        grow(array);
        break;
    case 4:
        clear(array, below(random, array->length), 1 + below(random, 3));
        break;
    default:
        put_collect(array->maker);
        break;
    }
}

/* A large list of which few slots are used, at borders: each by something that nothing else owns.
 */
static void sparse(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t slots = 1 + an_extent(maker, LIST) * 7 / 8;
    if (one_in(random, 4) && maker->budget >= maker->most_bytes) {
        maker->budget -= maker->most_bytes;
        slots = maker->most_bytes / 8;
    }
    make(maker, ARRAY, LIST, slots);
    for (uint32_t i = 1 + below(random, 5); i > 0; i--) {
        const uint32_t places[] = {0, slots - 1, slots - 1 - slots / 9, a_size(maker, slots)};
        make(maker, ELEMENT, one_in(random, 2) ? PAIR : CARRIER, 0);
        make(maker, LARGER, NUMBER, 0);
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = ELEMENT, .b = LARGER});
        put(maker,
            (struct program_op){
                .kind = PROGRAM_GIVE, .a = ARRAY, .b = ELEMENT, .x = places[below(random, 4)]});
    }
    if (one_in(random, 3))
        put(maker, (struct program_op){.kind = PROGRAM_CLONE, .a = LARGER, .b = ARRAY});
    if (one_in(random, 3))
        put_collect(maker);
    if (one_in(random, 2))
        put_clear(maker, ARRAY);
    put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
}

void generate_array(struct maker *maker)
{
    struct random *random = &maker->random;
    if (one_in(random, 3)) {
        sparse(maker);
        return;
    }
    struct array array = {maker, .room = 2 + below(random, one_in(random, 4) ? 300 : 30)};
    array.length = below(random, array.room + 1);
    make(maker, ARRAY, LIST, array.room);
    for (uint32_t i = 0; i < array.length; i++)
        new_element(&array, i);
    for (uint32_t turns = 1 + below(random, 6); turns > 0; turns--)
        change(&array);
    put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
}
