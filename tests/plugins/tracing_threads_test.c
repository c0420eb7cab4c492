/* SPDX-License-Identifier: MIT
 *
 * What every tracing collector owes several threads: out of memory is a state of the heap that
 * passes, stopped threads' names are roots, and what ended threads left is reclaimed.
 */
#include "tracing_fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MIB = 1 << 20, LINK_BYTES = 16, NODE_BYTES = 32 };

/* ---- out of memory ---- */

struct meeting_point {
    pthread_barrier_t barrier;
    uint64_t heap_bytes;
    _Atomic uint64_t bytes;
};

static void meet(struct tracing_thread *t)
{
    struct meeting_point *point = t->user;
    hm_block(t->m);
    pthread_barrier_wait(&point->barrier);
    hm_unblock(t->m);
}

/* Links until the heap is full; how many. */
static uint64_t fill(hm_mutator *m, hm_name *name)
{
    hm_name *tail = hm_push(m, 1);
    uint64_t count = 0;
    for (;; count++) {
        hm_move(m, tail, name);
        hm_ref link = hm_try_new(m, name, &tracing_link);
        if (hm_is_null(link))
            break;
        hm_init_give(m, link, 0, tail);
    }
    hm_move(m, name, tail);
    hm_pop(m, tail);
    return count;
}

static void fill_and_recover(struct tracing_thread *t)
{
    struct meeting_point *point = t->user;
    hm_name *name = hm_push(t->m, 1);
    for (int round = 0; round < 3 && t->wrong == NULL; round++) {
        uint64_t count = fill(t->m, name);
        atomic_fetch_add(&point->bytes, count * LINK_BYTES);
        meet(t);
        if (tracing_chain_length(t->m, name) != count)
            t->wrong = "the chain is not whole after running out of memory";
        hm_clear(t->m, name);
        meet(t);
        size_t links = point->heap_bytes / 8 / LINK_BYTES;
        if (!tracing_chain(t->m, name, links))
            t->wrong = "no memory though all was dropped";
        else if (tracing_chain_length(t->m, name) != links)
            t->wrong = "the chain is not whole after recovering";
        hm_clear(t->m, name);
        meet(t);
    }
}

/* Both halves of a copying heap, and blocks that are not quite full, are allowed for. */
static void fill_heap_of(uint64_t heap_bytes)
{
    struct drive_heap *opened = tracing_open(heap_bytes, 2);
    struct meeting_point point = {.heap_bytes = heap_bytes};
    pthread_barrier_init(&point.barrier, NULL, 2);
    tracing_threads(opened, 2, fill_and_recover, &point);
    pthread_barrier_destroy(&point.barrier);
    assert_true(point.bytes / 3 > heap_bytes * 2 / 5);
    assert_true(point.bytes / 3 <= heap_bytes);
    assert_true(tracing_statistics(opened).held_peak_bytes <= heap_bytes);
    tracing_close(opened);
}

static void two_threads_run_out_of_16_mib_and_recover(void **state)
{
    (void)state;
    if (!tracing_is_scaled())
        fill_heap_of(16 * MIB);
}

static void two_threads_run_out_of_32_mib_and_recover(void **state)
{
    (void)state;
    if (!tracing_is_scaled())
        fill_heap_of(32 * MIB);
}

/* The landing form of the same, on one thread. */
static void running_out_lands_with_the_cause(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_name *name = hm_push(m, 2);
    hm_new_n(m, &name[0], &tracing_list, 64);
    struct hm_landing landing = {.name_top = m->name_top, .spare_top = m->spare_top};
    m->landing = &landing;
    if (setjmp(landing.buffer) == 0)
        for (size_t i = 0; i < 64; i++) {
            hm_new_n(m, &name[1], &tracing_string, MIB);
            hm_set(m, hm_at(&name[0]), i, hm_at(&name[1]));
        }
    assert_int_equal(landing.cause, HM_OUT_OF_MEMORY);
    assert_true(hm_is_null(hm_at(&name[1])));
    hm_clear(m, &name[0]);
    landing.cause = HM_NO_CAUSE;
    if (setjmp(landing.buffer) == 0)
        for (size_t i = 0; i < 64; i++)
            hm_new_n(m, &name[1], &tracing_string, 4 * MIB);
    assert_int_equal(landing.cause, HM_NO_CAUSE);
    if (setjmp(landing.buffer) == 0)
        hm_new_n(m, &name[1], &tracing_list, (size_t)1 << 40);
    assert_int_equal(landing.cause, HM_TOO_LARGE);
    assert_true(hm_is_null(hm_try_new_n(m, &name[1], &tracing_string, 512 * (size_t)MIB)));
    m->landing = NULL;
    tracing_detach(m);
    tracing_close(opened);
}

