/* SPDX-License-Identifier: MIT
 *
 * The one clock of the harness, and those beside it.
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

uint64_t clock_process_cpu_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_cpu_ns_of(pthread_t thread)
{
    clockid_t clock;
    int status = pthread_getcpuclockid(thread, &clock);
    CHECK(status == 0, "a thread has no clock: error %d", status);
    return read_ns(clock);
}

void clock_utc_text(char text[static 21])
{
    time_t now = time(NULL);
    struct tm utc;
    CHECK(gmtime_r(&now, &utc) != NULL, "time %lld has no date", (long long)now);
    size_t length = strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
    CHECK(length == 20, "year %d does not fit", utc.tm_year + 1900);
}

/* ---- moments ---- */

static struct clock_moment (*moments)(void);

void clock_moments_from(struct clock_moment (*read)(void))
{
    moments = read;
}

/* The narrowest of a few readings: whoever is interrupted within one reads late clocks. */
struct clock_moment clock_moment_now(void)
{
    enum { READINGS = 5 };
    struct clock_moment best = {0};
    uint64_t narrowest_ns = UINT64_MAX;
    if (moments != NULL)
        return moments();
    for (int i = 0; i < READINGS; i++) {
        struct clock_moment moment = {.monotonic_ns = read_ns(CLOCK_MONOTONIC)};
        moment.boot_ns = read_ns(CLOCK_BOOTTIME);
        moment.day_ns = read_ns(CLOCK_REALTIME);
        uint64_t width_ns = read_ns(CLOCK_MONOTONIC) - moment.monotonic_ns;
        if (width_ns < narrowest_ns) {
            narrowest_ns = width_ns;
            best = moment;
        }
    }
    return best;
}

uint64_t clock_slept_ns(const struct clock_moment *from, const struct clock_moment *to)
{
    static const uint64_t NOTICED_NS = 10000000; /* below this it is the reading's own width */
    uint64_t before_ns = from->boot_ns - from->monotonic_ns;
    uint64_t after_ns = to->boot_ns - to->monotonic_ns;
    return after_ns > before_ns && after_ns - before_ns >= NOTICED_NS ? after_ns - before_ns : 0;
}

int64_t clock_set_ns(const struct clock_moment *from, const struct clock_moment *to)
{
    static const int64_t ALWAYS_ALLOWED_NS = 1000000000, ALLOWED_SHARE = 1000;
    int64_t passed_ns = (int64_t)(to->boot_ns - from->boot_ns);
    int64_t set_ns = (int64_t)(to->day_ns - from->day_ns) - passed_ns;
    int64_t allowed_ns = ALWAYS_ALLOWED_NS + passed_ns / ALLOWED_SHARE;
    return set_ns > allowed_ns || set_ns < -allowed_ns ? set_ns : 0;
}
