/* SPDX-License-Identifier: MIT
 *
 * What the system tells of this process, against what this process does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

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
        cmocka_unit_test(the_sampler_reads_held_bytes),
    };
    return cmocka_run_group_tests_name("measure/process", tests, NULL, NULL);
}
