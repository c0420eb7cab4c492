/* SPDX-License-Identifier: MIT
 *
 * list-drop: a large structure that dies at once, by the drop of one reference.
 *
 * A chain of millions of links, or a list as wide. Who releases by recursion needs a frame of the
 * machine's stack for each link, so threads have a small one. Chains are linked by their first slot
 * or by their last, or go through containers of three shapes in turn, each at another place; every
 * container also holds a simple object, since a release that only follows the link would leave it.
 */
#include <heapmark/workload.h>

#include "random.h"

enum { FORM, LENGTH, ROUNDS, STACK };
enum { FIRST, LAST, MIXED, WIDE };
enum { PAIR_SHAPE, RECORD_SHAPE, LIST_SHAPE, NUMBER_SHAPE };
enum { HEAD, LINK, NUMBER, CURSOR, NAMES };
enum { RECORD_SLOTS = 4, LIST_SLOTS = 3 };

static const struct hm_shape pair_shape = {
    .id = PAIR_SHAPE, .slots = 2, .hint = HM_INSTANCE, .name = "pair"};
static const struct hm_shape record_shape = {
    .id = RECORD_SHAPE, .slots = RECORD_SLOTS, .bytes = 8, .hint = HM_INSTANCE, .name = "record"};
static const struct hm_shape list_shape = {
    .id = LIST_SHAPE, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};
static const struct hm_shape number_shape = {
    .id = NUMBER_SHAPE, .bytes = 8, .hint = HM_NUMBER, .name = "number"};

static uint64_t setting(const struct hm_plan *plan, int row)
{
    return (uint64_t)plan->parameters[row].integer;
}

static uint64_t number_at(const struct hm_plan *plan, uint32_t thread, uint64_t place)
{
    return random_mix(hm_thread_seed(plan, thread) + place);
}

/* ---- chains ---- */

/* What the container at a place looks like, and which slots hold the link and the number. */
struct link {
    const struct hm_shape *shape;
    size_t slots, next, number;
};

static struct link link_at(const struct hm_plan *plan, uint64_t place)
{
    static const struct link mixed[] = {
        {&pair_shape, 2, 0, 1},
        {&record_shape, RECORD_SLOTS, RECORD_SLOTS - 1, 1},
        {&list_shape, LIST_SLOTS, 1, 0},
    };
    switch (setting(plan, FORM)) {
    case FIRST:
        return (struct link){&pair_shape, 2, 0, 1};
    case LAST:
        return (struct link){&pair_shape, 2, 1, 0};
    default:
        return mixed[place % 3];
    }
}

static void make_number(hm_mutator *m, struct hm_thread *t, uint64_t place)
{
    hm_ref number = hm_new(m, &t->names[NUMBER], &number_shape);
    hm_put_word(m, number, 0, number_at(t->plan, t->index, place));
}

/* From the end on, so that each container is new when it gets its link. */
static void make_chain(hm_mutator *m, struct hm_thread *t)
{
    for (uint64_t place = setting(t->plan, LENGTH); place-- > 0;) {
        struct link link = link_at(t->plan, place);
        make_number(m, t, place);
        hm_ref container = link.shape->vary == HM_VARY_SLOTS
                               ? hm_new_n(m, &t->names[LINK], link.shape, link.slots)
                               : hm_new(m, &t->names[LINK], link.shape);
        hm_init_give(m, container, link.next, &t->names[HEAD]);
        hm_init_give(m, container, link.number, &t->names[NUMBER]);
        hm_move(m, &t->names[HEAD], &t->names[LINK]);
    }
}

static uint64_t read_number(hm_mutator *m, hm_ref container, size_t slot)
{
    hm_spare *spare = hm_push_spare(m, 1);
    hm_ref number = hm_peek(m, spare, container, slot);
    uint64_t value = hm_is_null(number) ? 1 : hm_word(m, number, 0);
    hm_pop_spare(m, spare);
    return value;
}

static uint64_t read_chain(hm_mutator *m, struct hm_thread *t)
{
    uint64_t sum = 0, place = 0;
    hm_bind(m, &t->names[CURSOR], hm_at(&t->names[HEAD]));
    for (; !hm_is_null(hm_at(&t->names[CURSOR])); place++) {
        struct link link = link_at(t->plan, place);
        sum += read_number(m, hm_at(&t->names[CURSOR]), link.number);
        hm_get(m, &t->names[CURSOR], hm_at(&t->names[CURSOR]), link.next);
        hm_poll(m);
    }
    return sum + (place - setting(t->plan, LENGTH));
}

