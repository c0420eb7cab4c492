/* SPDX-License-Identifier: MIT
 *
 * Stories of the generator for collectors with generations: a young object that only an old one
 * leads to, looked at after exactly none, one, two and three minor collections.
 *
 * What is remembered wrongly shows only where it was not asked for as a full collection, at an age,
 * and after the memory was used again; chance hardly ever does these in this order. Several threads
 * do it together: one of them collects, between two meetings of all, so that the number is exact
 * for each.
 */
#include "check/generate.h"

enum { MINOR = 1, MOVING = 2 }; /* of PROGRAM_COLLECT's x: as in meet.c */
enum { YOUNG = 1, CHILD = 2, HELPER = 3, HOLDER = 4, WASTE = 5, FOUND = 6 };
enum { MOST_MINORS = 3, OLD_AFTER = 3 };

/* `together` gives all threads of the program the same: how many stories, rounds, collections. */
struct story {
    struct maker *maker;
    struct random *together;
    uint32_t slots;    /* of the holder */
    uint32_t slot;     /* where the young one is meant to be */
    uint32_t shape, n; /* of the young one, and of what takes its place */
};

static bool half(const struct story *story)
{
    return one_in(&story->maker->random, 2);
}

static void put_nxm(const struct story *story, enum program_kind kind, uint16_t a, uint32_t x,
                    uint16_t b)
{
    put(story->maker, (struct program_op){.kind = (uint8_t)kind, .a = a, .b = b, .x = x});
}

static void put_get(const struct story *story, uint16_t a, uint16_t b, uint32_t slot)
{
    put(story->maker, (struct program_op){.kind = PROGRAM_GET, .a = a, .b = b, .x = slot});
}

/* ---- time ---- */

static void collect(const struct story *story, uint32_t kind)
{
    const struct maker *maker = story->maker;
    bool alone = maker->program->thread_count == 1;
    if (!alone)
        put(story->maker, (struct program_op){.kind = PROGRAM_MEET});
    if (maker->thread == 0)
        put(story->maker, (struct program_op){.kind = PROGRAM_COLLECT, .x = kind});
    if (!alone)
        put(story->maker, (struct program_op){.kind = PROGRAM_MEET});
}

/* Others of the same size, held, so that they lie where something was reclaimed. */
static void waste(const struct story *story)
{
    uint32_t count = 2 + below(&story->maker->random, 12);
    make(story->maker, WASTE, LIST, count);
    for (uint32_t i = 0; i < count; i++) {
        make(story->maker, FOUND, story->shape, story->n);
        put_nxm(story, PROGRAM_GIVE, WASTE, i, FOUND);
    }
}

static void look(const struct story *story)
{
    if (half(story))
        put_get(story, FOUND, HOLDER, story->slot);
    put(story->maker, (struct program_op){.kind = PROGRAM_VERIFY});
    put_clear(story->maker, FOUND);
}

static void pass(const struct story *story, uint32_t minors)
{
    for (uint32_t i = 0; i < minors; i++) {
        collect(story, MINOR);
        if (!one_in(&story->maker->random, 4))
            waste(story);
    }
}

/* ---- the old one ---- */

/* Small, or around what may be too large for a nursery. */
static void choose_slots(struct story *story)
{
    static const uint32_t lengths[] = {100, 300, 600, 1000, 4000, 9000};
    struct maker *maker = story->maker;
    uint32_t slots = 1 + below(&maker->random, 12);
    if (!one_in(&maker->random, 3))
        slots = lengths[below(&maker->random, 6)] + below(&maker->random, 40);
    if (maker->can->most_slots != 0 && slots > maker->can->most_slots)
        slots = (uint32_t)maker->can->most_slots;
    if ((uint64_t)slots * 8 > maker->budget)
        slots %= 12;
    maker->budget -= (uint64_t)slots * 8;
    story->slots = slots + 1;
    story->slot = half(story) ? below(&maker->random, story->slots) : slots - slots / 9;
}

static void make_young(struct story *story)
{
    static const uint8_t shapes[] = {NUMBER, PAIR, CARRIER, NODE, BYTE, RECORD};
    struct random *random = &story->maker->random;
    story->shape = shapes[below(random, sizeof shapes)];
    story->n = 0;
    make(story->maker, YOUNG, story->shape, 0);
    if (half(story))
        return;
    make(story->maker, CHILD, NUMBER, 0);
    put_nxm(story, PROGRAM_GIVE, YOUNG, 0, CHILD);
    put_clear(story->maker, CHILD);
}

