/* SPDX-License-Identifier: MIT
 *
 * Pinning on the machine that the test runs on, whatever it is: what hwloc is told must
 * be what the operating system then says.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "topology/topology.h"

static struct topology *load(void)
{
    struct error error = {0};
    struct topology *topology = topology_load(&error);
    if (!topology)
        fail_msg("%s", error.text);
    return topology;
}

static cpu_set_t affinity(void)
{
    cpu_set_t cpus;
    assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
    return cpus;
}

static void expect_pinned(const struct topology *topology,
                          const struct topology_placement *placement)
{
    struct error error = {0};
    struct topology_got got;
    if (!topology_pin_thread(topology, placement, &error))
        fail_msg("%s", error.text);
    cpu_set_t cpus = affinity();
    assert_int_equal(CPU_COUNT(&cpus), 1);
    assert_true(CPU_ISSET(placement->os_pu, &cpus));
    assert_int_equal(sched_getcpu(), (int)placement->os_pu);
    topology_read_back(topology, placement, &got);
    assert_true(got.as_asked);
}

/* Each policy uses each allowed PU once, and each can be pinned to. */
static void pins_to_each_unit_of_each_policy(void **state)
{
    (void)state;
    struct topology *topology = load();
    unsigned count = topology_allowed_count(topology);
    cpu_set_t before = affinity();
    struct error error = {0};
    struct topology_binding *binding = topology_save_binding(topology, &error);
    assert_non_null(binding);
    assert_true(count <= (unsigned)CPU_COUNT(&before));
    for (unsigned policy = 0; policy < TOPOLOGY_NONE; policy++) {
        struct topology_plan plan =
            topology_make_plan(topology, (enum topology_policy)policy, count);
        cpu_set_t used;
        CPU_ZERO(&used);
        for (unsigned i = 0; i < count; i++) {
            expect_pinned(topology, &plan.placements[i]);
            CPU_SET(plan.placements[i].os_pu, &used);
        }
        assert_int_equal(CPU_COUNT(&used), count);
        topology_plan_free(&plan);
    }
    assert_true(topology_restore_binding(topology, binding, &error));
    cpu_set_t after = affinity();
    assert_true(CPU_EQUAL(&before, &after));
    topology_free(topology);
}

/* A process confined by taskset sees only what is left to it. */
static void affinity_narrows_the_allowed_set(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *whole = load();
    struct topology_plan all =
        topology_make_plan(whole, TOPOLOGY_COMPACT, topology_allowed_count(whole));
    const struct topology_placement *last = &all.placements[all.thread_count - 1];
    struct topology_binding *binding = topology_save_binding(whole, &error);
    assert_non_null(binding);
    expect_pinned(whole, last);

    struct topology *narrow = load();
    assert_int_equal(topology_allowed_count(narrow), 1);
    struct topology_plan plan = topology_make_plan(narrow, TOPOLOGY_SCATTER, 2);
    assert_true(plan.oversubscribed);
    assert_int_equal(plan.placements[1].os_pu, last->os_pu);
    assert_int_equal(plan.placements[1].pu, last->pu);

    assert_true(topology_restore_binding(whole, binding, &error));
    topology_plan_free(&plan);
    topology_plan_free(&all);
    topology_free(narrow);
    topology_free(whole);
}

static void read_back_tells_a_miss(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = load();
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 1);
    struct topology_placement elsewhere = plan.placements[0];
    struct topology_binding *binding = topology_save_binding(topology, &error);
    struct topology_got got;
    char number[16];
    assert_non_null(binding);
    expect_pinned(topology, &plan.placements[0]);
    elsewhere.os_pu++;
    topology_read_back(topology, &elsewhere, &got);
    assert_false(got.as_asked);
    snprintf(number, sizeof(number), "%u", plan.placements[0].os_pu);
    assert_string_equal(got.os_pus, number);
    assert_true(topology_restore_binding(topology, binding, &error));
    topology_plan_free(&plan);
    topology_free(topology);
}

static void unpinned_placement_leaves_the_thread_alone(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = load();
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_NONE, 1);
    struct topology_got got;
    cpu_set_t before = affinity();
    assert_true(topology_pin_thread(topology, &plan.placements[0], &error));
    topology_read_back(topology, &plan.placements[0], &got);
    cpu_set_t after = affinity();
    assert_true(CPU_EQUAL(&before, &after));
    assert_true(got.as_asked);
    assert_string_not_equal(got.os_pus, "unknown");
    topology_plan_free(&plan);
    topology_free(topology);
}

/* A thread inherits the binding of the one that started it, and may be let go again. */
static void unpinned_thread_may_use_all_allowed_units(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = load();
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 1);
    cpu_set_t before = affinity();
    expect_pinned(topology, &plan.placements[0]);
    assert_true(topology_unpin_thread(topology, &error));
    cpu_set_t after = affinity();
    assert_true(CPU_EQUAL(&before, &after));
    topology_plan_free(&plan);
    topology_free(topology);
}

