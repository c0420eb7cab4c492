/* SPDX-License-Identifier: MIT
 *
 * The one clock of the harness.
 */
#include "base/clock.h"

#include <time.h>

#include "base/error.h"

static uint64_t read_ns(clockid_t clock)
{
    struct timespec now;
    int status = clock_gettime(clock, &now);
    CHECK(status == 0, "clock %d cannot be read: %m", (int)clock);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

void clock_utc_text(char text[static 21])
{
    time_t now = time(NULL);
    struct tm utc;
    CHECK(gmtime_r(&now, &utc) != NULL, "time %lld has no date", (long long)now);
    size_t length = strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
    CHECK(length == 20, "year %d does not fit", utc.tm_year + 1900);
}
