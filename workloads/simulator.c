/* SPDX-License-Identifier: MIT
 *
 * simulator: so many bytes in all, so many alive, of small and large objects of given sizes. One of
 * every so many survives by taking the place of another in a live table, some are held until a
 * request ends, all others die at once. In every second phase fewer threads allocate, or there is
 * more computation between allocations.
 *
 * The live tables are filled in setup, untimed. Every object is read once, before it dies or at the
 * end: the sum over all that was read is the answer.
 */
#include <heapmark/workload.h>

#include "simulator.h"
#include "simulator_settings.h"

enum { TABLE, LARGE_TABLE, REQUEST, MADE, DEAD, NAMES };
/* Between two polls: objects read, bytes written or read, units of computation. */
enum { BATCH = 32, BATCH_BYTES = 4096, BATCH_UNITS = 1024 };

/* ---- an object's content ---- */

static void write_whole(hm_mutator *m, hm_name *name, size_t offset, struct item item)
{
    uint64_t words[TEXT_CHUNK_BYTES / 8];
    uint64_t word = item.first;
    for (size_t at = 0; at < item.bytes; at += TEXT_CHUNK_BYTES) {
        size_t left = item.bytes - at;
        for (size_t i = 0; i < TEXT_CHUNK_BYTES / 8; i++)
            words[i] = word++;
        hm_write(m, hm_at(name), offset + at, words,
                 left < TEXT_CHUNK_BYTES ? left : TEXT_CHUNK_BYTES);
        if (at % BATCH_BYTES == BATCH_BYTES - TEXT_CHUNK_BYTES)
            hm_poll(m);
    }
}

static uint64_t read_whole(hm_mutator *m, hm_name *name, size_t offset, uint64_t bytes)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < bytes; at += TEXT_CHUNK_BYTES) {
        uint64_t words[TEXT_CHUNK_BYTES / 8] = {0};
        size_t left = bytes - at;
        hm_read(m, hm_at(name), offset + at, words,
                left < TEXT_CHUNK_BYTES ? left : TEXT_CHUNK_BYTES);
        for (size_t i = 0; i < TEXT_CHUNK_BYTES / 8; i++)
            sum += words[i];
        if (at % BATCH_BYTES == BATCH_BYTES - TEXT_CHUNK_BYTES)
            hm_poll(m);
    }
    return sum;
}

/* Bind the new object to MADE. */
static void make(hm_mutator *m, struct hm_thread *t, const struct hm_shape *shape, struct item item)
{
    hm_name *name = &t->names[MADE];
    size_t offset = HM_OFFSET(shape->slots);
    hm_ref made = hm_new_n(m, name, shape, item.bytes);
    if (setting(t->plan, TOUCH) == WHOLE) {
        write_whole(m, name, offset, item);
        return;
    }
    uint64_t last = ~item.first;
    hm_put_word(m, made, shape->slots, item.first);
    if (item.bytes >= 16)
        hm_write(m, made, offset + item.bytes - 8, &last, 8);
}

/* What item_sum says, from the object that the name owns. */
static uint64_t read_item(hm_mutator *m, struct hm_thread *t, const struct hm_shape *shape,
                          hm_name *name)
{
    size_t offset = HM_OFFSET(shape->slots);
    hm_ref item = hm_at(name);
    uint64_t bytes = hm_length(m, item);
    if (setting(t->plan, TOUCH) == WHOLE)
        return bytes + read_whole(m, name, offset, bytes);
    uint64_t last = 0;
    if (bytes >= 16)
        hm_read(m, item, offset + bytes - 8, &last, 8);
    return bytes + hm_word(m, item, shape->slots) + last;
}

/* ---- the live tables ---- */

static const struct hm_shape *shape_of(int which)
{
    return which == SMALL ? &small_shape : &large_shape;
}

