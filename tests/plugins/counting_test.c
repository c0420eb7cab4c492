/* SPDX-License-Identifier: MIT
 *
 * What counting collectors owe: releases without recursion and without memory, prompt ones, slots
 * that several threads take from at once, weak references that meet the last drop, and cycles that
 * a detector finds however little memory it has.
 *
 *     counting_test PLUGIN.so CHAIN [option=value …]
 *
 * CHAIN is how many objects the long chain has: sanitized builds take a shorter one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "drive.h"

enum { NEXT, OTHER, STAMP };

static const struct hm_shape LINK = {.id = 0, .slots = 2, .bytes = 8, .name = "link"};
static const struct hm_shape NUMBER = {.id = 1, .bytes = 8, .hint = HM_NUMBER, .name = "number"};
static const struct hm_shape *const shapes[] = {&LINK, &NUMBER, NULL};

static struct drive_plugin plugin;
static size_t chain_length;
static struct drive_heap opened;

static void open_heap(uint32_t mutators, uint32_t globals)
{
    memset(&opened, 0, sizeof opened);
    opened.request.most_mutators = mutators;
    opened.request.globals = globals;
    opened.request.name_depth = 64;
    opened.request.spare_depth = 64;
    opened.request.shape_count = 2;
    opened.request.shapes = shapes;
    assert_true(drive_open(&opened, &plugin));
}

static hm_mutator *attach(uint32_t index)
{
    struct hm_refusal refusal = {0};
    hm_mutator *m = opened.heap->ops->attach(opened.heap, index, NULL, &refusal);
    assert_non_null(m);
    return m;
}

static struct hm_statistics figures(void)
{
    struct hm_statistics statistics = {.size = sizeof statistics};
    opened.heap->ops->statistics(opened.heap, &statistics);
    return statistics;
}

static void collect(hm_mutator *m)
{
    opened.heap->ops->collect(opened.heap, m, HM_COLLECT_FULL);
}

static void close_heap(void)
{
    opened.heap->ops->close(opened.heap);
}

/* Each link owns the one before by the slot `slot`, and a number of its own by the other. */
static void build_chain(hm_mutator *m, hm_name *chain, hm_name *number, size_t slot, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        hm_name *next = hm_push(m, 1);
        hm_ref link = hm_new(m, next, &LINK);
        hm_init_give(m, link, slot, chain);
        if (i % 16 == 0) {
            hm_new(m, number, &NUMBER);
            hm_init_give(m, hm_at(next), slot == NEXT ? OTHER : NEXT, number);
        }
        hm_move(m, chain, next);
        hm_pop(m, next);
    }
}

/* With a stack on which a recursion over the chain could not live. */
static void *build_and_drop(void *slot)
{
    hm_mutator *m = attach(0);
    hm_name *name = hm_push(m, 2);
    build_chain(m, &name[0], &name[1], *(const size_t *)slot, chain_length);
    uint64_t held_bytes = figures().held_bytes;
    hm_clear(m, &name[0]);
    assert_true(figures().held_bytes <= held_bytes);
    collect(m);
    assert_true(figures().live_objects == 0);
    assert_true(figures().longest_cascade >= chain_length);
    hm_pop(m, name);
    opened.heap->ops->detach(m);
    return NULL;
}

static void a_long_chain_falls_without_recursion_or_memory(void **state)
{
    (void)state;
    for (size_t slot = NEXT; slot <= OTHER; slot++) {
        pthread_attr_t small;
        pthread_t thread;
        open_heap(1, 0);
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 128 << 10);
        assert_int_equal(pthread_create(&thread, &small, build_and_drop, &slot), 0);
        pthread_join(thread, NULL);
        pthread_attr_destroy(&small);
        close_heap();
    }
}

static void counts_follow_the_worked_example(void **state)
{
    (void)state;
    open_heap(1, 0);
    hm_mutator *m = attach(0);
    hm_name *name = hm_push(m, 3);
    uint64_t (*count)(hm_mutator *, hm_ref) = opened.heap->ops->count;
    hm_new(m, &name[0], &NUMBER);
    assert_true(count(m, hm_at(&name[0])) == 1);
    hm_bind(m, &name[1], hm_at(&name[0]));
    assert_true(count(m, hm_at(&name[0])) == 2);
    hm_ref container = hm_new(m, &name[2], &LINK);
    hm_init(m, container, NEXT, hm_at(&name[0]));
    hm_init(m, container, OTHER, hm_at(&name[0]));
    assert_true(count(m, hm_at(&name[0])) == 4);
    hm_clear(m, &name[2]);
    assert_true(count(m, hm_at(&name[0])) == 2);
    hm_clear(m, &name[1]);
    hm_clear(m, &name[0]);
    collect(m);
    assert_true(figures().live_objects == 0);
    hm_pop(m, name);
    opened.heap->ops->detach(m);
    close_heap();
}

/* Many rings with a tail of data, dropped; only a detector gets them back. */
static void dead_rings_come_back_where_cycles_are_found(void **state)
{
    (void)state;
    enum { RINGS = 200, SIZE = 50 };
    open_heap(1, 0);
    hm_mutator *m = attach(0);
    hm_name *name = hm_push(m, 3);
    for (int ring = 0; ring < RINGS; ring++) {
        hm_new(m, &name[0], &LINK);
        hm_bind(m, &name[2], hm_at(&name[0]));
        build_chain(m, &name[0], &name[1], NEXT, SIZE);
        hm_set(m, hm_at(&name[2]), NEXT, hm_at(&name[0]));
        hm_clear(m, &name[0]);
        hm_clear(m, &name[2]);
    }
    collect(m);
    bool cycles = plugin.variant->capabilities->cycles;
    uint64_t left = figures().live_objects;
    struct hm_census census = {.size = sizeof census};
    opened.heap->ops->census(opened.heap, m, &census);
    assert_true(census.objects == left);
    assert_true(census.unreachable_objects == left);
    assert_true(cycles ? left == 0 : left >= (uint64_t)RINGS * SIZE);
    hm_pop(m, name);
    opened.heap->ops->detach(m);
    close_heap();
}

