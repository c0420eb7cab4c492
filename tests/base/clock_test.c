/* SPDX-License-Identifier: MIT
 *
 * The clock never goes back, thread time counts work and not waiting, and UTC text reads
 * as the time that it was written. A machine that slept and a time of day that was set are
 * told apart.
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

static void a_moment_is_now_on_all_clocks(void **state)
{
    (void)state;
    struct timespec boot, day;
    struct clock_moment first = clock_moment_now();
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &day);
    struct clock_moment then = clock_moment_now();
    assert_true(first.monotonic_ns <= then.monotonic_ns);
    assert_in_range((uint64_t)boot.tv_sec * 1000000000u + (uint64_t)boot.tv_nsec, first.boot_ns,
                    then.boot_ns);
    assert_int_equal(clock_slept_ns(&first, &then), 0);
    assert_int_equal(clock_set_ns(&first, &then), 0);
}

static void sleep_and_setting_are_told_apart(void **state)
{
    (void)state;
    static const int64_t S = 1000000000;
    static const struct {
        int64_t monotonic, boot, day; /* how far each clock went on */
        int64_t slept, set;
    } rows[] = {
        {5 * S, 5 * S, 5 * S, 0, 0},
        {5 * S, 65 * S, 65 * S, 60 * S, 0},      /* slept */
        {5 * S, 5 * S + S / 1000, 5 * S, 0, 0},  /* read late */
        {5 * S, 5 * S, 8 * S, 0, 3 * S},         /* set forward */
        {5 * S, 5 * S, -3595 * S, 0, -3600 * S}, /* set back, before where it was */
        {5 * S, 5 * S, 5 * S + S / 2, 0, 0},     /* kept right */
        {3600 * S, 3600 * S, 3604 * S, 0, 0},    /* kept right over an hour */
        {5 * S, 65 * S, 5 * S, 60 * S, -60 * S}, /* slept, and the day did not go on */
    };
    const struct clock_moment from = {1000 * (uint64_t)S, 2000 * (uint64_t)S, 4000 * (uint64_t)S};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct clock_moment to = {from.monotonic_ns + (uint64_t)rows[i].monotonic,
                                        from.boot_ns + (uint64_t)rows[i].boot,
                                        from.day_ns + (uint64_t)rows[i].day};
        assert_int_equal(clock_slept_ns(&from, &to), rows[i].slept);
        assert_int_equal(clock_set_ns(&from, &to), rows[i].set);
    }
}

static struct clock_moment noon(void)
{
    return (struct clock_moment){1, 2, 3};
}

static void moments_can_be_made_up(void **state)
{
    (void)state;
    clock_moments_from(noon);
    assert_int_equal(clock_moment_now().day_ns, 3);
    clock_moments_from(NULL);
    assert_int_not_equal(clock_moment_now().day_ns, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_never_goes_back),
        cmocka_unit_test(now_is_the_monotonic_clock),
        cmocka_unit_test(thread_time_is_the_threads_own),
        cmocka_unit_test(utc_text_is_iso_8601),
        cmocka_unit_test(a_moment_is_now_on_all_clocks),
        cmocka_unit_test(sleep_and_setting_are_told_apart),
        cmocka_unit_test(moments_can_be_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
