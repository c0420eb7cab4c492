/* SPDX-License-Identifier: MIT
 *
 * What people read of a machine and of a plan, and what is stored with a trial.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machines.h"

static void machine_is_a_tree_with_allowed_units_marked(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic(
        "package:2 numa:2(memory=1GiB) core:1 pu:2(indexes=0,4,1,5,2,6,3,7)", "0,1,5-6");
    topology_describe(&text, topology);
    expect_text(&text, "2 packages, 4 NUMA nodes, 4 cores, 8 PUs; allowed OS PUs: 0-1,5-6\n"
                       "* marks a processing unit (PU) that this process may use\n"
                       "\n"
                       "package 0\n"
                       "  NUMA node 0 (1 GiB)\n"
                       "    core 0: PU 0 (OS 0)*, PU 1 (OS 4)\n"
                       "  NUMA node 1 (1 GiB)\n"
                       "    core 1: PU 2 (OS 1)*, PU 3 (OS 5)*\n"
                       "package 1\n"
                       "  NUMA node 2 (1 GiB)\n"
                       "    core 2: PU 4 (OS 2), PU 5 (OS 6)*\n"
                       "  NUMA node 3 (1 GiB)\n"
                       "    core 3: PU 6 (OS 3), PU 7 (OS 7)\n");
    topology_free(topology);
}

static void summary_of_the_smallest_machine(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic("package:1 core:1 pu:1", NULL);
    topology_append_summary(&text, topology);
    expect_text(&text, "1 package, 1 NUMA node, 1 core, 1 PU; allowed OS PUs: 0");
    topology_free(topology);
}

static void plan_is_a_table(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic("package:2 core:1 pu:1(indexes=3,7)", NULL);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_COMPACT, 3);
    topology_describe_plan(&text, &plan, 0);
    expect_text(&text, "compact: Fills neighbours first: the hardware threads of a core, then the "
                       "cores of a package, then the next package.\n"
                       "thread     PU  OS PU  core  package  NUMA node\n"
                       "     0      0      3     0        0          0\n"
                       "     1      1      7     1        1          0\n"
                       "     2      0      3     0        0          0\n"
                       "More threads than processing units that this process may use: some share "
                       "one, and take turns on it.\n");
    topology_plan_free(&plan);
    topology_free(topology);
}

static void plan_without_pinning(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic("package:1 core:2 pu:1", NULL);
    struct topology_plan plan = topology_make_plan(topology, TOPOLOGY_NONE, 2);
    topology_describe_plan(&text, &plan, 0);
    expect_text(&text,
                "none: Pins nothing: the operating system places threads and moves them at will.\n"
                "thread     PU  OS PU  core  package  NUMA node\n"
                "     0  anywhere\n"
                "     1  anywhere\n");
    topology_plan_free(&plan);
    topology_free(topology);
}

static void expect_asked(const struct topology *topology, enum topology_policy policy,
                         unsigned threads, const char *expected)
{
    struct text text = {0};
    struct topology_plan plan = topology_make_plan(topology, policy, threads);
    topology_append_asked(&text, &plan);
    expect_text(&text, expected);
    topology_plan_free(&plan);
}

static void asked_is_stored_by_os_number(void **state)
{
    (void)state;
    struct topology *topology = load_synthetic("package:2 core:1 pu:2(indexes=0,2,1,3)", NULL);
    expect_asked(topology, TOPOLOGY_SCATTER, 3, "scatter: 0 1 2");
    expect_asked(topology, TOPOLOGY_COMPACT, 5, "compact: 0 2 1 3 0 (oversubscribed)");
    expect_asked(topology, TOPOLOGY_NONE, 4, "none");
    expect_asked(topology, TOPOLOGY_NONE, 5, "none (oversubscribed)");
    topology_free(topology);
}

static void got_marks_what_was_not_asked(void **state)
{
    (void)state;
    const struct topology_got got[] = {
        {.os_pus = "0", .as_asked = true},
        {.os_pus = "0-7", .as_asked = false},
        {.os_pus = "5", .as_asked = true},
    };
    struct text text = {0};
    topology_append_got(&text, got, 3);
    expect_text(&text, "0 0-7! 5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machine_is_a_tree_with_allowed_units_marked),
        cmocka_unit_test(summary_of_the_smallest_machine),
        cmocka_unit_test(plan_is_a_table),
        cmocka_unit_test(plan_without_pinning),
        cmocka_unit_test(asked_is_stored_by_os_number),
        cmocka_unit_test(got_marks_what_was_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
