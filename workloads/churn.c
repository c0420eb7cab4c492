/* SPDX-License-Identifier: MIT
 *
 * churn: objects of many kinds and sizes that live for a short or a long time.
 *
 * Simple objects (numbers, strings) and containers (lists, dictionaries, instances), held by one
 * table. Each round one object takes the place of another: in the young part the oldest, so that
 * it lives for as many rounds as that part has places; in the old part one at random or the oldest.
 * An object follows from its number alone, and is read in whole before it dies: the sum over
 * all that was read is the answer.
 */
#include <stdio.h>

#include <heapmark/workload.h>

#include "churn.h"

enum { TABLE, MADE, PART, KEY, ITEM, DEAD, NAMES };
/* Items that are read between two polls. */
enum { BATCH = 32 };

/* ---- making ---- */

static void make_item(hm_mutator *m, hm_name *name, struct text item)
{
    if (item.bytes != 0)
        text_make(m, name, &string_shape, item);
    else
        hm_put_word(m, hm_new(m, name, &number_shape), 0, item.first);
}

static void make_list(hm_mutator *m, hm_name *names, struct random random,
                      const struct sizes *sizes)
{
    uint64_t length = draw_length(&random, sizes);
    hm_new_n(m, &names[MADE], &list_shape, length);
    for (uint64_t i = 0; i < length; i++) {
        make_item(m, &names[ITEM], draw_item(&random, sizes));
        hm_give(m, hm_at(&names[MADE]), i, &names[ITEM]);
    }
}

/* The slot of the key, or the free one where it belongs: open addressing. `slots` is a power of
 * two; the keys lie in the even ones. */
static uint64_t find_key(hm_mutator *m, hm_ref table, uint64_t slots, uint64_t key)
{
    uint64_t slot = 2 * random_mix(key);
    hm_spare *spare = hm_push_spare(m, 1);
    for (;; slot += 2) {
        hm_ref held = hm_peek(m, spare, table, slot & (slots - 1));
        if (hm_is_null(held) || hm_word(m, held, 0) == key)
            break;
    }
    hm_pop_spare(m, spare);
    return slot & (slots - 1);
}

static void make_dictionary(hm_mutator *m, hm_name *names, struct random random,
                            const struct sizes *sizes)
{
    uint64_t length = draw_length(&random, sizes);
    uint64_t slots = table_slots(length);
    hm_new_n(m, &names[PART], &list_shape, slots);
    for (uint64_t i = 0; i < length; i++) {
        uint64_t key = random_next(&random);
        make_item(m, &names[ITEM], draw_item(&random, sizes));
        hm_put_word(m, hm_new(m, &names[KEY], &number_shape), 0, key);
        uint64_t slot = find_key(m, hm_at(&names[PART]), slots, key);
        hm_give(m, hm_at(&names[PART]), slot, &names[KEY]);
        hm_give(m, hm_at(&names[PART]), slot + 1, &names[ITEM]);
    }
    hm_ref dictionary = hm_new(m, &names[MADE], &dictionary_shape);
    hm_init_give(m, dictionary, DICTIONARY_TABLE, &names[PART]);
    hm_put_word(m, dictionary, DICTIONARY_COUNT, length);
}

static void make_instance(hm_mutator *m, hm_name *names, struct random random,
                          const struct sizes *sizes)
{
    hm_ref instance = hm_new(m, &names[MADE], &instance_shape);
    hm_put_word(m, instance, INSTANCE_WORD, random_next(&random));
    hm_put_word(m, instance, INSTANCE_WORD + 1, random_next(&random));
    for (uint64_t i = 0; i < INSTANCE_SLOTS; i++) {
        make_item(m, &names[ITEM], draw_item(&random, sizes));
        hm_give(m, hm_at(&names[MADE]), i, &names[ITEM]);
    }
}

/* Bind the object with that number to MADE. */
static void make(hm_mutator *m, hm_name *names, uint64_t number, const struct sizes *sizes)
{
    struct random random = random_from(number);
    switch (draw_kind(&random, sizes)) {
    case NUMBER:
        hm_put_word(m, hm_new(m, &names[MADE], &number_shape), 0, random_next(&random));
        break;
    case STRING:
        text_make(m, &names[MADE], &string_shape, draw_string(&random, sizes));
        break;
    case LIST:
        make_list(m, names, random, sizes);
        break;
    case DICTIONARY:
        make_dictionary(m, names, random, sizes);
        break;
    default:
        make_instance(m, names, random, sizes);
        break;
    }
}