/* The holder in a name, sometimes with something young from birth, or made by a clone. */
static void make_holder(struct story *story)
{
    struct maker *maker = story->maker;
    static const uint8_t fixed[] = {LINK, PAIR, CARRIER, NODE, WIDE, TABLE, LIST, LIST};
    uint32_t shape = LIST;
    choose_slots(story);
    if (story->slots < 12)
        shape = fixed[below(&maker->random, sizeof fixed)];
    bool from_birth = half(story);
    if (from_birth)
        make_young(story);
    make(maker, HOLDER, shape, story->slots);
    if (!from_birth)
        return;
    put_nxm(story, half(story) ? PROGRAM_INIT : PROGRAM_INIT_GIVE, HOLDER, story->slot, YOUNG);
    put_clear(maker, YOUNG);
}

/* ---- stores into it ---- */

/* Several young ones at once, of which the list that held them first is dropped. */
static void store_many(const struct story *story)
{
    struct maker *maker = story->maker;
    uint32_t count = 1 + below(&maker->random, 6);
    make(maker, HELPER, LIST, count);
    put_nxm(story, PROGRAM_FILL, HELPER, 0, YOUNG);
    for (uint32_t i = 0; i < count; i++) {
        make(maker, CHILD, story->shape, story->n);
        if (half(story))
            put_nxm(story, PROGRAM_GIVE, HELPER, i, CHILD);
    }
    put_nxm(story, PROGRAM_SET, HELPER, 0, YOUNG);
    put(maker, (struct program_op){
                   .kind = PROGRAM_COPY, .a = HOLDER, .b = HELPER, .x = story->slot, .z = count});
}

/* By a reference that was borrowed from a young object, or to the holder from one. */
static void store_borrowed(const struct story *story)
{
    struct maker *maker = story->maker;
    struct program_op op = {.a = HOLDER, .b = HELPER, .x = story->slot, .z = 1};
    make(maker, HELPER, PAIR, 0);
    switch (below(&maker->random, 4)) {
    case 0:
        op = (struct program_op){
            .kind = PROGRAM_PEEK_SET, .a = YOUNG, .b = HELPER, .y = story->slot};
        put_nxm(story, PROGRAM_SET, HELPER, 0, HOLDER);
        break;
    case 1:
        op.kind = PROGRAM_FILL_SLOT;
        put_nxm(story, PROGRAM_SET, HELPER, 0, YOUNG);
        break;
    case 2:
        op.kind = PROGRAM_UNLINK;
        put_nxm(story, PROGRAM_SET, HELPER, 0, YOUNG);
        put_nxm(story, PROGRAM_SET, HOLDER, story->slot, HELPER);
        break;
    default:
        op.kind = PROGRAM_SET_SLOT;
        put_nxm(story, PROGRAM_SET, HELPER, 0, YOUNG);
        break;
    }
    put(maker, op);
}

/* What refers without owning, or by its key only: the holder owns that, and the key. */
static void store_weak(const struct story *story)
{
    struct maker *maker = story->maker;
    uint32_t other = story->slot + 1;
    put_nxm(story, PROGRAM_SET, HOLDER, story->slot, YOUNG);
    if (maker->can->ephemerons && (!maker->can->weak || half(story))) {
        make(maker, CHILD, CARRIER, 0);
        put(maker, (struct program_op){
                       .kind = PROGRAM_NEW_EPHEMERON, .a = HELPER, .b = YOUNG, .c = CHILD});
    } else {
        put(maker, (struct program_op){.kind = PROGRAM_NEW_WEAK, .a = HELPER, .b = YOUNG});
    }
    put_nxm(story, PROGRAM_SET, HOLDER, other, HELPER);
    if (half(story)) /* and the target by nothing */
        put(maker, (struct program_op){
                       .kind = PROGRAM_CLEAR_SLOTS, .a = HOLDER, .x = story->slot, .z = 1});
}

static void read_weak(const struct story *story)
{
    struct maker *maker = story->maker;
    put_get(story, HELPER, HOLDER, story->slot + 1);
    put(maker, (struct program_op){.kind = PROGRAM_WEAK_GET, .a = FOUND, .b = HELPER});
    put(maker, (struct program_op){.kind = PROGRAM_EPHEMERON_GET, .a = FOUND, .b = HELPER});
    put_clear(maker, HELPER);
    put_clear(maker, FOUND);
}

/* The only reference is the clone's, of which the original is emptied, as what is old and dead
 * keeps young ones alive until a full collection; or it is the clone that the young one is stored
 * in. */
