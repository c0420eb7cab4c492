/* SPDX-License-Identifier: MIT
 *
 * The workload's ways to wait: they meet, exclude, hand over in order, and all end on a cancel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/clock.h"
#include "trial/services.h"

enum { THREADS = 4, ROUNDS = 2000 };

struct worker {
    struct services *services;
    struct hm_thread thread;
    uint64_t *shared; /* guarded by lock 5 */
    uint64_t sum;
    bool cancelled;
};

static void run_all(struct services *services, void *(*run)(void *), struct worker *workers,
                    uint32_t count)
{
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < count; i++) {
        workers[i].services = services;
        workers[i].thread.harness = services;
        workers[i].thread.services = &services->table;
        workers[i].thread.index = i;
        assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void *count_under_a_lock(void *argument)
{
    struct worker *worker = argument;
    const struct hm_services *services = worker->thread.services;
    for (int i = 0; i < ROUNDS; i++) {
        if (!services->lock(&worker->thread, 5))
            return NULL;
        ++*worker->shared;
        services->unlock(&worker->thread, 5);
    }
    services->barrier(&worker->thread);
    worker->sum = *worker->shared; /* after the barrier all rounds of all threads are there */
    return NULL;
}

static void locks_exclude_and_barriers_meet(void **state)
{
    (void)state;
    struct services services;
    uint64_t shared = 0;
    struct worker workers[THREADS] = {{0}};
    services_open(&services, THREADS);
    for (int i = 0; i < THREADS; i++)
        workers[i].shared = &shared;
    run_all(&services, count_under_a_lock, workers, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_true(workers[i].sum == THREADS * ROUNDS);
    services_close(&services);
}

/* Thread 0 reads its own queue, the others write to it, each its numbers in order. */
static void *hand_over(void *argument)
{
    struct worker *worker = argument;
    const struct hm_services *services = worker->thread.services;
    if (worker->thread.index != 0) {
        for (uint64_t i = 1; i <= ROUNDS; i++)
            if (!services->put(&worker->thread, 0, (uint64_t)worker->thread.index << 32 | i))
                worker->cancelled = true;
        return NULL;
    }
    uint64_t last[THREADS] = {0};
    for (int i = 0; i < ROUNDS * (THREADS - 1); i++) {
        uint64_t word = 0;
        if (!services->take(&worker->thread, 0, &word))
            worker->cancelled = true;
        uint64_t from = word >> 32, number = word & UINT32_MAX;
        worker->cancelled |= number != last[from] + 1;
        last[from] = number;
        worker->sum++;
    }
    return NULL;
}

static void queues_keep_order(void **state)
{
    (void)state;
    struct services services;
    struct worker workers[THREADS] = {{0}};
    services_open(&services, THREADS);
    run_all(&services, hand_over, workers, THREADS);
    assert_true(workers[0].sum == ROUNDS * (THREADS - 1));
    for (int i = 0; i < THREADS; i++)
        assert_false(workers[i].cancelled);
    services_close(&services);
}

/* One thread holds a lock and cancels; the others wait in every way there is. */
static void *wait_for_ever(void *argument)
{
    struct worker *worker = argument;
    const struct hm_services *services = worker->thread.services;
    uint64_t word;
    switch (worker->thread.index) {
    case 0:
        services_cancel(worker->services);
        services_release_locks(worker->services, 0);
        break;
    case 1:
        worker->cancelled = !services->barrier(&worker->thread);
        break;
    case 2:
        worker->cancelled = !services->take(&worker->thread, 2, &word);
        break;
    case 3:
        worker->cancelled = !services->sleep_ns(&worker->thread, UINT64_C(3600000000000));
        break;
    }
    return NULL;
}

static void a_cancel_ends_every_wait(void **state)
{
    (void)state;
    struct services services;
    struct worker workers[THREADS] = {{0}};
    services_open(&services, THREADS);
    assert_false(services_cancelled(&services));
    workers[0].thread.harness = &services;
    assert_true(services.table.lock(&workers[0].thread, 1));
    run_all(&services, wait_for_ever, workers, THREADS);
    for (int i = 1; i < THREADS; i++)
        assert_true(workers[i].cancelled);
    assert_int_equal(services.owner[1], 0);
    assert_true(services_cancelled(&services));
    services_close(&services);
}

/* Thread 1 waits for a request that is due in an hour; thread 0 cancels. */
static void *wait_for_a_request(void *argument)
{
    struct worker *worker = argument;
    uint64_t number;
    bool more = true;
    services_begin_requests(worker->services, worker->thread.index, false);
    if (worker->thread.index == 0)
        services_cancel(worker->services);
    else
        worker->cancelled =
            !worker->thread.services->next_request(&worker->thread, &number, &more) && !more;
    return NULL;
}

static void a_cancel_ends_the_wait_for_a_request(void **state)
{
    (void)state;
    const struct hm_schedule schedule = {.requests = 4, .rate = 1.0 / 3600, .arrivals = HM_EVEN};
    const struct hm_plan plan = {.threads = 2, .seed = 1};
    struct services services;
    struct worker workers[THREADS] = {{0}};
    services_open(&services, 2);
    services.met_ns = clock_now_ns();
    services_schedule(&services, &schedule, &plan);
    run_all(&services, wait_for_a_request, workers, 2);
    assert_true(workers[1].cancelled);
    services_close(&services);
}

/* All are due when the timed part is not meant: each thread gets its own, in order. */
static void requests_of_a_warm_up_are_due_at_once(void **state)
{
    (void)state;
    const struct hm_schedule schedule = {
        .requests = 5, .rate = 1.0 / 3600, .arrivals = HM_POISSON, .lapses = true};
    const struct hm_plan plan = {.threads = 2, .seed = 1};
    struct services services;
    struct hm_thread thread = {.harness = &services};
    uint64_t number = 7;
    bool more;
    services_open(&services, 2);
    services_schedule(&services, &schedule, &plan);
    services_begin_requests(&services, 0, true);
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(services.table.next_request(&thread, &number, &more) && more);
        assert_int_equal(number, i);
        services.table.end_request(&thread);
    }
    assert_true(services.table.next_request(&thread, &number, &more));
    assert_false(more);
    services_close(&services);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_exclude_and_barriers_meet),
        cmocka_unit_test(queues_keep_order),
        cmocka_unit_test(a_cancel_ends_every_wait),
        cmocka_unit_test(a_cancel_ends_the_wait_for_a_request),
        cmocka_unit_test(requests_of_a_warm_up_are_due_at_once),
    };
    return cmocka_run_group_tests_name("trial/services", tests, NULL, NULL);
}
