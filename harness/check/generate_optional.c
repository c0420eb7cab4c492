/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator with weak objects, ephemerons and the finalizer queue: what they refer
 * to is dropped before or after a collection, its memory is used again at once, and they are read
 * then.
 */
#include "check/generate.h"

bool generates_optional(const struct maker *maker)
{
    return maker->can->weak || maker->can->ephemerons || maker->can->finalizers;
}

static void put_ab(struct maker *maker, enum program_kind kind, uint16_t a, uint16_t b)
{
    put(maker, (struct program_op){.kind = (uint8_t)kind, .a = a, .b = b});
}

static bool half(struct maker *maker)
{
    return one_in(&maker->random, 2);
}

/* Objects of the kind that died, and of others, most of them dropped at once. */
static void reuse(struct maker *maker)
{
    for (uint32_t i = below(&maker->random, 6); i > 0; i--)
        make(maker, a_name(maker), half(maker) ? CARRIER : a_shape(maker), 3);
}

static void maybe_collect(struct maker *maker)
{
    if (half(maker))
        put_collect(maker);
}

/* A carrier in name 1, in one of a few ways of being owned; names 1 and 2 are let go. */
static void own_carrier(struct maker *maker)
{
    make(maker, 1, CARRIER, 0);
    if (one_in(&maker->random, 3))
        put_set(maker, 1, 0, 1); /* a ring of one */
    if (half(maker)) {
        make(maker, 2, PAIR, 0);
        put_set(maker, 2, below(&maker->random, 2), 1);
        if (half(maker))
            put_set(maker, 1, 1, 2); /* a ring of two */
    }
}

static void let_go(struct maker *maker)
{
    if (!one_in(&maker->random, 4))
        put_clear(maker, 1);
    if (!one_in(&maker->random, 3))
        put_clear(maker, 2);
}

static void weak_story(struct maker *maker)
{
    uint16_t keeper = (uint16_t)(4 + below(&maker->random, 4));
    own_carrier(maker);
    put_ab(maker, PROGRAM_NEW_WEAK, 3, 1);
    if (one_in(&maker->random, 4))
        put_ab(maker, PROGRAM_NEW_WEAK, 0, 1);
    if (half(maker))
        put_move(maker, keeper, 3);
    maybe_collect(maker);
    let_go(maker);
    if (half(maker))
        reuse(maker);
    maybe_collect(maker);
    reuse(maker);
    for (uint32_t i = 1 + below(&maker->random, 3); i > 0; i--)
        put_ab(maker, PROGRAM_WEAK_GET, a_name(maker), half(maker) ? 3 : keeper);
}

/* The one or the other, whatever the name owns. */
static void read_weakly(struct maker *maker, uint16_t name)
{
    put_ab(maker, PROGRAM_WEAK_GET, a_name(maker), name);
    put_ab(maker, PROGRAM_EPHEMERON_GET, a_name(maker), name);
}

/* What a finalizer does, in the thread that drains: read, cut links, store, watch again, collect.
 */
static void finalize(struct maker *maker)
{
    uint16_t name = (uint16_t)(half(maker) ? 1 : 2);
    put_ab(maker, PROGRAM_NEXT_DEAD, name, 0);
    if (half(maker))
        put_ab(maker, PROGRAM_GET, a_name(maker), name);
    if (half(maker)) {
        put(maker, (struct program_op){.kind = PROGRAM_GET, .a = 3, .b = name, .x = 1});
        read_weakly(maker, 3);
    }
    if (one_in(&maker->random, 3))
        put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = name, .z = 2});
    if (one_in(&maker->random, 3))
        put_set(maker, name, below(&maker->random, 2), a_name(maker));
    if (one_in(&maker->random, 4))
        put_ab(maker, PROGRAM_WATCH, name, 0);
    if (one_in(&maker->random, 4))
        put_ab(maker, PROGRAM_NEW_WEAK, 3, name);
    if (one_in(&maker->random, 4))
        put_move(maker, a_name(maker), name);
    if (one_in(&maker->random, 4))
        put_collect(maker);
    if (half(maker))
        put_clear(maker, name);
}

/* Once more changes nothing, before or after a collection; a clone is not watched. */
static void watch(struct maker *maker, uint16_t name)
{
    put_ab(maker, PROGRAM_WATCH, name, 0);
    if (one_in(&maker->random, 6))
        put_collect(maker);
    if (one_in(&maker->random, 4))
        put_ab(maker, PROGRAM_WATCH, name, 0);
    if (!one_in(&maker->random, 6))
        return;
    put_ab(maker, PROGRAM_CLONE, 5, name);
    if (half(maker))
        put_ab(maker, PROGRAM_WATCH, 5, 0);
    if (!one_in(&maker->random, 4))
        put_clear(maker, 5);
}

