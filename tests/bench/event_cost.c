/* SPDX-License-Identifier: MIT
 *
 * What events and stamps cost a thread: CPU time of an event that is written to a log, of a slow
 * path that is stamped and too short to be kept, of one that is kept (with the control read), of
 * each of these readings, and of a release with and without a reading of the thread's CPU clock.
 *
 *   event_cost [TIMES]
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "measure/account.h"
#include "measure/stamps.h"

static uint64_t times = 1000000;

static void nothing(hm_mutator *m)
{
    (void)m;
}

static void spin(uint64_t ns)
{
    uint64_t end_ns = clock_now_ns() + ns;
    while (clock_now_ns() < end_ns)
        continue;
}

/* So long that a stamp is kept, and so long that the control is read for it, too. */
static void wait_a_little(hm_mutator *m)
{
    (void)m;
    spin(STAMP_THRESHOLD_NS);
}

static void wait_longer(hm_mutator *m)
{
    (void)m;
    spin(STAMP_CONTROLLED_NS);
}

static void tell(const char *what, uint64_t cpu_ns, uint64_t count)
{
    printf("%-36s %8.1f ns\n", what, (double)cpu_ns / (double)count);
}

static void measure_events(void)
{
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    book.minds_threads = true;
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    uint64_t start_ns = clock_thread_cpu_ns();
    for (uint64_t i = 0; i < times; i++)
        log_event(log, HM_EVENT_HEAP_GROWN, clock_now_ns(), i);
    tell("event, with its reading of the clock", clock_thread_cpu_ns() - start_ns, times);
    log_book_close(&book);
}

/* What `poll` costs, with stamps or without. */
static uint64_t polls_cpu_ns(void (*poll)(hm_mutator *m), bool stamped, uint64_t count)
{
    const struct hm_slow slow = {.size = sizeof slow, .poll = poll};
    struct hm_mutator m = {.slow = &slow};
    struct stamps stamps = {0};
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    if (stamped)
        stamps_wrap(&stamps, &m, log);
    uint64_t start_ns = clock_thread_cpu_ns();
    for (uint64_t i = 0; i < count; i++)
        m.slow->poll(&m);
    uint64_t cpu_ns = clock_thread_cpu_ns() - start_ns;
    if (stamped)
        stamps_unwrap(&stamps, &m);
    log_book_close(&book);
    return cpu_ns;
}

/* Releases that say that they are so long, and take no time. */
static void measure_releases(const char *what, uint64_t length_ns)
{
    struct log_book book;
    log_book_open(&book, NULL, NULL);
    struct hm_log *log = log_begin(&book, LOG_MUTATOR);
    uint64_t start_ns = clock_thread_cpu_ns();
    for (uint64_t i = 0; i < times; i++) {
        uint64_t begin_ns = account_work_begins(log);
        log_event(log, HM_EVENT_RELEASE_BEGIN, begin_ns, 0);
        log_event(log, HM_EVENT_RELEASE_END, begin_ns + length_ns, 1);
    }
    tell(what, clock_thread_cpu_ns() - start_ns, times);
    log_book_close(&book);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        times = strtoull(argv[1], NULL, 10);
    measure_events();
    uint64_t plain_ns = polls_cpu_ns(nothing, false, times);
    tell("stamped slow path", polls_cpu_ns(nothing, true, times) - plain_ns, times);
    uint64_t few = times / 100 + 1;
    plain_ns = polls_cpu_ns(wait_a_little, false, few);
    uint64_t kept_ns = polls_cpu_ns(wait_a_little, true, few);
    tell("one that is kept", kept_ns > plain_ns ? kept_ns - plain_ns : 0, few);
    plain_ns = polls_cpu_ns(wait_longer, false, few);
    kept_ns = polls_cpu_ns(wait_longer, true, few);
    tell("one of 50 us, with the control", kept_ns > plain_ns ? kept_ns - plain_ns : 0, few);
    measure_releases("release of 20 us", 20000);
    measure_releases("release of 200 us, with its CPU", ACCOUNT_CLOCKED_NS);
    return 0;
}
