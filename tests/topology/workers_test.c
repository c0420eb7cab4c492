/* SPDX-License-Identifier: MIT
 *
 * Where the threads of a collector go: behind the mutators, by the same policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machines.h"

/* The PUs of the first `workers` collector threads must read `expected`; '-' is not pinned. */
static void expect_workers(const char *description, const char *allowed,
                           enum topology_policy policy, unsigned threads, unsigned workers,
                           const char *expected)
{
    struct topology *topology = load_synthetic(description, allowed);
    struct topology_plan plan = topology_make_plan(topology, policy, threads);
    struct text order = {0};
    for (unsigned i = 0; i < workers; i++) {
        struct topology_placement placement = topology_worker_placement(&plan, i);
        text_append(&order, i == 0 ? "" : " ");
        if (placement.pinned)
            text_format(&order, "%u", placement.pu);
        else
            text_append(&order, "-");
    }
    assert_string_equal(text_chars(&order), expected);
    text_free(&order);
    topology_plan_free(&plan);
    topology_free(topology);
}

static void they_go_on_where_the_mutators_end(void **state)
{
    (void)state;
    const char *machine = "package:2 core:2 pu:2";
    expect_workers(machine, NULL, TOPOLOGY_COMPACT, 3, 3, "3 4 5");
    expect_workers(machine, NULL, TOPOLOGY_CORES, 3, 3, "6 1 3");
    expect_workers(machine, NULL, TOPOLOGY_SCATTER, 3, 3, "6 1 5");
    expect_workers("package:2 numa:2 core:2 pu:2", NULL, TOPOLOGY_NUMA, 3, 4, "12 2 6 10");
}

/* A worker on a mutator's PU would wait for it, or for the mutator that collects. */
static void no_one_shares_with_a_mutator_by_design(void **state)
{
    (void)state;
    expect_workers("core:4 pu:1", NULL, TOPOLOGY_COMPACT, 3, 3, "3 - -");
    expect_workers("core:4 pu:1", NULL, TOPOLOGY_COMPACT, 4, 2, "- -");
    expect_workers("core:4 pu:1", NULL, TOPOLOGY_COMPACT, 9, 2, "- -");
    expect_workers("core:1 pu:1", NULL, TOPOLOGY_SCATTER, 1, 1, "-");
}

static void holes_are_no_places(void **state)
{
    (void)state;
    expect_workers("package:2 core:4 pu:1", "1,3,6-7", TOPOLOGY_COMPACT, 2, 3, "6 7 -");
    expect_workers("package:2 core:4 pu:1", "1,3,6-7", TOPOLOGY_SCATTER, 2, 3, "3 7 -");
}

static void without_pinning_there_are_no_places(void **state)
{
    (void)state;
    expect_workers("core:8 pu:1", NULL, TOPOLOGY_NONE, 1, 2, "- -");
}

static void they_are_shown_beside_the_mutators(void **state)
{
    (void)state;
    struct error error = {0};
    struct topology *topology = topology_load_synthetic("package:1 core:3 pu:1", NULL, &error);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 2);
    struct text text = {0};
    topology_describe_plan(&text, &plan, 2);
    assert_string_equal(
        text_chars(&text),
        "compact: Fills neighbours first: the hardware threads of a core, then the cores of a "
        "package, then the next package.\n"
        "                 thread     PU  OS PU  core  package  NUMA node\n"
        "mutator               0      0      0     0        0          0\n"
        "mutator               1      1      1     1        0          0\n"
        "collector thread      0      2      2     2        0          0\n"
        "collector thread      1  anywhere\n");
    text_free(&text);
    topology_plan_free(&plan);
    topology_free(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_go_on_where_the_mutators_end),
        cmocka_unit_test(no_one_shares_with_a_mutator_by_design),
        cmocka_unit_test(holes_are_no_places),
        cmocka_unit_test(without_pinning_there_are_no_places),
        cmocka_unit_test(they_are_shown_beside_the_mutators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