/* ---- wide ---- */

static void make_wide(hm_mutator *m, struct hm_thread *t)
{
    uint64_t length = setting(t->plan, LENGTH);
    hm_new_n(m, &t->names[HEAD], &list_shape, length);
    for (uint64_t place = 0; place < length; place++) {
        make_number(m, t, place);
        hm_give(m, hm_at(&t->names[HEAD]), place, &t->names[NUMBER]);
    }
}

static uint64_t read_wide(hm_mutator *m, struct hm_thread *t)
{
    uint64_t sum = 0;
    for (uint64_t place = 0; place < setting(t->plan, LENGTH); place++) {
        sum += read_number(m, hm_at(&t->names[HEAD]), place);
        hm_poll(m);
    }
    return sum;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    uint64_t rounds = setting(t->plan, ROUNDS);
    bool wide = setting(t->plan, FORM) == WIDE;
    uint64_t answer = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        if (wide)
            make_wide(m, t);
        else
            make_chain(m, t);
        answer += wide ? read_wide(m, t) : read_chain(m, t);
        hm_clear(m, &t->names[HEAD]);
    }
    t->answer = answer;
    t->operations = rounds * setting(t->plan, LENGTH);
}

/* ---- what is known beforehand ---- */

static uint64_t bytes_of_one(const struct hm_plan *plan)
{
    uint64_t length = setting(plan, LENGTH);
    uint64_t bytes = length * hm_nominal_bytes(&number_shape, 0);
    if (setting(plan, FORM) == WIDE)
        return bytes + hm_nominal_bytes(&list_shape, length);
    for (uint64_t place = 0; place < 3; place++) {
        struct link link = link_at(plan, place);
        bytes += (length + 2 - place) / 3 * hm_nominal_bytes(link.shape, link.slots);
    }
    return bytes;
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return plan->threads * bytes_of_one(plan);
}

static uint64_t garbage_bytes(const struct hm_plan *plan)
{
    return plan->threads * setting(plan, ROUNDS) * bytes_of_one(plan);
}

static uint64_t stack_bytes(const struct hm_plan *plan)
{
    return setting(plan, STACK);
}

static uint64_t expected(const struct hm_plan *plan)
{
    uint64_t sum = 0;
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        for (uint64_t place = 0; place < setting(plan, LENGTH); place++)
            sum += number_at(plan, thread, place);
    return sum * setting(plan, ROUNDS);
}

static const struct hm_setting form = {
    .name = "form",
    .help = "a chain by its first slot, by its last, or through three shapes in turn; or one wide "
            "list",
    .type = HM_CHOICE,
    .choices = (const char *const[]){"first", "last", "mixed", "wide", NULL},
    .standard.integer = MIXED,
};

static const struct hm_setting length_setting = {
    .name = "length",
    .help = "links of the chain, or slots of the list",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000000,
    .standard.integer = 500000,
};

static const struct hm_setting rounds_setting = {
    .name = "rounds",
    .help = "how often it is built, read and dropped",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = 1000000,
    .standard.integer = 10,
};

static const struct hm_setting stack = {
    .name = "stack",
    .help = "the machine's stack of each thread",
    .type = HM_BYTES,
    .least.integer = 65536,
    .most.integer = INT64_C(1) << 32,
    .standard.integer = 262144,
};

HM_WORKLOAD(list_drop)
= {
    HM_WORKLOAD_HEAD,
    .name = "list-drop",
    .summary = "Builds a chain of half a million containers, or a list as wide, reads it, and "
               "drops it by one reference.",
    .stresses = "release and marking of deep structures without recursion, on a small stack; how "
                "long one drop takes",
    .warning = "A chain as long is rare in programs; and what is timed is building and reading "
               "too: the release stalls, not the total, tell what the drop costs.",
    .source = "Heapmark",
    .sharing = HM_EACH,
    .names = NAMES,
    .parameters =
        (const struct hm_setting *const[]){&form, &length_setting, &rounds_setting, &stack, NULL},
    .shapes = (const struct hm_shape *const[]){&pair_shape, &record_shape, &list_shape,
                                               &number_shape, NULL},
    .live_bytes = live_bytes,
    .garbage_bytes = garbage_bytes,
    .stack_bytes = stack_bytes,
    .expected = expected,
    .step = step,
};
