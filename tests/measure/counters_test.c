/* SPDX-License-Identifier: MIT
 *
 * Counters of the process. Not every machine has those of the processor; the kernel counts page
 * faults everywhere, by the same interface.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <linux/perf_event.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure/counters.h"

enum { PAGES = 500 };

/* In the place of the processor's; the last is none that a kernel has. */
static const struct counter_kind kinds[COUNTER_COUNT] = {
    {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, TRIAL_INSTRUCTIONS},
    {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, TRIAL_CYCLES},
    {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN, TRIAL_LAST_CACHE_MISSES},
    {PERF_TYPE_SOFTWARE, 1 << 20, TRIAL_DATA_TLB_MISSES},
};

static void *touch(void *memory)
{
    long page = sysconf(_SC_PAGESIZE);
    for (long i = 0; i < PAGES; i++)
        ((volatile char *)memory)[i * page] = 1;
    return NULL;
}

static void threads_that_are_started_later_are_counted(void **state)
{
    (void)state;
    struct counters counters;
    struct counter_values before, after;
    struct trial_record record = {0};
    pthread_t thread;
    counters_open(&counters, kinds);
    if (counters.fds[0] < 0)
        skip(); /* the kernel lets nobody count */
    size_t bytes = PAGES * (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_int_equal(madvise(memory, bytes, MADV_NOHUGEPAGE), 0);
    counters_read(&counters, &before);
    assert_int_equal(pthread_create(&thread, NULL, touch, memory), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    counters_read(&counters, &after);
    counters_tell(kinds, &before, &after, &record);
    assert_true(record_integer(&record, TRIAL_INSTRUCTIONS, 0) >= PAGES);
    assert_true(record_integer(&record, TRIAL_CYCLES, 0) > 0);
    assert_false(record_is_known(&record, TRIAL_DATA_TLB_MISSES));
    record_free(&record);
    munmap(memory, bytes);
    counters_close(&counters);
}

static void what_is_unknown_at_either_end_is_not_told(void **state)
{
    (void)state;
    struct counter_values before = {{1, UINT64_MAX, 3, 9}}, after = {{5, 2, UINT64_MAX, 8}};
    struct trial_record record = {0};
    counters_tell(counter_kinds, &before, &after, &record);
    assert_int_equal(record_integer(&record, TRIAL_INSTRUCTIONS, 0), 4);
    assert_false(record_is_known(&record, TRIAL_CYCLES));
    assert_false(record_is_known(&record, TRIAL_LAST_CACHE_MISSES));
    assert_false(record_is_known(&record, TRIAL_DATA_TLB_MISSES));
    record_free(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_that_are_started_later_are_counted),
        cmocka_unit_test(what_is_unknown_at_either_end_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
