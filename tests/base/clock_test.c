/* SPDX-License-Identifier: MIT
 *
 * The clock never goes back, thread time counts work and not waiting, and UTC text reads
 * as the time that it was written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <time.h>

#include "base/clock.h"

static void now_never_goes_back(void **state)
{
    (void)state;
    uint64_t before = clock_now_ns();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_now_ns();
        assert_true(now >= before);
        before = now;
    }
}

static void now_is_the_monotonic_clock(void **state)
{
    (void)state;
    struct timespec low, high;
    clock_gettime(CLOCK_MONOTONIC, &low);
    uint64_t now = clock_now_ns();
    clock_gettime(CLOCK_MONOTONIC, &high);
    assert_true(now >= (uint64_t)low.tv_sec * 1000000000u + (uint64_t)low.tv_nsec);
    assert_true(now <= (uint64_t)high.tv_sec * 1000000000u + (uint64_t)high.tv_nsec);
}

static void *read_fresh_thread(void *cpu_ns)
{
    *(uint64_t *)cpu_ns = clock_thread_cpu_ns();
    return NULL;
}

/* The condition waited for is the clock's own progress: there is no time limit in it. */
static void thread_time_is_the_threads_own(void **state)
{
    (void)state;
    uint64_t start = clock_thread_cpu_ns();
    while (clock_thread_cpu_ns() - start < 20000000u)
        continue;
    uint64_t own = clock_thread_cpu_ns(), fresh = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_fresh_thread, &fresh), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(fresh > 0 && fresh < own);
}

static void utc_text_is_iso_8601(void **state)
{
    (void)state;
    char text[21];
    time_t low = time(NULL);
    clock_utc_text(text);
    time_t high = time(NULL);
    struct tm utc = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    assert_non_null(end);
    assert_ptr_equal(end, text + 20);
    assert_int_equal(text[20], '\0');
    time_t read = timegm(&utc);
    /* time() may read a coarser clock than the one before it: allow its last second. */
    assert_true(read >= low - 1 && read <= high + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_never_goes_back),
        cmocka_unit_test(now_is_the_monotonic_clock),
        cmocka_unit_test(thread_time_is_the_threads_own),
        cmocka_unit_test(utc_text_is_iso_8601),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