/* Carriers that lead to one another, some of them watched, all dropped. */
static void finalizer_story(struct maker *maker)
{
    uint32_t length = 1 + below(&maker->random, 4);
    bool ring = half(maker);
    put_clear(maker, 1);
    for (uint32_t i = 0; i < length; i++) {
        make(maker, 0, CARRIER, 0);
        put_set(maker, 0, 0, 1);
        if (half(maker))
            put_set(maker, 0, 1, half(maker) ? 3 : a_name(maker)); /* a weak object, maybe */
        if (!one_in(&maker->random, 3))
            watch(maker, 0);
        if (i == 0)
            put_ab(maker, PROGRAM_BIND, 2, 0);
        if (one_in(&maker->random, 3))
            put_ab(maker, PROGRAM_NEW_WEAK, 3, 0);
        put_move(maker, 1, 0);
    }
    if (ring)
        put_set(maker, 2, 1, 1);
    put_clear(maker, 2);
    put_clear(maker, 1);
    reuse(maker);
    for (uint32_t i = below(&maker->random, 3); i > 0; i--)
        put_collect(maker);
    for (uint32_t i = below(&maker->random, length + 2); i > 0; i--)
        finalize(maker);
    if (half(maker))
        put_ab(maker, PROGRAM_WEAK_GET, a_name(maker), 3);
}

/* Ephemerons in a list at name 4, in either order: each one's value is the next one's key, or leads
 * to it, or the next one has the same key. */
static void ephemeron_story(struct maker *maker)
{
    uint32_t length = 1 + below(&maker->random, one_in(&maker->random, 8) ? 60 : 5);
    bool forwards = half(maker), leads = half(maker);
    make(maker, 4, LIST, length);
    make(maker, 1, CARRIER, 0);
    put_ab(maker, PROGRAM_BIND, 5, 1);
    for (uint32_t i = 0; i < length; i++) {
        make(maker, 2, CARRIER, 0);
        put(maker, (struct program_op){.kind = PROGRAM_NEW_EPHEMERON, .a = 3, .b = 1, .c = 2});
        if (one_in(&maker->random, 6))
            put_set(maker, 2, 0, 1); /* the value leads to its key */
        if (one_in(&maker->random, 4))
            put_set(maker, 1, 1, 3); /* found by its key only, which may be a value */
        else
            put_set(maker, 4, forwards ? i : length - 1 - i, 3);
        if (one_in(&maker->random, 3))
            continue;
        if (leads) {
            make(maker, 1, half(maker) ? CARRIER : PAIR, 0);
            put_set(maker, 2, 1, 1);
        } else {
            put_move(maker, 1, 2);
        }
    }
    put_clear(maker, 1);
    put_clear(maker, 2);
    maybe_collect(maker);
    if (half(maker))
        put_clear(maker, 5);
    maybe_collect(maker);
    reuse(maker);
    for (uint32_t i = 0; i < 3; i++) {
        put(maker, (struct program_op){
                       .kind = PROGRAM_GET, .a = 3, .b = 4, .x = below(&maker->random, length)});
        put_ab(maker, PROGRAM_EPHEMERON_GET, 1, 3);
        put(maker, (struct program_op){.kind = PROGRAM_GET, .a = 3, .b = 1, .x = 1});
        put_ab(maker, PROGRAM_EPHEMERON_GET, a_name(maker), 3);
    }
}

/* So many that memory is out in between, where it is short; every third time all of one target, or
 * of one key and value. */
static void many_story(struct maker *maker)
{
    uint32_t length = 100 + below(&maker->random, 1500);
    bool of_one = length % 3 == 0;
    enum program_kind kind =
        maker->can->ephemerons && half(maker) ? PROGRAM_NEW_EPHEMERON : PROGRAM_NEW_WEAK;
    make(maker, 4, LIST, length);
    for (uint32_t i = 0; i < length; i++) {
        if (i == 0 || (!of_one && one_in(&maker->random, 8))) {
            make(maker, 1, CARRIER, 0);
            make(maker, 2, CARRIER, 0);
        }
        put(maker, (struct program_op){.kind = (uint8_t)kind, .a = 3, .b = 1, .c = 2});
        put_set(maker, 4, i, 3);
    }
    if (of_one && length % 2 == 0) {
        put_clear(maker, 1);
        put_clear(maker, 2);
        maybe_collect(maker);
    }
    for (uint32_t i = 0; i < 20; i++) {
        put(maker, (struct program_op){
                       .kind = PROGRAM_GET, .a = 3, .b = 4, .x = below(&maker->random, length)});
        read_weakly(maker, 3);
    }
    if (half(maker))
        put_clear(maker, 4);
}