/* ---- small live data, much garbage, little memory ---- */

static void churn(struct tracing_thread *t)
{
    hm_name *name = hm_push(t->m, 2);
    size_t slots = tracing_scaled(16384, 64);
    hm_new_n(t->m, &name[0], &tracing_list, slots);
    for (size_t i = 0; i < tracing_scaled(3000000, 2000); i++) {
        hm_ref node = hm_try_new(t->m, &name[1], &tracing_node);
        if (hm_is_null(node)) {
            t->wrong = "no memory though little lives";
            return;
        }
        hm_put_word(t->m, node, NODE_STAMP, i);
        hm_set(t->m, hm_at(&name[0]), i % slots, node);
        hm_ref old = hm_peek(t->m, NULL, hm_at(&name[0]), (i * 7919 + 1) % slots);
        if (!hm_is_null(old) && hm_word(t->m, old, NODE_STAMP) % slots != (i * 7919 + 1) % slots)
            t->wrong = "an object is not what it was";
    }
}

static void churn_in(uint64_t heap_bytes)
{
    struct drive_heap *opened = tracing_open(heap_bytes, 2);
    tracing_threads(opened, 2, churn, NULL);
    assert_true(tracing_statistics(opened).held_peak_bytes <= heap_bytes);
    tracing_collect(opened, NULL);
    assert_int_equal(tracing_census(opened, NULL).objects, 0);
    tracing_close(opened);
}

static void small_live_data_fits_16_mib(void **state)
{
    (void)state;
    churn_in(16 * MIB);
}

static void small_live_data_fits_32_mib(void **state)
{
    (void)state;
    churn_in(32 * MIB);
}

/* ---- threads that meet ---- */

/* A node, and a string whose length tells whether it is still that node's. */
static bool new_pair(hm_mutator *m, hm_name *name, uint64_t stamp)
{
    hm_name *string = hm_push(m, 1);
    bool made = !hm_is_null(hm_try_new_n(m, string, &tracing_string, stamp % 128)) &&
                !hm_is_null(hm_try_new(m, name, &tracing_node));
    if (made) {
        hm_put_word(m, hm_at(name), NODE_STAMP, stamp);
        hm_init_give(m, hm_at(name), 1, string);
    }
    hm_pop(m, string);
    return made;
}

static void exchange(struct tracing_thread *t)
{
    hm_mutator *m = t->m;
    hm_name *name = hm_push(m, 1);
    for (uint64_t i = 0; i < tracing_scaled(300000, 500); i++) {
        if (!new_pair(m, name, i * 4 + t->index))
            t->wrong = "no memory though little lives";
        else
            hm_swap_shared(m, hm_globals(m), i % 4, name);
        if (i % 3 == 0)
            hm_get_shared(m, name, hm_globals(m), (i + 1) % 4);
        if (hm_is_null(hm_at(name)))
            continue;
        hm_ref string = hm_peek(m, NULL, hm_at(name), 1);
        if (hm_length(m, string) != hm_word(m, hm_at(name), NODE_STAMP) % 128)
            t->wrong = "a pair is torn";
    }
}

static void threads_exchange_whole_objects(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 3);
    tracing_threads(opened, 3, exchange, NULL);
    tracing_collect(opened, NULL);
    struct hm_census census = tracing_census(opened, NULL);
    assert_int_equal(census.objects, 8);
    assert_int_equal(census.unreachable_objects, 0);
    tracing_close(opened);
}

