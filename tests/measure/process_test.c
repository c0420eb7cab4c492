/* SPDX-License-Identifier: MIT
 *
 * What the system tells of this process, against what this process does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/fake_machine.h"
#include "measure/process.h"
#include "measure/sampler.h"

enum { BYTES = 32 << 20 };

static void memory_that_is_touched_is_resident(void **state)
{
    (void)state;
    uint64_t before = process_resident_bytes();
    assert_true(before != PROCESS_UNKNOWN);
    struct process_usage first, second;
    process_usage(&first);
    char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    memset(memory, 1, BYTES);
    assert_true(process_resident_bytes() >= before + BYTES / 2);
    uint64_t peak = process_resident_peak_bytes();
    assert_true(peak != PROCESS_UNKNOWN && peak >= before + BYTES / 2);
    process_usage(&second);
    assert_true(second.page_faults_minor > first.page_faults_minor);
    assert_true(second.cpu_user_ns + second.cpu_system_ns >=
                first.cpu_user_ns + first.cpu_system_ns);
    munmap(memory, BYTES);
    if (process_reset_peak())
        assert_true(process_resident_peak_bytes() < peak);
    else
        assert_true(process_resident_peak_bytes() >= peak);
}

static void how_busy_the_machine_is_comes_from_the_kernel(void **state)
{
    (void)state;
    const char *root = fake_machine_root();
    assert_true(isnan(process_load(root)) && isnan(process_pressure(root)));
    assert_true(process_frequency_hz(root, 3) == PROCESS_UNKNOWN);
    fake_machine_put("/proc/loadavg", "2.50 1.00 0.50 1/99 4\n");
    fake_machine_put("/proc/pressure/cpu", "some avg10=12.25 avg60=1.00 avg300=0.00 total=9\n"
                                           "full avg10=7.00 avg60=0.00 avg300=0.00 total=0\n");
    fake_machine_put("/sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq", "2600500\n");
    assert_true(process_load(root) == 2.5 && process_pressure(root) == 12.25);
    assert_true(process_frequency_hz(root, 3) == 2600500000);
    assert_true(process_frequency_hz(root, 2) == PROCESS_UNKNOWN);
    fake_machine_put("/proc/pressure/cpu", "some avg10=\n");
    assert_true(isnan(process_pressure(root)));
}

static uint64_t throttled_ns(void)
{
    return process_throttled_ns(fake_machine_root());
}

static void what_quotas_stopped_is_summed_over_groups(void **state)
{
    (void)state;
    assert_true(throttled_ns() == PROCESS_UNKNOWN);
    fake_machine_put("/proc/self/cgroup", "0::/a/b\n");
    fake_machine_put("/sys/fs/cgroup/cgroup.controllers", "cpu\n");
    fake_machine_put("/sys/fs/cgroup/cpu.stat", "usage_usec 9\n");
    assert_true(throttled_ns() == PROCESS_UNKNOWN);
    fake_machine_put("/sys/fs/cgroup/a/b/cpu.stat", "nr_throttled 3\nthrottled_usec 7\n");
    fake_machine_put("/sys/fs/cgroup/a/cpu.stat", "throttled_usec 5\n");
    assert_true(throttled_ns() == 12000);
}

static void version_1_has_a_hierarchy_of_its_own(void **state)
{
    (void)state;
    fake_machine_put("/proc/self/cgroup", "2:cpu:/a\n");
    fake_machine_put("/sys/fs/cgroup/cpu/a/cpu.stat", "nr_periods 1\nthrottled_time 41\n");
    assert_true(throttled_ns() == 41);
}

static void figures(hm_heap *heap, struct hm_statistics *statistics)
{
    (void)heap;
    statistics->held_bytes = 4096;
}

static void the_sampler_reads_held_bytes(void **state)
{
    (void)state;
    static const struct hm_heap_ops ops = {.size = sizeof ops, .statistics = figures};
    struct hm_heap heap = {.ops = &ops};
    struct hm_statistics statistics;
    sampler_statistics(&heap, &statistics);
    assert_true(statistics.held_bytes == 4096);
    assert_true(statistics.live_objects == HM_UNKNOWN);
    struct sampler sampler;
    assert_true(sampler_start(&sampler, &heap));
    sampler_stop(&sampler);
    sampler_stop(&sampler);
    assert_true(sampler.held.samples >= 1);
    assert_true(sampler_mean_of(&sampler.held) == 4096);
    struct sampler none = {0};
    assert_true(sampler_mean_of(&none.held) == HM_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_is_touched_is_resident),
        cmocka_unit_test_setup_teardown(how_busy_the_machine_is_comes_from_the_kernel,
                                        fake_machine_make, fake_machine_remove),
        cmocka_unit_test_setup_teardown(what_quotas_stopped_is_summed_over_groups,
                                        fake_machine_make, fake_machine_remove),
        cmocka_unit_test_setup_teardown(version_1_has_a_hierarchy_of_its_own, fake_machine_make,
                                        fake_machine_remove),
        cmocka_unit_test(the_sampler_reads_held_bytes),
    };
    return cmocka_run_group_tests_name("measure/process", tests, NULL, NULL);
}
