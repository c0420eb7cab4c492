/* SPDX-License-Identifier: MIT
 *
 * handoff: objects made in one thread that are read and die in another.
 *
 * The threads stand in a circle; each makes parcels for the next one and gets those of the one
 * before. Parcels travel in slots of the globals, a batch at a time; the queues only say that a
 * batch is there, or has been dropped. No more than `window` batches are under way between two
 * threads, and a batch is made only when the one whose slots it takes is gone. One thread alone
 * hands to itself.
 */
#include <heapmark/workload.h>

#include "random.h"
#include "text.h"

enum { PARCEL_SHAPE, STRING_SHAPE };
enum { OBJECTS, STRING_BYTES, BATCH, WINDOW, BATCHES, PUBLISH };
enum { SWAP, SET };
enum { PARCEL, ITEM, NAMES };
/* A word of a queue: the low bit says which of the two, the rest which batch. */
enum { ARRIVED, DROPPED };

static const struct hm_shape parcel_shape = {
    .id = PARCEL_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "parcel"};
static const struct hm_shape string_shape = {
    .id = STRING_SHAPE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};

/* What no model expects: added to the answer when a slot is not as it should be. */
static const uint64_t WRONG_SLOT = UINT64_C(0x8000000000000001);

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* The string at `i` of a parcel; the parcel is known by its maker's seed and its number. */
static struct text text_of(const struct hm_plan *plan, uint64_t seed, uint64_t parcel, uint64_t i)
{
    return (struct text){
        .first = random_mix(seed + parcel * setting(plan, OBJECTS) + i),
        .bytes = setting(plan, STRING_BYTES),
    };
}

/* The slot of the globals in which a batch's parcel travels to a thread. */
static uint64_t slot_of(const struct hm_plan *plan, uint32_t to, uint64_t batch, uint64_t i)
{
    uint64_t window = setting(plan, WINDOW);
    return (to * window + batch % window) * setting(plan, BATCH) + i;
}

static void make_parcel(hm_mutator *m, struct hm_thread *t, uint64_t parcel)
{
    uint64_t objects = setting(t->plan, OBJECTS);
    uint64_t seed = hm_thread_seed(t->plan, t->index);
    hm_new_n(m, &t->names[PARCEL], &parcel_shape, objects);
    for (uint64_t i = 0; i < objects; i++) {
        text_make(m, &t->names[ITEM], &string_shape, text_of(t->plan, seed, parcel, i));
        hm_give(m, hm_at(&t->names[PARCEL]), i, &t->names[ITEM]);
    }
}

/* Put what PARCEL owns where another thread will find it; PARCEL is null then. */
static uint64_t publish(hm_mutator *m, struct hm_thread *t, uint64_t slot)
{
    hm_name *parcel = &t->names[PARCEL];
    if (setting(t->plan, PUBLISH) == SET) {
        hm_set_shared(m, hm_globals(m), slot, hm_at(parcel));
        hm_clear(m, parcel);
        return 0;
    }
    hm_swap_shared(m, hm_globals(m), slot, parcel);
    bool was_free = hm_is_null(hm_at(parcel));
    hm_clear(m, parcel);
    return was_free ? 0 : WRONG_SLOT;
}

static uint64_t send_batch(hm_mutator *m, struct hm_thread *t, uint64_t batch)
{
    uint32_t to = (t->index + 1) % t->plan->threads;
    uint64_t parcels = setting(t->plan, BATCH);
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < parcels; i++) {
        make_parcel(m, t, batch * parcels + i);
        wrong += publish(m, t, slot_of(t->plan, to, batch, i));
    }
    hm_put(m, t, to, batch << 1 | ARRIVED);
    return wrong;
}

/* Take the parcel out of its slot, read it and drop it: it dies here. */
static uint64_t receive(hm_mutator *m, struct hm_thread *t, uint64_t slot)
{
    hm_name *parcel = &t->names[PARCEL];
    hm_swap_shared(m, hm_globals(m), slot, parcel);
    if (hm_is_null(hm_at(parcel)))
        return WRONG_SLOT;
    uint64_t sum = 0;
    size_t objects = hm_length(m, hm_at(parcel));
    hm_spare *spare = hm_push_spare(m, 1);
    for (size_t i = 0; i < objects; i++) {
        sum += text_read(m, hm_peek(m, spare, hm_at(parcel), i));
        hm_poll(m);
    }
    hm_pop_spare(m, spare);
    hm_clear(m, parcel);
    return sum;
}