/* Put MADE before what the place holds. */
static void put_first(hm_mutator *m, hm_name *names, int which, uint64_t place)
{
    if (which == SMALL) {
        hm_take(m, &names[DEAD], hm_at(&names[TABLE]), place);
        hm_give(m, hm_at(&names[MADE]), NEXT, &names[DEAD]);
    }
    hm_give(m, hm_at(&names[TABLE + which]), place, &names[MADE]);
}

/* Put MADE behind what the place holds. */
static void put_last(hm_mutator *m, hm_name *names, int which, uint64_t place)
{
    hm_ref table = hm_at(&names[TABLE + which]);
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref last = which == SMALL ? hm_peek(m, &spare[0], table, place) : hm_null;
    if (hm_is_null(last)) {
        hm_give(m, table, place, &names[MADE]);
    } else {
        for (unsigned i = 1;; i ^= 1) {
            hm_ref next = hm_peek(m, &spare[i], last, NEXT);
            if (hm_is_null(next))
                break;
            last = next;
        }
        hm_give(m, last, NEXT, &names[MADE]);
    }
    hm_pop_spare(m, spare);
}

/* Read and drop the first object of the place, so that it is gone when the next one is made. */
static uint64_t retire(hm_mutator *m, struct hm_thread *t, int which, uint64_t place)
{
    hm_name *names = t->names;
    hm_take(m, &names[DEAD], hm_at(&names[TABLE + which]), place);
    if (which == SMALL && setting(t->plan, CHAIN) > 1) {
        hm_take(m, &names[MADE], hm_at(&names[DEAD]), NEXT);
        hm_give(m, hm_at(&names[TABLE]), place, &names[MADE]);
    }
    uint64_t sum = read_item(m, t, shape_of(which), &names[DEAD]);
    hm_clear(m, &names[DEAD]);
    return sum;
}

static void fill_table(hm_mutator *m, struct hm_thread *t, int which)
{
    struct fill fill = fill_of(t->plan, t->index, which);
    while (!is_filled(&fill)) {
        skip_place(&fill);
        if (fill.places % BATCH == 0)
            hm_poll(m);
    }
    uint64_t places = fill.places;
    hm_new_n(m, &t->names[TABLE + which], &table_shape, places);
    fill = fill_of(t->plan, t->index, which);
    for (uint64_t place = 0; place < places; place++)
        for (uint64_t i = 0; i < fill.kind.chain; i++) {
            make(m, t, shape_of(which), fill_item(&fill));
            put_first(m, t->names, which, place);
        }
}

static uint64_t read_table(hm_mutator *m, struct hm_thread *t, int which)
{
    hm_name *held = &t->names[DEAD];
    uint64_t places = hm_length(m, hm_at(&t->names[TABLE + which]));
    uint64_t sum = 0;
    for (uint64_t place = 0; place < places; place++) {
        hm_get(m, held, hm_at(&t->names[TABLE + which]), place);
        while (!hm_is_null(hm_at(held))) {
            sum += read_item(m, t, shape_of(which), held);
            if (which == LARGE)
                break;
            hm_get(m, held, hm_at(held), NEXT);
        }
        if (place % BATCH == BATCH - 1)
            hm_poll(m);
    }
    hm_clear(m, held);
    return sum;
}

/* ---- requests: `state` says of each object that is held whether it is large ---- */

static void hold(hm_mutator *m, struct hm_thread *t, const struct turn *turn)
{
    uint8_t *kinds = t->state;
    kinds[turn->place] = (uint8_t)turn->which;
    hm_give(m, hm_at(&t->names[REQUEST]), turn->place, &t->names[MADE]);
}

