/* SPDX-License-Identifier: MIT
 *
 * Phases: who awaits one goes on when it is met, and the collector waits for its next operation.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/session.h"

static struct check_session session;
static struct check_thread threads[2];
static struct program program;
static _Atomic int awaited, moved;

static int set_up(void **state)
{
    (void)state;
    memset(&session, 0, sizeof session);
    memset(threads, 0, sizeof threads);
    session.program = &program;
    session.threads = threads;
    session.thread_count = 2;
    session.phases.patience_ns = UINT64_C(60000000000);
    for (uint32_t i = 0; i < 2; i++)
        threads[i] = (struct check_thread){.session = &session, .head.index = i};
    atomic_store(&awaited, 0);
    atomic_store(&moved, 0);
    return 0;
}

static void *await_and_move(void *user)
{
    struct check_thread *thread = user;
    phases_begin_thread(thread);
    phases_await(thread, HM_PHASE_EXCHANGE, 1);
    atomic_store(&awaited, 1);
    atomic_store(&moved, 1);
    phases_step(thread);
    return NULL;
}

static void test_a_collector_waits_for_who_awaited_it(void **state)
{
    (void)state;
    pthread_t waiter;
    phases_begin_thread(&threads[0]);
    check_phase(&session.host, HM_PHASE_STOPPED); /* it tells of phases */
    assert_int_equal(pthread_create(&waiter, NULL, await_and_move, &threads[1]), 0);
    while (atomic_load(&session.phases.waiting) == 0)
        sched_yield();
    check_phase(&session.host, HM_PHASE_STOPPED); /* another one */
    check_phase(&session.host, HM_PHASE_EXCHANGE);
    assert_int_equal(atomic_load(&awaited), 0); /* it waits for the second */
    check_phase(&session.host, HM_PHASE_EXCHANGE);
    assert_int_equal(atomic_load(&moved), 1);
    pthread_join(waiter, NULL);
    assert_int_equal(atomic_load(&session.phases.waiting), 0);
}

enum { SCALE = 3, STEPS = 1 << SCALE };

static void *await_and_move_often(void *user)
{
    struct check_thread *thread = user;
    phases_begin_thread(thread);
    phases_await(thread, HM_PHASE_EXCHANGE, PROGRAM_AWAIT_TIMES * SCALE);
    for (int step = 0; step < STEPS; step++) {
        atomic_fetch_add(&moved, 1);
        phases_step(thread);
    }
    return NULL;
}

static void test_a_collector_waits_for_several_operations(void **state)
{
    (void)state;
    pthread_t waiter;
    phases_begin_thread(&threads[0]);
    check_phase(&session.host, HM_PHASE_STOPPED); /* it tells of phases */
    assert_int_equal(pthread_create(&waiter, NULL, await_and_move_often, &threads[1]), 0);
    while (atomic_load(&session.phases.waiting) == 0)
        sched_yield();
    check_phase(&session.host, HM_PHASE_EXCHANGE);
    assert_int_equal(atomic_load(&moved), STEPS);
    pthread_join(waiter, NULL);
}

static void *await_stopped(void *user)
{
    struct check_thread *thread = user;
    phases_begin_thread(thread);
    phases_await(thread, HM_PHASE_STOPPED, 0);
    atomic_store(&moved, 1);
    phases_step(thread);
    return NULL;
}

/* Of a collector without hooks. */
static void test_events_are_phases_where_none_are_told(void **state)
{
    (void)state;
    pthread_t waiter;
    phases_begin_thread(&threads[0]);
    events_told(&session, HM_EVENT_STOP_REQUESTED, 1, 0);
    assert_int_equal(pthread_create(&waiter, NULL, await_stopped, &threads[1]), 0);
    while (atomic_load(&session.phases.waiting) == 0)
        sched_yield();
    events_told(&session, HM_EVENT_MARK_END, 2, 0); /* another one */
    assert_int_equal(atomic_load(&moved), 0);
    events_told(&session, HM_EVENT_STOPPED, 3, 0);
    assert_int_equal(atomic_load(&moved), 1);
    pthread_join(waiter, NULL);
    check_phase(&session.host, HM_PHASE_EXCHANGE);
    events_told(&session, HM_EVENT_STOPPED, 4, 0); /* no more: it has hooks */
    assert_int_equal(atomic_load(&session.phases.met[HM_PHASE_STOPPED]), 1);
}

/* ---- slow paths ---- */

static struct check_target target;
static _Atomic int moved_at_allocate, moved_at_block;

static hm_ref allocate(hm_mutator *m, hm_name *name, const struct hm_shape *shape, size_t n,
                       uint32_t flags)
{
    (void)m;
    (void)name;
    (void)shape;
    (void)n;
    (void)flags;
    atomic_store(&moved_at_allocate, atomic_load(&moved));
    return hm_null;
}

static void block(hm_mutator *m)
{
    (void)m;
    atomic_store(&moved_at_block, atomic_load(&moved));
}

