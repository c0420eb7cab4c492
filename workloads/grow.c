/* SPDX-License-Identifier: MIT
 *
 * grow: a list and a dictionary that grow as they are filled.
 *
 * The list doubles when it is full: a new one twice as large, and all slots copied over at once.
 * The dictionary is of the compact kind that keeps its entries in the order of insertion (Hettinger
 * 2012, as in CPython since 3.6 and PyPy before it): a list of keys and values that grows as the
 * other one does, and an index of places that holds no references and is filled anew.
 */
#include <stdio.h>

#include <heapmark/workload.h>

#include "random.h"

enum { LIST_SHAPE, INDEX_SHAPE, ITEM_SHAPE };
enum { ITEMS, LEAST, ROUNDS };
enum { LIST, LARGER, INDEX, ITEM, NAMES };
/* Places of the index for each entry that has room: at most half of it is full. */
enum { INDEX_RATIO = 2, PLACE_BYTES = 8 };

static const struct hm_shape list_shape = {
    .id = LIST_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};
static const struct hm_shape index_shape = {
    .id = INDEX_SHAPE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "index"};
static const struct hm_shape item_shape = {
    .id = ITEM_SHAPE, .bytes = 8, .hint = HM_NUMBER, .name = "item"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* Keys are distinct, as the mixing is a bijection; a value follows from its key. */
static uint64_t key_at(const struct hm_plan *plan, uint32_t thread, uint64_t place)
{
    return random_mix(hm_thread_seed(plan, thread) + place);
}

static uint64_t value_of(uint64_t key)
{
    return random_mix(key + 1);
}

static void make_item(hm_mutator *m, hm_name *name, uint64_t value)
{
    hm_put_word(m, hm_new(m, name, &item_shape), 0, value);
}

/* Put a list of so many slots in the place of LIST, with the `used` slots of the old one. */
static void enlarge(hm_mutator *m, hm_name *names, size_t slots, size_t used)
{
    hm_ref larger = hm_new_n(m, &names[LARGER], &list_shape, slots);
    if (used > 0)
        hm_copy_slots(m, larger, 0, hm_at(&names[LIST]), 0, used);
    hm_move(m, &names[LIST], &names[LARGER]);
}

/* The value of an item in a slot; one that no item has where there is none. */
static uint64_t read_slot(hm_mutator *m, hm_name *names, size_t slot)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref item = hm_peek(m, spare, hm_at(&names[LIST]), slot);
    uint64_t value = hm_is_null(item) ? 1 : hm_word(m, item, 0);
    hm_pop_spare(m, spare);
    return value;
}

/* ---- the list ---- */

static uint64_t fill_list(hm_mutator *m, struct hm_thread *t)
{
    uint64_t items = setting(t->plan, ITEMS);
    uint64_t room = setting(t->plan, LEAST);
    uint64_t sum = 0;
    enlarge(m, t->names, room, 0);
    for (uint64_t i = 0; i < items; i++) {
        if (i == room) {
            enlarge(m, t->names, 2 * room, room);
            room *= 2;
        }
        make_item(m, &t->names[ITEM], key_at(t->plan, t->index, i));
        hm_give(m, hm_at(&t->names[LIST]), i, &t->names[ITEM]);
    }
    for (uint64_t i = 0; i < items; i++) {
        sum += read_slot(m, t->names, i);
        hm_poll(m);
    }
    hm_clear(m, &t->names[LIST]);
    return sum;
}

/* ---- the dictionary: entry e has its key in slot 2e and its value in 2e+1 ---- */

static uint64_t read_place(hm_mutator *m, hm_ref index, uint64_t place)
{
    return hm_word(m, index, place);
}

/* The place of the key, or the free one where it would stand: linear probing. An index holds the
 * entry's number and one; zero is free. */
static uint64_t find_place(hm_mutator *m, hm_name *names, uint64_t places, uint64_t key)
{
    uint64_t place = random_mix(~key) & (places - 1);
    for (;;) {
        uint64_t entry = read_place(m, hm_at(&names[INDEX]), place);
        if (entry == 0 || read_slot(m, names, 2 * (entry - 1)) == key)
            return place;
        place = (place + 1) & (places - 1);
    }
}

/* An index for so many entries, filled with those that there are. */
static void make_index(hm_mutator *m, hm_name *names, uint64_t room, uint64_t used)
{
    uint64_t places = room * INDEX_RATIO;
    hm_new_n(m, &names[INDEX], &index_shape, places * PLACE_BYTES);
    for (uint64_t entry = 0; entry < used; entry++) {
        uint64_t key = read_slot(m, names, 2 * entry);
        hm_put_word(m, hm_at(&names[INDEX]), find_place(m, names, places, key), entry + 1);
        hm_poll(m);
    }
}

static void insert(hm_mutator *m, hm_name *names, uint64_t room, uint64_t entry, uint64_t key)
{
    uint64_t place = find_place(m, names, room * INDEX_RATIO, key);
    hm_put_word(m, hm_at(&names[INDEX]), place, entry + 1);
    make_item(m, &names[ITEM], key);
    hm_give(m, hm_at(&names[LIST]), 2 * entry, &names[ITEM]);
    make_item(m, &names[ITEM], value_of(key));
    hm_give(m, hm_at(&names[LIST]), 2 * entry + 1, &names[ITEM]);
}

