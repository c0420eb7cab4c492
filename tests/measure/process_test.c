/* SPDX-License-Identifier: MIT
 *
 * What the system tells of this process, against what this process does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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

/* Write root/proc/… and root/sys/… by a shell, and read what quotas have stopped so far. */
static uint64_t throttled_ns(const char *files)
{
    char root[] = "/tmp/heapmark-process-XXXXXX";
    char command[1024];
    assert_non_null(mkdtemp(root));
    snprintf(command, sizeof command, "cd %s && { %s; }", root, files);
    assert_int_equal(system(command), 0);
    uint64_t ns = process_throttled_ns(root);
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
    return ns;
}

static void what_quotas_stopped_is_summed_over_groups(void **state)
{
    (void)state;
    assert_true(throttled_ns("true") == PROCESS_UNKNOWN);
    assert_true(throttled_ns("mkdir -p proc/self sys/fs/cgroup/a/b;"
                             "echo 0::/a/b >proc/self/cgroup;"
                             "echo cpu >sys/fs/cgroup/cgroup.controllers;"
                             "echo usage_usec 9 >sys/fs/cgroup/cpu.stat") == PROCESS_UNKNOWN);
    assert_true(throttled_ns("mkdir -p proc/self sys/fs/cgroup/a/b;"
                             "echo 0::/a/b >proc/self/cgroup;"
                             "echo cpu >sys/fs/cgroup/cgroup.controllers;"
                             "printf 'nr_throttled 3\\nthrottled_usec 7\\n'"
                             " >sys/fs/cgroup/a/b/cpu.stat;"
                             "echo throttled_usec 5 >sys/fs/cgroup/a/cpu.stat") == 12000);
    assert_true(throttled_ns("mkdir -p proc/self sys/fs/cgroup/cpu/a;"
                             "echo 2:cpu:/a >proc/self/cgroup;"
                             "printf 'nr_periods 1\\nthrottled_time 41\\n'"
                             " >sys/fs/cgroup/cpu/a/cpu.stat") == 41);
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
    assert_true(sampler.samples >= 1);
    assert_true(sampler_held_mean_bytes(&sampler) == 4096);
    struct sampler none = {0};
    assert_true(sampler_held_mean_bytes(&none) == HM_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_is_touched_is_resident),
        cmocka_unit_test(what_quotas_stopped_is_summed_over_groups),
        cmocka_unit_test(the_sampler_reads_held_bytes),
    };
    return cmocka_run_group_tests_name("measure/process", tests, NULL, NULL);
}