/* Any kind of object in a name: of no slot or byte, large, or without a shape. */
static void make_any(struct maker *maker, uint16_t name, uint16_t carrier)
{
    const struct hm_capabilities *can = maker->can;
    uint32_t shape = below(&maker->random, SHAPES);
    switch (below(&maker->random, 4)) {
    case 0:
        make(maker, carrier, CARRIER, 0);
        if (can->ephemerons && half(maker))
            put(maker, (struct program_op){.kind = PROGRAM_NEW_EPHEMERON,
                                           .a = name,
                                           .b = carrier,
                                           .c = (uint8_t)(half(maker) ? carrier : a_name(maker))});
        else if (can->weak)
            put_ab(maker, PROGRAM_NEW_WEAK, name, carrier);
        break;
    case 1:
        make(maker, name, CARRIER, 0);
        break;
    default:
        make(maker, name, shape, an_extent(maker, shape));
        break;
    }
}

/* Weak objects, ephemerons and the queue over any kind of object, and over one another. */
static void any_story(struct maker *maker)
{
    const struct hm_capabilities *can = maker->can;
    make_any(maker, 1, 2);
    if (can->weak)
        put_ab(maker, PROGRAM_NEW_WEAK, 3, 1);
    if (can->weak && half(maker))
        put_ab(maker, PROGRAM_NEW_WEAK, 0, 3); /* what dies by itself, or lives by name 3 */
    if (can->ephemerons && half(maker)) {
        make_any(maker, 5, 2);
        put(maker, (struct program_op){.kind = PROGRAM_NEW_EPHEMERON, .a = 4, .b = 1, .c = 5});
    }
    if (can->finalizers && half(maker))
        watch(maker, half(maker) ? 1 : 3);
    maybe_collect(maker);
    bool outlived = half(maker); /* the weak object, by its target */
    if (outlived || one_in(&maker->random, 3))
        put_clear(maker, 3);
    if (outlived) {
        maybe_collect(maker);
        if (can->finalizers)
            finalize(maker);
        reuse(maker);
    }
    let_go(maker);
    put_clear(maker, 5);
    if (half(maker))
        reuse(maker);
    maybe_collect(maker);
    reuse(maker);
    for (uint16_t name = 0; name < 5; name++)
        read_weakly(maker, name);
    if (can->finalizers && half(maker))
        finalize(maker);
}

/* Weak objects that refer to one another in a row; those that no list keeps die. */
static void weak_row_story(struct maker *maker)
{
    uint32_t length = 2 + below(&maker->random, one_in(&maker->random, 8) ? 300 : 8);
    make(maker, 4, LIST, length);
    make_any(maker, 1, 2);
    for (uint32_t i = 0; i < length; i++) {
        put_ab(maker, PROGRAM_NEW_WEAK, 2, 1);
        if (!one_in(&maker->random, 3))
            put_set(maker, 4, i, 2);
        put_move(maker, 1, 2);
        if (one_in(&maker->random, length))
            maybe_collect(maker);
    }
    maybe_collect(maker);
    reuse(maker);
    for (uint32_t i = 0; i < 4; i++) {
        put(maker, (struct program_op){
                       .kind = PROGRAM_GET, .a = 3, .b = 4, .x = below(&maker->random, length)});
        put_ab(maker, PROGRAM_WEAK_GET, 3, 3);
        put_ab(maker, PROGRAM_WEAK_GET, 3, 3);
    }
}

void generate_optional(struct maker *maker)
{
    const struct hm_capabilities *can = maker->can;
    if (can->weak && one_in(&maker->random, maker->profile == CHECK_PROFILE_FULL ? 10 : 40)) {
        many_story(maker);
        return;
    }
    switch (below(&maker->random, 7)) {
    case 0:
        if (can->ephemerons)
            ephemeron_story(maker);
        break;
    case 1:
        if (can->weak)
            weak_story(maker);
        break;
    case 2:
        if (can->finalizers)
            finalizer_story(maker);
        break;
    case 3:
        read_weakly(maker, a_name(maker));
        break;
    case 4:
        any_story(maker);
        break;
    case 5:
        if (can->weak)
            weak_row_story(maker);
        break;
    default:
        if (can->finalizers)
            finalize(maker);
        break;
    }
}
