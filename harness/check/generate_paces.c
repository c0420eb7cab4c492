/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator with constant live size for long: what is held and how often it is
 * collected must not depend on what was there before, on collections that were asked for, or on
 * threads that have ended.
 */
#include "check/generate.h"

enum { LIST_NAME = 7, CHURNED_NAME = 5, WAVE_NAME = 4 };
/* Where a collector is to plan by itself, collections that are asked for are few. */
enum { SELDOMER = 25 };

static void look(struct maker *maker)
{
    put(maker, (struct program_op){.kind = PROGRAM_LOOK});
}

/* A table whose slots are overwritten again and again. Where there are many, what is free is
 * scattered among what lives. */
static void overwrite(struct maker *maker, uint32_t turns)
{
    bool many = maker->collect_every >= 1000 && one_in(&maker->random, 2);
    uint32_t shape = a_shape(maker), slots = 50 + below(&maker->random, many ? 20000 : 500);
    make(maker, LIST_NAME, LIST, slots);
    for (uint32_t i = 0; i < turns * 4 || (many && i < slots * 8); i++) {
        make(maker, 6, shape, shape == LIST || shape == STRING || shape == TAGGED ? 40 : 0);
        put(maker,
            (struct program_op){
                .kind = PROGRAM_GIVE, .a = LIST_NAME, .b = 6, .x = below(&maker->random, slots)});
        if (one_in(&maker->random, maker->collect_every * 4))
            put_collect(maker);
        if (one_in(&maker->random, 200))
            look(maker);
    }
}

/* So much garbage, a list of it after the other. */
static void churn(struct maker *maker, uint64_t bytes)
{
    struct random *random = &maker->random;
    for (uint64_t made = 0; made < bytes;) {
        uint32_t n = one_in(random, 4) ? below(random, 60) : 200 + below(random, 1800);
        uint32_t count = 20 + below(random, n < 60 ? 1000 : 100);
        make(maker, CHURNED_NAME, LIST, count);
        generate_filling(maker, CHURNED_NAME, STRING, n, count);
        made += (uint64_t)count * (n + 24);
        if (one_in(random, 4))
            look(maker);
        if (one_in(random, maker->collect_every * SELDOMER))
            put_collect(maker);
    }
}

/* The same with large objects, in a table of few. */
static void churn_large(struct maker *maker, uint64_t bytes)
{
    struct random *random = &maker->random;
    uint32_t n = 4000 + below(random, 60000), slots = 10 + below(random, 60);
    make(maker, LIST_NAME, LIST, slots);
    for (uint64_t made = 0; made < bytes; made += n) {
        make(maker, 6, STRING, n - below(random, n / 8));
        put(maker, (struct program_op){
                       .kind = PROGRAM_GIVE, .a = LIST_NAME, .b = 6, .x = below(random, slots)});
        if (one_in(random, 500))
            look(maker);
    }
    look(maker);
}

/* Much that lives at once, and dies at once. */
static void wave(struct maker *maker, uint64_t bytes)
{
    uint32_t n = 1000 + below(&maker->random, one_in(&maker->random, 2) ? 4000 : 130000);
    uint32_t count = (uint32_t)(bytes / n);
    make(maker, WAVE_NAME, LIST, count);
    generate_filling(maker, WAVE_NAME, STRING, n, count);
    look(maker);
    put_clear(maker, WAVE_NAME);
}

/* Much that lives, all of it clones, and weak objects of some where there are such: so it is one of
 * these that finds no room left and has the collector begin. */
static void wave_of_clones(struct maker *maker)
{
    struct random random = a_stream_beside(maker, 2);
    if (!one_in(&random, 4))
        return;
    /* Not smaller: in a narrow build each of these has a page of its own, and pacing would blame
     * that. */
    uint32_t n = 2000 + below(&random, 4000);
    uint64_t bytes = ((UINT64_C(24) + below(&random, 40)) << 20) / maker->program->thread_count;
    uint32_t count = (uint32_t)(bytes / n);
    make(maker, WAVE_NAME, LIST, count);
    make(maker, 6, STRING, n);
    for (uint32_t i = 0; i < count; i++) {
        bool weak = maker->can->weak && one_in(&random, 8);
        put(maker,
            (struct program_op){.kind = weak ? PROGRAM_NEW_WEAK : PROGRAM_CLONE, .a = 3, .b = 6});
        put(maker, (struct program_op){.kind = PROGRAM_GIVE, .a = WAVE_NAME, .b = 3, .x = i});
    }
    look(maker);
    put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
    put_clear(maker, WAVE_NAME);
}

void generate_paces(struct maker *maker, uint32_t turns)
{
    struct random *random = &maker->random;
    uint64_t share = maker->program->thread_count;
    if (maker->program->heap_bytes != 0 || !maker->can->frees) {
        if (one_in(random, 2))
            generate_replaced(maker);
        else
            overwrite(maker, turns);
        return;
    }
    wave_of_clones(maker);
    for (uint32_t rounds = 1 + below(random, 2); rounds > 0; rounds--) {
        uint32_t megabytes = one_in(random, 3) ? 4 + below(random, 32) : 36 + below(random, 20);
        if (!one_in(random, 6))
            wave(maker, ((uint64_t)megabytes << 20) / share);
        for (uint32_t i = one_in(random, 4) ? 0 : 1 + below(random, 4); i > 0; i--)
            put_collect(maker);
        uint64_t churned = ((UINT64_C(40) + below(random, 50)) << 20) / share;
        if (one_in(random, 4))
            churn_large(maker, 3 * churned);
        else
            churn(maker, churned);
    }
}

/* Threads end one after the other, with full pockets, and each leaves something small that lives
 * on, in a chain that is dropped now and then. */
void generate_trail(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t lives = 100 + below(random, 500), count = 1 + below(random, 60);
    uint32_t shape = a_shape(maker), place = below(random, maker->program->places);
    uint32_t n = below(random, one_in(random, 3) ? 500 : 40);
    for (uint32_t life = 0; life < lives; life++) {
        make(maker, CHURNED_NAME, LIST, count);
        generate_filling(maker, CHURNED_NAME, shape, n, count);
        put(maker, (struct program_op){.kind = PROGRAM_GET_SHARED, .a = 1, .x = place});
        make(maker, 3, CARRIER, 0);
        put(maker, (struct program_op){.kind = PROGRAM_INIT_GIVE, .a = 3, .b = 1, .x = 0});
        put(maker, (struct program_op){.kind = PROGRAM_SET_SHARED, .a = 3, .x = place});
        if (one_in(random, 50))
            look(maker);
        if (one_in(random, 400))
            put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SHARED, .x = place});
        put(maker, (struct program_op){.kind = PROGRAM_REBIRTH});
    }
    look(maker);
}
