/* SPDX-License-Identifier: MIT
 *
 * CPU quotas of control groups, of both versions, read from machines that are folders.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../base/fake_machine.h"
#include "machines.h"

static void expect_quota(double cpus)
{
    double found = topology_read_quota(fake_machine_root());
    if (found != cpus)
        fail_msg("%g CPUs, not %g", found, cpus);
}

static void the_least_of_all_groups_above_counts(void **state)
{
    (void)state;
    expect_quota(0);
    fake_machine_put("/proc/self/cgroup", "0::/outer/inner\n");
    fake_machine_put("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
    expect_quota(0);
    fake_machine_put("/sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
    expect_quota(0);
    fake_machine_put("/sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
    expect_quota(1.5);
    fake_machine_put("/sys/fs/cgroup/outer/inner/cpu.max", "400000 100000\n");
    expect_quota(1.5);
    fake_machine_put("/sys/fs/cgroup/outer/inner/cpu.max", "25000 50000\n");
    expect_quota(0.5);
}

/* In a container the group is often the root of what is mounted. */
static void the_root_may_be_the_group(void **state)
{
    (void)state;
    fake_machine_put("/proc/self/cgroup", "0::/\n");
    fake_machine_put("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
    fake_machine_put("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    expect_quota(2);
}

static void version_1_has_two_files(void **state)
{
    (void)state;
    fake_machine_put("/proc/self/cgroup", "4:cpuset:/elsewhere\n3:cpuacct,cpu:/group\n0::/\n");
    fake_machine_put("/sys/fs/cgroup/cpu/group/cpu.cfs_quota_us", "-1\n");
    fake_machine_put("/sys/fs/cgroup/cpu/group/cpu.cfs_period_us", "100000\n");
    expect_quota(0);
    fake_machine_put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
    fake_machine_put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    expect_quota(3);
    fake_machine_put("/sys/fs/cgroup/cpu/group/cpu.cfs_quota_us", "50000\n");
    expect_quota(0.5);
}

static void nonsense_is_no_quota(void **state)
{
    (void)state;
    fake_machine_put("/proc/self/cgroup", "nonsense\n0::/\n");
    fake_machine_put("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
    fake_machine_put("/sys/fs/cgroup/cpu.max", "150000\n");
    expect_quota(0);
    fake_machine_put("/sys/fs/cgroup/cpu.max", "150000 0\n");
    expect_quota(0);
}

static void assert_said(struct text *text, const char *part, bool said)
{
    if ((strstr(text_chars(text), part) != NULL) != said)
        fail_msg("'%s' is %smissing in: %s", part, said ? "" : "not ", text_chars(text));
    text_free(text);
}

static void fewer_than_the_allowed_units_is_said(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic("core:4 pu:1", NULL);
    topology_append_summary(&text, topology);
    assert_said(&text, "quota", false);
    topology_set_quota(topology, 1.5);
    topology_append_summary(&text, topology);
    assert_said(&text, "; CPU quota: 1.5 CPUs", true);
    topology_describe(&text, topology);
    assert_said(&text, "the time of 1.5 CPUs, less than the 4 PUs", true);
    topology_set_quota(topology, 4);
    topology_describe(&text, topology);
    assert_said(&text, "less than", false);
    topology_free(topology);
}

static void a_plan_of_more_threads_is_said(void **state)
{
    (void)state;
    struct text text = {0};
    struct topology *topology = load_synthetic("core:4 pu:1", NULL);
    topology_set_quota(topology, 1.5);
    struct topology_plan one = topology_make_plan(topology, TOPOLOGY_COMPACT, 1);
    struct topology_plan two = topology_make_plan(topology, TOPOLOGY_NONE, 2);
    assert_false(one.over_quota);
    assert_true(two.over_quota);
    topology_describe_plan(&text, &one, 0);
    assert_said(&text, "More threads than the CPU quota", false);
    topology_describe_plan(&text, &two, 0);
    assert_said(&text, "More threads than the CPU quota", true);
    topology_plan_free(&one);
    topology_plan_free(&two);
    topology_free(topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_least_of_all_groups_above_counts, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test_setup_teardown(the_root_may_be_the_group, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test_setup_teardown(version_1_has_two_files, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test_setup_teardown(nonsense_is_no_quota, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test(fewer_than_the_allowed_units_is_said),
        cmocka_unit_test(a_plan_of_more_threads_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