static uint64_t look_up(hm_mutator *m, hm_name *names, uint64_t room, uint64_t key)
{
    uint64_t place = find_place(m, names, room * INDEX_RATIO, key);
    uint64_t entry = read_place(m, hm_at(&names[INDEX]), place);
    return entry == 0 ? 1 : read_slot(m, names, 2 * (entry - 1) + 1);
}

static uint64_t fill_dictionary(hm_mutator *m, struct hm_thread *t)
{
    uint64_t items = setting(t->plan, ITEMS);
    uint64_t room = setting(t->plan, LEAST);
    uint64_t sum = 0;
    enlarge(m, t->names, 2 * room, 0);
    make_index(m, t->names, room, 0);
    for (uint64_t i = 0; i < items; i++) {
        if (i == room) {
            enlarge(m, t->names, 4 * room, 2 * room);
            make_index(m, t->names, 2 * room, room);
            room *= 2;
        }
        insert(m, t->names, room, i, key_at(t->plan, t->index, i));
    }
    for (uint64_t i = 0; i < items; i++) {
        sum += look_up(m, t->names, room, key_at(t->plan, t->index, i));
        hm_poll(m);
    }
    hm_clear(m, &t->names[LIST]);
    hm_clear(m, &t->names[INDEX]);
    return sum;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t rounds = setting(t->plan, ROUNDS);
    uint64_t answer = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        answer += fill_list(m, t);
        answer += fill_dictionary(m, t);
    }
    t->answer = answer;
    t->operations = rounds * setting(t->plan, ITEMS) * 2;
}

/* ---- what is known beforehand ---- */

/* All that one round makes, and what is alive at the most, of a list with `wide` slots an item and
 * an index of `places` words an item. */
struct bytes {
    uint64_t made, live;
};

static void note_live(struct bytes *bytes, uint64_t live)
{
    bytes->live = live > bytes->live ? live : bytes->live;
}

static struct bytes bytes_of(const struct hm_plan *plan, uint64_t wide, uint64_t places)
{
    uint64_t items = setting(plan, ITEMS);
    uint64_t item = wide * hm_nominal_bytes(&item_shape, 0);
    struct bytes bytes = {.made = items * item};
    uint64_t list = 0, index = 0, room = setting(plan, LEAST);
    for (;; room *= 2) {
        uint64_t used = list == 0 ? 0 : room / 2;
        uint64_t larger = hm_nominal_bytes(&list_shape, wide * room);
        note_live(&bytes, used * item + list + larger + index);
        list = larger;
        /* The old index is dropped before the new one is made. */
        index = places == 0 ? 0 : hm_nominal_bytes(&index_shape, room * places * PLACE_BYTES);
        bytes.made += list + index;
        note_live(&bytes, (items < room ? items : room) * item + list + index);
        if (room >= items)
            return bytes;
    }
}

static struct bytes bytes_of_list(const struct hm_plan *plan)
{
    return bytes_of(plan, 1, 0);
}

static struct bytes bytes_of_dictionary(const struct hm_plan *plan)
{
    return bytes_of(plan, 2, INDEX_RATIO);
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t list = bytes_of_list(plan).live;
    uint64_t dictionary = bytes_of_dictionary(plan).live;
    return plan->threads * (list > dictionary ? list : dictionary);
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return plan->threads * setting(plan, ROUNDS) *
           (bytes_of_list(plan).made + bytes_of_dictionary(plan).made);
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t sum = 0;
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        for (uint64_t i = 0; i < setting(plan, ITEMS); i++) {
            uint64_t key = key_at(plan, thread, i);
            sum += key + value_of(key);
        }
    return sum * setting(plan, ROUNDS);
}

/* The index is masked. */
static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    uint64_t least = setting(plan, LEAST);
    if ((least & (least - 1)) == 0)
        return true;
    snprintf(refusal->sentence, sizeof refusal->sentence,
             "least is %llu, and must be a power of two", (unsigned long long)least);
    return false;
}

static const struct hm_setting items_setting = {
    .name = "items",
    .help = "items that are put into the list, and into the dictionary",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 100000,
};

static const struct hm_setting least_setting = {
    .name = "least",
    .help = "items that an empty list or dictionary has room for; a power of two",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1 << 20,
    .standard.integer = 8,
};

static const struct hm_setting rounds_setting = {
    .name = "rounds",
    .help = "how often both are filled, read and dropped",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000,
    .standard.integer = 20,
};

HM_WORKLOAD(grow)
= {
    HM_WORKLOAD_HEAD,
    .name = "grow",
    .summary = "Fills a list and a dictionary that grow by copying all slots into one twice as "
               "large.",
    .stresses = "bulk copies of references, which count or mark many at once, and large objects "
                "that die soon",
    .warning =
        "Sizes double, so live bytes jump: a collector is judged by its peak, which is three "
        "times what is kept; and most of the time goes into items and lookups, not copies.",
    .source = "Hettinger, More compact dictionaries with faster iteration, python-dev 2012",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&items_setting, &least_setting, &rounds_setting, NULL},
    .shapes = (const struct hm_shape *const[]){&list_shape, &index_shape, &item_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .accepts = accepts,
    .expected = expected,
    .step = step,
};