struct sleeper {
    const struct topology *topology;
    const struct topology_placement *placement;
    pthread_barrier_t *meeting;
    pid_t number;
};

static void *pin_and_wait(void *argument)
{
    struct sleeper *sleeper = argument;
    topology_pin_thread(sleeper->topology, sleeper->placement, NULL);
    sleeper->number = gettid();
    pthread_barrier_wait(sleeper->meeting);
    pthread_barrier_wait(sleeper->meeting);
    return NULL;
}

static void another_thread_is_read_back(void **state)
{
    (void)state;
    struct topology *topology = load();
    unsigned count = topology_allowed_count(topology);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, count);
    const struct topology_placement *last = &plan.placements[count - 1];
    pthread_barrier_t meeting;
    pthread_t thread;
    struct sleeper sleeper = {topology, last, &meeting, 0};
    struct topology_got got;
    struct text text = {0}, expected = {0};
    pthread_barrier_init(&meeting, NULL, 2);
    assert_int_equal(pthread_create(&thread, NULL, pin_and_wait, &sleeper), 0);
    pthread_barrier_wait(&meeting);
    topology_read_back_thread(topology, sleeper.number, last, &got);
    pthread_barrier_wait(&meeting);
    assert_int_equal(pthread_join(thread, NULL), 0);
    text_format(&expected, "%u", last->os_pu);
    assert_string_equal(got.os_pus, text_chars(&expected));
    assert_true(got.as_asked);
    topology_append_last(&text, &got, 1);
    assert_string_equal(text_chars(&text), text_chars(&expected));
    text_free(&text);
    text_free(&expected);
    pthread_barrier_destroy(&meeting);
    topology_plan_free(&plan);
    topology_free(topology);
}

static void a_thread_that_is_gone_is_unknown(void **state)
{
    (void)state;
    struct topology *topology = load();
    const struct topology_placement unpinned = {0};
    struct topology_got got;
    struct text text = {0};
    topology_read_back_thread(topology, INT32_MAX, &unpinned, &got);
    assert_string_equal(got.os_pus, "unknown");
    topology_append_last(&text, &got, 1);
    assert_string_equal(text_chars(&text), "?");
    text_free(&text);
    topology_free(topology);
}

/* A PU that is not there: the operating system's refusal arrives in words. */
static void impossible_unit_is_a_system_failure(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = load();
    struct topology_placement nowhere = {.pinned = true, .os_pu = CPU_SETSIZE - 1};
    cpu_set_t before = affinity();
    assert_false(topology_pin_thread(topology, &nowhere, &error));
    assert_int_equal(error.kind, ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "1023"));
    cpu_set_t after = affinity();
    assert_true(CPU_EQUAL(&before, &after));
    topology_free(topology);
}

static void synthetic_machine_pins_nothing(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = topology_load_synthetic("package:1 core:2 pu:1", NULL, &error);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 1);
    struct topology_got got;
    cpu_set_t before = affinity();
    assert_false(topology_pin_thread(topology, &plan.placements[0], &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_null(topology_save_binding(topology, &error));
    topology_read_back(topology, &plan.placements[0], &got);
    assert_string_equal(got.os_pus, "unknown");
    assert_false(got.as_asked);
    cpu_set_t after = affinity();
    assert_true(CPU_EQUAL(&before, &after));
    topology_plan_free(&plan);
    topology_free(topology);
}

struct worker {
    const struct topology *topology;
    const struct topology_placement *placement;
    struct topology_got got;
};

static void *pin_and_read_back(void *argument)
{
    struct worker *worker = argument;
    struct error error = {0};
    if (topology_pin_thread(worker->topology, worker->placement, &error))
        topology_read_back(worker->topology, worker->placement, &worker->got);
    return NULL;
}

/* Several threads at once on one topology, more than there are PUs. */
static void threads_pin_themselves(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    struct topology *topology = load();
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_SCATTER, THREADS);
    struct worker workers[THREADS] = {0};
    pthread_t threads[THREADS];
    cpu_set_t before = affinity();
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.topology = topology, .placement = &plan.placements[i]};
        assert_int_equal(pthread_create(&threads[i], NULL, pin_and_read_back, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(workers[i].got.as_asked);
    }
    cpu_set_t after = affinity();
    assert_true(CPU_EQUAL(&before, &after));
    topology_plan_free(&plan);
    topology_free(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pins_to_each_unit_of_each_policy),
        cmocka_unit_test(affinity_narrows_the_allowed_set),
        cmocka_unit_test(read_back_tells_a_miss),
        cmocka_unit_test(unpinned_placement_leaves_the_thread_alone),
        cmocka_unit_test(unpinned_thread_may_use_all_allowed_units),
        cmocka_unit_test(another_thread_is_read_back),
        cmocka_unit_test(a_thread_that_is_gone_is_unknown),
        cmocka_unit_test(impossible_unit_is_a_system_failure),
        cmocka_unit_test(synthetic_machine_pins_nothing),
        cmocka_unit_test(threads_pin_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