static uint64_t receive_batch(hm_mutator *m, struct hm_thread *t, uint64_t batch)
{
    uint32_t from = (t->index + t->plan->threads - 1) % t->plan->threads;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < setting(t->plan, BATCH); i++)
        sum += receive(m, t, slot_of(t->plan, t->index, batch, i));
    hm_put(m, t, from, batch << 1 | DROPPED);
    return sum;
}

/* A queue never holds more than two words a batch of the window, so that no put waits. */
static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t batches = setting(t->plan, BATCHES);
    uint64_t window = setting(t->plan, WINDOW);
    uint64_t sent = 0, received = 0, dropped = 0;
    uint64_t answer = 0;
    while (received < batches || dropped < batches) {
        while (sent < batches && sent - dropped < window)
            answer += send_batch(m, t, sent++);
        uint64_t word = hm_take_word(m, t);
        if ((word & 1) == DROPPED) {
            dropped++;
        } else {
            answer += receive_batch(m, t, word >> 1);
            received++;
        }
    }
    /* So that the next step's words do not come among this one's. */
    hm_barrier(m, t);
    t->answer = answer;
    t->operations = batches * setting(t->plan, BATCH);
}

/* ---- what is known beforehand ---- */

static uint64_t parcel_bytes(const struct hm_plan *plan)
{
    uint64_t objects = setting(plan, OBJECTS);
    return hm_nominal_bytes(&parcel_shape, objects) +
           objects * hm_nominal_bytes(&string_shape, setting(plan, STRING_BYTES));
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t window = setting(plan, WINDOW);
    uint64_t batches = setting(plan, BATCHES) < window ? setting(plan, BATCHES) : window;
    return plan->threads * batches * setting(plan, BATCH) * parcel_bytes(plan);
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return plan->threads * setting(plan, BATCHES) * setting(plan, BATCH) * parcel_bytes(plan);
}

static uint32_t globals(const struct hm_plan *plan)
{
    return (uint32_t)(plan->threads * setting(plan, WINDOW) * setting(plan, BATCH));
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t parcels = setting(plan, BATCHES) * setting(plan, BATCH);
    uint64_t sum = 0;
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        for (uint64_t parcel = 0; parcel < parcels; parcel++)
            for (uint64_t i = 0; i < setting(plan, OBJECTS); i++)
                sum += text_sum(text_of(plan, hm_thread_seed(plan, thread), parcel, i));
    return sum;
}

static const struct hm_setting objects = {
    .name = "objects",
    .help = "strings in a parcel",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000,
    .standard.integer = 8,
};

static const struct hm_setting string_bytes = {
    .name = "string_bytes",
    .help = "length of a string",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 65536,
    .standard.integer = 24,
};

static const struct hm_setting batch = {
    .name = "batch",
    .help = "parcels that are told of together; the more, the less of the time is waiting",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 4096,
    .standard.integer = 64,
};

static const struct hm_setting window = {
    .name = "window",
    .help = "batches under way from a thread to the next, at the most",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = HM_QUEUE_WORDS / 2,
    .standard.integer = 4,
};

static const struct hm_setting batches = {
    .name = "batches",
    .help = "batches that each thread makes",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 20000,
};

static const struct hm_setting publish_setting = {
    .name = "publish",
    .help = "how a parcel gets into its slot: by exchange, which changes no count, or by a store "
            "beside the maker's own name, which is cleared then",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"swap", "set", NULL},
};

HM_WORKLOAD(handoff)
= {
    HM_WORKLOAD_HEAD,
    .name = "handoff",
    .summary = "Threads in a circle make parcels of strings, each of which the next thread reads "
               "and drops.",
    .stresses = "shared slots, memory that is freed in another thread than it came from, and "
                "counts that change threads",
    .warning = "Part of the time is waiting for each other, by the harness's queues: compare "
               "collectors at the same number of threads, not numbers of threads; alone, a "
               "thread hands to itself.",
    .sharing = HM_EACH,
    .needs = HM_NEEDS_SHARING,
    .names = NAMES,
    .parameters = (const struct hm_setting *const[]){&objects, &string_bytes, &batch, &window,
                                                     &batches, &publish_setting, NULL},
    .shapes = (const struct hm_shape *const[]){&parcel_shape, &string_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .globals = globals,
    .expected = expected,
    .step = step,
};
