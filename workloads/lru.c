/* SPDX-License-Identifier: MIT
 *
 * lru: a cache of strings that forgets what was used longest ago.
 *
 * A dictionary of buckets with chains, and a ring of all entries in the order of their use, with
 * a head that is no entry: so everything in it is on many cycles. A program that counts
 * references in mind takes an entry out of ring and chain before it drops it, and cuts the ring
 * in the end: nothing leaks under counting alone, but hardly a count ever falls to 0.
 */
#include <string.h>

#include <heapmark/workload.h>

#include "model.h"
#include "text.h"

enum { PREV, NEXT, CHAIN, KEY, TEXT, HASH };
enum { ENTRY_SHAPE, STRING_SHAPE, LIST_SHAPE };
enum { CAPACITY, KEYS, SKEW, VALUE_BYTES, REQUESTS };
enum { HEAD, BUCKETS, ENTRY, KEY_NAME, TEXT_NAME, CURSOR, FOLLOWING, NAMES };
enum { LEAST_KEY_BYTES = 8, MOST_KEY_BYTES = 24 };

static const struct hm_shape entry_shape = {
    .id = ENTRY_SHAPE, .slots = 5, .bytes = 8, .hint = HM_INSTANCE, .name = "entry"};
static const struct hm_shape string_shape = {
    .id = STRING_SHAPE, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};
static const struct hm_shape list_shape = {
    .id = LIST_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_DICTIONARY, .name = "buckets"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

/* ---- keys and values, drawn alike by the kernel and the model ---- */

struct key {
    size_t bytes;
    uint64_t hash;
    unsigned char text[MOST_KEY_BYTES];
};

/* A thread's work: the requests so far, and what came of them. */
struct work {
    struct random random;
    uint64_t keys, skew, buckets, value_bytes;
    uint64_t entries, misses, sum;
};

static struct work work_of(const struct hm_plan *plan, uint32_t thread)
{
    uint64_t buckets = 1;
    while (buckets < setting(plan, CAPACITY))
        buckets *= 2;
    return (struct work){
        .random = random_from(hm_thread_seed(plan, thread)),
        .keys = setting(plan, KEYS),
        .skew = setting(plan, SKEW),
        .buckets = buckets,
        .value_bytes = setting(plan, VALUE_BYTES),
    };
}

/* keys * u^skew: the larger the skew, the more often small numbers come. */
static uint64_t draw_key(struct work *work)
{
    uint64_t u = random_bits32(&work->random);
    uint64_t power = u;
    for (uint64_t i = 1; i < work->skew; i++)
        power = (power * u) >> 32;
    return (power * work->keys) >> 32;
}

static size_t key_bytes(uint64_t number)
{
    return LEAST_KEY_BYTES + random_mix(~number) % (MOST_KEY_BYTES - LEAST_KEY_BYTES + 1);
}

/* The key's text, and a hash over it. */
static struct key key_of(uint64_t number)
{
    struct key key = {.bytes = key_bytes(number)};
    uint64_t words[MOST_KEY_BYTES / 8] = {random_mix(number), number, random_mix(number + 1)};
    memcpy(key.text, words, key.bytes);
    memset(words, 0, sizeof words);
    memcpy(words, key.text, key.bytes);
    for (size_t i = 0; i < MOST_KEY_BYTES / 8; i++)
        key.hash = random_mix(key.hash ^ words[i]) + key.bytes;
    return key;
}

/* The value that a miss brings. */
static struct text value_of(const struct work *work, uint64_t miss)
{
    struct random random = random_from(miss);
    struct text value = {.first = random_next(&random)};
    value.bytes = random_size(&random, RANDOM_SKEWED, work->value_bytes);
    return value;
}

/* ---- the cache ---- */

static void make_key(hm_mutator *m, hm_name *name, const struct key *key)
{
    hm_write(m, hm_new_n(m, name, &string_shape, key->bytes), 0, key->text, key->bytes);
}

static bool has_key(hm_mutator *m, hm_ref entry, hm_spare *spare, const struct key *key)
{
    unsigned char text[MOST_KEY_BYTES];
    if (hm_word(m, entry, HASH) != key->hash)
        return false;
    hm_ref string = hm_peek(m, spare, entry, KEY);
    if (hm_length(m, string) != key->bytes)
        return false;
    hm_read(m, string, 0, text, key->bytes);
    return memcmp(text, key->text, key->bytes) == 0;
}

/* Bind the entry of the key to ENTRY; null when there is none. The chain is borrowed, and what
 * is found is owned, as it is then moved in the ring. */
static void find(hm_mutator *m, hm_name *names, const struct key *key, uint64_t bucket)
{
    hm_spare *spare = hm_push_spare(m, 3);
    hm_ref entry = hm_peek(m, &spare[0], hm_at(&names[BUCKETS]), bucket);
    for (unsigned i = 1; !hm_is_null(entry) && !has_key(m, entry, &spare[2], key); i++)
        entry = hm_peek(m, &spare[i % 2], entry, CHAIN);
    hm_bind(m, &names[ENTRY], entry);
    hm_pop_spare(m, spare);
}

/* Take the entry that ENTRY owns out of the ring; its own slots stay as they are. */
static void unlink_entry(hm_mutator *m, hm_name *names)
{
    hm_spare *spare = hm_push_spare(m, 2);
    hm_ref before = hm_peek(m, &spare[0], hm_at(&names[ENTRY]), PREV);
    hm_ref after = hm_peek(m, &spare[1], hm_at(&names[ENTRY]), NEXT);
    hm_set(m, before, NEXT, after);
    hm_set(m, after, PREV, before);
    hm_pop_spare(m, spare);
}

/* Put it behind the head: the latest in use. */
static void link_entry(hm_mutator *m, hm_name *names)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref head = hm_at(&names[HEAD]);
    hm_ref entry = hm_at(&names[ENTRY]);
    hm_ref first = hm_peek(m, spare, head, NEXT);
    hm_set(m, entry, PREV, head);
    hm_set(m, entry, NEXT, first);
    hm_set(m, first, PREV, entry);
    hm_set(m, head, NEXT, entry);
    hm_pop_spare(m, spare);
}