static void store_by_clone(const struct story *story)
{
    struct maker *maker = story->maker;
    bool stores_first = half(story);
    if (stores_first)
        put_nxm(story, PROGRAM_SET, HOLDER, story->slot, YOUNG);
    put(maker, (struct program_op){.kind = PROGRAM_CLONE, .a = HELPER, .b = HOLDER});
    put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS, .a = HOLDER, .z = story->slots});
    put_move(maker, HOLDER, HELPER);
    if (!stores_first)
        put_nxm(story, PROGRAM_SET, HOLDER, story->slot, YOUNG);
}

static void store(const struct story *story)
{
    struct maker *maker = story->maker;
    bool weak = maker->can->weak || maker->can->ephemerons;
    switch (below(&maker->random, weak ? 8 : 7)) {
    case 0:
        put_nxm(story, PROGRAM_GIVE, HOLDER, story->slot, YOUNG);
        break;
    case 1:
        put(maker, (struct program_op){
                       .kind = PROGRAM_FILL, .a = HOLDER, .b = YOUNG, .x = story->slot, .z = 2});
        break;
    case 2:
        store_many(story);
        break;
    case 3:
        store_borrowed(story);
        break;
    case 4:
        store_by_clone(story);
        break;
    case 7:
        store_weak(story);
        break;
    default:
        put_nxm(story, PROGRAM_SET, HOLDER, story->slot, YOUNG);
        break;
    }
}

/* By a slot that all threads use, which is as old as the program; what is there may be read by
 * them, so nothing more is stored in it. */
static void publish(const struct story *story)
{
    struct maker *maker = story->maker;
    uint32_t place = below(&maker->random, maker->program->places);
    make(maker, YOUNG, CARRIER, 0);
    make(maker, CHILD, NUMBER, 0);
    put_nxm(story, PROGRAM_INIT_GIVE, YOUNG, 0, CHILD);
    put(maker, (struct program_op){.kind = half(story) ? PROGRAM_SET_SHARED : PROGRAM_SWAP_SHARED,
                                   .a = YOUNG,
                                   .x = place});
    put_clear(maker, YOUNG);
}

/* ---- the stories ---- */

static void let_go(const struct story *story)
{
    put_clear(story->maker, HELPER);
    put_clear(story->maker, CHILD);
    if (!one_in(&story->maker->random, 6))
        put_clear(story->maker, YOUNG);
}

/* A finalizer's revival: dead at an age, kept on with something younger in it. */
static void revive(const struct story *story)
{
    struct maker *maker = story->maker;
    make(maker, YOUNG, CARRIER, 0);
    put(maker, (struct program_op){.kind = PROGRAM_WATCH, .a = YOUNG});
    pass(story, below(story->together, OLD_AFTER + 1));
    put_clear(maker, YOUNG);
    pass(story, 1);
    put(maker, (struct program_op){.kind = PROGRAM_NEXT_DEAD, .a = HOLDER});
    make(maker, CHILD, NUMBER, 0);
    put_nxm(story, PROGRAM_GIVE, HOLDER, 0, CHILD);
    put_clear(maker, CHILD);
    pass(story, below(story->together, MOST_MINORS + 1));
    put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
}

static void round_of(struct story *story)
{
    static const uint32_t others[] = {0, MOVING};
    struct random *together = story->together;
    make_young(story);
    pass(story, one_in(together, 3) ? 1 : 0); /* not newborn any more */
    store(story);
    let_go(story);
    if (one_in(&story->maker->random, 4))
        publish(story);
    if (one_in(together, 8))
        collect(story, others[below(together, 2)]);
    pass(story, below(together, MOST_MINORS + 1));
    look(story);
    if (story->maker->can->weak || story->maker->can->ephemerons)
        read_weak(story);
}

static void tell(struct story *story)
{
    struct maker *maker = story->maker;
    uint32_t rounds = 1 + below(story->together, 3);
    make_holder(story);
    pass(story, below(story->together, OLD_AFTER + 1));
    look(story);
    for (uint32_t i = 0; i < rounds; i++)
        round_of(story);
    if (maker->can->finalizers && one_in(story->together, 4))
        revive(story);
    if (half(story))
        put_move(maker, a_name(maker), HOLDER);
}

void generate_generations(struct maker *maker)
{
    if (!maker->can->generations)
        return;
    const struct program *program = maker->program;
    struct random together = {.state = program->seed * UINT64_C(0x9fb21c651e98df25) + 3};
    struct maker own = *maker;
    own.random = (struct random){.state = together.state ^
                                          UINT64_C(0xd6e8feb86659fd93) * (maker->thread + 1)};
    struct story story = {.maker = &own, .together = &together};
    for (uint32_t i = 1 + below(&together, program->thread_count > 1 ? 2 : 6); i > 0; i--)
        tell(&story);
}
