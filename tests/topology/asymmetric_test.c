/* SPDX-License-Identifier: MIT
 *
 * Machines whose parts are not alike, from files: lopsided.xml has three cores of two hardware
 * threads in one package and two of one in the other, hybrid.xml two fast cores of two hardware
 * threads and four slow ones of one, memory-only-node.xml a node without processors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "topology/topology.h"

static struct topology *load(const char *name, const char *allowed)
{
    struct error error = {0};
    struct text path = {0};
    text_format(&path, MACHINES "/%s", name);
    struct topology *topology = topology_load_file(text_chars(&path), allowed, &error);
    text_free(&path);
    if (!topology)
        fail_msg("%s", error.text);
    return topology;
}

static void expect_order(const struct topology *topology, enum topology_policy policy,
                         const char *expected)
{
    struct topology_plan plan =
        topology_make_plan(topology, policy, topology_allowed_count(topology));
    struct text order = {0};
    for (unsigned i = 0; i < plan.thread_count; i++)
        text_format(&order, "%s%u", i == 0 ? "" : " ", plan.placements[i].pu);
    assert_string_equal(text_chars(&order), expected);
    text_free(&order);
    topology_plan_free(&plan);
}

static void packages_of_different_size(void **state)
{
    (void)state;
    struct topology *topology = load("lopsided.xml", NULL);
    expect_order(topology, TOPOLOGY_COMPACT, "0 1 2 3 4 5 6 7");
    expect_order(topology, TOPOLOGY_CORES, "0 2 4 6 7 1 3 5");
    expect_order(topology, TOPOLOGY_SCATTER, "0 6 2 7 4 1 3 5");
    expect_order(topology, TOPOLOGY_NUMA, "0 6 2 7 4 1 3 5");
    topology_free(topology);
}

static void holes_in_a_lopsided_machine(void **state)
{
    (void)state;
    struct topology *topology = load("lopsided.xml", "1-3,5,8");
    assert_int_equal(topology_allowed_count(topology), 5);
    expect_order(topology, TOPOLOGY_CORES, "1 2 5 7 3");
    expect_order(topology, TOPOLOGY_SCATTER, "1 7 2 5 3");
    topology_free(topology);
}

static bool mixes(const struct topology *topology, enum topology_policy policy, unsigned threads)
{
    struct topology_plan plan = topology_make_plan(topology, policy, threads);
    bool mixed = plan.mixed_kinds;
    topology_plan_free(&plan);
    return mixed;
}

static void cores_of_different_kinds_are_said(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load("hybrid.xml", NULL);
    expect_order(topology, TOPOLOGY_CORES, "0 2 4 5 6 7 1 3");
    assert_false(mixes(topology, TOPOLOGY_COMPACT, 4));
    assert_false(mixes(topology, TOPOLOGY_CORES, 2));
    assert_true(mixes(topology, TOPOLOGY_CORES, 3));
    assert_false(mixes(topology, TOPOLOGY_NONE, 8));
    topology_describe(&text, topology);
    assert_non_null(strstr(text_chars(&text), "; 2 kinds of core\n"));
    assert_non_null(strstr(text_chars(&text), "core 1 (kind 1): PU 2"));
    assert_non_null(strstr(text_chars(&text), "core 2 (kind 0): PU 4"));
    text_free(&text);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_CORES, 3);
    topology_describe_plan(&text, &plan, 0);
    assert_non_null(strstr(text_chars(&text), "cores of different kinds"));
    text_free(&text);
    topology_plan_free(&plan);
    topology_free(topology);
}

static void a_node_without_processors_is_shown(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load("memory-only-node.xml", NULL);
    expect_order(topology, TOPOLOGY_NUMA, "0 1");
    topology_describe(&text, topology);
    assert_string_equal(text_chars(&text),
                        "2 packages, 2 NUMA nodes, 2 cores, 2 PUs; allowed OS PUs: 0-1\n"
                        "* marks a processing unit (PU) that this process may use\n"
                        "\n"
                        "package 0\n"
                        "  NUMA node 0 (1 GiB)\n"
                        "    core 0: PU 0 (OS 0)*\n"
                        "    core 1: PU 1 (OS 1)*\n"
                        "NUMA node 1 (1 GiB), nearest to no PU\n");
    text_free(&text);
    topology_free(topology);
}

static void bad_files_are_the_users(void **state)
{
    (void)state;
    struct error error = {0};
    assert_null(topology_load_file(MACHINES "/no such file.xml", NULL, &error));
    assert_int_equal(error.kind, ERROR_USER);
    assert_non_null(strstr(error.text, "no such file.xml"));
    assert_null(topology_load_file(__FILE__, NULL, &error));
    assert_null(topology_load_file(MACHINES "/hybrid.xml", "5", &error));
    assert_int_equal(error.kind, ERROR_USER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_of_different_size),
        cmocka_unit_test(holes_in_a_lopsided_machine),
        cmocka_unit_test(cores_of_different_kinds_are_said),
        cmocka_unit_test(a_node_without_processors_is_shown),
        cmocka_unit_test(bad_files_are_the_users),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