/* Take the entry that ENTRY owns out of its chain. */
static void unchain_entry(hm_mutator *m, hm_name *names, uint64_t bucket)
{
    hm_spare *spare = hm_push_spare(m, 3);
    hm_ref entry = hm_at(&names[ENTRY]);
    hm_ref rest = hm_peek(m, &spare[2], entry, CHAIN);
    hm_ref at = hm_peek(m, &spare[0], hm_at(&names[BUCKETS]), bucket);
    if (hm_same(m, at, entry)) {
        hm_set(m, hm_at(&names[BUCKETS]), bucket, rest);
    } else {
        hm_ref next = hm_peek(m, &spare[1], at, CHAIN);
        for (unsigned i = 0; !hm_same(m, next, entry); i++) {
            at = next;
            next = hm_peek(m, &spare[i % 2], at, CHAIN);
        }
        hm_set(m, at, CHAIN, rest);
    }
    hm_pop_spare(m, spare);
}

/* Forget the entry that was used longest ago. */
static void evict(hm_mutator *m, hm_name *names, struct work *work)
{
    hm_get(m, &names[ENTRY], hm_at(&names[HEAD]), PREV);
    unlink_entry(m, names);
    unchain_entry(m, names, hm_word(m, hm_at(&names[ENTRY]), HASH) & (work->buckets - 1));
    hm_clear(m, &names[ENTRY]);
    work->entries--;
}