/* ---- reading: what DEAD owns, borrowed, in whole ---- */

/* Whether the item is a string is what was drawn, not what is found. */
static uint64_t read_item(hm_mutator *m, hm_ref item, struct text drawn)
{
    return drawn.bytes != 0 ? text_read(m, item) : hm_word(m, item, 0);
}

static uint64_t read_list(hm_mutator *m, const hm_name *list, struct random random,
                          const struct sizes *sizes)
{
    uint64_t length = draw_length(&random, sizes);
    uint64_t sum = length ^ hm_length(m, hm_at(list));
    hm_spare *spare = hm_push_spare(m, 1);
    for (uint64_t i = 0; i < length; i++) {
        sum += read_item(m, hm_peek(m, spare, hm_at(list), i), draw_item(&random, sizes));
        if (i % BATCH == BATCH - 1)
            hm_poll(m);
    }
    hm_pop_spare(m, spare);
    return sum;
}

/* Every key is looked up. */
static uint64_t read_dictionary(hm_mutator *m, const hm_name *dictionary, struct random random,
                                const struct sizes *sizes)
{
    uint64_t length = draw_length(&random, sizes);
    uint64_t slots = table_slots(length);
    uint64_t sum = length ^ hm_word(m, hm_at(dictionary), DICTIONARY_COUNT);
    hm_spare *spare = hm_push_spare(m, 2);
    for (uint64_t i = 0; i < length; i++) {
        hm_ref table = hm_peek(m, &spare[0], hm_at(dictionary), DICTIONARY_TABLE);
        uint64_t key = random_next(&random);
        hm_ref item = hm_peek(m, &spare[1], table, find_key(m, table, slots, key) + 1);
        struct text drawn = draw_item(&random, sizes);
        sum += hm_is_null(item) ? ~key : read_item(m, item, drawn);
        if (i % BATCH == BATCH - 1)
            hm_poll(m);
    }
    hm_pop_spare(m, spare);
    return sum;
}

static uint64_t read_instance(hm_mutator *m, const hm_name *name, struct random random,
                              const struct sizes *sizes)
{
    hm_ref instance = hm_at(name);
    uint64_t sum = hm_word(m, instance, INSTANCE_WORD) ^ random_next(&random);
    sum += hm_word(m, instance, INSTANCE_WORD + 1) ^ random_next(&random);
    hm_spare *spare = hm_push_spare(m, 1);
    for (uint64_t i = 0; i < INSTANCE_SLOTS; i++)
        sum += read_item(m, hm_peek(m, spare, instance, i), draw_item(&random, sizes));
    hm_pop_spare(m, spare);
    return sum;
}

static uint64_t read_object(hm_mutator *m, const hm_name *name, uint64_t number,
                            const struct sizes *sizes)
{
    struct random random = random_from(number);
    switch (draw_kind(&random, sizes)) {
    case NUMBER:
        return hm_word(m, hm_at(name), 0);
    case STRING:
        return text_read(m, hm_at(name));
    case LIST:
        return read_list(m, name, random, sizes);
    case DICTIONARY:
        return read_dictionary(m, name, random, sizes);
    default:
        return read_instance(m, name, random, sizes);
    }
}

/* ---- the step ---- */

/* Read and drop what lies in the place, so that it is gone when the next object is made. */
static uint64_t retire(hm_mutator *m, struct hm_thread *t, uint64_t place,
                       const struct sizes *sizes)
{
    hm_name *dead = &t->names[DEAD];
    const uint64_t *numbers = t->state;
    hm_take(m, dead, hm_at(&t->names[TABLE]), place);
    if (hm_is_null(hm_at(dead)))
        return 0;
    uint64_t sum = read_object(m, dead, numbers[place], sizes);
    hm_clear(m, dead);
    return sum;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    struct turnover turnover = turnover_of(t->plan, t->index);
    struct sizes sizes = sizes_of(t->plan);
    uint64_t *numbers = t->state;
    uint64_t sum = 0;
    hm_new_n(m, &t->names[TABLE], &list_shape, places_of(&turnover));
    while (!is_over(&turnover)) {
        uint64_t place = next_place(&turnover);
        sum += retire(m, t, place, &sizes);
        numbers[place] = random_next(&turnover.random);
        make(m, t->names, numbers[place], &sizes);
        hm_give(m, hm_at(&t->names[TABLE]), place, &t->names[MADE]);
    }
    for (uint64_t place = 0; place < places_of(&turnover); place++) {
        sum += retire(m, t, place, &sizes);
        hm_poll(m);
    }
    hm_clear(m, &t->names[TABLE]);
    t->answer = sum;
    t->operations = turnover.made;
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
    return (setting(plan, LIVE) + setting(plan, YOUNG)) * sizeof(uint64_t);
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    if (sizes_of(plan).weight > 0)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "numbers, strings, lists, dictionaries and instances are all 0: nothing to make");
    return false;
}