/* ---- shared slots ---- */

enum { THREADS = 3, SLOTS = 2, ROUNDS = 20000 };

/* Take from a slot, look at the stamp, put a new object in: with two slots, drops race with takes.
 */
static void *hammer(void *argument)
{
    uint32_t index = *(const uint32_t *)argument;
    hm_mutator *m = attach(index);
    hm_name *name = hm_push(m, 2);
    uint64_t bad = 0;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        size_t slot = (i + index) % SLOTS;
        hm_get_shared(m, &name[0], hm_globals(m), slot);
        if (!hm_is_null(hm_at(&name[0])))
            bad += hm_word(m, hm_at(&name[0]), STAMP) != UINT64_C(0x5ca1ab1e);
        hm_ref made = hm_new(m, &name[1], &LINK);
        hm_put_word(m, made, STAMP, UINT64_C(0x5ca1ab1e));
        if (i % 3 == 0)
            hm_swap_shared(m, hm_globals(m), slot, &name[1]);
        else
            hm_set_shared(m, hm_globals(m), slot, hm_at(&name[1]));
        hm_poll(m);
    }
    hm_pop(m, name);
    opened.heap->ops->detach(m);
    return (void *)(uintptr_t)bad;
}

static void shared_slots_give_no_dead_object(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    uint32_t indices[THREADS];
    open_heap(THREADS, SLOTS);
    for (uint32_t i = 0; i < THREADS; i++) {
        indices[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, &indices[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        void *bad = NULL;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    collect(NULL);
    assert_true(figures().live_objects <= SLOTS);
    close_heap();
}

/* ---- weak references and the last drop ---- */

/* The moments that a race of threads would have to hit: the last reference was dropped, inline, and
 * its release begins. So the release is wrapped, and what another thread would do is done in it. */
struct between {
    struct hm_slow wrapped;
    const struct hm_slow *original;
    hm_name *weak, *got; /* got owns what the weak reference led to in between */
    uint32_t one;        /* a reference, as the header counts it; taken off first if not 0 */
    uint64_t releases;
};

static struct between between;

static void get_in_between(hm_mutator *m, hm_ref dead)
{
    if (between.releases++ == 0) {
        *(uint32_t *)dead.bits -= between.one;
        hm_weak_get(m, between.got, hm_at(between.weak));
    }
    between.original->release(m, dead);
}

static void wrap_release(hm_mutator *m, hm_name *name, uint32_t one)
{
    between = (struct between){
        .wrapped = *m->slow, .original = m->slow, .weak = &name[1], .got = &name[2], .one = one};
    between.wrapped.release = get_in_between;
    m->slow = &between.wrapped;
}

static void drop_in_between(hm_mutator *m, hm_name *name, uint32_t one)
{
    hm_put_word(m, hm_new(m, &name[0], &NUMBER), 0, 42);
    hm_new_weak(m, &name[1], &name[0]);
    wrap_release(m, name, one);
    hm_clear(m, &name[0]);
    m->slow = between.original;
    assert_true(between.releases == 1);
}

/* The count was one, and another mutator raises it: the object lives, with one reference. */
static void a_weak_get_before_the_release_wins(void **state)
{
    (void)state;
    open_heap(2, 0);
    hm_mutator *m = attach(0);
    hm_name *name = hm_push(m, 3);
    drop_in_between(m, name, 0);
    assert_true(hm_word(m, hm_at(&name[2]), 0) == 42);
    assert_true(opened.heap->ops->count(m, hm_at(&name[2])) == 1);
    hm_clear(m, &name[2]);
    hm_weak_get(m, &name[2], hm_at(&name[1]));
    assert_true(hm_is_null(hm_at(&name[2])));
    hm_pop(m, name);
    collect(m);
    assert_true(figures().live_objects == 0);
    opened.heap->ops->detach(m);
    close_heap();
}

/* Two mutators dropped theirs at once and the count is zero: nobody gets the object any more. */
static void a_weak_get_after_the_last_drop_gets_nothing(void **state)
{
    (void)state;
    open_heap(2, 0);
    hm_mutator *m = attach(0);
    hm_name *name = hm_push(m, 3);
    uint32_t one = *(const uint32_t *)hm_new(m, &name[0], &NUMBER).bits;
    drop_in_between(m, name, one);
    assert_true(hm_is_null(hm_at(&name[2])));
    hm_pop(m, name);
    collect(m);
    assert_true(figures().live_objects == 0);
    opened.heap->ops->detach(m);
    close_heap();
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return DRIVE_USAGE;
    if (!drive_load(&plugin, argv[1], (const char *const *)&argv[3])) {
        fprintf(stderr, "%s\n", plugin.why);
        return DRIVE_USAGE;
    }
    chain_length = strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_chain_falls_without_recursion_or_memory),
        cmocka_unit_test(counts_follow_the_worked_example),
        cmocka_unit_test(dead_rings_come_back_where_cycles_are_found),
        cmocka_unit_test(shared_slots_give_no_dead_object),
        cmocka_unit_test(a_weak_get_before_the_release_wins),
        cmocka_unit_test(a_weak_get_after_the_last_drop_gets_nothing),
    };
    return cmocka_run_group_tests_name("plugins/counting", tests, NULL, NULL);
}
