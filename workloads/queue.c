/* SPDX-License-Identifier: MIT
 *
 * queue: a first-in first-out queue of linked cells.
 *
 * A cell that was taken out is garbage at once. Where it keeps its link, it still refers to the
 * cell that is first now. To a generational collector that is nepotism: once such a dead cell is
 * old, everything that comes after it is kept and promoted until the old generation is collected
 * (Jones, Hosking and Moss, The Garbage Collection Handbook, 9.6). A count drops the link with the
 * cell, and a tracer of the whole heap never looks at the dead.
 */
#include <heapmark/workload.h>

#include "random.h"
#include "text.h"

enum { NEXT, VALUE, NUMBER };
enum { CELL_SHAPE, STRING_SHAPE };
enum { LENGTH, STRING_BYTES, ROUNDS, LINKS };
enum { CLEARED, KEPT };
enum { HEAD, TAIL, CELL, ITEM, NAMES };

static const struct hm_shape cell_shape = {
    .id = CELL_SHAPE, .slots = 2, .bytes = 8, .hint = HM_INSTANCE, .name = "cell"};
static const struct hm_shape string_shape = {
    .id = STRING_SHAPE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* The string that comes in as the number-th. */
static struct text text_of(const struct hm_plan *plan, uint32_t thread, uint64_t number)
{
    return (struct text){
        .first = random_mix(hm_thread_seed(plan, thread) + number),
        .bytes = setting(plan, STRING_BYTES),
    };
}

static void put_in(hm_mutator *m, struct hm_thread *t, uint64_t number)
{
    hm_name *names = t->names;
    text_make(m, &names[ITEM], &string_shape, text_of(t->plan, t->index, number));
    hm_ref cell = hm_new(m, &names[CELL], &cell_shape);
    hm_init_give(m, cell, VALUE, &names[ITEM]);
    hm_put_word(m, cell, NUMBER, number);
    if (hm_is_null(hm_at(&names[TAIL])))
        hm_bind(m, &names[HEAD], cell);
    else
        hm_set(m, hm_at(&names[TAIL]), NEXT, cell);
    hm_move(m, &names[TAIL], &names[CELL]);
}

/* The sum of what the first cell holds; another one for each thing that is not as it should be. */
static uint64_t take_out(hm_mutator *m, struct hm_thread *t, uint64_t number)
{
    hm_name *names = t->names;
    hm_move(m, &names[CELL], &names[HEAD]);
    hm_ref cell = hm_at(&names[CELL]);
    if (setting(t->plan, LINKS) == CLEARED)
        hm_take(m, &names[HEAD], cell, NEXT);
    else
        hm_get(m, &names[HEAD], cell, NEXT);
    if (hm_is_null(hm_at(&names[HEAD])))
        hm_clear(m, &names[TAIL]);
    hm_spare *spare = hm_push_spare(m, 1);
    uint64_t sum = text_read(m, hm_peek(m, spare, cell, VALUE));
    hm_pop_spare(m, spare);
    sum += hm_word(m, cell, NUMBER) != number;
    hm_clear(m, &names[CELL]);
    return sum;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t length = setting(t->plan, LENGTH);
    uint64_t rounds = setting(t->plan, ROUNDS);
    uint64_t answer = 0;
    for (uint64_t number = 0; number < length; number++)
        put_in(m, t, number);
    for (uint64_t round = 0; round < rounds; round++) {
        answer += take_out(m, t, round);
        put_in(m, t, length + round);
    }
    for (uint64_t number = rounds; number < length + rounds; number++) {
        answer += take_out(m, t, number);
        hm_poll(m);
    }
    t->answer = answer;
    t->operations = length + rounds;
}

/* ---- what is known beforehand ---- */

static uint64_t cell_bytes(const struct hm_plan *plan)
{
    return hm_nominal_bytes(&cell_shape, 0) +
           hm_nominal_bytes(&string_shape, setting(plan, STRING_BYTES));
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return plan->threads * setting(plan, LENGTH) * cell_bytes(plan);
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return plan->threads * (setting(plan, LENGTH) + setting(plan, ROUNDS)) * cell_bytes(plan);
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t sum = 0;
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        for (uint64_t i = 0; i < setting(plan, LENGTH) + setting(plan, ROUNDS); i++)
            sum += text_sum(text_of(plan, thread, i));
    return sum;
}

static const struct hm_setting length = {
    .name = "length",
    .help = "cells in each thread's queue",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 20000,
};

static const struct hm_setting string_bytes = {
    .name = "string_bytes",
    .help = "length of the string that a cell holds",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 65536,
    .standard.integer = 32,
};

static const struct hm_setting rounds_setting = {
    .name = "rounds",
    .help = "how often a cell is taken out and another put in",
    .type = HM_INTEGER,
    .most.integer = 1000000000,
    .standard.integer = 4000000,
};

static const struct hm_setting links = {
    .name = "links",
    .help = "is the link of a cell cleared when it is taken out, or does the dead cell keep it",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"cleared", "kept", NULL},
};

HM_WORKLOAD(queue)
= {
    HM_WORKLOAD_HEAD,
    .name = "queue",
    .summary = "A queue of linked cells with strings: at one end one is taken out, at the other "
               "one put in.",
    .stresses = "objects that die in the order in which they were made, after a fixed while; with "
                "links=kept, dead objects that refer to live ones (nepotism between generations)",
    .warning = "No object lives longer than another, which is what generations bet against; with "
               "links=kept only a generational collector can tell the difference from cleared.",
    .source = "Jones, Hosking and Moss, The Garbage Collection Handbook, 9.6: nepotism",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&length, &string_bytes, &rounds_setting, &links, NULL},
    .shapes = (const struct hm_shape *const[]){&cell_shape, &string_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .expected = expected,
    .step = step,
};