#define WEIGHT_BOUNDS .type = HM_INTEGER, .least.integer = 0, .most.integer = 1000000

static const struct hm_setting numbers = {
    .name = "numbers",
    .help = "weight of numbers among what is made",
    WEIGHT_BOUNDS,
    .standard.integer = 30,
};

static const struct hm_setting strings = {
    .name = "strings",
    .help = "weight of strings",
    WEIGHT_BOUNDS,
    .standard.integer = 35,
};

static const struct hm_setting lists = {
    .name = "lists",
    .help = "weight of lists, which hold numbers and strings by halves",
    WEIGHT_BOUNDS,
    .standard.integer = 12,
};

static const struct hm_setting dictionaries = {
    .name = "dictionaries",
    .help = "weight of dictionaries from numbers to numbers and strings",
    WEIGHT_BOUNDS,
    .standard.integer = 8,
};

static const struct hm_setting instances = {
    .name = "instances",
    .help = "weight of instances, with three numbers or strings each",
    WEIGHT_BOUNDS,
    .standard.integer = 15,
};

static const struct hm_setting sizes_setting = {
    .name = "sizes",
    .help = "how lengths are spread about their mean: all the same, uniform, or mostly shorter and "
            "a few up to 16 times longer",
    .type = HM_CHOICE,
    .standard.integer = RANDOM_SKEWED,
    .choices = random_spreads,
};

static const struct hm_setting string_bytes = {
    .name = "string_bytes",
    .help = "mean length of strings",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 4096,
    .standard.integer = 32,
};

static const struct hm_setting length = {
    .name = "length",
    .help = "mean entries of lists and dictionaries",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000,
    .standard.integer = 8,
};

static const struct hm_setting live = {
    .name = "live",
    .help = "objects of each thread's old part",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 20000,
};

static const struct hm_setting young = {
    .name = "young",
    .help = "objects of its young part: rounds that most objects live for",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 500,
};

static const struct hm_setting survival = {
    .name = "survival",
    .help = "share of the objects that go into the old part",
    .type = HM_DECIMAL,
    .most.decimal = 1.0,
    .standard.decimal = 0.1,
};

static const struct hm_setting lifetime = {
    .name = "lifetime",
    .help = "which object of the old part dies for the next one: any one (lifetimes are "
            "exponential) or the oldest (all the same)",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"any", "oldest", NULL},
};

static const struct hm_setting rounds = {
    .name = "rounds",
    .help = "objects that each thread makes once the old part is full",
    .type = HM_INTEGER,
    .most.integer = 1000000000,
    .standard.integer = 600000,
};

HM_WORKLOAD(churn)
= {
    HM_WORKLOAD_HEAD,
    .name = "churn",
    .summary = "Makes numbers, strings, lists, dictionaries and instances of many sizes, most of "
               "which die young while some live long.",
    .stresses = "size classes and fragmentation, survival out of a nursery, and objects that die "
                "one by one at different ages",
    .warning = "Objects share nothing, form no cycles and die in full when their place is taken: "
               "it says nothing of graphs, and its lifetimes are drawn, not a program's.",
    .source = "after GCPerfSim of the .NET project, and HyperAlloc, for what can be set",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&numbers, &strings, &lists, &dictionaries, &instances,
                                           &sizes_setting, &string_bytes, &length, &live, &young,
                                           &survival, &lifetime, &rounds, NULL},
    .shapes = (const struct hm_shape *const[]){&number_shape, &string_shape, &list_shape,
                                               &dictionary_shape, &instance_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .state_bytes = state_bytes,
    .accepts = accepts,
    .expected = expected,
    .step = step,
};
