/* SPDX-License-Identifier: MIT
 *
 * The order of each policy, literally, on machines that are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machines.h"

/* The PUs of the first `threads` threads must read `expected`, by logical index. */
static void expect_order(const struct topology *topology, enum topology_policy policy,
                         unsigned threads, const char *expected)
{
    struct topology_plan plan = topology_make_plan(topology, policy, threads);
    struct text order = {0};
    for (unsigned i = 0; i < plan.thread_count; i++) {
        assert_true(plan.placements[i].pinned);
        text_format(&order, "%s%u", i == 0 ? "" : " ", plan.placements[i].pu);
    }
    assert_string_equal(text_chars(&order), expected);
    text_free(&order);
    topology_plan_free(&plan);
}

static void two_packages_with_hardware_threads(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 core:2 pu:2", NULL);
    assert_int_equal(topology_allowed_count(topology), 8);
    expect_order(topology, TOPOLOGY_COMPACT, 8, "0 1 2 3 4 5 6 7");
    expect_order(topology, TOPOLOGY_CORES, 8, "0 2 4 6 1 3 5 7");
    expect_order(topology, TOPOLOGY_SCATTER, 8, "0 4 2 6 1 5 3 7");
    expect_order(topology, TOPOLOGY_NUMA, 8, "0 2 4 6 1 3 5 7");
    topology_free(topology);
}

static void several_numa_nodes_in_a_package(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 numa:2 core:2 pu:2", NULL);
    expect_order(topology, TOPOLOGY_COMPACT, 5, "0 1 2 3 4");
    expect_order(topology, TOPOLOGY_CORES, 9, "0 2 4 6 8 10 12 14 1");
    expect_order(topology, TOPOLOGY_SCATTER, 9, "0 8 2 10 4 12 6 14 1");
    expect_order(topology, TOPOLOGY_NUMA, 16, "0 4 8 12 2 6 10 14 1 5 9 13 3 7 11 15");
    topology_free(topology);
}

static void one_core(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:1 core:1 pu:1", NULL);
    expect_order(topology, TOPOLOGY_COMPACT, 1, "0");
    expect_order(topology, TOPOLOGY_CORES, 1, "0");
    expect_order(topology, TOPOLOGY_SCATTER, 1, "0");
    expect_order(topology, TOPOLOGY_NUMA, 1, "0");
    topology_free(topology);
}

/* Without cores and packages in the tree each PU is a core of its own. */
static void processing_units_alone(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("pu:3", NULL);
    expect_order(topology, TOPOLOGY_CORES, 3, "0 1 2");
    expect_order(topology, TOPOLOGY_SCATTER, 3, "0 1 2");
    topology_free(topology);
}

/* Of 2 packages of 4 cores of 2: the second thread of core 0, cores 1 and 3 whole, and of
 * the second package core 4 whole and one thread of core 6. */
static void holes_in_the_allowed_set(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 numa:1 core:4 pu:2", "1-3,6-9,12");
    assert_int_equal(topology_allowed_count(topology), 8);
    expect_order(topology, TOPOLOGY_COMPACT, 8, "1 2 3 6 7 8 9 12");
    expect_order(topology, TOPOLOGY_CORES, 8, "1 2 6 8 12 3 7 9");
    expect_order(topology, TOPOLOGY_SCATTER, 8, "1 8 2 12 6 9 3 7");
    expect_order(topology, TOPOLOGY_NUMA, 8, "1 8 2 12 6 9 3 7");
    topology_free(topology);
}

/* Round robin goes on with second hardware threads in the small node, where scatter does not. */
static void numa_and_scatter_differ(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 numa:1 core:3 pu:2", "0-7");
    expect_order(topology, TOPOLOGY_NUMA, 8, "0 6 2 7 4 1 3 5");
    expect_order(topology, TOPOLOGY_SCATTER, 8, "0 6 2 4 1 7 3 5");
    topology_free(topology);
}

