/* SPDX-License-Identifier: MIT
 *
 * new: make objects of one kind, each of which dies when its name is used again.
 */
#include <stdio.h>

#include "micro.h"

enum { WINDOW, KIND, LENGTH };
enum { NUMBER, PAIR, RECORD, STRING, LIST };
enum { MOST_WINDOW = 1024 };

static const struct hm_shape shape_number = {
    .id = NUMBER, .bytes = 8, .hint = HM_NUMBER, .name = "number"};
static const struct hm_shape shape_pair = {
    .id = PAIR, .slots = 2, .hint = HM_INSTANCE, .name = "pair"};
static const struct hm_shape shape_record = {
    .id = RECORD, .slots = 4, .bytes = 24, .hint = HM_INSTANCE, .name = "record"};
static const struct hm_shape shape_string = {
    .id = STRING, .vary = HM_VARY_BYTES, .hint = HM_STRING, .name = "string"};
static const struct hm_shape shape_list = {
    .id = LIST, .vary = HM_VARY_SLOTS, .hint = HM_LIST, .name = "list"};

static const struct hm_shape *const shapes[] = {&shape_number, &shape_pair, &shape_record,
                                                &shape_string, &shape_list, NULL};

static uint64_t window_of(const struct hm_plan *plan)
{
    return (uint64_t)plan->parameters[WINDOW].integer;
}

static uint64_t object_bytes(const struct hm_plan *plan)
{
    return hm_nominal_bytes(shapes[plan->parameters[KIND].integer],
                            (uint64_t)plan->parameters[LENGTH].integer);
}

/* Once for each shape, so that its sizes fold into the allocation. */
HM_INLINE void make_all(hm_mutator *m, struct hm_thread *t, const struct hm_shape *shape)
{
    hm_name *names = t->names;
    uint64_t mask = window_of(t->plan) - 1;
    size_t n = (size_t)t->plan->parameters[LENGTH].integer;
    for (uint64_t i = 0; i < t->iterations; i++) {
        if (shape->vary == HM_FIXED)
            hm_new(m, &names[i & mask], shape);
        else
            hm_new_n(m, &names[i & mask], shape, n);
        micro_done();
    }
}

static void make(hm_mutator *m, struct hm_thread *t)
{
    switch (t->plan->parameters[KIND].integer) {
    case NUMBER:
        make_all(m, t, &shape_number);
        break;
    case PAIR:
        make_all(m, t, &shape_pair);
        break;
    case RECORD:
        make_all(m, t, &shape_record);
        break;
    case STRING:
        make_all(m, t, &shape_string);
        break;
    default:
        make_all(m, t, &shape_list);
        break;
    }
}

/* Is every slot null and every whole word of the payload zero, as new.2 says? */
static bool is_blank(hm_mutator *m, hm_ref object, const struct hm_shape *shape)
{
    size_t slots = shape->vary == HM_VARY_SLOTS ? hm_length(m, object) : shape->slots;
    size_t bytes = shape->vary == HM_VARY_BYTES ? hm_length(m, object) : shape->bytes;
    hm_spare *spare = hm_push_spare(m, 1);
    bool blank = true;
    for (size_t i = 0; i < slots; i++)
        blank = blank && hm_is_null(hm_peek(m, spare, object, i));
    for (size_t i = 0; i < bytes / 8; i++)
        blank = blank && hm_word(m, object, slots + i) == 0;
    hm_pop_spare(m, spare);
    return blank;
}

static void step(hm_mutator *m, struct hm_thread *t)
{
    make(m, t);
    const hm_name *last = &t->names[(t->iterations - 1) & (window_of(t->plan) - 1)];
    t->answer = t->iterations == 0 || !hm_is_null(hm_at(last));
    t->operations = t->iterations;
}

static void check(hm_mutator *m, struct hm_thread *t, const struct hm_inspection *inspection)
{
    const struct hm_shape *shape = shapes[t->plan->parameters[KIND].integer];
    for (uint64_t i = 0; i < window_of(t->plan); i++) {
        hm_ref object = hm_at(&t->names[i]);
        if (!hm_is_null(object) && !is_blank(m, object, shape))
            inspection->wrong(inspection, "the new %s in name %llu is not blank", shape->name,
                              (unsigned long long)i);
        hm_poll(m);
    }
}

static uint64_t live_bytes(const struct hm_plan *plan)
{
    return plan->threads * window_of(plan) * object_bytes(plan);
}

static uint32_t name_depth(const struct hm_plan *plan)
{
    (void)plan;
    return MOST_WINDOW;
}

static bool accepts(const struct hm_plan *plan, struct hm_refusal *refusal)
{
    return micro_accepts_power(plan, "window", refusal);
}

static const struct hm_setting window = {
    .name = "window",
    .help = "names that take the new objects by turns, so that each object lives for as many "
            "allocations; a power of two",
    .type = HM_INTEGER,
    .least.integer = 1,
    .most.integer = MOST_WINDOW,
    .standard.integer = 1,
};

static const struct hm_setting kind = {
    .name = "kind",
    .help = "what is made: a number (8 bytes), a pair (2 slots), a record (4 slots and 24 bytes), "
            "a string or a list of the length below",
    .type = HM_CHOICE,
    .standard.integer = PAIR,
    .choices = (const char *const[]){"number", "pair", "record", "string", "list", NULL},
};

static const struct hm_setting length = {
    .name = "length",
    .help = "bytes of a string, slots of a list",
    .type = HM_INTEGER,
    .least.integer = 0,
    .most.integer = 4096,
    .standard.integer = 32,
};

HM_WORKLOAD(new)
= {
    HM_WORKLOAD_HEAD,
    .name = "new",
    .summary = "Makes objects of one kind and drops each when its name is used again.",
    .stresses = "the fast path of allocation, and reclamation when nothing is alive",
    .warning = "Nothing survives, the heap is all but empty, and what is made is never touched: "
               "the cost of allocation in a program with live data is another.",
    .sharing = HM_EACH,
    .micro = true,
    .names = MOST_WINDOW,
    .parameters = (const struct hm_setting *const[]){&window, &kind, &length, NULL},
    .shapes = shapes,
    .live_bytes = live_bytes,
    .garbage_bytes = object_bytes,
    .name_depth = name_depth,
    .accepts = accepts,
    .expected = micro_expected,
    .step = step,
    .check = check,
};