static void *await_slow_paths(void *user)
{
    struct check_thread *thread = user;
    phases_begin_thread(thread);
    phases_await(thread, HM_PHASE_BLOCK_CHOSEN, 0);
    atomic_store(&moved, 1);
    phases_step(thread);
    phases_await(thread, HM_PHASE_BLOCKED, 0);
    atomic_store(&moved, 2);
    phases_step(thread);
    return NULL;
}

static void wait_for_waiter(void)
{
    while (atomic_load(&threads[1].awaited) == HM_PHASE_NONE)
        sched_yield();
}

/* Of a collector with neither hooks nor events: before it allocates, and when it is safe. */
static void test_slow_paths_are_phases_where_none_are_told(void **state)
{
    (void)state;
    static const struct hm_slow slow = {.size = sizeof slow, .allocate = allocate, .block = block};
    static const struct hm_ops ops = {.size = sizeof ops};
    hm_mutator m = {.slow = &slow, .ops = &ops};
    pthread_t waiter;
    session.target = &target;
    threads[0].m = &m;
    phases_begin_thread(&threads[0]);
    slow_paths_wrap(&threads[0]);
    assert_int_equal(pthread_create(&waiter, NULL, await_slow_paths, &threads[1]), 0);
    wait_for_waiter();
    m.slow->allocate(&m, NULL, NULL, 0, 0);
    assert_int_equal(atomic_load(&moved_at_allocate), 1);
    wait_for_waiter();
    m.slow->block(&m);
    assert_int_equal(atomic_load(&moved_at_block), 1);
    assert_int_equal(atomic_load(&moved), 2);
    pthread_join(waiter, NULL);
    slow_paths_unwrap(&threads[0]);
    assert_ptr_equal(m.slow, &slow);
    assert_ptr_equal(m.ops, &ops);
}

/* What cannot come is not waited for: no stop is told of, and nothing is released. */
static void test_only_what_may_come_is_awaited(void **state)
{
    (void)state;
    static const struct hm_slow slow = {.size = sizeof slow, .allocate = allocate, .block = block};
    static const struct hm_ops ops = {.size = sizeof ops};
    hm_mutator m = {.slow = &slow, .ops = &ops};
    session.target = &target;
    threads[0].m = &m;
    slow_paths_wrap(&threads[0]);
    phases_await(&threads[0], HM_PHASE_STOPPED, 0);
    phases_await(&threads[0], HM_PHASE_RELEASE_BEGUN, 0);
    assert_int_equal(atomic_load(&threads[0].awaited_steps), 0);
    session.phases.patience_ns = 1000;
    phases_await(&threads[0], HM_PHASE_BLOCKED, 0);
    assert_int_equal(atomic_load(&threads[0].awaited_steps), 1);
}

static void test_nobody_waits_for_a_collector_that_tells_nothing(void **state)
{
    (void)state;
    phases_await(&threads[0], HM_PHASE_EXCHANGE, 0);
    assert_int_equal(atomic_load(&session.phases.waiting), 0);
}

static void test_a_wait_has_an_end(void **state)
{
    (void)state;
    check_phase(&session.host, HM_PHASE_STOPPED);
    session.phases.patience_ns = 1000;
    phases_await(&threads[0], HM_PHASE_EXCHANGE, 0);
    assert_int_equal(atomic_load(&threads[0].awaited), HM_PHASE_NONE);
}

/* What a program file says of schedules and of refusals comes back. */
static void test_perturb_is_written_and_read(void **state)
{
    (void)state;
    struct program written = {.thread_count = 1,
                              .places = 1,
                              .perturb = 64,
                              .refuse_thread = 2,
                              .refuse_memory = 7,
                              .refuse_rest = true},
                   read;
    struct text text = {0};
    struct error error = {0};
    program_add(&written, 0, (struct program_op){.kind = PROGRAM_AWAIT, .x = 9, .y = 1});
    program_add(&written, 0, (struct program_op){.kind = PROGRAM_AWAIT_BLOCKED, .x = 3});
    program_append(&text, &written, NULL);
    assert_true(program_parse(&read, "it", text_chars(&text), &error));
    assert_int_equal(read.perturb, 64);
    assert_int_equal(read.refuse_memory, 7);
    assert_int_equal(read.refuse_thread, 2);
    assert_true(read.refuse_rest);
    assert_int_equal(read.threads[0].ops[0].kind, PROGRAM_AWAIT);
    assert_int_equal(read.threads[0].ops[0].x, 9);
    assert_int_equal(read.threads[0].ops[1].kind, PROGRAM_AWAIT_BLOCKED);
    text_free(&text);
    program_free(&written);
    program_free(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_collector_waits_for_who_awaited_it, set_up),
        cmocka_unit_test_setup(test_a_collector_waits_for_several_operations, set_up),
        cmocka_unit_test_setup(test_events_are_phases_where_none_are_told, set_up),
        cmocka_unit_test_setup(test_nobody_waits_for_a_collector_that_tells_nothing, set_up),
        cmocka_unit_test_setup(test_slow_paths_are_phases_where_none_are_told, set_up),
        cmocka_unit_test_setup(test_only_what_may_come_is_awaited, set_up),
        cmocka_unit_test_setup(test_a_wait_has_an_end, set_up),
        cmocka_unit_test_setup(test_perturb_is_written_and_read, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