static void insert(hm_mutator *m, hm_name *names, struct work *work, const struct key *key)
{
    uint64_t bucket = key->hash & (work->buckets - 1);
    make_key(m, &names[KEY_NAME], key);
    text_make(m, &names[TEXT_NAME], &string_shape, value_of(work, work->misses));
    hm_ref entry = hm_new(m, &names[ENTRY], &entry_shape);
    hm_spare *spare = hm_push_spare(m, 1);
    hm_init(m, entry, CHAIN, hm_peek(m, spare, hm_at(&names[BUCKETS]), bucket));
    hm_pop_spare(m, spare);
    hm_init_give(m, entry, KEY, &names[KEY_NAME]);
    hm_init_give(m, entry, TEXT, &names[TEXT_NAME]);
    hm_put_word(m, entry, HASH, key->hash);
    hm_set(m, hm_at(&names[BUCKETS]), bucket, entry);
    link_entry(m, names);
    work->entries++;
    work->misses++;
}

static void request(hm_mutator *m, hm_name *names, struct work *work, uint64_t capacity)
{
    struct key key = key_of(draw_key(work));
    find(m, names, &key, key.hash & (work->buckets - 1));
    if (hm_is_null(hm_at(&names[ENTRY]))) {
        if (work->entries == capacity)
            evict(m, names, work);
        insert(m, names, work, &key);
    } else {
        hm_spare *spare = hm_push_spare(m, 1);
        work->sum += text_read(m, hm_peek(m, spare, hm_at(&names[ENTRY]), TEXT));
        hm_pop_spare(m, spare);
        unlink_entry(m, names);
        link_entry(m, names);
    }
    hm_clear(m, &names[ENTRY]);
}

static void make_cache(hm_mutator *m, hm_name *names, const struct work *work)
{
    hm_new_n(m, &names[BUCKETS], &list_shape, work->buckets);
    hm_ref head = hm_new(m, &names[HEAD], &entry_shape);
    hm_set(m, head, PREV, head);
    hm_set(m, head, NEXT, head);
}

/* Cut the ring everywhere, then drop it all. */
static void drop_cache(hm_mutator *m, hm_name *names)
{
    hm_move(m, &names[CURSOR], &names[HEAD]);
    while (!hm_is_null(hm_at(&names[CURSOR]))) {
        hm_take(m, &names[FOLLOWING], hm_at(&names[CURSOR]), NEXT);
        hm_set(m, hm_at(&names[CURSOR]), PREV, hm_null);
        hm_move(m, &names[CURSOR], &names[FOLLOWING]);
        hm_poll(m);
    }
    hm_clear(m, &names[BUCKETS]);
}

static uint64_t answer_of(const struct work *work)
{
    return work->sum + (work->misses << 40);
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    struct work work = work_of(t->plan, t->index);
    uint64_t capacity = setting(t->plan, CAPACITY);
    uint64_t requests = setting(t->plan, REQUESTS);
    make_cache(m, t->names, &work);
    for (uint64_t i = 0; i < requests; i++) {
        request(m, t->names, &work, capacity);
        hm_poll(m);
    }
    drop_cache(m, t->names);
    t->answer = answer_of(&work);
    t->operations = requests;
}

/* ---- the model: the same cache, by arrays over the keys ---- */

struct model {
    struct work work;
    uint64_t capacity;
    uint64_t live_bytes, most_live_bytes, allocated_bytes;
    struct cell {
        uint32_t prev, next; /* cell 0 is the head; key k has cell k + 1 */
        uint64_t miss;       /* the miss that brought it, plus one; 0: not in the cache */
    } * cells;
};

static uint64_t entry_bytes(const struct model *model, uint64_t key)
{
    struct text value = value_of(&model->work, model->cells[key + 1].miss - 1);
    return hm_nominal_bytes(&entry_shape, 0) + hm_nominal_bytes(&string_shape, key_bytes(key)) +
           hm_nominal_bytes(&string_shape, value.bytes);
}

static void model_allocate(struct model *model, uint64_t bytes)
{
    model->allocated_bytes += bytes;
    model->live_bytes += bytes;
    if (model->live_bytes > model->most_live_bytes)
        model->most_live_bytes = model->live_bytes;
}