static void more_threads_wrap_around_and_say_so(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 core:1 pu:2", NULL);
    struct topology_plan enough = topology_make_plan(topology, TOPOLOGY_SCATTER, 4);
    struct topology_plan more = topology_make_plan(topology, TOPOLOGY_SCATTER, 5);
    struct topology_plan unpinned = topology_make_plan(topology, TOPOLOGY_NONE, 5);
    assert_false(enough.oversubscribed);
    assert_true(more.oversubscribed);
    assert_true(unpinned.oversubscribed);
    expect_order(topology, TOPOLOGY_SCATTER, 10, "0 2 1 3 0 2 1 3 0 2");
    topology_plan_free(&enough);
    topology_plan_free(&more);
    topology_plan_free(&unpinned);
    assert_null(more.placements);
    topology_free(topology);
}

static void none_pins_nothing(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 core:2 pu:2", NULL);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_NONE, 3);
    assert_int_equal(plan.thread_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_false(plan.placements[i].pinned);
    topology_plan_free(&plan);
    topology_free(topology);
}

/* The operating system counts first hardware threads first: a placement has both numbers. */
static void placement_names_all_levels(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic(
        "package:2 numa:2 core:2 pu:2(indexes=0,8,1,9,2,10,3,11,4,12,5,13,6,14,7,15)", "8-13");
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 6);
    const struct topology_placement *last = &plan.placements[5];
    assert_int_equal(plan.placements[0].pu, 1);
    assert_int_equal(plan.placements[0].os_pu, 8);
    assert_int_equal(last->pu, 11);
    assert_int_equal(last->os_pu, 13);
    assert_int_equal(last->core, 5);
    assert_int_equal(last->numa, 2);
    assert_int_equal(last->package, 1);
    topology_plan_free(&plan);
    topology_free(topology);
}

static void policies_have_names_and_sentences(void **state)
{
    (void)state;
    struct error error = {0};
    for (unsigned i = 0; i < TOPOLOGY_POLICY_COUNT; i++) {
        enum topology_policy policy = (enum topology_policy)i;
        enum topology_policy parsed = TOPOLOGY_POLICY_COUNT;
        assert_true(topology_policy_parse(topology_policy_name(policy), &parsed, &error));
        assert_int_equal(parsed, policy);
        assert_non_null(strchr(topology_policy_sentence(policy), '.'));
    }
    assert_int_equal(error.kind, ERROR_NONE);
    assert_string_equal(topology_policy_name(TOPOLOGY_SCATTER), "scatter");
}

static void unknown_policy_proposes_the_nearest(void **state)
{
    (void)state;
    enum topology_policy policy = TOPOLOGY_NONE;
    struct error error = {0};
    assert_false(topology_policy_parse("scater", &policy, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_string_equal(error.text, "There is no pinning policy \"scater\": did you mean scatter "
                                    "(of compact, scatter, cores, numa, none)?");
    assert_false(topology_policy_parse("xyzzyxyzzy", &policy, &error));
    assert_string_equal(error.text, "There is no pinning policy \"xyzzyxyzzy\": there are compact, "
                                    "scatter, cores, numa, none.");
    assert_int_equal(policy, TOPOLOGY_NONE);
}

static void expect_refused(const char *description, const char *allowed, const char *named)
{
    struct error error = {0};
    assert_null(topology_load_synthetic(description, allowed, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, named));
}

static void bad_descriptions_are_the_users(void **state)
{
    (void)state;
    expect_refused("package:2 nonsense:2", NULL, "package:2 nonsense:2");
    expect_refused("", NULL, "synthetic");
    expect_refused("pu:4", "2-9", "\"2-9\"");
    expect_refused("pu:4", "", "\"\"");
    expect_refused("pu:4", "two", "\"two\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_packages_with_hardware_threads),
        cmocka_unit_test(several_numa_nodes_in_a_package),
        cmocka_unit_test(one_core),
        cmocka_unit_test(processing_units_alone),
        cmocka_unit_test(holes_in_the_allowed_set),
        cmocka_unit_test(numa_and_scatter_differ),
        cmocka_unit_test(more_threads_wrap_around_and_say_so),
        cmocka_unit_test(none_pins_nothing),
        cmocka_unit_test(placement_names_all_levels),
        cmocka_unit_test(policies_have_names_and_sentences),
        cmocka_unit_test(unknown_policy_proposes_the_nearest),
        cmocka_unit_test(bad_descriptions_are_the_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