/* Read all that the request holds, and let go of it at once. */
static uint64_t end_request(hm_mutator *m, struct hm_thread *t)
{
    hm_name *held = &t->names[DEAD];
    const uint8_t *kinds = t->state;
    uint64_t slots = hm_length(m, hm_at(&t->names[REQUEST]));
    uint64_t sum = 0;
    for (uint64_t slot = 0; slot < slots; slot++) {
        hm_get(m, held, hm_at(&t->names[REQUEST]), slot);
        if (hm_is_null(hm_at(held)))
            break;
        sum += read_item(m, t, shape_of(kinds[slot]), held);
        if (slot % BATCH == BATCH - 1)
            hm_poll(m);
    }
    hm_clear(m, held);
    hm_clear_slots(m, hm_at(&t->names[REQUEST]), 0, slots);
    return sum;
}

/* ---- a thread's life ---- */

static void compute(hm_mutator *m, uint64_t units)
{
    uint64_t word = units;
    for (uint64_t i = 1; i <= units; i++) {
        word = random_mix(word);
        if (i % BATCH_UNITS == 0)
            hm_poll(m);
    }
    __asm__ volatile("" : : "r"(word));
}

static uint64_t allocate(hm_mutator *m, struct hm_thread *t, const struct turn *turn)
{
    hm_name *names = t->names;
    uint64_t sum = turn->ends_request ? end_request(m, t) : 0;
    if (turn->survives)
        sum += retire(m, t, turn->which, turn->place);
    make(m, t, shape_of(turn->which), turn->item);
    if (turn->survives) {
        put_last(m, names, turn->which, turn->place);
    } else if (turn->held) {
        hold(m, t, turn);
    } else {
        sum += read_item(m, t, shape_of(turn->which), &names[MADE]);
        hm_clear(m, &names[MADE]);
    }
    return sum;
}

static void setup(hm_mutator *m, struct hm_thread *t)
{
    fill_table(m, t, SMALL);
    fill_table(m, t, LARGE);
    hm_new_n(m, &t->names[REQUEST], &table_shape, most_held(t->plan));
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    struct choices choices = choices_of(t->plan, t->index);
    uint64_t phases = setting(t->plan, PHASES);
    uint64_t operations = 0;
    uint64_t sum = 0;
    for (int which = SMALL; which <= LARGE; which++)
        choices.places[which] = hm_length(m, hm_at(&t->names[TABLE + which]));
    for (uint64_t phase = 0; phase < phases; phase++) {
        uint64_t until = bytes_until(t->plan, t->index, phase);
        uint64_t units = setting(t->plan, phase % 2 == 0 ? COMPUTE : PHASE_COMPUTE);
        for (; choices.allocated_bytes < until; operations++) {
            struct turn turn = next_turn(&choices);
            sum += allocate(m, t, &turn);
            compute(m, units);
        }
        if (phase + 1 < phases)
            hm_barrier(m, t);
    }
    sum += end_request(m, t) + read_table(m, t, SMALL) + read_table(m, t, LARGE);
    t->answer = sum;
    t->operations = operations;
}

/* ---- what is known beforehand ---- */

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return totals_of(plan).most_live_bytes;
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return totals_of(plan).allocated_bytes;
}

static uint64_t expected(const struct hm_plan *plan)
{
    return totals_of(plan).sum;
}

static size_t state_bytes(const struct hm_plan *plan)
{
    return most_held(plan);
}

HM_WORKLOAD(simulator)
= {
    HM_WORKLOAD_HEAD,
    .name = "simulator",
    .summary = "Allocates small and large objects of which a set share survives, is held for a "
               "while, or dies at once, beside a set amount of live data.",
    .stresses = "allocation at a given mix of sizes, survival out of a nursery, large objects, and "
                "objects of a middling age; with `chain`, stores into old objects",
    .warning = "It has the size and the survival that were asked for and nothing else of a "
               "program: its graph is flat, and what dies dies at once or by chance.",
    .source = "after GCPerfSim of the .NET project, and HyperAlloc, for what can be set",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters = simulator_settings,
    .shapes = (const struct hm_shape *const[]){&small_shape, &large_shape, &table_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .state_bytes = state_bytes,
    .accepts = simulator_accepts,
    .expected = expected,
    .setup = setup,
    .step = step,
};
