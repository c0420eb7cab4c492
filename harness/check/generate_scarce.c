/* SPDX-License-Identifier: MIT
 *
 * Sequences of the generator for heaps that are full.
 *
 * Scarcity: threads share a heap that is full nearly all the time. Each keeps a table of small
 * objects, and replaces them by others of another size. So they run out of memory together, collect
 * for each other, and go on taking what was found dead, which is little in each block: all of them
 * are in slow paths of allocation most of the time.
 *
 * The brim: a heap is filled to its last cell, and then whatever else needs memory is asked for.
 */
#include <heapmark/phases.h>

#include "check/generate.h"

enum { TABLE_NAME = 4, LEAST_ENTRY_BYTES = 40, LEAST_SLOTS = 16, MOST_SLOTS = 40000 };
/* Percent of the heap that the tables of all threads hold, by their nominal sizes. */
enum { LEAST_SHARE = 25, SHARES = 70 };

/* Bytes beside the header of an object, for the kinds that tables are filled with. */
static uint32_t a_kind(struct random *random, uint32_t *n, uint32_t *bytes)
{
    static const uint8_t kinds[] = {PAIR, NODE, CARRIER, WIDE, RECORD, STRING, STRING, LIST};
    static const uint8_t bytes_of[SHAPES] = {
        [PAIR] = 16, [NODE] = 16, [CARRIER] = 32, [WIDE] = 80, [RECORD] = 120};
    uint32_t kind = kinds[below(random, sizeof kinds)];
    *n = kind == STRING ? below(random, 400) : kind == LIST ? below(random, 30) : 0;
    *bytes = 8 + (kind == STRING ? *n : kind == LIST ? 8 * *n : bytes_of[kind]);
    return kind;
}

/* While another thread is in the middle of something, much is done, and not one step only. */
static void await_for_long(struct maker *maker)
{
    static const uint8_t phases[] = {HM_PHASE_BLOCK_SWEPT,  HM_PHASE_BLOCK_CHOSEN,
                                     HM_PHASE_BLOCK_CHOSEN, HM_PHASE_BLOCK_HANDED_OUT,
                                     HM_PHASE_EXCHANGE,     HM_PHASE_SWEEP_BEGUN};
    struct random *random = &maker->random;
    put(maker, (struct program_op){.kind = PROGRAM_AWAIT,
                                   .x = phases[below(random, sizeof phases)],
                                   .y = PROGRAM_AWAIT_TIMES * below(random, PROGRAM_AWAIT_SCALES)});
}

/* So many slots of the table from its beginning on, or some of them here and there. */
static void replace(struct maker *maker, uint32_t slots, uint64_t live_bytes)
{
    struct random *random = &maker->random;
    uint32_t n, bytes, kind = a_kind(random, &n, &bytes);
    uint64_t most = live_bytes / bytes;
    if (one_in(random, 3)) {
        for (uint32_t i = 50 + below(random, 300); i > 0; i--) {
            make(maker, 6, kind, n);
            put(maker,
                (struct program_op){
                    .kind = PROGRAM_GIVE, .a = TABLE_NAME, .b = 6, .x = below(random, slots)});
        }
        return;
    }
    generate_filling(maker, TABLE_NAME, kind, n,
                     1 + below(random, most < slots ? (uint32_t)most + 1 : slots));
}

void generate_scarcity(struct maker *maker, struct random *together)
{
    struct random *random = &maker->random;
    uint64_t live_bytes = maker->program->heap_bytes / 100 / maker->program->thread_count *
                          (LEAST_SHARE + below(together, SHARES));
    uint64_t entries = live_bytes / LEAST_ENTRY_BYTES;
    uint32_t slots = entries < LEAST_SLOTS  ? LEAST_SLOTS
                     : entries < MOST_SLOTS ? (uint32_t)entries
                                            : MOST_SLOTS;
    put(maker, (struct program_op){.kind = PROGRAM_DROP_ALL});
    put(maker, (struct program_op){.kind = PROGRAM_MEET});
    make(maker, TABLE_NAME, LIST, slots);
    for (uint32_t round = 8 + below(together, 24); round > 0; round--) {
        if (one_in(random, 2))
            await_for_long(maker);
        replace(maker, slots, live_bytes);
        /* Room again, here and there. */
        if (one_in(random, 4))
            put(maker, (struct program_op){.kind = PROGRAM_CLEAR_SLOTS,
                                           .a = TABLE_NAME,
                                           .x = below(random, slots),
                                           .z = 1 + below(random, slots)});
        if (one_in(random, 20))
            put_collect(maker);
    }
    put(maker, (struct program_op){.kind = PROGRAM_VERIFY});
}

/* ---- the brim ---- */