/* Thread 0 waits, blocked, while the others collect; then its names must be right. */
static void wait_or_collect(struct tracing_thread *t)
{
    hm_name *name = hm_push(t->m, 3);
    for (uint64_t i = 0; i < 3; i++)
        if (!new_pair(t->m, &name[i], 100 + i))
            t->wrong = "no memory for a pair";
    meet(t);
    if (t->index != 0)
        for (int i = 0; i < 5; i++) {
            tracing_collect(t->opened, t->m);
            hm_name *garbage = hm_push(t->m, 1);
            tracing_chain(t->m, garbage, 1000);
            hm_pop(t->m, garbage);
        }
    meet(t);
    for (uint64_t i = 0; i < 3; i++)
        if (hm_word(t->m, hm_at(&name[i]), NODE_STAMP) != 100 + i ||
            hm_length(t->m, hm_peek(t->m, NULL, hm_at(&name[i]), 1)) != 100 + i)
            t->wrong = "a name lost its object";
}

static void names_of_blocked_threads_are_roots(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 3);
    struct meeting_point point = {.heap_bytes = 16 * MIB};
    pthread_barrier_init(&point.barrier, NULL, 3);
    tracing_threads(opened, 3, wait_or_collect, &point);
    pthread_barrier_destroy(&point.barrier);
    tracing_close(opened);
}

static void leave_garbage(struct tracing_thread *t)
{
    hm_name *name = hm_push(t->m, 1);
    if (!tracing_chain(t->m, name, tracing_scaled(100000, 300)))
        t->wrong = "no memory though the threads before left only garbage";
}

/* 40 times 3 MB through 16 MiB, and no collection asked for. */
static void what_ended_threads_left_is_reclaimed(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 2);
    for (int round = 0; round < 40; round++)
        tracing_threads(opened, 2, leave_garbage, NULL);
    tracing_collect(opened, NULL);
    assert_int_equal(tracing_census(opened, NULL).objects, 0);
    tracing_close(opened);
}

static void leave_strings(hm_mutator *m, size_t bytes, size_t count)
{
    hm_name *name = hm_push(m, 1);
    for (size_t i = 0; i < count; i++)
        assert_false(hm_is_null(hm_try_new_n(m, name, &tracing_string, bytes)));
    hm_pop(m, name);
}

/* Blocks that emptied while nobody used them are given back by the next mutator that comes to have
 * them, after a collection that swept nothing of theirs. Collectors that fill what is free are
 * right only if nobody looks into those blocks again. */
static void empty_blocks_of_an_ended_thread_are_forgotten(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 2);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    hm_block(m); /* one thread has both, and only one of them may run */
    hm_mutator *other = tracing_attach(opened, 1, NULL);
    leave_strings(other, 200, tracing_scaled(2000, 100));
    tracing_detach(other);
    hm_unblock(m);
    tracing_collect(opened, m);
    uint64_t collections = tracing_statistics(opened).collections;
    while (tracing_statistics(opened).collections == collections)
        leave_strings(m, 1000, 1);
    hm_block(m);
    tracing_detach(tracing_attach(opened, 1, NULL));
    hm_unblock(m);
    tracing_collect(opened, m);
    leave_strings(m, 500, tracing_scaled(2000, 100));
    tracing_collect(opened, m);
    assert_int_equal(tracing_census(opened, m).objects, 0);
    tracing_detach(m);
    tracing_close(opened);
}

static void too_many_mutators_are_refused(void **state)
{
    (void)state;
    struct drive_heap *opened = tracing_open(16 * MIB, 1);
    hm_mutator *m = tracing_attach(opened, 0, NULL);
    struct hm_refusal refusal = {.sentence = ""};
    assert_null(opened->heap->ops->attach(opened->heap, 1, NULL, &refusal));
    assert_string_not_equal(refusal.sentence, "");
    assert_false(refusal.out_of_memory);
    tracing_detach(m);
    tracing_close(opened);
}

int main(int argc, char **argv)
{
    tracing_arguments(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_run_out_of_16_mib_and_recover),
        cmocka_unit_test(two_threads_run_out_of_32_mib_and_recover),
        cmocka_unit_test(running_out_lands_with_the_cause),
        cmocka_unit_test(small_live_data_fits_16_mib),
        cmocka_unit_test(small_live_data_fits_32_mib),
        cmocka_unit_test(threads_exchange_whole_objects),
        cmocka_unit_test(names_of_blocked_threads_are_roots),
        cmocka_unit_test(what_ended_threads_left_is_reclaimed),
        cmocka_unit_test(empty_blocks_of_an_ended_thread_are_forgotten),
        cmocka_unit_test(too_many_mutators_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