static void model_unlink(struct cell *cells, uint32_t at)
{
    cells[cells[at].prev].next = cells[at].next;
    cells[cells[at].next].prev = cells[at].prev;
}

static void model_link(struct cell *cells, uint32_t at)
{
    cells[at].prev = 0;
    cells[at].next = cells[0].next;
    cells[cells[0].next].prev = at;
    cells[0].next = at;
}

static void model_evict(struct model *model)
{
    uint32_t oldest = model->cells[0].prev;
    model->live_bytes -= entry_bytes(model, oldest - 1);
    model->cells[oldest].miss = 0;
    model_unlink(model->cells, oldest);
    model->work.entries--;
}

static void model_request(struct model *model)
{
    uint64_t key = draw_key(&model->work);
    struct cell *cell = &model->cells[key + 1];
    if (cell->miss != 0) {
        model->work.sum += text_sum(value_of(&model->work, cell->miss - 1));
        model_unlink(model->cells, (uint32_t)key + 1);
    } else {
        if (model->work.entries == model->capacity)
            model_evict(model);
        cell->miss = ++model->work.misses;
        model->work.entries++;
        model_allocate(model, entry_bytes(model, key));
    }
    model_link(model->cells, (uint32_t)key + 1);
}

static struct model model_of(const struct hm_plan *plan, uint32_t thread)
{
    struct model model = {.work = work_of(plan, thread), .capacity = setting(plan, CAPACITY)};
    model.cells = model_array(model.work.keys + 1, sizeof *model.cells);
    model_allocate(&model, hm_nominal_bytes(&list_shape, model.work.buckets) +
                               hm_nominal_bytes(&entry_shape, 0));
    for (uint64_t i = setting(plan, REQUESTS); i > 0; i--)
        model_request(&model);
    free(model.cells);
    return model;
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->threads; i++)
        bytes += model_of(plan, i).most_live_bytes;
    return bytes;
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan->threads; i++)
        bytes += model_of(plan, i).allocated_bytes;
    return bytes;
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t answer = 0;
    for (uint32_t i = 0; i < plan->threads; i++) {
        struct model model = model_of(plan, i);
        answer += answer_of(&model.work);
    }
    return answer;
}

static const struct hm_setting capacity = {
    .name = "capacity",
    .help = "entries of each thread's cache",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 10000000,
    .standard.integer = 20000,
};

static const struct hm_setting keys = {
    .name = "keys",
    .help = "different keys that are asked for",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 100000000,
    .standard.integer = 100000,
};

static const struct hm_setting skew = {
    .name = "skew",
    .help = "how uneven the requests are: the key is keys times a random number of [0, 1) to this "
            "power; 1: all alike",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 8,
    .standard.integer = 2,
};

static const struct hm_setting value_bytes = {
    .name = "value_bytes",
    .help = "mean length of the values; most are shorter, a few much longer",
    .type = HM_BYTES,
    .least.integer = 1,
    .most.integer = 4096,
    .standard.integer = 64,
};

static const struct hm_setting requests = {
    .name = "requests",
    .help = "requests of each thread",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000000,
    .standard.integer = 1000000,
};

HM_WORKLOAD(lru)
= {
    HM_WORKLOAD_HEAD,
    .name = "lru",
    .summary = "A cache of strings: a dictionary, and a ring of its entries in the order of use.",
    .stresses = "stores into old objects, counts that go up and down without falling to 0, "
                "and objects that live long and die one by one",
    .warning = "The live graph is one big cycle but the garbage has none: it says what cycle "
               "detection costs where it finds nothing, not how well it reclaims.",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&capacity, &keys, &skew, &value_bytes, &requests, NULL},
    .shapes = (const struct hm_shape *const[]){&entry_shape, &string_shape, &list_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .expected = expected,
    .step = step,
};