enum { STRINGS_NAME = 8, PAIRS_NAME, TARGETS_NAME, BRIM_MOST = 8000 };

static void op_of(struct maker *maker, enum program_kind kind, uint16_t a, uint16_t b, uint32_t x)
{
    put(maker, (struct program_op){.kind = (uint8_t)kind, .a = a, .b = b, .x = x});
}

/* Larger pieces first, so that smaller ones find what those leave. */
static void fill_to_the_brim(struct maker *maker, uint32_t count)
{
    static const uint32_t strings[] = {130000, 4000, 100};
    struct random *random = &maker->random;
    make(maker, STRINGS_NAME, LIST, 3);
    make(maker, PAIRS_NAME, LIST, BRIM_MOST);
    make(maker, TARGETS_NAME, LIST, count);
    generate_filling(maker, TARGETS_NAME, CARRIER, 0, count);
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t n = strings[i] - below(random, strings[i] / 8);
        make(maker, 3, LIST, 2000);
        generate_filling(maker, 3, STRING, n, 2000);
        op_of(maker, PROGRAM_GIVE, STRINGS_NAME, 3, i);
    }
    generate_filling(maker, PAIRS_NAME, PAIR, 0, BRIM_MOST);
}

/* What a collector keeps of objects beside them grows now: of each target in turn. A weak object
 * takes the place of a pair. */
static void grow_tables(struct maker *maker, uint32_t count)
{
    bool watches = one_in(&maker->random, 2) && maker->can->finalizers;
    for (uint32_t i = 0; i < count; i++) {
        op_of(maker, PROGRAM_GET, 1, TARGETS_NAME, i);
        if (watches) {
            op_of(maker, PROGRAM_WATCH, 1, 0, 0);
        } else {
            op_of(maker, PROGRAM_NEW_WEAK, 3, 1, 0);
            op_of(maker, PROGRAM_GIVE, PAIRS_NAME, 3, i);
        }
    }
    put_clear(maker, 1);
    op_of(maker, PROGRAM_LOOK, 0, 0, 0);
}

/* One that there is no room for any more, into a name that owns another object: it stays as it is.
 */
static void clone_what_filled(struct maker *maker, uint32_t count)
{
    struct random random = a_stream_beside(maker, 3);
    if (!one_in(&random, 3))
        return;
    op_of(maker, PROGRAM_GET, 2, STRINGS_NAME, below(&random, 3));
    op_of(maker, PROGRAM_GET, 1, 2, below(&random, 2));
    op_of(maker, PROGRAM_GET, 3, TARGETS_NAME, below(&random, count));
    op_of(maker, PROGRAM_CLONE, 3, 1, 0);
    op_of(maker, PROGRAM_VERIFY, 0, 0, 0);
}

static void ask_for_more(struct maker *maker, uint32_t count)
{
    static const uint8_t kinds[] = {PROGRAM_WATCH,    PROGRAM_WATCH,         PROGRAM_NEW_WEAK,
                                    PROGRAM_NEW_WEAK, PROGRAM_NEW_EPHEMERON, PROGRAM_CLONE,
                                    PROGRAM_PUSH,     PROGRAM_NEXT_DEAD,     PROGRAM_COLLECT};
    struct random *random = &maker->random;
    op_of(maker, PROGRAM_GET, 1, TARGETS_NAME, below(random, count));
    op_of(maker, PROGRAM_GET, 2, TARGETS_NAME, below(random, count));
    put(maker, (struct program_op){.kind = kinds[below(random, sizeof kinds)],
                                   .a = one_in(random, 2) ? 1 : 3,
                                   .b = 1,
                                   .c = 2,
                                   .x = below(random, 2)});
    if (one_in(random, 8))
        op_of(maker, PROGRAM_LOOK, 0, 0, 0);
}

void generate_brim(struct maker *maker)
{
    struct random *random = &maker->random;
    uint32_t count = 20 + below(random, one_in(random, 3) ? 100 : BRIM_MOST - 20);
    op_of(maker, PROGRAM_DROP_ALL, 0, 0, 0);
    for (uint32_t round = 1 + below(random, 2); round > 0; round--) {
        fill_to_the_brim(maker, count);
        if (maker->can->weak && !one_in(random, 3))
            grow_tables(maker, count);
        clone_what_filled(maker, count);
        for (uint32_t i = 5 + below(random, 40); i > 0; i--)
            ask_for_more(maker, count);
        op_of(maker, PROGRAM_LOOK, 0, 0, 0);
        for (uint16_t name = STRINGS_NAME; name <= TARGETS_NAME; name++)
            if (one_in(random, 2))
                put_clear(maker, name);
        if (one_in(random, 2))
            put_collect(maker);
    }
    op_of(maker, PROGRAM_VERIFY, 0, 0, 0);
}
